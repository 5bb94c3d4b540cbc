"""Fallback: who is asked next, what is said when nobody answers, and to whom an old answer is never shown."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from pipelines.clock import run
from systems.errors import CircuitOpen, RateLimited, Rejected, Transient
from systems.facts import Intervened, ToolCalled
from systems.interface import Call, Message, Prompt, Request, Response, ToolUse, respond
from systems.patterns.fallback import KEPT, Fallback

DOWN = Transient("down")


def did(response: Response) -> list[str]:
    return [fact.what for fact in response.facts if isinstance(fact, Intervened)]


@pytest.mark.parametrize("failure", [DOWN, RateLimited("busy"), CircuitOpen("open")], ids=repr)
def test_the_next_service_answers_and_the_reason_is_a_fact(script: Any, ask: Any, failure: Exception) -> None:
    second, third = script([Transient("also")], name="second"), script(["third"], name="third")
    response = ask(Fallback(script([1, failure], name="first"), to=(second, third)))
    assert response.text == "third"
    assert did(response) == [f"first: {type(failure).__name__}: {failure}", "second: Transient: also"]
    assert [(span.name, span.status) for span in response.spans[1:]] == [
        ("fallback second", "error"),
        ("fallback third", "ok"),
    ]


def test_the_next_service_is_not_asked_while_the_first_answers(script: Any, ask: Any) -> None:
    second = script(["second"])
    assert ask(Fallback(script(["first"]), to=(second,))).text == "first"
    assert second.asked == 0


def test_an_empty_answer_is_an_answer(script: Any, ask: Any) -> None:
    assert ask(Fallback(script([]), to=(script(["second"]),), apology="sorry")).text == ""


def test_a_rejected_request_is_not_carried_from_service_to_service(script: Any, ask: Any) -> None:
    second = script(["second"])
    response = ask(Fallback(script([Rejected("no")]), to=(second,), apology="sorry"))
    assert (response.error, second.asked) == ("Rejected: no", 0)


def test_where_nobody_answers_a_plain_message_does_and_says_so_in_a_fact(script: Any, ask: Any) -> None:
    response = ask(Fallback(script([DOWN]), apology="Please try again later."))
    assert (response.text, response.error) == ("Please try again later.", None)
    assert did(response) == ["script: Transient: down", "apology"]


def test_without_a_message_the_last_failure_passes_on(script: Any, ask: Any) -> None:
    assert ask(Fallback(script([DOWN]), to=(script([Transient("also")]),))).error == "Transient: also"


def conversation(fallback: Any, *asked: tuple[float, str, str]) -> list[Response]:
    """The responses to (time, user, question)."""

    async def main() -> list[Response]:
        responses = []
        for at_s, user, question in asked:
            await asyncio.sleep(at_s - asyncio.get_running_loop().time())
            responses.append(await respond(fallback, Request(question), Call.now(f"{at_s}", user=user)))
        return responses

    return run(main())


def test_the_answer_that_the_same_request_got_before_is_said_again_and_marked_as_stale(script: Any) -> None:
    service = script(["old ", "answer"], ["newer"], [DOWN])
    asked = [(0, "a", "?"), (1, "a", "other"), (10, "a", "?"), (20, "a", "third")]
    *_, again, unknown = conversation(Fallback(service, remember_s=60, apology="sorry"), *asked)
    assert again.text == "old answer"
    assert did(again) == ["script: Transient: down", "stale: the answer of 10.000 s before"]
    assert unknown.text == "sorry"


def test_an_answer_is_not_said_again_when_it_is_too_old(script: Any) -> None:
    fallback = Fallback(script(["old"], [DOWN]), remember_s=60)
    first, in_time, too_late = conversation(fallback, (0, "a", "?"), (60, "a", "?"), (60.5, "a", "?"))
    assert (first.text, in_time.text, too_late.error) == ("old", "old", "Transient: down")


def test_the_latest_answer_counts_also_where_another_service_gave_it(script: Any) -> None:
    fallback = Fallback(script(["old"], [DOWN]), to=(script(["second"], [DOWN], name="second"),), remember_s=60)
    assert [response.text for response in conversation(fallback, *[(at, "a", "?") for at in range(3)])] == [
        "old",
        "second",
        "second",
    ]


@pytest.mark.parametrize(("across_users", "text"), [(False, "sorry"), (True, "yours, Ann")])
def test_what_one_user_was_told_another_is_told_only_where_that_is_allowed(
    script: Any, across_users: bool, text: str
) -> None:
    fallback = Fallback(script(["yours, Ann"], [DOWN]), remember_s=60, across_users=across_users, apology="sorry")
    assert conversation(fallback, (0, "ann", "?"), (1, "bob", "?"))[1].text == text


def test_no_tenant_is_ever_told_what_another_was(script: Any, ask: Any) -> None:
    fallback = Fallback(script(["secret"], [DOWN]), remember_s=60, across_users=True, apology="sorry")
    assert ask(fallback, tenant="one").text == "secret"
    assert ask(fallback, tenant="two").text == "sorry"


def test_what_was_done_with_a_tool_is_not_said_again_as_if_it_had_been_done_again(script: Any) -> None:
    fallback = Fallback(script([ToolCalled("cancel_order", "{}", ""), "cancelled"], [DOWN]), remember_s=60)
    assert [one.text for one in conversation(fallback, (0, "a", "?"), (1, "a", "?"))] == ["cancelled", ""]


def test_a_models_request_for_a_tool_is_not_said_again(script: Any) -> None:
    prompt = Prompt((Message("user", "?"),))
    fallback = Fallback(script([ToolUse("1", "f", "{}")], [DOWN]), remember_s=60, apology="sorry")

    async def main() -> list[Any]:
        with Call.now("id").child("request") as call:
            return [[chunk async for chunk in fallback.stream(prompt, call)] for _ in range(2)]

    assert run(main()) == [[ToolUse("1", "f", "{}")], ["sorry"]]


def test_an_answer_that_was_cut_off_is_not_remembered(script: Any) -> None:
    fallback = Fallback(script(["half ", DOWN], [DOWN]), remember_s=60, apology="sorry")
    assert [one.text for one in conversation(fallback, (0, "a", "?"), (1, "a", "?"))] == ["half ", "sorry"]


def test_it_remembers_no_more_than_it_says(script: Any) -> None:
    fallback: Any = Fallback(script(["well"]), remember_s=60)
    call = Call("id", clock=lambda: 0.0, sleep=asyncio.sleep, arrived_s=0)
    for at in range(KEPT + 3):
        fallback._remember(Request(f"{at}"), ["well"], call)
    assert len(fallback._answers) == KEPT
    assert fallback._remembered(Request("2"), call) is None
    assert fallback._remembered(Request("3"), call) is not None


def test_a_clock_that_jumps_backwards_makes_no_answer_older(script: Any) -> None:
    fallback: Any = Fallback(script(["well"]), remember_s=60)
    now = [1000.0]
    call = Call("id", clock=lambda: now[0], sleep=asyncio.sleep, arrived_s=0)
    fallback._remember(Request("?"), ["well"], call)
    now[0] = 0.0
    assert fallback._remembered(Request("?"), call) == (0.0, ["well"])
