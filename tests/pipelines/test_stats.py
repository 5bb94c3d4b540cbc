"""Intervals that hold what they promise."""

import math
import random
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.bench_stats import Design, coverage, rejection, rejection_of_right_and_wrong
from pipelines.stats import Difference, Estimate, mean, paired, quantile, ratio

Data = tuple[list[float], list[str]]
finite = st.floats(-1e6, 1e6, allow_subnormal=False)
DRAWS = 200


def data(values: st.SearchStrategy[float] = finite) -> st.SearchStrategy[Data]:
    rows = st.lists(st.tuples(values, st.sampled_from("abcdefgh")), min_size=1, max_size=40)
    return rows.map(lambda found: ([value for value, _ in found], [cluster for _, cluster in found]))


def names(n: int) -> list[str]:
    return [f"c{at:04}" for at in range(n)]


def assert_sound(estimate: Estimate | Difference | None, values: Sequence[float]) -> None:
    assert estimate is not None
    assert min(values) <= estimate.value <= max(values)
    assert estimate.low is None or (math.isfinite(estimate.low) and estimate.low <= estimate.value)
    assert estimate.high is None or (math.isfinite(estimate.high) and estimate.high >= estimate.value)


@settings(deadline=None)
@given(data())
def test_a_mean_lies_among_its_values_and_in_its_interval(sample: Data) -> None:
    values, clusters = sample
    estimate = mean(values, clusters, DRAWS)
    assert_sound(estimate, values)
    assert estimate
    assert (estimate.n, estimate.clusters) == (len(values), len(set(clusters)))


@settings(deadline=None)
@given(data(), st.floats(0.01, 0.99))
def test_a_quantile_is_one_of_its_values_and_in_its_interval(sample: Data, q: float) -> None:
    values, clusters = sample
    estimate = quantile(values, clusters, q, DRAWS)
    assert_sound(estimate, values)
    assert estimate
    assert estimate.value in values


@settings(deadline=None)
@given(data(), st.randoms(use_true_random=False))
def test_the_order_of_the_examples_changes_no_bit(sample: Data, shuffler: random.Random) -> None:
    rows = list(zip(*sample, strict=True))
    shuffler.shuffle(rows)
    values, clusters = (list(column) for column in zip(*rows, strict=True))
    others = [abs(value) for value in values]
    before = [abs(value) for value in sample[0]]
    assert mean(values, clusters, DRAWS) == mean(*sample, DRAWS)
    assert quantile(values, clusters, 0.5, DRAWS) == quantile(*sample, 0.5, DRAWS)
    assert ratio(values, others, clusters, DRAWS) == ratio(sample[0], before, sample[1], DRAWS)
    assert paired(values, others, clusters, DRAWS) == paired(sample[0], before, sample[1], DRAWS)


@settings(deadline=None)
@given(data())
def test_nothing_differs_from_itself(sample: Data) -> None:
    found = paired(sample[0], sample[0], sample[1], DRAWS)
    assert found
    assert (found.value, found.p) == (0, 1)


@settings(deadline=None)
@given(data(), data())
def test_a_difference_turned_round_changes_its_sign_alone(one: Data, other: Data) -> None:
    n = min(len(one[0]), len(other[0]))
    a, b, clusters = one[0][:n], other[0][:n], one[1][:n]
    there, back = paired(a, b, clusters, DRAWS), paired(b, a, clusters, DRAWS)
    assert there
    assert back
    assert there.value == pytest.approx(-back.value)
    assert there.p == back.p
    assert 0 < there.p <= 1


def test_nothing_gives_no_estimate() -> None:
    assert mean([], []) is None
    assert quantile([], [], 0.5) is None
    assert ratio([], [], []) is None
    assert paired([], [], []) is None


