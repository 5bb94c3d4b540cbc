"""Gold and retrieved, by the character."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.data import Example, Gold
from pipelines.metrics import metric
from pipelines.metrics.spans import precision_omega, shared_chars, union_chars
from systems.facts import Passage
from systems.interface import Response

Stretch = tuple[str, int, int]
STRETCHES = st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 40), st.integers(1, 20)), max_size=6)


def gold(start: int, end: int, document: str = "d") -> Gold:
    return Gold(document, start, end, "")


def passage(start: int, end: int, document: str = "d") -> Passage:
    return Passage(document, start, end, "")


def passages(stretches: list[Stretch]) -> list[Passage]:
    return [passage(start, start + length, document) for document, start, length in stretches]


def chars(found: list[Passage]) -> set[tuple[str, int]]:
    return {(one.document, at) for one in found for at in range(one.start, one.end)}


@given(STRETCHES, STRETCHES)
def test_characters_are_counted_once_whatever_overlaps(a: list[Stretch], b: list[Stretch]) -> None:
    one, other = passages(a), passages(b)
    assert union_chars(one) == len(chars(one))
    assert shared_chars(one, other) == len(chars(one) & chars(other))


@pytest.mark.parametrize(
    ("retrieved", "recall", "precision", "iou"),
    [
        ([passage(0, 100)], 1.0, 0.2, 0.2),
        ([passage(0, 10)], 0.5, 1.0, 0.5),
        ([passage(0, 10), passage(50, 60)], 1.0, 1.0, 1.0),
        ([passage(0, 20), passage(10, 30)], 0.5, 0.25, 10 / 50),  # what is retrieved twice is paid for twice
        ([passage(5, 15), passage(0, 100, "other")], 0.25, 5 / 110, 5 / 125),
        ([passage(20, 30)], 0.0, 0.0, 0.0),
        ([], 0.0, 0.0, 0.0),
    ],
)
def test_the_figures_of_a_case_worked_by_hand(
    an_example: Callable[..., Example], a_response: Callable[..., Response],
    retrieved: list[Passage], recall: float, precision: float, iou: float,
) -> None:  # fmt: skip
    example = an_example("5", gold=[gold(0, 10), gold(50, 60)])
    response = a_response("5", retrieved=retrieved)
    names = ("span_recall@5", "span_precision@5", "span_iou@5")
    assert [metric(name)(example, response) for name in names] == pytest.approx([recall, precision, iou])


def test_only_the_first_k_count(an_example: Callable[..., Example], a_response: Callable[..., Response]) -> None:
    example = an_example("5", gold=[gold(0, 10)])
    response = a_response("5", retrieved=[passage(20, 30), passage(0, 10)])
    assert [metric(f"span_recall@{k}")(example, response) for k in (1, 2)] == [0.0, 1.0]
    assert metric("span_iou@2")(an_example("5"), response) is None


def test_precision_omega_is_that_of_the_chunks_that_hold_gold() -> None:
    chunks = [passage(at, at + 20) for at in range(0, 100, 20)]
    assert precision_omega(chunks, [gold(0, 10)]) == 0.5
    assert precision_omega(chunks, [gold(15, 25)]) == 0.25
    assert precision_omega(chunks, [gold(0, 100)]) == 1.0
    assert precision_omega(chunks, [gold(0, 10, "other")]) == 0.0


@given(STRETCHES.filter(bool), st.integers(2, 12))
def test_no_choice_of_chunks_that_finds_all_gold_is_more_precise_than_omega(spans: list[Stretch], size: int) -> None:
    golds = [gold(start, start + length, document) for document, start, length in spans]
    chunks = [passage(at, at + size, document) for document in "ab" for at in range(0, 72, size)]
    all_that_touch = [c for c in chunks if chars([c]) & chars([passage(g.start, g.end, g.document) for g in golds])]
    shared = shared_chars(all_that_touch, golds)
    assert precision_omega(chunks, golds) == pytest.approx(shared / union_chars(all_that_touch))
