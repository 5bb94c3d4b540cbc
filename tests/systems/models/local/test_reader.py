from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from systems.facts import Passage as Retrieved
from systems.interface import Message
from systems.models.local.reader import Passage, Reading, read
from systems.rag import INSTRUCTIONS, with_passages

TOWER = "The Eiffel Tower is in Paris. It was built in 1889."
ASKED = "When was the Eiffel Tower built?"


def user(text: str, system: str = "Be brief.") -> Reading:
    return read([Message("system", system), Message("user", text)])


def test_the_prompt_of_rag_is_read_as_it_was_meant() -> None:
    passages = [
        Retrieved("a", 0, 9, "Two years.\n\n1. Lamps\n2. Bulbs", "Warranty"),
        Retrieved("b", 0, 9, "Free.", "Shipping"),
    ]
    reading = user(with_passages("It broke. Who pays?", passages), INSTRUCTIONS)
    assert reading.question == "It broke. Who pays?"
    assert reading.passages == (
        Passage("Warranty\nTwo years.\n\n1. Lamps\n2. Bulbs", 1),
        Passage("Shipping\nFree.", 2),
    )


@pytest.mark.parametrize(
    "prompt",
    [
        f"Context:\n{TOWER}\n\nQuestion: {ASKED}\nHelpful Answer:",
        f"Question: {ASKED}\n\nContext:\n{TOWER}\n\nAnswer:",
        f"<context>\n{TOWER}\n</context>\n<question>{ASKED}</question>",
        f"## Context\n\n{TOWER}\n\n## Question\n\n{ASKED}",
        f"**Documents:** {TOWER}\n\n**Question:** {ASKED}",
        f"{TOWER}\n\n{ASKED}",
        f"{ASKED}\n\n{TOWER}",
        f"{TOWER}\n{ASKED}",
        f"{TOWER} {ASKED}",
        f"Q: {ASKED}\nSources: {TOWER}\nA:",
    ],
)
def test_question_and_context_are_told_apart_in_any_wording(prompt: str) -> None:
    assert user(prompt) == Reading(ASKED, (Passage(TOWER),))


@pytest.mark.parametrize(
    "mark", ["[{}] ", "{}. ", "{}) ", "({}) ", "Passage {}: ", "Document [{}]: ", "Source {}:\n", "- [{}] "]
)
def test_numbered_passages_keep_their_numbers(mark: str) -> None:
    prompt = f"Passages:\n{mark.format(1)}Cats sleep.\n{mark.format(2)}Dogs bark.\n\nQuestion: Who barks?"
    assert user(prompt) == Reading("Who barks?", (Passage("Cats sleep.", 1), Passage("Dogs bark.", 2)))


def test_numbered_passages_need_no_label_before_them_or_after() -> None:
    assert user("[3] Cats sleep.\n[5] Dogs bark.\nWho barks?").passages == (
        Passage("Cats sleep.", 3),
        Passage("Dogs bark.", 5),
    )
    assert user("Who barks?\n\n[1] Dogs bark.") == Reading("Who barks?", (Passage("Dogs bark.", 1),))


def test_a_list_within_a_passage_does_not_split_it() -> None:
    passages = user("Context: You need this:\n1. a lamp\n2. a bulb\n\nQuestion: What?").passages
    assert passages == (Passage("You need this:\n1. a lamp\n2. a bulb"),)


def test_another_language_is_read_by_its_own_labels_or_by_paragraphs() -> None:
    assert (
        user("Kontext: Der Versand kostet 4,90 Euro.\n\nFrage: Was kostet der Versand?").question
        == "Was kostet der Versand?"
    )
    assert user("资料：\n柏林是德国的首都。\n\n问题：德国的首都是哪里？") == Reading(
        "德国的首都是哪里？", (Passage("柏林是德国的首都。"),)
    )
    assert (
        user("Toimitus maksaa 4,90 euroa kaikkialla.\n\nPaljonko toimitus maksaa?").question
        == "Paljonko toimitus maksaa?"
    )


def test_a_prompt_without_passages_offers_none() -> None:
    assert user("What does shipping cost?") == Reading("What does shipping cost?", None)
    assert user("Question: What does shipping cost?\nAnswer:") == Reading("What does shipping cost?", None)


def test_a_users_own_story_is_part_of_the_question() -> None:
    story = "I bought a lamp last week and it flickers.\n\nWhat can I do about a lamp that flickers?"
    assert user(story) == Reading(story, None)


def test_rules_in_a_system_message_are_no_passages() -> None:
    assert user("Who are you?", "Follow the rules:\n1. Be brief.\n2. Be kind.").passages is None


def test_passages_may_stand_in_a_system_message_or_come_from_a_tool() -> None:
    assert user("Who barks?", "Be brief.\n\nContext:\n[1] Dogs bark.").passages == (Passage("Dogs bark.", 1),)
    told = read([Message("user", "Who barks?"), Message("tool", "Dogs bark.", tool_call="call-1")])
    assert told == Reading("Who barks?", (Passage("Dogs bark."),))


def test_a_prompt_that_announces_passages_and_holds_none_offers_an_empty_choice() -> None:
    assert user(with_passages("Who?", [])) == Reading("Who?", ())


def test_no_messages_ask_nothing() -> None:
    assert read([]) == Reading("", None)


@given(st.lists(st.builds(Message, st.sampled_from(["system", "user", "assistant", "tool"]), st.text()), max_size=4))
def test_any_text_can_be_read(messages: list[Message]) -> None:
    reading = read(messages)
    assert all(passage.text for passage in reading.passages or ())
