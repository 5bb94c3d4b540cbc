"""Timeout and hedge: what is too late, and who is asked beside."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from pipelines.clock import run
from systems.errors import Transient
from systems.facts import Intervened, ModelCall
from systems.interface import Call, Request, Response, respond
from systems.models.scripted import Scripted
from systems.patterns.hedge import Hedge
from systems.patterns.retry import Retry
from systems.patterns.timeout import Timeout


def did(response: Response) -> list[str]:
    return [fact.what for fact in response.facts if isinstance(fact, Intervened)]


@pytest.mark.parametrize(("first_s", "failed"), [(2.9, True), (3.1, False)])
def test_a_first_chunk_that_comes_too_late_is_a_failure_at_that_moment(
    script: Any, ask: Any, first_s: float, failed: bool
) -> None:
    response = ask(Timeout(script([3, "a", 100, "b"]), first_s=first_s))
    assert response.failed == failed
    if failed:
        assert (response.latency_s, response.text) == (2.9, "")
        assert response.error == "Transient: no first chunk within 2.9 s"
        assert did(response) == ["no first chunk within 2.9 s"]


def test_an_answer_that_takes_too_long_in_all_is_cut_off_and_what_came_has_left(script: Any, ask: Any) -> None:
    response = ask(Timeout(script([1, "a ", 1, "b ", 1, "c "]), total_s=2.5))
    assert (response.text, response.latency_s, response.error) == ("a b ", 2.5, "Transient: more than 2.5 s")


def test_the_earlier_of_both_limits_counts(script: Any, ask: Any) -> None:
    slow = [5, "a"]
    assert ask(Timeout(script(slow), first_s=2, total_s=1)).error == "Transient: more than 1 s"
    assert ask(Timeout(script(slow), first_s=1, total_s=2)).error == "Transient: no first chunk within 1 s"


def test_a_slow_reader_does_not_make_the_service_late(script: Any) -> None:
    async def main() -> list[str]:
        got = []
        with Call.now("id").child("request") as call:
            async for chunk in Timeout(script([1, "a", 1, "b"]), first_s=2, total_s=3).stream(Request("?"), call):
                got.append(chunk)
                await asyncio.sleep(1000)
        return got

    assert run(main()) == ["a", "b"]


def test_a_service_that_ends_within_its_time_without_a_chunk_is_no_failure(script: Any, ask: Any) -> None:
    assert ask(Timeout(script([1]), first_s=2)).error is None


def test_what_was_cut_off_stays_paid(ask: Any) -> None:
    model: Any = Scripted("slow", ttft_s=5, priced_as="gpt-5-nano")

    class Asks:
        name = "asks"

        async def stream(self, request: Request, call: Call) -> Any:
            from systems.interface import Message, Prompt

            async for chunk in Timeout(model, first_s=1).stream(Prompt((Message("user", "?"),)), call):
                yield chunk

    [paid] = ask(Asks()).model_calls
    assert paid.finish == "cancelled"
    assert paid.cost_usd is not None


def test_the_deadline_of_the_call_is_not_taken_for_the_timeout(script: Any, ask: Any) -> None:
    response = ask(Timeout(script([10, "a"]), first_s=5), deadline_s=2)
    assert response.error == "Transient: the deadline passed"
    assert did(response) == []


def test_a_retry_around_it_gives_each_attempt_its_own_time(script: Any, ask: Any) -> None:
    response = ask(Retry(Timeout(script([10, "a"], [1, "b"]), first_s=2), attempts=2))
    assert response.text == "b"


def test_a_quick_answer_is_asked_for_once(script: Any, ask: Any) -> None:
    quick = script([1, "a", 10, "b"])
    response = ask(Hedge(quick, after_s=2, safe=True))
    assert (response.text, quick.asked, did(response)) == ("ab", 1, [])


def test_a_slow_one_is_asked_for_twice_and_the_first_to_begin_is_the_answer(script: Any, ask: Any) -> None:
    response = ask(Hedge(script([10, "slow"], [1, "quick ", 1, "too"]), after_s=2, safe=True))
    assert (response.text, response.ttft_s, response.latency_s) == ("quick too", 3, 4)
    assert did(response) == ["no chunk after 2 s: asked a second time", "the second began first"]


def test_the_first_may_still_be_the_one_to_begin(script: Any, ask: Any) -> None:
    response = ask(Hedge(script([3, "first"], [9, "second"]), after_s=2, safe=True))
    assert (response.text, response.latency_s) == ("first", 3)
    assert [(span.name, span.status) for span in response.spans] == [("hedge(script)", "ok"), ("hedge", "cancelled")]


def test_the_loser_is_cancelled_when_the_winner_begins_and_stays_paid(ask: Any) -> None:
    class Paid:
        name = "paid"
        asked = 0

        async def stream(self, request: Request, call: Call) -> Any:
            self.asked += 1
            wait_s, finish = (9 if self.asked == 1 else 1), "stop"
            try:
                await call.sleep(wait_s)
                yield "a"
                await call.sleep(20)
                yield "b"
            except asyncio.CancelledError:
                finish = "cancelled"
                raise
            finally:
                call.record(ModelCall(f"{wait_s}", 1, 1, 0.5, finish=finish))

    response = ask(Hedge(Paid(), after_s=2, safe=True))
    assert (response.text, response.cost_usd) == ("ab", 1.0)
    assert [(paid.model, paid.finish) for paid in response.model_calls] == [("9", "cancelled"), ("1", "stop")]


def test_where_both_begin_at_once_the_loser_is_closed_before_the_winners_first_chunk_leaves() -> None:
    class Logs:
        name = "logs"

        def __init__(self) -> None:
            self.asked, self.log = 0, list[str]()

        async def stream(self, request: Request, call: Call) -> Any:
            self.asked += 1
            mine = self.asked
            try:
                await call.sleep(3 if mine == 1 else 1)
                self.log.append(f"{mine} begins")
                yield f"from {mine}"
            finally:
                self.log.append(f"{mine} is closed")

    async def main(service: Logs) -> None:
        with Call.now("id").child("request") as call:
            async for chunk in Hedge(service, after_s=2, safe=True).stream(Request("?"), call):
                service.log.append(chunk)

    service = Logs()
    run(main(service))
    assert service.log == ["1 begins", "2 begins", "2 is closed", "from 1", "1 is closed"]


@pytest.mark.parametrize("plays", [([3, Transient("one")], [2, "well"]), ([3, "well"], [0.5, Transient("two")])])
def test_where_one_fails_the_other_is_waited_for(script: Any, ask: Any, plays: Any) -> None:
    assert ask(Hedge(script(*plays), after_s=2, safe=True)).text == "well"


def test_where_both_fail_the_first_failure_counts(script: Any, ask: Any) -> None:
    response = ask(Hedge(script([9, Transient("one")], [1, Transient("two")]), after_s=2, safe=True))
    assert (response.error, response.latency_s) == ("Transient: one", 9)


def test_a_failure_before_the_second_was_sent_passes_on_at_once(script: Any, ask: Any) -> None:
    failing = script([1, Transient("one")])
    response = ask(Hedge(failing, after_s=2, safe=True))
    assert (response.error, response.latency_s, failing.asked) == ("Transient: one", 1, 1)


def test_a_bug_in_one_of_both_is_not_covered_up_by_the_other(script: Any) -> None:
    async def main() -> None:
        hedge = Hedge(script([9, "well"], [1, ZeroDivisionError("a bug")]), after_s=2, safe=True)
        await respond(hedge, Request("?"), Call.now("id"))

    with pytest.raises(ZeroDivisionError):
        run(main())
