"""Retry: how often, how long, at whose cost, and what is never done twice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from statistics import mean
from typing import Any

import pytest

from pipelines.clock import run
from systems.errors import CircuitOpen, RateLimited, Rejected, Transient
from systems.facts import Intervened, ModelCall, ToolCalled
from systems.interface import Call, Request, Response, respond
from systems.patterns.retry import Retry

DOWN = Transient("down")
DID = ToolCalled("cancel_order", "{}", "done")


def did(response: Response) -> list[str]:
    return [fact.what for fact in response.facts if isinstance(fact, Intervened)]


def test_a_failure_that_passes_is_tried_again_in_a_span_of_its_own(script: Any, ask: Any) -> None:
    response = ask(Retry(script([DOWN], [DOWN], ["well"]), attempts=3))
    assert response.text == "well"
    assert [(span.name, span.parent, span.status) for span in response.spans] == [
        ("retry(script)", None, "ok"),
        ("retry", 0, "error"),
        ("retry", 0, "ok"),
    ]
    assert [what.split(" in ")[0] for what in did(response)] == ["attempt 2 of 3", "attempt 3 of 3"]
    assert did(response)[0].endswith("after Transient: down")


def test_the_last_failure_is_the_answer_where_all_attempts_fail(script: Any, ask: Any) -> None:
    down = script([Transient("one")], [Transient("two")], ["too late"])
    response = ask(Retry(down, attempts=2))
    assert (response.error, down.asked) == ("Transient: two", 2)
    assert did(response)[-1] == "gave up: 2 attempts failed"


@pytest.mark.parametrize("failure", [Rejected("no"), CircuitOpen("open")], ids=repr)
def test_what_would_fail_again_is_not_tried_again(script: Any, ask: Any, failure: Exception) -> None:
    refusing = script([failure])
    assert ask(Retry(refusing, attempts=3)).failed
    assert refusing.asked == 1


def test_failed_attempts_stay_paid(script: Any, ask: Any) -> None:
    paid = ModelCall("m", 10, 0, 0.5)
    assert ask(Retry(script([paid, DOWN], [paid, "well"]), attempts=2)).cost_usd == 1.0


def waits(script: Any, failure: Exception, **fields: Any) -> list[list[float]]:
    """The seconds before each further attempt, for 200 calls."""

    async def one(at: int) -> list[float]:
        slept: list[float] = []
        call = Call.now(f"{at}")

        async def sleep(seconds: float) -> None:
            slept.append(seconds)
            await asyncio.sleep(seconds)

        object.__setattr__(call, "sleep", sleep)
        await respond(Retry(script([failure]), **{"attempts": 6, "reserve": 100, **fields}), Request("?"), call)
        return slept

    async def main() -> list[list[float]]:
        return [await one(at) for at in range(200)]

    return run(main())


def test_waits_are_spread_over_the_whole_of_a_doubling_range_up_to_the_longest(script: Any) -> None:
    ranges_s = [1, 2, 4, 5, 5]
    for wait_s, up_to_s in zip(
        zip(*waits(script, DOWN, first_wait_s=1, max_wait_s=5), strict=True), ranges_s, strict=True
    ):
        assert 0 <= min(wait_s) < 0.1 * up_to_s
        assert 0.9 * up_to_s < max(wait_s) <= up_to_s
        assert mean(wait_s) == pytest.approx(up_to_s / 2, rel=0.15)


def test_the_same_call_waits_the_same_and_another_does_not(script: Any) -> None:
    assert waits(script, DOWN) == waits(script, DOWN)
    assert len({tuple(one) for one in waits(script, DOWN)}) == 200


def test_a_service_that_says_when_is_not_asked_before_and_not_by_all_at_once(script: Any) -> None:
    first_s = [wait_s for wait_s, *_ in waits(script, RateLimited("busy", retry_after_s=10), first_wait_s=1)]
    assert min(first_s) >= 10
    assert max(first_s) <= 11
    assert len(set(first_s)) == 200


@pytest.mark.parametrize("told_s", [None, 0, -3600, float("nan"), float("-inf")])
def test_a_moment_that_is_past_or_unknown_means_the_usual_wait(script: Any, told_s: float | None) -> None:
    assert waits(script, RateLimited("busy", retry_after_s=told_s)) == waits(script, DOWN)


@pytest.mark.parametrize("told_s", [31, 1e9, float("inf")])
def test_told_to_wait_absurdly_long_it_gives_up_at_once(script: Any, ask: Any, told_s: float) -> None:
    busy = script([RateLimited("busy", retry_after_s=told_s)])
    response = ask(Retry(busy, attempts=3, max_wait_s=30))
    assert (busy.asked, response.latency_s, response.error) == (1, 0, "RateLimited: busy")
    assert did(response) == [f"gave up: told to wait {told_s:.0f} s, which is too long"]


def test_it_never_waits_past_the_deadline(script: Any) -> None:
    async def one(at: int) -> None:
        call = Call.now(f"{at}", deadline_s=asyncio.get_running_loop().time() + 3)
        response = await respond(Retry(script([DOWN]), attempts=9, first_wait_s=2), Request("?"), call)
        assert response.error == "Transient: down"  # and not that the deadline passed
        assert response.latency_s < 3
        assert did(response)[-1].startswith("gave up: the deadline would pass")

    async def main() -> None:
        for at in range(50):
            await one(at)

    run(main())


def test_what_was_done_with_a_tool_is_not_done_twice_unless_that_is_said_to_be_safe(script: Any, ask: Any) -> None:
    plays = [DID, DOWN], ["again"]
    careful, told = script(*plays), script(*plays)
    response = ask(Retry(careful, attempts=3))
    assert (response.error, careful.asked) == ("Transient: down", 1)
    assert did(response) == ["gave up: a tool was called, and nothing says that it is safe to call it twice"]
    assert (ask(Retry(told, attempts=3, safe=True)).text, told.asked) == ("again", 2)


def test_a_tool_that_was_called_deep_inside_counts_and_one_called_before_or_beside_does_not(ask: Any) -> None:
    class Agent:
        name = "agent"

        def __init__(self, where: str) -> None:
            self.where, self.asked = where, 0
            self.retry = Retry(self.Model(self), attempts=2)

        class Model:
            name = "model"

            def __init__(self, agent: Any) -> None:
                self.agent = agent

            async def stream(self, request: Any, call: Call) -> Any:
                self.agent.asked += 1
                with call.child("a") as a, a.child("b") as b:
                    if self.agent.where == "inside":
                        b.record(DID)
                if self.agent.where == "beside":
                    with self.agent.call.child("beside") as beside:
                        beside.record(DID)
                if self.agent.asked == 1:
                    raise DOWN
                yield "well"

        async def stream(self, request: Request, call: Call) -> Any:
            self.call = call
            with call.child("step") as step:
                if self.where == "before":
                    step.record(DID)
                async for chunk in self.retry.stream(request, step):
                    yield chunk

    assert [ask(Agent(where)).text for where in ("before", "beside", "inside")] == ["well", "well", ""]


def test_an_attempt_that_failed_before_it_called_a_tool_is_tried_again(script: Any, ask: Any) -> None:
    assert ask(Retry(script([DOWN], [DID, "done"]), attempts=2)).text == "done"


def load_of(retry_class: type[Retry[Any, Any]], script: Any, calls: int = 300) -> int:
    """How often a service that is down is asked by so many calls, one a second, each with a minute's time."""
    down = script([DOWN])
    retry: Any = retry_class(down, attempts=4, first_wait_s=0.1, budget=0.1, reserve=10)

    async def main() -> None:
        async def one(at: int) -> None:
            await asyncio.sleep(at)
            now_s = asyncio.get_running_loop().time()
            await respond(retry, Request("?"), Call.now(f"{at}", deadline_s=now_s + 60))

        await asyncio.gather(*map(one, range(calls)))

    run(main())
    return int(down.asked)


