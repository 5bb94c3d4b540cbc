"""What the simple judge takes for supported, and what it is known to miss."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.judges.local import SUPPORTED, claims, support

ARTICLE = (
    "Returns are free within 30 days. The kettle must be unused and in its box. Refunds are paid within 5 working days."
    " Gift cards cannot be refunded. Our shop was founded in Bergen. We love tea. Opening hours vary by season."
)


@pytest.mark.parametrize(
    "claim",
    [
        "Returns are free within 30 days.",
        "You can return it for free within 30 days.",
        "Refunding takes 5 working days.",
        "A gift card can't be refunded.",
    ],
)
def test_what_a_place_in_the_evidence_says_is_supported(claim: str) -> None:
    assert support(claim, ["Something else.", ARTICLE]) >= SUPPORTED


@pytest.mark.parametrize(
    "claim",
    [
        "Returns are free within 60 days.",
        "The warranty lasts for three years.",
        "Kettles are painted by volunteers in Norway.",
        "Returns are free within 30 days, and refunds take 7 working days.",
    ],
)
def test_an_invention_or_a_wrong_number_is_not_supported(claim: str) -> None:
    assert support(claim, ["Something else.", ARTICLE]) < SUPPORTED


def test_a_wrong_number_outweighs_any_words() -> None:
    assert support("Returns are free within 31 days.", [ARTICLE + " 32 33"]) < SUPPORTED
    assert support("It costs €4.90.", ["It costs 4.90 euros."]) == 1


def test_words_that_are_scattered_over_a_passage_support_less_than_words_that_stand_together() -> None:
    scattered = "We founded it. We sell tea. We ship tea. We like kettles. We roast. We grind. We close out of season."
    claim = "Kettle founded season"
    assert support(claim, ["A kettle was founded. It was the season."]) == 1
    assert SUPPORTED <= support(claim, [scattered]) < 1


def test_it_misses_a_negation_as_its_documentation_says() -> None:
    assert support("Gift cards can be refunded.", [ARTICLE]) >= SUPPORTED


def test_claims_are_the_sentences_that_say_something() -> None:
    answer = "Yes. Returns are free [1]. The passages do not say who pays for gifts. 30 days [2, 3]!"
    assert claims(answer) == ["Returns are free.", "30 days!"]
    assert claims("I do not know: the passages do not say.") == []


@given(st.text(max_size=80), st.lists(st.text(max_size=80), max_size=3))
def test_support_is_a_share_and_more_evidence_never_lowers_it(claim: str, passages: list[str]) -> None:
    less, more = support(claim, passages[:1]), support(claim, passages)
    assert 0 <= less <= more <= 1 + 1e-12


@given(st.text(max_size=120))
def test_every_claim_is_supported_by_itself(text: str) -> None:
    for claim in claims(text):
        assert support(claim, [claim]) >= SUPPORTED
