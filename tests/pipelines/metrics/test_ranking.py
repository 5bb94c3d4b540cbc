"""Relevance, and figures of a ranking."""

import math
from collections.abc import Callable

import ir_measures
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ir_measures import AP, RR, P, R, nDCG

from pipelines.data import Example, Gold
from pipelines.metrics import metric
from pipelines.metrics.retrieval import Recall, average_precision, covered, ndcg, precision, recall, reciprocal_rank
from systems.facts import Passage
from systems.interface import Response


def gold(start: int, end: int, document: str = "d") -> Gold:
    return Gold(document, start, end, "")


def passage(start: int, end: int, document: str = "d") -> Passage:
    return Passage(document, start, end, "")


@pytest.mark.parametrize(
    ("found", "span", "relevant"),
    [
        (passage(0, 100), gold(20, 40), True),
        (passage(20, 40), gold(0, 1000), True),
        (passage(30, 100), gold(20, 40), True),
        (passage(31, 100), gold(20, 40), False),
        (passage(40, 100), gold(20, 40), False),
        (passage(0, 100, "other"), gold(20, 40), False),
        (passage(30, 30), gold(20, 40), False),
    ],
)
def test_a_chunk_is_relevant_when_it_shares_half_of_the_shorter_with_the_span(
    found: Passage, span: Gold, relevant: bool
) -> None:
    assert covered(found, [span]) == ({0} if relevant else set())


def test_a_chunk_is_relevant_to_each_span_that_it_holds() -> None:
    assert covered(passage(0, 100), [gold(0, 10), gold(200, 210), gold(90, 100)]) == {0, 2}


@st.composite
def judged_rankings(draw: st.DrawFn) -> tuple[list[str], dict[str, int]]:
    """A ranking of passages, and the grades of those of all passages that are gold."""
    ids = [f"p{at}" for at in range(draw(st.integers(1, 25)))]
    ranking = draw(st.permutations(ids))[: draw(st.integers(1, len(ids)))]
    return ranking, draw(st.dictionaries(st.sampled_from(ids), st.integers(1, 4), min_size=1))


@settings(max_examples=60, deadline=None)
@given(judged_rankings(), st.integers(1, 12))
def test_where_each_passage_is_one_judged_item_the_figures_are_those_of_ir_measures(
    judged: tuple[list[str], dict[str, int]], k: int
) -> None:
    ids, grades = judged
    relevant = list(grades)
    ranking = [{relevant.index(id)} if id in relevant else set[int]() for id in ids]
    ours = {
        R @ k: recall(ranking, len(relevant), k),
        P @ k: precision(ranking, k),
        nDCG @ 10: ndcg(ranking, list(grades.values()), 10),
        RR: reciprocal_rank(ranking),
        AP: average_precision(ranking, len(relevant)),
    }
    qrels = {"q": grades}
    run = {"q": {id: float(len(ids) - rank) for rank, id in enumerate(ids)}}
    theirs = ir_measures.calc_aggregate(list(ours), qrels, run)
    assert ours == pytest.approx(theirs, abs=5e-5)


@given(st.lists(st.sets(st.integers(0, 4)), max_size=12), st.integers(1, 12))
def test_every_figure_of_a_ranking_is_a_share(ranking: list[set[int]], k: int) -> None:
    for figure in (
        recall(ranking, 5, k),
        precision(ranking, k),
        ndcg(ranking, [1, 1, 2, 3, 1], k),
        reciprocal_rank(ranking),
        average_precision(ranking, 5),
    ):
        assert 0 <= figure <= 1


def test_two_chunks_that_hold_the_same_span_gain_once_and_are_both_relevant() -> None:
    twice = [{0}, {0}, {1}]
    assert precision(twice, 3) == 1
    assert ndcg(twice, [1, 1], 10) == pytest.approx((1 + 1 / math.log2(4)) / (1 + 1 / math.log2(3)))


def test_a_chunk_that_holds_both_spans_is_no_better_than_ideal() -> None:
    assert ndcg([{0, 1}], [1, 1], 10) == 1
    assert average_precision([{0, 1}], 2) == 1


def test_a_metric_reads_the_ranking_from_what_was_retrieved(
    an_example: Callable[..., Example], a_response: Callable[..., Response]
) -> None:
    example = an_example("5", gold=[gold(0, 10), gold(500, 510)])
    response = a_response("It is 5.", retrieved=[passage(900, 990), passage(0, 100), passage(450, 550)])
    names = ["recall@1", "recall@2", "recall@3", "precision@2", "precision@5", "mrr"]
    assert [metric(name)(example, response) for name in names] == [0, 0.5, 1, 0.5, 0.4, 0.5]


def test_who_retrieved_nothing_found_nothing(
    an_example: Callable[..., Example], a_response: Callable[..., Response]
) -> None:
    example = an_example("5", gold=[gold(0, 10)])
    assert [metric(name)(example, a_response("5")) for name in ("recall@5", "precision@5", "ndcg@10", "mrr")] == [0] * 4


def test_where_there_is_no_gold_there_is_nothing_to_find(
    an_example: Callable[..., Example], a_response: Callable[..., Response]
) -> None:
    response = a_response("5", retrieved=[passage(0, 10)])
    assert {metric(name)(an_example(), response) for name in ("recall@5", "precision@5", "ndcg@10", "mrr")} == {None}


def test_k_counts_ranks() -> None:
    with pytest.raises(ValueError, match="recall@0"):
        Recall(0)
