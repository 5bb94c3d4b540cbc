"""Claims against what was retrieved, and against the gold passages."""

from collections.abc import Callable

import pytest

from pipelines.data import Example, Gold
from pipelines.metrics import metric
from systems.facts import Passage
from systems.interface import Response

Examples = Callable[..., Example]
Responses = Callable[..., Response]
TEXT = "The kettle costs 49 euros. It is made in Portugal."


def test_faithfulness_is_to_what_was_retrieved_and_groundedness_to_the_gold(
    an_example: Examples, a_response: Responses
) -> None:
    example = an_example("39 euros", gold=[Gold("d", 0, 50, "The kettle costs 39 euros.")])
    response = a_response("The kettle costs 49 euros [1].", retrieved=[Passage("d", 0, 50, TEXT)])
    assert metric("faithfulness")(example, response) == 1
    assert metric("groundedness")(example, response) == 0


def test_the_share_is_of_the_claims(an_example: Examples, a_response: Responses) -> None:
    answer = "The kettle costs 49 euros. It was invented by a wizard."
    response = a_response(answer, retrieved=[Passage("d", 0, 50, TEXT)])
    assert metric("faithfulness")(an_example("49"), response) == 0.5


def test_a_title_is_part_of_what_was_retrieved(an_example: Examples, a_response: Responses) -> None:
    found = Passage("d", 0, 50, "It costs 49 euros.", title="Aurora kettle")
    assert (
        metric("faithfulness")(an_example("49"), a_response("The Aurora kettle costs 49 euros.", retrieved=[found]))
        == 1
    )


@pytest.mark.parametrize("text", ["I do not know.", "", "Yes."])
def test_what_claims_nothing_is_neither_faithful_nor_unfaithful(
    text: str, an_example: Examples, a_response: Responses
) -> None:
    example = an_example("49", gold=[Gold("d", 0, 50, TEXT)])
    response = a_response(text, retrieved=[Passage("d", 0, 50, TEXT)])
    assert metric("faithfulness")(example, response) is None
    assert metric("groundedness")(example, response) is None


def test_who_retrieved_nothing_and_claims_something_is_unfaithful(an_example: Examples, a_response: Responses) -> None:
    assert metric("faithfulness")(an_example("49"), a_response("The kettle costs 49 euros.", retrieved=[])) == 0


def test_the_unanswerable_has_no_groundedness(an_example: Examples, a_response: Responses) -> None:
    assert metric("groundedness")(an_example(), a_response("The kettle costs 49 euros.")) is None
