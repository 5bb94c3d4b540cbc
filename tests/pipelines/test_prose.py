"""Sentences and words of answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.prose import sentences, without_citations, words


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("€4.90", "4.90 euros"),
        ("€4.90", "EUR 4,90"),
        ("4.90 EUR", "€ 4.9"),
        ("$1,000.00", "1000 dollars"),
        ("1.234,56", "1,234.56"),
        ("15%", "15 percent"),
        ("The Kettle!", "kettle"),
        ("U.S.", "us"),
        ("John’s", "John's"),
        ("two-year", "two year"),
        ("15kg", "15 kg"),
        ("１２", "12"),
        ("١٢", "12"),
        ("Straße", "STRASSE"),
        ("−5 °C", "-5 °C"),
        ("cafe\u0301", "café"),
    ],
)
def test_two_ways_of_writing_the_same_are_the_same_words(a: str, b: str) -> None:
    assert words(a) == words(b)


@pytest.mark.parametrize(
    ("a", "b"),
    [("€4.90", "$4.90"), ("5", "-5"), ("1.5", "15"), ("€5", "5"), ("café", "cafe"), ("1.2.3", "123"), ("five", "5")],
)
def test_different_things_stay_different_words(a: str, b: str) -> None:
    assert words(a) != words(b)


def test_each_currency_stays_with_its_own_number() -> None:
    assert words("from €5 to €10 or 3 EUR, 4 times") == [
        "from",
        "5",
        "eur",
        "to",
        "10",
        "eur",
        "or",
        "3",
        "eur",
        "4",
        "times",
    ]
    assert words("€5–€10") == ["5", "eur", "10", "eur"]


def test_a_range_holds_no_negative_number() -> None:
    assert words("3-5 days") == ["3", "5", "days"]


def test_scripts_without_spaces_are_words_by_character_and_others_keep_their_marks() -> None:
    assert words("北京 はい") == ["北", "京", "は", "い"]
    assert words("नमस्ते दुनिया") == ["नमस्ते", "दुनिया"]


def test_a_text_of_articles_alone_keeps_them() -> None:
    assert words("A") == ["a"]


@given(st.text(st.characters(categories=["L", "Nd", "Zs", "Po"]), max_size=200))
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = words(text)
    assert words(" ".join(once)) == once


@given(st.text(max_size=200))
def test_no_letter_or_digit_is_lost_between_sentences(text: str) -> None:
    def spoken(part: str) -> list[str]:
        return [char for char in part if char.isalpha()]

    assert spoken("".join(sentences(text))) == spoken(text)


def test_citation_marks_go_and_other_brackets_stay() -> None:
    assert without_citations("It costs 5 [1], or 6 [2, 3] [4-5]. See [here] and a[2024].") == (
        "It costs 5, or 6. See [here] and a[2024]."
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It costs €4.90. It ships in 3 days!", ["It costs €4.90.", "It ships in 3 days!"]),
        (
            "Ask Dr. Smith, e.g. by mail, within approx. 3 days.",
            ["Ask Dr. Smith, e.g. by mail, within approx. 3 days."],
        ),
        ("No. It is No. 5.", ["No.", "It is No. 5."]),
        ('He said "No." Then he left.', ['He said "No."', "Then he left."]),
        ("Do this:\n- First\n2. Second", ["Do this:", "First", "Second"]),
        ("1. First\n2. Second", ["First", "Second"]),
        ("今日は。明日。", ["今日は。", "明日。"]),
        ("Heading\n\nText", ["Heading", "Text"]),
        ("", []),
    ],
)
def test_sentences_end_where_a_reader_ends_them(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected
