"""Faults: each kind does what it says, as often as it says, and says so when it has."""

from __future__ import annotations

import asyncio
import json
from typing import Any, get_args

import pytest

from pipelines.clock import run
from systems.errors import RateLimited
from systems.facts import Intervened
from systems.interface import Call, Message, Prompt, Request, Response, ToolUse, respond
from systems.patterns.faults import Faults, Kind, Window
from systems.patterns.retry import Retry

WELL = ["a ", "b ", "c ", "d ", "e "]
KINDS: list[Any] = list(get_args(Kind))


def struck(response: Response) -> list[str]:
    return [fact.what for fact in response.facts if isinstance(fact, Intervened) and fact.pattern == "faults"]


@pytest.mark.parametrize(
    ("kind", "error", "latency_s"),
    [
        ("rate_limited", "RateLimited: injected: 429", 0),
        ("server_error", "Transient: injected: 503", 0),
        ("timeout", "Transient: injected: no answer after 60 s", 60),
        ("slow_start", None, 5),
    ],
)
def test_a_fault_at_the_start_is_what_it_says(
    script: Any, ask: Any, kind: Kind, error: str | None, latency_s: float
) -> None:
    service = script(WELL)
    response = ask(Faults(service, {kind: 1}))
    assert (response.error, response.latency_s, struck(response)) == (error, latency_s, [kind])
    assert service.asked == (error is None)


@pytest.mark.parametrize("told_s", [3.0, -5.0, 1e12])
def test_a_429_says_when_to_come_back_be_it_absurd(script: Any, told_s: float) -> None:
    async def main() -> None:
        with Call.now("id").child("request") as call:
            await anext(Faults(script(WELL), {"rate_limited": 1}, retry_after_s=told_s).stream(Request("?"), call))

    with pytest.raises(RateLimited) as caught:
        run(main())
    assert caught.value.retry_after_s == told_s


def test_a_cut_stream_is_cut_after_one_to_four_chunks(script: Any, ask: Any) -> None:
    responses = [ask(Faults(script(WELL), {"cut": 1}), id=f"{at}") for at in range(50)]
    assert {response.text for response in responses} == {"".join(WELL[:upto]) for upto in range(1, 5)}
    assert {(response.failed, *struck(response)) for response in responses} == {(True, "cut")}


def test_a_stream_that_ends_before_the_cut_lacks_its_end(script: Any, ask: Any) -> None:
    assert {ask(Faults(script(["a"]), {"cut": 1}), id=f"{at}").error for at in range(9)} == {
        "Transient: injected: the connection was lost in the middle of the answer"
    }


def chunks_of(script: Any, kind: Kind, said: list[Any]) -> tuple[list[Any], list[str]]:
    async def main() -> tuple[list[Any], list[str]]:
        with Call.now("id").child("request") as call:
            prompt = Prompt((Message("user", "?"),))
            got = [chunk async for chunk in Faults(script(said), {kind: 1}).stream(prompt, call)]
        return got, [fact.what for fact in call.spans[0].facts if isinstance(fact, Intervened)]

    return run(main())


@pytest.mark.parametrize("arguments", ["{}", '{"a": 1}', "", "null", '"{', '{"text": "{"}'])
def test_garbage_is_read_by_no_parser(script: Any, arguments: str) -> None:
    got, facts = chunks_of(script, "garbage", ['{"a":', " 1}", ToolUse("1", "f", arguments)])
    assert facts == ["garbage"]
    for text in ("".join(got[:2]), got[2].arguments):
        with pytest.raises(json.JSONDecodeError):
            json.loads(text)
    assert (got[2].id, got[2].name) == ("1", "f")


def test_wrong_arguments_are_json_of_another_shape(script: Any) -> None:
    got, facts = chunks_of(script, "wrong_arguments", ["text", ToolUse("1", "f", '{"query": "kettle"}')])
    assert got[0] == "text"
    assert "query" not in json.loads(got[1].arguments)
    assert facts == ["wrong_arguments"]


def test_a_fault_that_found_nothing_to_strike_leaves_no_fact(script: Any) -> None:
    assert chunks_of(script, "wrong_arguments", ["text"]) == (["text"], [])
    assert chunks_of(script, "garbage", []) == ([], [])
    assert chunks_of(script, "cut", []) == ([], [])


def test_each_kind_comes_as_often_as_its_chance_says(script: Any, ask: Any) -> None:
    chance: Any = dict.fromkeys(KINDS, 0.1)
    calls = 1000
    all_struck = [kind for at in range(calls) for kind in struck(ask(Faults(script(WELL), chance), id=f"{at}"))]
    for kind in set(KINDS) - {"wrong_arguments"}:
        assert all_struck.count(kind) == pytest.approx(100, abs=40)


def test_the_order_in_which_chances_are_written_down_means_nothing(script: Any, ask: Any) -> None:
    def drawn(kinds: list[Any]) -> list[list[str]]:
        return [struck(ask(Faults(script(WELL), dict.fromkeys(kinds, 0.1)), id=f"{at}")) for at in range(100)]

    assert drawn(KINDS) == drawn(KINDS[::-1])


def test_a_second_attempt_draws_anew_and_a_second_run_the_same(script: Any, ask: Any) -> None:
    def texts() -> list[str]:
        return [
            ask(Retry(Faults(script(WELL), {"server_error": 0.5}), attempts=4), id=f"{at}").to_json()
            for at in range(60)
        ]

    assert texts() == texts()
    failed = sum('"error":null' not in text for text in texts())
    assert 0 < failed < 12  # 1 in 16 is expected: independent draws


def test_but_for_its_faults_a_run_is_the_same_with_it_and_without(ask: Any) -> None:
    class Draws:
        name = "draws"

        async def stream(self, request: Request, call: Call) -> Any:
            yield f"{call.rng.random()}"

    for at in range(100):
        faulty = ask(Faults(Draws(), {"server_error": 0.5}), id=f"{at}")
        if not faulty.failed:

            class Same(Draws):
                name = faulty.spans[0].name

            assert ask(Same(), id=f"{at}").text == faulty.text


def test_in_a_window_its_own_chances_hold_and_outside_the_others(script: Any) -> None:
    windows = (Window(60, 360, {"server_error": 1}), Window(300, 400, {"slow_start": 1}))
    faults = Faults(script(["well"]), {"rate_limited": 1}, windows)

    async def main(start_s: float) -> list[list[str]]:
        await asyncio.sleep(start_s)
        await faults.open()
        found = []
        for at_s in (0, 59, 60, 359, 360, 399, 400):
            await asyncio.sleep(start_s + at_s - asyncio.get_running_loop().time())
            found.append(struck(await respond(faults, Request("?"), Call.now("id"))))
            await asyncio.sleep(0)
        return found

    limited, error, slow = ["rate_limited"], ["server_error"], ["slow_start"]
    expected = [limited, limited, error, error, slow, slow, limited]
    assert run(main(0)) == expected
    assert run(main(5000)) == expected  # the time of the run, not of the machine
