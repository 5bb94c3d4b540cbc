"""Right answers, wrong answers, and abstentions."""

import string
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.data import Example
from pipelines.metrics import METRICS, metric
from systems.interface import Response

Examples = Callable[..., Example]
Responses = Callable[..., Response]
AGAINST_GOLD = ["correctness", "token_f1", "exact_match"]


def test_an_answer_is_correct_when_it_holds_a_gold_answer_in_whole_words(
    an_example: Examples, a_response: Responses
) -> None:
    correctness = metric("correctness")
    example = an_example("5 days", "five days")
    assert correctness(example, a_response("It ships within five days.")) == 1
    assert correctness(example, a_response("It ships within 15 days.")) == 0
    assert correctness(an_example("5"), a_response("It takes 1.5 days")) == 0
    assert correctness(an_example("€4.90"), a_response("It costs 4.90 euros.")) == 1


def test_citation_marks_are_no_part_of_an_answer(an_example: Examples, a_response: Responses) -> None:
    assert metric("correctness")(an_example("1"), a_response("It is red [1].")) == 0
    assert metric("exact_match")(an_example("red"), a_response("Red [1].")) == 1


def test_token_f1_is_that_of_squad_against_the_best_gold_answer(an_example: Examples, a_response: Responses) -> None:
    f1 = metric("token_f1")(an_example("blue", "the red kettle"), a_response("a big red kettle"))
    assert f1 == pytest.approx(2 * (2 / 3) * 1 / (2 / 3 + 1))


@pytest.mark.parametrize("name", AGAINST_GOLD)
def test_an_abstention_is_right_on_the_unanswerable_alone(
    name: str, an_example: Examples, a_response: Responses
) -> None:
    refusal, answer = a_response("I do not know."), a_response("It is 5.")
    assert metric(name)(an_example(), refusal) == 1
    assert metric(name)(an_example(), answer) == 0
    assert metric(name)(an_example("know"), refusal) == 0


def test_abstention_accuracy_asks_only_whether_to_answer(an_example: Examples, a_response: Responses) -> None:
    accuracy = metric("abstention_accuracy")
    assert accuracy(an_example("5"), a_response("It is 7.")) == 1
    assert accuracy(an_example("5"), a_response("I do not know.")) == 0
    assert accuracy(an_example(), a_response("I do not know.")) == 1
    assert accuracy(an_example(), a_response("It is 7.")) == 0


def test_answer_rate_is_of_the_answerable_and_abstention_recall_of_the_others(
    an_example: Examples, a_response: Responses
) -> None:
    refusal, answer = a_response("I do not know."), a_response("It is 7.")
    rate, recall = metric("answer_rate"), metric("abstention_recall")
    assert [rate(an_example("5"), refusal), rate(an_example("5"), answer), rate(an_example(), answer)] == [0, 1, None]
    assert [recall(an_example(), refusal), recall(an_example(), answer), recall(an_example("5"), refusal)] == [
        1,
        0,
        None,
    ]


@given(st.text(alphabet=string.ascii_lowercase + string.digits + " .€", max_size=30), st.text(max_size=30))
def test_the_stricter_a_metric_the_lower_its_score(gold: str, said: str) -> None:
    example = Example("e", "?", "", (gold,), (), "c", "test")
    response = Response("r", said, 1.0, 0.5, ())
    exact, correct, f1 = (metric(name)(example, response) for name in ("exact_match", "correctness", "token_f1"))
    assert exact is not None
    assert correct is not None
    assert f1 is not None
    assert exact <= correct
    assert exact <= f1 <= 1


@given(st.text(max_size=60), st.lists(st.text(max_size=10), max_size=2))
def test_no_text_breaks_a_metric(said: str, answers: list[str]) -> None:
    example = Example("e", "?", "", tuple(answers), (), "c", "test")
    for one in METRICS:
        score = one(example, Response("r", said, 1.0, 0.5, ()))
        assert score is None or score >= 0
