from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from systems.models.local.sentences import MAX_CHARS, sentences, split


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("It costs 4.90 EUR. Express is 9.90 EUR.", ["It costs 4.90 EUR.", "Express is 9.90 EUR."]),
        ("Dr. Smith met J. Smith, e.g. on Monday. Fine.", ["Dr. Smith met J. Smith, e.g. on Monday.", "Fine."]),
        ("See No. 5 for that. No. Never!", ["See No. 5 for that.", "No.", "Never!"]),
        ("In the U.S. Army. Yes.", ["In the U.S. Army.", "Yes."]),
        ('"Stop!" she said. He did.', ['"Stop!" she said.', "He did."]),
        ("It is so.[2] It was not.", ["It is so.[2]", "It was not."]),
        ("巴黎是首都。柏林也是。", ["巴黎是首都。", "柏林也是。"]),
        ("", []),
        ("...  !!", []),
    ],
)
def test_a_paragraph_falls_into_its_sentences(text: str, parts: list[str]) -> None:
    assert split(text) == parts


def test_list_items_are_units_under_the_line_that_announces_them() -> None:
    found = sentences("Returns\n\nYou need:\n- the receipt\n2. the lamp\n\n## Costs\nNothing at all.")
    assert [(s.text, s.headings) for s in found] == [
        ("the receipt", ("Returns", "You need:")),
        ("the lamp", ("Returns", "You need:")),
        ("Nothing at all.", ("Returns", "Costs")),
    ]


def test_a_question_in_a_passage_announces_its_answer_and_is_none() -> None:
    (answer,) = sentences("Can I send it back?\nYes, within 30 days.")
    assert (answer.text, answer.headings) == ("Yes, within 30 days.", ("Can I send it back?",))


def test_lines_that_were_wrapped_are_one_sentence() -> None:
    wrapped = "This is a sentence that was wrapped by an editor at about seventy\ncharacters. And one more."
    assert [s.text for s in sentences(wrapped)] == [" ".join(wrapped.split("\n"))[:-14].strip(), "And one more."]


def test_short_lines_with_numbers_are_facts_and_no_headings() -> None:
    found = sentences("Prices\nStandard 4.90 EUR\nExpress 9.90 EUR\nAll prices include tax.")
    assert [s.text for s in found] == ["Standard 4.90 EUR", "Express 9.90 EUR", "All prices include tax."]


def test_table_rows_are_units_without_their_marks() -> None:
    assert [s.text for s in sentences("| lamp | 4.90 |\n|---|---|\n| bulb | 2.50 |")] == ["lamp | 4.90", "bulb | 2.50"]


def test_a_passage_of_headings_alone_still_says_something() -> None:
    assert [s.text for s in sentences("# Opening hours")] == ["Opening hours"]


@given(st.text(alphabet="ab .!?1[]\n#-|\"'", max_size=300))
def test_no_word_of_a_paragraph_is_lost(text: str) -> None:
    def squeezed(part: str) -> str:
        return "".join(c for c in part if c.isalnum())

    assert squeezed("".join(split(text))) == squeezed(text)


@pytest.mark.parametrize("text", ["a" * 100_000, "." * 100_000, "word " * 20_000, '."' * 50_000, "1. a\n" * 20_000])
def test_a_hundred_thousand_characters_of_anything_become_units_of_bounded_size(text: str) -> None:
    assert all(len(s.text) <= MAX_CHARS for s in sentences(text))
