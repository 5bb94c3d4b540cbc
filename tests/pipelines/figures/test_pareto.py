"""The Pareto front."""

from hypothesis import given
from hypothesis import strategies as st

from pipelines.figures.pareto import front

# Few different values, so that equal costs, equal qualities and equal points come up.
points = st.lists(st.tuples(st.sampled_from([0.0, 1.0, 2.0, 5.0]), st.sampled_from([0.0, 0.3, 0.5, 1.0])), max_size=12)


def beats(a: tuple[float, float], b: tuple[float, float]) -> bool:
    return a[0] <= b[0] and a[1] >= b[1] and (a[0] < b[0] or a[1] > b[1])


@given(points)
def test_a_point_is_on_the_front_exactly_when_nothing_beats_it(found: list[tuple[float, float]]) -> None:
    on_front = front([cost for cost, _ in found], [quality for _, quality in found])
    assert sorted(on_front) == [at for at, p in enumerate(found) if not any(beats(other, p) for other in found)]


@given(points)
def test_the_front_rises_in_cost_and_quality(found: list[tuple[float, float]]) -> None:
    on_front = [found[at] for at in front([cost for cost, _ in found], [quality for _, quality in found])]
    assert on_front == sorted(on_front)
    assert [quality for _, quality in on_front] == sorted(quality for _, quality in on_front)


def test_of_two_equal_points_both_stay() -> None:
    assert front([1.0, 1.0, 2.0], [0.5, 0.5, 0.5]) == [0, 1]
