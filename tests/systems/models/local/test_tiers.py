"""What the three tiers say; the reading of prompts and the matching of words have tests of their own."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from systems.models.local import large, medium, small
from systems.models.local.answer import Answer
from systems.models.local.embedded import EMBEDDED
from systems.models.local.learnt import Remembered
from systems.models.local.reader import Passage, Reading
from systems.retrieval.embedding import MiniLM

POLICY = Passage("Returns\nYou may return a lamp within 30 days. Refunds take 5 working days. Bulbs are final.", 1)
SHIPPING = Passage("Shipping\nStandard shipping costs 4.90 EUR. Express costs 9.90 EUR.", 2)
MEMORY = (Remembered("How long is the warranty?", "Two years."), Remembered("What does shipping cost?", "4.90 EUR."))
ALL, NONE = -math.inf, math.inf


class Fixed:
    """Gives the question and then the texts these vectors, whatever they say."""

    name, sha256, dimension = "fixed", "none", 2

    def __init__(self, *vectors: tuple[float, float]) -> None:
        self.vectors = np.array(vectors, np.float32)

    def embed(self, texts: Sequence[str], progress: object = None) -> NDArray[np.float32]:
        return self.vectors


@pytest.fixture
def minilm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MiniLM:
    monkeypatch.setenv("ARCHBENCH_CACHE", str(tmp_path))
    return MiniLM()


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


@pytest.mark.parametrize("question", ["When do I get my money back?", "How soon will my cash be repaid?"])
def test_medium_finds_what_is_said_in_other_words_where_small_does_not(minilm: MiniLM, question: str) -> None:
    asked = reading(question, POLICY, SHIPPING)
    assert medium.answer(asked, (), minilm).text == "Refunds take 5 working days. [1]"
    assert "Refunds" not in small.answer(asked, ()).text


def test_medium_reads_a_sentence_under_its_nearest_heading(embedder: Any) -> None:
    page = Passage("Manual\n\n## Screen\nIt has ten inches.\n\n## Battery\nIt runs for eight hours.", 1)
    assert medium.answer(reading("battery?", page), (), embedder).text == "It runs for eight hours. [1]"
    assert "Battery: It runs for eight hours." in embedder.calls[0]


@pytest.mark.parametrize(
    ("question", "passages", "answer"),
    [
        ("德国的首都是哪里？", "巴黎是法国的首都。柏林是德国的首都。", "柏林是德国的首都。"),
        ("Сколько стоит доставка?", "Лампа красная. Доставка стоит 5 евро.", "Доставка стоит 5 евро."),
        (
            "Was kostet der Versand?",
            "Die Lampe ist rot. Der Versand kostet 4,90 Euro.",
            "Der Versand kostet 4,90 Euro.",
        ),
    ],
)
def test_medium_reads_other_languages_as_far_as_the_embedding_does(
    minilm: MiniLM, question: str, passages: str, answer: str
) -> None:
    assert medium.answer(reading(question, Passage(passages)), (), minilm).text == answer


@pytest.mark.parametrize("question", ["zeppelin?", "", "?!", "飞船"])
def test_medium_answers_even_where_nothing_is_near(embedder: Any, question: str) -> None:
    assert medium.answer(reading(question, POLICY), (), embedder).evidence
    assert medium.answer(reading(question), MEMORY, embedder).evidence
    assert medium.answer(reading(question), (), embedder) == Answer("My guess is yes.", "yes")


@pytest.mark.parametrize("passages", [(), (Passage("..."),)])
def test_with_passages_that_hold_nothing_medium_answers_as_without_any(
    embedder: Any, passages: tuple[Passage, ...]
) -> None:
    question = "How long is the warranty?"
    for memory in (MEMORY, ()):
        without = medium.answer(Reading(question, None), memory, embedder)
        assert medium.answer(Reading(question, passages), memory, embedder) == without


def test_from_memory_medium_gives_the_answer_to_the_known_question_that_means_the_same(minilm: MiniLM) -> None:
    assert medium.answer(reading("What is the price of delivery?"), MEMORY, minilm).text == "4.90 EUR."
    assert medium.answer(reading("For how many years is it guaranteed?"), MEMORY, minilm).text == "Two years."


def test_medium_says_the_nearest_sentence_and_nothing_else() -> None:
    asked = reading("Lamps?", Passage("Lamps glow. Bulbs shine.", 1))
    assert medium.answer(asked, (), Fixed((1, 0), (0.6, 0.8), (0.8, 0.6))).text == "Bulbs shine. [1]"


def test_cosines_that_differ_by_less_than_a_processor_s_last_bits_are_equal_and_the_first_is_taken() -> None:
    asked = reading("Lamps?", Passage("Lamps glow. Bulbs shine."))
    hardly, clearly = Fixed((1, 0), (0.8, 0.6), (0.800002, 0.6)), Fixed((1, 0), (0.8, 0.6), (0.80002, 0.6))
    assert medium.answer(asked, (), hardly).text == "Lamps glow."
    assert medium.answer(asked, (), clearly).text == "Bulbs shine."
    known = (Remembered("Lamps?", "Yes."), Remembered("Bulbs?", "No."))
    assert medium.answer(reading("Lamps?"), known, hardly).text == "Yes."
    assert medium.answer(reading("Lamps?"), known, clearly).text == "No."


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
    embedder = Fixed((1, 0), (0.6, 0.8), (0.8, 0.6))
    asked = reading("Lamps?", Passage("Lamps glow. Bulbs shine."))
    assert large.answer(asked, (), ALL, embedder).text == "Lamps glow. Bulbs shine."


def test_large_stops_after_one_sentence_if_the_next_adds_nothing(embedder: Any) -> None:
    said = large.answer(reading("How long do refunds take?", POLICY), (), ALL, embedder)
    assert said.text == "Refunds take 5 working days. [1]"


def test_a_passage_is_cited_once_for_two_sentences_in_a_row(embedder: Any) -> None:
    said = large.answer(reading("Are bulbs final, and how long do refunds take?", POLICY), (), ALL, embedder).text
    assert said.count("[1]") == 1


def with_medium(asked: Reading, embedder: Any) -> Answer:
    return medium.answer(asked, MEMORY, embedder)


def with_large(asked: Reading, embedder: Any) -> Answer:
    return large.answer(asked, MEMORY, ALL, embedder)


@pytest.mark.parametrize("answer", [with_medium, with_large])
def test_everything_is_embedded_in_one_go(embedder: Any, answer: Callable[[Reading, Any], Answer]) -> None:
    answer(reading("How long do refunds take?", POLICY, SHIPPING), embedder)
    assert len(embedder.calls) == 1
    assert embedder.calls[0][0] == "How long do refunds take?"
    assert "Returns: Bulbs are final." in embedder.calls[0]


def test_of_a_long_prompt_medium_embeds_the_first_sentences_and_large_those_that_share_words(embedder: Any) -> None:
    lamps, bulbs = (" ".join(f"The {name} has number {n}." for n in range(200)) for name in ("lamp", "bulb"))
    asked = reading("Which bulb?", Passage(lamps, 1), Passage(bulbs, 2))
    with_medium(asked, embedder)
    with_large(asked, embedder)
    of_medium, of_large = embedder.calls
    assert len(of_medium) == len(of_large) == EMBEDDED + 1
    assert sum("lamp" in text for text in of_medium) == sum("The bulb" in text for text in of_large) == 200
