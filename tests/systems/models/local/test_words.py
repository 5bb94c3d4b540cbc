from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from systems.models.local.words import Overlap, content, stem, stems


def overlap(*texts: str) -> Overlap:
    return Overlap([dict.fromkeys(content(text), 1.0) for text in texts])


@pytest.mark.parametrize(
    "forms",
    [
        ["return", "returns", "returned", "returning"],
        ["ship", "ships", "shipped", "shipping"],
        ["delivery", "deliveries"],
        ["charge", "charges", "charged", "charging"],
        ["customer", "customer's", "customers"],
        ["Gründe", "gründe"],
    ],
)
def test_forms_of_a_word_have_one_stem(forms: list[str]) -> None:
    assert len({stem(form) for form in forms}) == 1


def test_a_number_keeps_its_decimals() -> None:
    assert list(stems("€4.90, 1,000 and 12:30.")) == ["4.90", "1,000", "and", "12:30"]


def test_writing_without_spaces_has_words_too() -> None:
    assert set(content("德国的首都")) & set(content("柏林是德国的首都。"))


def test_a_question_of_function_words_keeps_them() -> None:
    assert content("Who are you?") == ["who", "are", "you"]


def test_a_rare_word_weighs_more_than_a_common_one() -> None:
    texts = overlap("the lamp is red", "the lamp is blue", "the lamp is green")
    assert texts.weight("green") > texts.weight("lamp")


def test_a_word_that_no_text_holds_lowers_the_share() -> None:
    texts = overlap("The warranty lasts two years.")
    (known,), (half,) = texts.match("warranty").shares(), texts.match("warranty zeppelin").shares()
    assert half < known == 1


@pytest.mark.parametrize("misspelt", ["warrenty", "waranty", "warrantty", "warantee"])
def test_a_misspelt_word_still_finds_its_sentence(misspelt: str) -> None:
    shares = (
        overlap("Shipping is free.", "The warranty lasts two years.").match(f"How long is the {misspelt}?").shares()
    )
    assert shares[1] > shares[0]


def test_a_word_that_is_only_a_little_alike_finds_nothing() -> None:
    assert overlap("The Normans came.").match("Romanian").shares() == [0]


def test_the_same_question_is_more_similar_than_a_longer_one_that_holds_it() -> None:
    longer, same = (
        overlap("How do I return a lamp that is broken and was a gift?", "How do I return a lamp?")
        .match("How do I return a lamp?")
        .similarities()
    )
    assert longer < same == pytest.approx(1)


@given(st.lists(st.text(max_size=60), max_size=6), st.text(max_size=60))
def test_shares_and_similarities_lie_between_0_and_1(texts: list[str], query: str) -> None:
    match = overlap(*texts).match(query)
    for value in (*match.shares(), *match.similarities()):
        assert 0 <= value <= 1 + 1e-9
