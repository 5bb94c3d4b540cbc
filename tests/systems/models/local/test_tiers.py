"""What the two tiers say; the reading of prompts and the matching of words have tests of their own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from systems.models.local import large, small
from systems.models.local.answer import Answer
from systems.models.local.learnt import Remembered
from systems.models.local.reader import Passage, Reading

POLICY = Passage("Returns\nYou may return a lamp within 30 days. Refunds take 5 working days. Bulbs are final.", 1)
SHIPPING = Passage("Shipping\nStandard shipping costs 4.90 EUR. Express costs 9.90 EUR.", 2)
MEMORY = (Remembered("How long is the warranty?", "Two years."), Remembered("What does shipping cost?", "4.90 EUR."))
ALL, NONE = -math.inf, math.inf


def reading(question: str, *passages: Passage) -> Reading:
    return Reading(question, passages or None)


def test_small_says_the_sentence_that_matches_and_cites_its_passage() -> None:
    said = small.answer(reading("What does express shipping cost?", POLICY, SHIPPING), ())
    assert said.text in ("Express costs 9.90 EUR. [2]", "Standard shipping costs 4.90 EUR. [2]")
    assert (
        small.answer(reading("How long do refunds take?", POLICY, SHIPPING), ()).text
        == "Refunds take 5 working days. [1]"
    )


def test_a_passage_without_a_number_is_not_cited() -> None:
    said = small.answer(reading("How long do refunds take?", Passage(POLICY.text)), ())
    assert said.text == "Refunds take 5 working days."


def test_a_heading_lends_its_words_to_the_sentences_below() -> None:
    page = Passage("Manual\n\n## Screen\nIt has ten inches.\n\n## Battery\nIt runs for eight hours.", 1)
    assert small.answer(reading("How long does the battery last?", page), ()).text == "It runs for eight hours. [1]"


@pytest.mark.parametrize("question", ["zeppelin?", "", "?!", "飞船"])
def test_small_answers_even_where_nothing_matches(question: str) -> None:
    assert small.answer(reading(question, POLICY), ()).evidence
    assert small.answer(reading(question), MEMORY).evidence
    assert small.answer(reading(question), ()).evidence


def test_from_memory_small_gives_the_answer_to_the_nearest_known_question_right_or_wrong() -> None:
    assert small.answer(reading("How long is my warranty?"), MEMORY).text == "Two years."
    assert small.answer(reading("What does express shipping cost?"), MEMORY).text == "4.90 EUR."


def test_from_memory_large_answers_however_far_the_nearest_known_question_is(embedder: Any) -> None:
    known = (*MEMORY, Remembered("How long do refunds take?", "5 days."))
    assert large.answer(reading("How long does a refund take?"), known, NONE, embedder).text == "5 days."
    assert large.answer(reading("Why is the sky blue?"), MEMORY, NONE, embedder).evidence
    assert large.answer(reading("Why?"), (), ALL, embedder) == Answer("I do not know.")


def test_large_abstains_below_what_is_enough_and_claims_nothing_then(embedder: Any) -> None:
    asked = reading("How long do refunds take?", POLICY)
    assert large.answer(asked, MEMORY, ALL, embedder).text.startswith("Refunds take 5 working days.")
    assert large.answer(asked, MEMORY, NONE, embedder) == Answer("I do not know: the passages do not say.")


def test_large_answers_exactly_where_the_support_reaches_the_threshold(embedder: Any) -> None:
    question, text = "How long do refunds take?", POLICY.text
    enough = large.support(question, [text], embedder)
    for threshold, answers in ((enough, True), (enough + 1e-6, False)):
        said = large.answer(reading(question, Passage(text)), (), threshold, embedder)
        assert bool(said.evidence) == answers


def test_passages_that_hold_the_answer_support_it_better_than_others(embedder: Any) -> None:
    question = "How long do refunds take?"
    assert large.support(question, [POLICY.text], embedder) > large.support(question, [SHIPPING.text], embedder)


def test_nothing_to_read_is_less_support_than_anything(embedder: Any) -> None:
    assert large.support("Why?", [], embedder) == -1
    assert large.support("Why?", ["Shipping is free."], embedder) >= -1


def test_large_abstains_where_passages_were_announced_and_none_came_or_nothing_is_remembered(embedder: Any) -> None:
    assert not large.answer(Reading("Why?", ()), MEMORY, ALL, embedder).evidence
    assert not large.answer(Reading("Why?", None), (), ALL, embedder).evidence


def test_large_adds_a_second_sentence_from_another_passage_if_it_brings_other_words(embedder: Any) -> None:
    asked = reading("How long do refunds take and what does express cost?", POLICY, SHIPPING)
    said = large.answer(asked, (), ALL, embedder).text
    assert "Refunds take 5 working days. [1]" in said
    assert "Express costs 9.90 EUR. [2]" in said


def test_large_adds_a_second_sentence_without_new_words_if_its_embedding_is_nearer() -> None:
    class Fixed:
        name, sha256, dimension = "fixed", "none", 2

        def embed(self, texts: Sequence[str], progress: object = None) -> NDArray[np.float32]:
            return np.array([[1, 0], [0.6, 0.8], [0.8, 0.6]], np.float32)

    asked = reading("Lamps?", Passage("Lamps glow. Bulbs shine."))
    assert large.answer(asked, (), ALL, Fixed()).text == "Lamps glow. Bulbs shine."


def test_large_stops_after_one_sentence_if_the_next_adds_nothing(embedder: Any) -> None:
    said = large.answer(reading("How long do refunds take?", POLICY), (), ALL, embedder)
    assert said.text == "Refunds take 5 working days. [1]"


def test_a_passage_is_cited_once_for_two_sentences_in_a_row(embedder: Any) -> None:
    said = large.answer(reading("Are bulbs final, and how long do refunds take?", POLICY), (), ALL, embedder).text
    assert said.count("[1]") == 1


def test_everything_is_embedded_in_one_go(embedder: Any) -> None:
    large.answer(reading("How long do refunds take?", POLICY, SHIPPING), MEMORY, ALL, embedder)
    assert len(embedder.calls) == 1
    assert embedder.calls[0][0] == "How long do refunds take?"
    assert "Returns: Bulbs are final." in embedder.calls[0]