def check_that_a_storm_cannot_grow(retry_class: type[Retry[Any, Any]], script: Any) -> None:
    calls = 300
    assert load_of(retry_class, script, calls) <= calls * 1.1 + 10


def test_when_everything_fails_retries_add_their_budget_to_the_load_and_no_more(script: Any) -> None:
    check_that_a_storm_cannot_grow(Retry, script)
    assert load_of(Retry, script) == pytest.approx(340, abs=2)  # and all of it is used


def test_a_retry_without_bounds_fails_this_check(script: Any) -> None:
    class Unbounded(Retry[Any, Any]):
        def _gives_up(self, *_: Any) -> None:
            return None

    class WithoutBudget(Retry[Any, Any]):
        def _gives_up(self, attempt: int, *_: Any) -> str | None:
            return "enough" if attempt >= self.attempts else None

    for broken in (Unbounded, WithoutBudget):
        with pytest.raises(AssertionError):
            check_that_a_storm_cannot_grow(broken, script)


def test_a_budget_that_was_spent_is_earned_again_by_calls_that_do_well(
    script: Any, ask: Callable[..., Response]
) -> None:
    retry = Retry(script([DOWN], [DOWN], *[["well"]] * 5, [DOWN], ["well"]), attempts=2, budget=0.2, reserve=1)
    answers = [ask(retry, id=f"{at}") for at in range(8)]
    assert [answer.failed for answer in answers] == [True, False, False, False, False, False, False, False]
    assert did(answers[0])[-1] == "gave up: 2 attempts failed"
    assert retry.inner.asked == 10  # type: ignore[attr-defined]


def test_with_nothing_left_of_the_budget_the_failure_passes_on_at_once(script: Any, ask: Any) -> None:
    retry = Retry(script([DOWN]), attempts=2, budget=0, reserve=1)
    assert did(ask(retry)) != ["gave up: the budget for retries is spent"]
    assert did(ask(retry)) == ["gave up: the budget for retries is spent"]
    asyncio.run(retry.open())
    assert did(ask(retry)) != ["gave up: the budget for retries is spent"]  # a new run begins with a full reserve


def test_years_of_good_calls_save_no_more_than_the_reserve(script: Any, ask: Any) -> None:
    retry = Retry(script(*[["well"]] * 1000, [DOWN]), attempts=2, budget=0.2, reserve=3)
    for at in range(1000):
        assert not ask(retry, id=f"{at}").failed
    tried_again = sum(len(did(ask(retry, id=f"{at}"))) == 2 for at in range(8))
    assert tried_again == 4  # the three that were saved, and one that these eight calls earned
