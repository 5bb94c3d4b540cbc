from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from pipelines.clock import run
from systems.build import build
from systems.chatbot import Chatbot
from systems.errors import ConfigError, Transient
from systems.facts import ModelCall
from systems.interface import Call, Message, Prompt, Request, Response, Tool, respond
from systems.models.scripted import Scripted

ASKED = Prompt((Message("user", "How long may I keep it before I send it back?"),))


def ask(model: Scripted, prompt: Prompt = ASKED, deadline_s: float | None = None) -> Response:
    class System:
        name = "system"

        async def stream(self, request: Request, call: Call):  # type: ignore[no-untyped-def]
            async with aclosing(model.stream(prompt, call)) as chunks:
                async for chunk in chunks:
                    yield chunk if isinstance(chunk, str) else f"<{chunk.id} {chunk.name} {chunk.arguments}>"

    async def main() -> Response:
        return await respond(System(), Request("?"), Call.now(id="call", deadline_s=deadline_s))

    return run(main())


def only_call(response: Response) -> ModelCall:
    (found,) = response.model_calls
    return found


def test_a_right_model_says_the_answer_that_belongs_to_the_question() -> None:
    model = Scripted("right", answers={"SEND IT BACK": "30 days, in its box.", "pay": "By card."})
    assert ask(model).text == "30 days, in its box."


def test_of_several_pieces_in_a_prompt_the_last_counts_and_of_two_that_end_there_the_longer() -> None:
    model = Scripted("right", answers={"keep": "passage", "back?": "short", "send it back?": "long"})
    assert ask(model).text == "long"


def test_a_right_model_that_was_given_no_answer_says_so() -> None:
    assert ask(Scripted("right", answers={"pay": "By card."})).text == "I do not know."


def test_a_wrong_model_is_wrong_even_where_it_was_given_the_answer() -> None:
    assert ask(Scripted("wrong", answers={"keep": "30 days."})).text == "Forty-two bananas."


def test_a_slow_model_takes_its_time_on_the_calls_clock() -> None:
    response = ask(Scripted("slow", answers={"keep": "one two three"}, ttft_s=4, per_chunk_s=0.5))
    assert (response.text, response.ttft_s, response.latency_s) == ("one two three", 4.5, 5.5)


def test_a_slow_model_that_misses_the_deadline_is_paid_for_what_it_said() -> None:
    model = Scripted("slow", answers={"keep": "one two three"}, ttft_s=1, per_chunk_s=1, priced_as="gpt-5-nano")
    response = ask(model, deadline_s=2.5)
    assert response.failed
    assert (only_call(response).finish, only_call(response).output_tokens) == ("cancelled", 1)
    assert response.cost_usd is not None


@pytest.mark.parametrize(("words", "text"), [(0, ""), (2, "one two "), (9, "one two three")])
def test_a_failing_model_fails_after_so_many_words_and_what_was_sent_is_paid_for(words: int, text: str) -> None:
    response = ask(Scripted("failing", answers={"keep": "one two three"}, chunks_before_failure=words))
    assert (response.text, response.error) == (text, "Transient: scripted to fail")
    assert only_call(response).finish == "error"
    assert only_call(response).input_tokens > 0


def test_a_model_that_fails_twice_answers_from_the_third_call_on() -> None:
    model = Scripted("failing", answers={"keep": "30 days."}, failing_calls=2)
    assert [ask(model).text for _ in range(4)] == ["", "", "30 days.", "30 days."]


def test_opening_a_failing_model_starts_its_script_over() -> None:
    async def first_calls() -> list[bool]:
        failed = []
        built = build({"chatbot": {"model": {"scripted": {"behaviour": "failing", "failing_calls": 1}}}})
        for _ in range(2):
            async with built as system:
                failed += [(await respond(system, Request("?"), Call.now(id="c"))).failed for _ in range(2)]
        return failed

    assert asyncio.run(first_calls()) == [True, False, True, False]


def test_a_looping_model_asks_for_the_same_tool_whatever_the_tool_said() -> None:
    tools = (Tool("search", "finds things", {}), Tool("other", "", {}))
    answered = (*ASKED.messages, Message("tool", "found it", tool_call="call-0"))
    assert ask(Scripted("looping"), Prompt(ASKED.messages, tools)).text == "<call-0 search {}>"
    again = ask(Scripted("looping"), Prompt(answered, tools))
    assert again.text == "<call-1 search {}>"
    assert only_call(again).finish == "tool_calls"


def test_a_looping_model_without_tools_repeats_itself_until_the_deadline() -> None:
    response = ask(Scripted("looping", otherwise="again and", per_chunk_s=1), deadline_s=5.5)
    assert response.text == "again and again and again "
    assert (response.error, only_call(response).finish) == ("Transient: the deadline passed", "cancelled")


def test_its_price_is_unknown_unless_it_is_priced_as_another() -> None:
    assert ask(Scripted("wrong")).cost_usd is None
    priced = ask(Scripted("wrong", priced_as="gpt-5-nano"))
    assert priced.cost_usd is not None
    assert only_call(priced).priced_as == "gpt-5-nano"
    assert only_call(priced).timing == "modelled"


def test_a_failure_reaches_whoever_reads_the_stream() -> None:
    async def main() -> None:
        with Call.now(id="c").child("generate") as call, pytest.raises(Transient):
            [chunk async for chunk in Scripted("failing").stream(ASKED, call)]

    run(main())


def test_an_unknown_behaviour_is_a_fault_that_names_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="'right', 'wrong', 'slow', 'failing' or 'looping'"):
        build({"chatbot": {"model": {"scripted": {"behaviour": "lazy"}}}})


def test_it_stands_in_a_system_like_any_model() -> None:
    async def main() -> Response:
        return await respond(Chatbot(Scripted("wrong")), Request("?"), Call.now(id="c"))

    assert run(main()).text == "Forty-two bananas."
