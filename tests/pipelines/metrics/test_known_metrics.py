"""Names, the failure rule, and what an answer took."""

from collections.abc import Callable

import pytest

from pipelines.data import Example, Gold
from pipelines.metrics import METRICS, metric, value
from systems.errors import ConfigError
from systems.facts import ModelCall, Passage
from systems.interface import Response

Examples = Callable[..., Example]
Responses = Callable[..., Response]
PLACE = Passage("d", 0, 40, "The kettle costs 5 euros.")


def test_every_metric_is_found_by_the_name_that_is_its_repr() -> None:
    assert [metric(repr(one)) for one in METRICS] == list(METRICS)
    assert len({one.name for one in METRICS}) == len(METRICS)


def test_a_figure_of_a_ranking_is_there_for_any_k() -> None:
    assert [metric(name).name for name in ("recall@7", "precision@1", "ndcg@100")] == [
        "recall@7",
        "precision@1",
        "ndcg@100",
    ]
    assert metric("recall@7") == metric("recall@7") != metric("recall@8")


@pytest.mark.parametrize(
    "name", ["recal@5", "recall", "recall@0", "recall@05", "recall@-1", "mrr@5", "Recall(k=5)", ""]
)
def test_an_unknown_name_is_answered_with_the_known_ones(name: str) -> None:
    with pytest.raises(ConfigError, match=r"no metric is named.*correctness, .*recall@k, .*failed") as error:
        metric(name)
    assert repr(name) in str(error.value)


def test_a_failed_request_scores_the_worst_of_every_quality(an_example: Examples, a_response: Responses) -> None:
    example = an_example("5 euros", gold=[Gold("d", 0, 40, "The kettle costs 5 euros.")])
    cut_off = a_response("The kettle costs 5 euros.", retrieved=[PLACE], error="Transient: cut")
    qualities = [one for one in METRICS if one.better == "higher" and one.applies(example)]
    assert {one.name: value(one, example, cut_off, True) for one in qualities} == {one.name: 0 for one in qualities}
    assert {"correctness", "faithfulness", "groundedness", "recall@5"} <= {one.name for one in qualities}


def test_a_failed_request_on_the_unanswerable_was_no_abstention(an_example: Examples, a_response: Responses) -> None:
    failed = a_response(error="Transient: cut")
    names = ("correctness", "abstention_accuracy", "abstention_recall", "answer_rate", "groundedness", "recall@5")
    assert [value(metric(name), an_example(), failed, True) for name in names] == [0, 0, 0, None, None, None]


def test_a_failed_request_took_what_was_spent_until_it_failed(an_example: Examples, a_response: Responses) -> None:
    failed = a_response("", ModelCall("m", 10, 3, 0.25), error="Transient: cut")
    names = ("latency_s", "ttft_s", "input_tokens", "output_tokens", "cost_usd", "failed")
    assert [value(metric(name), an_example("5"), failed, True) for name in names] == [2.0, None, 10, 3, 0.25, 1]


def test_an_unknown_price_is_no_cost(an_example: Examples, a_response: Responses) -> None:
    response = a_response("5", ModelCall("m", 10, 3, None), ModelCall("m", 10, 3, 0.25))
    assert value(metric("cost_usd"), an_example("5"), response, True) is None
    assert value(metric("failed"), an_example("5"), response, True) == 0


def test_what_retrieves_nothing_has_no_figures_of_retrieval(an_example: Examples, a_response: Responses) -> None:
    example = an_example("5 euros", gold=[Gold("d", 0, 40, "The kettle costs 5 euros.")])
    for response in (a_response("It costs 5 euros."), a_response(error="Transient: cut")):
        scores = {one.name: value(one, example, response, retrieves=False) for one in METRICS}
        assert {scores[name] for name in ("recall@5", "precision@5", "ndcg@10", "mrr", "faithfulness")} == {None}
        assert scores["groundedness"] is not None


def test_only_shares_are_called_shares() -> None:
    assert [one.name for one in METRICS if not one.share] == [
        "latency_s",
        "ttft_s",
        "input_tokens",
        "output_tokens",
        "cost_usd",
    ]