@pytest.mark.parametrize("clusters", [2, 5])
def test_fewer_than_six_clusters_give_values_and_no_interval(clusters: int) -> None:
    values, of = [0.0, 1.0, 1.0, 0.5] * 30, names(clusters) * (120 // clusters)
    for found in (
        mean(values, of),
        quantile(values, of, 0.5),
        ratio(values, values, of),
        paired(values, values[::-1], of),
    ):
        assert found
        assert (found.low, found.high) == (None, None)
    assert (found := mean(values, names(6) * 20))
    assert found.low is not None


def test_one_cluster_gives_a_value_and_no_interval() -> None:
    assert mean([0.0, 1.0], ["a", "a"]) == Estimate(0.5, None, None, 2, 1)
    assert mean([1.0], ["a"]) == Estimate(1.0, None, None, 1, 1)
    assert paired([1.0, 1.0], [0.0, 0.0], ["a", "a"]) == Difference(1.0, None, None, 1.0, 2, 1)


@pytest.mark.parametrize(("values", "limits"), [([1.0] * 60, (30 / 33.84, 1.0)), ([0.0] * 60, (0.0, 3.84 / 33.84))])
def test_thirty_clusters_without_an_exception_do_not_prove_that_there_is_none(
    values: list[float], limits: tuple[float, float]
) -> None:
    estimate = mean(values, names(30) * 2)
    assert estimate
    assert (estimate.low, estimate.high) == pytest.approx(limits, abs=1e-3)


def test_systems_that_never_differed_may_still_differ() -> None:
    same = paired([1.0, 0.0] * 30, [1.0, 0.0] * 30, names(60))
    always = paired([1.0] * 30, [0.0] * 30, names(30))
    assert same
    assert always
    assert (same.low, same.high) == pytest.approx((-3.84 / 63.84, 3.84 / 63.84), abs=1e-3)
    assert (always.low, always.high) == pytest.approx((1 - 2 * 3.84 / 33.84, 1.0), abs=1e-3)


def test_what_is_no_share_is_certain_where_it_never_varied() -> None:
    assert mean([0.0] * 30, names(30), share=False) == Estimate(0.0, 0.0, 0.0, 30, 30)
    assert mean([0.003] * 30, names(30), share=False) == Estimate(0.003, 0.003, 0.003, 30, 30)


def test_a_quantile_is_the_value_at_its_rank() -> None:
    values = [float(value) for value in range(1, 101)]
    assert [found.value for q in (0.07, 0.5, 0.95, 0.99) if (found := quantile(values, names(100), q, DRAWS))] == [
        7,
        50,
        95,
        99,
    ]


def test_a_limit_beyond_all_that_was_seen_is_not_guessed() -> None:
    few, enough = ([float(value) for value in range(n)] for n in (71, 72))
    assert (found := quantile(few, names(71), 0.95)) is not None
    assert found.low is not None
    assert found.high is None
    assert (found := quantile(enough, names(72), 0.95)) is not None
    assert found.high is not None


def test_a_ratio_is_of_sums_and_not_a_mean_of_ratios() -> None:
    estimate = ratio([1.0, 3.0, 2.0], [1.0, 0.0, 1.0], ["a", "b", "c"])
    assert estimate
    assert estimate.value == 3.0


def test_a_ratio_to_nothing_is_none_and_to_next_to_nothing_has_no_upper_limit() -> None:
    assert ratio([1.0, 2.0], [0.0, 0.0], ["a", "b"]) is None
    estimate = ratio([1.0] * 20, [1.0] + [0.0] * 19, names(20))
    assert estimate
    assert estimate.value == 20
    assert estimate.low is not None
    assert estimate.high is None


def test_an_exact_test_counts_every_sign_and_a_drawn_one_agrees() -> None:
    exact = paired([1.0] * 5, [0.0] * 5, names(5))
    assert exact
    assert exact.p == 2 / 2**5
    drawn = paired([1.0, 0.0, 1.0, 1.0] * 4, [0.0, 1.0, 0.0, 1.0] * 4, names(16))
    assert drawn
    # 8 wins to 4: the two-sided sign test
    assert drawn.p == pytest.approx(2 * sum(math.comb(12, wins) for wins in range(8, 13)) / 2**12, abs=0.02)


def test_examples_of_one_cluster_count_as_one_in_the_test() -> None:
    apart, together = paired([1.0] * 12, [0.0] * 12, names(12)), paired([1.0] * 12, [0.0] * 12, names(3) * 4)
    assert apart
    assert together
    assert (apart.p, together.p) == (2 / 2**12, 2 / 2**3)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_what_is_no_number_is_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="not finite"):
        mean([1.0, bad], ["a", "b"])
    with pytest.raises(ValueError, match="clusters"):
        mean([1.0], ["a", "b"])
    with pytest.raises(ValueError, match="negative"):
        ratio([1.0], [-1.0], ["a"])
    with pytest.raises(ValueError, match="between 0 and 1"):
        quantile([1.0], ["a"], 95)


@pytest.mark.parametrize("correlation", [0.1, 0.3, 0.5])
def test_intervals_cover_the_truth_95_times_in_100_and_naive_ones_far_less_often(correlation: float) -> None:
    """30 clusters of 10. 300 replications leave 1.3 % of uncertainty; `make bench` takes 2,000."""
    covered = coverage(Design(correlation=correlation), 300)
    assert 0.92 <= covered["cluster bootstrap"] <= 0.98
    assert 0.92 <= covered["clustered t"] <= 0.98
    assert covered["naive"] < 0.90 - correlation / 2  # 2,000 replications: 84, 68, 58 %


def test_clusters_of_unequal_sizes_are_covered_too() -> None:
    covered = coverage(Design(growth=20), 300)
    assert 0.90 <= covered["cluster bootstrap"] <= 0.98
    assert covered["naive"] < 0.75


def test_a_difference_that_is_not_there_is_found_5_times_in_100_and_by_a_naive_bootstrap_40_times() -> None:
    found = rejection(Design(correlation=0.5), 400)
    assert 0.02 <= found["sign flip"] <= 0.08
    assert found["naive bootstrap"] > 0.35


def test_it_is_found_no_more_often_among_right_and_wrong() -> None:
    found = rejection_of_right_and_wrong(Design(correlation=0.5), 400)
    assert 0.02 <= found["sign flip"] <= 0.08
    assert found["McNemar, examples taken for independent"] > 0.15


def test_a_thousand_clusters_and_more_are_drawn_as_fairly(monkeypatch: pytest.MonkeyPatch) -> None:
    """The faster way of drawing gives the same interval but for chance, and the same one each time."""
    values, clusters = np.random.default_rng(0).random(1500).tolist(), names(1500)
    fast, again = mean(values, clusters), mean(values, clusters)
    monkeypatch.setattr("pipelines.stats.MANY_CLUSTERS", 10_000)
    slow = mean(values, clusters)
    assert fast == again
    assert fast
    assert slow
    assert fast != slow
    assert (fast.low, fast.high) == pytest.approx((slow.low, slow.high), abs=2e-3)
