"""The request queue: order, bounds, retries, dead letters, draining; nothing lost, nothing twice."""

import asyncio
import gc
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from pipelines.clock import VirtualLoop, run
from systems.build import build
from systems.errors import ConfigError, RateLimited, Rejected, ServiceError, Unavailable
from systems.facts import Intervened
from systems.interface import Call, Prompt, Request, Response, respond
from systems.patterns.queue import Queue

BOT = {"chatbot": {"model": {"scripted": {"behaviour": "right", "otherwise": "here"}}}}
SCRIPTED = {"scripted": {"behaviour": "slow", "otherwise": "a b c", "ttft_s": 1, "per_chunk_s": 1}}


class Told:
    """Says the question's words, a second each; a word that names an error raises it. Notes who began and who is open."""

    name = "told"

    def __init__(self) -> None:
        self.began: list[str] = []
        self.said: list[str] = []
        self.open = 0

    async def stream(self, request: Request, call: Call) -> AsyncGenerator[str, None]:
        self.began.append(call.id)
        self.open += 1
        try:
            for word in request.question.split():
                await call.sleep(1)
                if word in ERRORS:
                    raise ERRORS[word]
                self.said.append(word)
                yield word
        finally:
            self.open -= 1


ERRORS: dict[str, Exception] = {
    "down": Unavailable("down"),
    "wait": RateLimited("slowly", retry_after_s=10),
    "no": Rejected("no"),
    "bug": ZeroDivisionError("bug"),
}


def said(response: Response) -> list[str]:
    return [fact.what for fact in response.facts if isinstance(fact, Intervened)]


async def ask(queue: Any, id: str, question: str = "a b c", **call: Any) -> Response:
    return await respond(queue, Request(question), Call.now(id, **call))


async def settle() -> None:
    """Let everything run that needs no time."""
    for _ in range(20):
        await asyncio.sleep(0)


def clean(queue: Queue[Any, Any], told: Told) -> bool:
    """Nothing runs, waits or is missing, and no task but the test's own is there."""
    idle = (queue.inside, queue.lost, told.open, len(queue._running)) == (0, 0, 0, 0)
    return idle and asyncio.all_tasks() == {asyncio.current_task()}


def test_a_spike_waits_its_turn_and_the_trace_says_how_long() -> None:
    async def main() -> list[Response]:
        queue = Queue(Told(), workers=2, places=4)
        return await asyncio.gather(*(ask(queue, str(at)) for at in range(6)))

    responses = run(main())
    assert [response.latency_s for response in responses] == [3, 3, 6, 6, 9, 9]
    assert {response.text for response in responses} == {"abc"}
    assert [said(response) for response in responses[1:3]] == [[], ["waited 3.000 s"]]
    [wait] = [span for span in responses[2].spans if span.name == "wait"]
    assert (wait.start_s, wait.end_s, wait.status) == (0, 3, "ok")


def test_a_full_queue_refuses_at_once_says_so_and_counts_it() -> None:
    async def main() -> tuple[list[Response], Queue[Request, str]]:
        queue = Queue(Told(), workers=1, places=1)
        return await asyncio.gather(*(ask(queue, str(at)) for at in range(3))), queue

    responses, queue = run(main())
    assert responses[2].error == "Unavailable: the queue is full: 2 jobs wait or run"
    assert said(responses[2]) == ["refused: it is full, 2 inside"]
    assert responses[2].latency_s == 0
    assert queue.counts == {"accepted": 2, "answered": 2, "refused": 1}


def test_tenants_that_are_named_go_first_in_that_order_and_others_as_they_came() -> None:
    async def main() -> list[str]:
        told = Told()
        queue = Queue(told, workers=1, places=9, first=("gold", "silver"))
        tenants = ["running", "iron", "silver", "gold", "tin", "gold", "silver"]
        await asyncio.gather(*(ask(queue, f"{name}{at}", tenant=name) for at, name in enumerate(tenants)))
        return told.began

    assert run(main()) == ["running0", "gold3", "gold5", "silver2", "silver6", "iron1", "tin4"]


def test_what_is_unavailable_goes_to_the_back_of_the_line_and_then_to_the_dead_letters() -> None:
    async def main() -> tuple[list[str], Response, Queue[Request, str]]:
        told = Told()
        queue = Queue(told, workers=1, places=3, attempts=2)
        down, *_ = await asyncio.gather(ask(queue, "x", "down"), ask(queue, "y"), ask(queue, "z"))
        assert clean(queue, told)
        return told.began, down, queue

    began, down, queue = run(main())
    assert began == ["x", "y", "z", "x"]
    assert down.error == "Unavailable: down"
    assert sorted(said(down)) == [
        "dead letter after try 2: Unavailable: down",
        "put back after try 1: Unavailable",
        "waited 6.000 s",
    ]
    [letter] = queue.dead
    assert (letter.call, letter.request, letter.attempts, letter.error) == (
        "x", Request("down"), 2, "Unavailable: down",
    )  # fmt: skip


def test_a_refusal_that_says_when_is_tried_again_then_and_holds_no_worker_meanwhile() -> None:
    async def main() -> tuple[float, float]:
        queue = Queue(Told(), workers=1, places=3, attempts=2)
        first, second = await asyncio.gather(ask(queue, "x", "wait"), ask(queue, "y"))
        return first.latency_s, second.latency_s

    assert run(main()) == (12, 4)


@pytest.mark.parametrize(("question", "tries"), [("no", 1), ("a down", 1), ("down", 3)])
def test_only_what_is_unavailable_before_its_first_piece_is_tried_again(question: str, tries: int) -> None:
    async def main() -> None:
        told = Told()
        queue = Queue(told, workers=1, places=1, attempts=3)
        response = await ask(queue, "x", question)
        assert response.failed
        assert response.text == question.removesuffix("down").removesuffix("no").strip()
        assert len(told.began) == tries
        assert queue.counts == {"accepted": 1, "dead": 1}

    run(main())


def test_a_bug_reaches_the_caller_as_it_is_and_the_workers_go_on() -> None:
    async def main() -> None:
        told = Told()
        queue = Queue(told, workers=1, places=1, attempts=3)
        with pytest.raises(ZeroDivisionError):
            await ask(queue, "x", "bug")
        assert (await ask(queue, "y")).text == "abc"
        assert queue.counts == {"accepted": 2, "dead": 1, "answered": 1}
        await settle()
        assert clean(queue, told)

    run(main())


def test_a_slow_reader_holds_the_service_back_two_pieces_ahead_at_most() -> None:
    async def main() -> None:
        told = Told()
        queue = Queue(told, workers=1, places=1)
        read = 0
        with Call.now("x").child("read") as call:
            async for _ in queue.stream(Request("a b c d e f g"), call):
                read += 1
                await call.sleep(100)
                assert len(told.said) <= read + 2
        assert read == 7

    run(main())


def test_the_first_piece_comes_before_the_last_is_made() -> None:
    async def main() -> Response:
        return await ask(Queue(Told(), workers=1, places=1), "x")

    response = run(main())
    assert (response.ttft_s, response.latency_s) == (1, 3)


@pytest.mark.parametrize("steps", range(30))
@pytest.mark.parametrize("workers", [1, 2])
def test_a_caller_that_is_cut_off_at_any_step_leaves_nothing_behind(steps: int, workers: int) -> None:
    """Waiting, being started, in the middle of an answer, ending; while others are before and behind it."""

    async def main() -> None:
        told = Told()
        queue = Queue(told, workers=workers, places=3, attempts=2)
        others = [asyncio.create_task(ask(queue, "before", "a"))]
        cut = asyncio.create_task(ask(queue, "cut", "down"))
        await asyncio.sleep(0)
        others.append(asyncio.create_task(ask(queue, "behind", "a")))
        for step in range(steps):
            await asyncio.sleep(step % 3 / 3)
        cut.cancel()
        await asyncio.wait([cut])
        assert [response.text for response in await asyncio.gather(*others)] == ["a", "a"]
        await settle()
        assert clean(queue, told)
        assert queue.counts["accepted"] == 3

    run(main())


def test_a_reader_that_stops_in_the_middle_closes_the_service_before_it_goes_on() -> None:
    async def main() -> None:
        told = Told()
        queue = Queue(told, workers=1, places=1)
        with Call.now("x").child("read") as call:
            stream = queue.stream(Request("a b c"), call)
            assert await anext(stream) == "a"
            await stream.aclose()
        assert told.open == 0
        await settle()
        assert clean(queue, told)
        assert queue.counts == {"accepted": 1, "gone": 1}

    run(main())


def test_a_deadline_that_passes_in_the_queue_takes_the_job_out_and_shows_the_wait() -> None:
    async def main() -> None:
        told = Told()
        queue = Queue(told, workers=1, places=2)
        _, late, last = await asyncio.gather(ask(queue, "x"), ask(queue, "y", deadline_s=2.0), ask(queue, "z"))
        assert (late.error, late.latency_s) == ("Transient: the deadline passed", 2)
        assert said(late) == ["waited 2.000 s"]
        assert told.began == ["x", "z"]
        assert last.latency_s == 6

    run(main())


Outcome = tuple[list[Any], ServiceError | None]


async def submit(queue: Queue[Request, str], *questions: str, **call: Any) -> list[Outcome]:
    """Submit without waiting; what the callbacks will have got."""
    got: list[Outcome] = []

    async def callback(pieces: list[Any], error: ServiceError | None) -> None:
        got.append((pieces, error))

    for question in questions:
        queue.submit(Request(question), Call.now(question, **call), callback)
    await settle()
    return got


def test_closing_drains_every_submitted_job_gets_its_callback_once() -> None:
    async def main() -> tuple[list[Outcome], float]:
        queue = Queue(Told(), workers=1, places=3)
        got = await submit(queue, "a b", "down", "c", "d", "too-many")
        await queue.close()
        assert queue.lost == queue.inside == 0
        return got, asyncio.get_running_loop().time()

    got, took_s = run(main())
    assert [(pieces, str(error)) for pieces, error in got] == [
        ([], "the queue is full: 4 jobs wait or run"),
        (["a", "b"], "None"),
        ([], "down"),
        (["c"], "None"),
        (["d"], "None"),
    ]
    assert took_s == 5


def test_what_is_not_through_when_draining_ends_is_told_that_the_queue_closed() -> None:
    async def main() -> None:
        told = Told()
        queue = Queue(told, workers=1, places=3, attempts=5, drain_s=2.5)
        got = await submit(queue, "a b c d", "c")
        waiting = asyncio.create_task(ask(queue, "waiting"))
        await asyncio.sleep(0)
        await queue.close()
        assert (await waiting).error == "Unavailable: the queue closed before the answer"
        assert [pieces for pieces, _ in got] == [[], ["a", "b"]]
        assert {type(error) for _, error in got} == {Unavailable}
        assert asyncio.get_running_loop().time() == 2.5
        await settle()
        assert clean(queue, told)
        assert (await ask(queue, "late")).error == "Unavailable: the queue is closing: 0 jobs wait or run"

    run(main())


def test_a_callback_that_fails_stops_the_run_and_one_that_hangs_is_let_go_of() -> None:
    async def main(callback: Any) -> None:
        queue = Queue(Told(), workers=1, places=1, drain_s=5)
        queue.submit(Request("a"), Call.now("x"), callback)
        await settle()
        await queue.close()
        await settle()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    async def fails(pieces: list[Any], error: ServiceError | None) -> None:
        raise ZeroDivisionError

    async def hangs(pieces: list[Any], error: ServiceError | None) -> None:
        await asyncio.Event().wait()

    run(main(hangs))
    with pytest.raises(ZeroDivisionError):
        run(main(fails))


def test_a_submitted_job_that_is_cancelled_or_late_is_out() -> None:
    async def main() -> None:
        told = Told()
        queue = Queue(told, workers=1, places=3)
        [late] = [await submit(queue, "a b c", deadline_s=1.5)]
        task = queue.submit(Request("d"), Call.now("d"), lambda *_: asyncio.sleep(0))
        await asyncio.sleep(1)
        task.cancel()
        await queue.close()
        assert [(pieces, str(error)) for pieces, error in late] == [(["a"], "the deadline passed")]
        assert told.began == ["a b c"]
        assert queue.counts == {"accepted": 2, "gone": 2}

    run(main())


def test_a_stream_that_nobody_reads_to_its_end_does_not_hold_up_closing_for_ever() -> None:
    async def main() -> None:
        told = Told()
        queue = Queue(told, workers=1, places=1, drain_s=4)
        with Call.now("x").child("read") as call:
            stream = queue.stream(Request("a b c d"), call)
            assert await anext(stream) == "a"
            await queue.close()
        assert told.open == 0
        del stream
        gc.collect()
        await settle()
        assert queue.lost == 0

    run(main())


@pytest.mark.parametrize("field", ["workers", "places", "attempts", "drain_s"])
def test_a_queue_of_nothing_is_refused(field: str) -> None:
    with pytest.raises(ConfigError, match=f"{field}: 0 was given"):
        build({"chain": [{"queue": {"workers": 1, "places": 1, field: 0}}, BOT]})


def test_it_stands_inside_the_limit_around_a_system_or_a_model_and_both_variants_share_it() -> None:
    limit, queue = {"limit": {"per_minute": 60, "burst": 9}}, {"queue": {"workers": 1, "places": 3}}
    assert build({"chain": [limit, queue, BOT]}).part.name.startswith("limit(queue(chatbot(")
    with pytest.raises(ConfigError, match="cannot stand outside"):
        build({"chain": [queue, limit, BOT]})
    prompt = Prompt(())

    async def main() -> list[float]:
        description = {"chain": [queue, SCRIPTED]}
        async with build(description, kind="model") as one, build(description, kind="model") as two:
            got: list[float] = []

            async def callback(pieces: list[Any], error: ServiceError | None) -> None:
                got.append(asyncio.get_running_loop().time())

            one.submit(prompt, Call.now("1"), callback)
            two.submit(prompt, Call.now("2"), callback)
        return got

    assert run(main()) == [4, 8]


class Held:
    """Each call waits to be told how it ends."""

    name = "held"

    def __init__(self) -> None:
        self.began: list[str] = []
        self.ends: dict[str, asyncio.Future[str]] = {}

    async def stream(self, request: Request, call: Call) -> AsyncGenerator[str, None]:
        self.began.append(call.id)
        end = self.ends[call.id] = asyncio.get_running_loop().create_future()
        try:
            yield await end
        finally:
            del self.ends[call.id]


TENANTS = ("gold", "silver", "iron")


class Line(RuleBasedStateMachine):
    """Against a list a tenant and a list of who runs."""

    WORKERS, PLACES, ATTEMPTS = 2, 3, 2

    def __init__(self) -> None:
        super().__init__()
        self.loop = VirtualLoop()
        self.held = Held()
        self.queue = Queue(self.held, self.WORKERS, self.PLACES, TENANTS[:2], self.ATTEMPTS)
        self.tasks: dict[str, asyncio.Task[Response]] = {}
        self.lines: dict[str, list[str]] = {tenant: [] for tenant in TENANTS}
        self.running: list[str] = []
        self.began: list[str] = []
        self.ended: dict[str, str] = {}
        self.tried: dict[str, int] = {}
        self.came = 0

    def settle(self) -> None:
        self.loop.run_until_complete(settle())

    @property
    def waiting(self) -> list[str]:
        return [id for tenant in TENANTS for id in self.lines[tenant]]

    def serve(self) -> None:
        while len(self.running) < self.WORKERS and self.waiting:
            id = self.waiting[0]
            self.lines[id.split("-")[0]].remove(id)
            self.running.append(id)
            self.began.append(id)
            self.tried[id] = self.tried.get(id, 0) + 1
        self.settle()

    @rule(tenant=st.sampled_from(TENANTS))
    def arrive(self, tenant: str) -> None:
        id = f"{tenant}-{self.came}"
        self.came += 1
        self.tasks[id] = self.loop.create_task(self.ask(id, tenant))
        if len(self.running) + len(self.waiting) < self.WORKERS + self.PLACES:
            self.lines[tenant].append(id)
        else:
            self.ended[id] = "refused"
        self.serve()

    async def ask(self, id: str, tenant: str) -> Response:
        return await ask(self.queue, id, tenant=tenant)

    @precondition(lambda self: self.running)
    @rule(data=st.data(), how=st.sampled_from(["answer", "down", "no"]))
    def end(self, data: st.DataObject, how: str) -> None:
        id = data.draw(st.sampled_from(self.running))
        self.running.remove(id)
        if how == "answer":
            self.held.ends[id].set_result("here")
            self.ended[id] = "answered"
        else:
            self.held.ends[id].set_exception(ERRORS[how])
            if how == "down" and self.tried[id] < self.ATTEMPTS:
                self.lines[id.split("-")[0]].append(id)
            else:
                self.ended[id] = "dead"
        self.serve()

    @precondition(lambda self: self.running or self.waiting)
    @rule(data=st.data())
    def give_up(self, data: st.DataObject) -> None:
        id = data.draw(st.sampled_from(self.running + self.waiting))
        (self.running if id in self.running else self.lines[id.split("-")[0]]).remove(id)
        self.tasks[id].cancel()
        self.ended[id] = "gone"
        self.serve()

    @rule(seconds=st.integers(1, 100))
    def pass_time(self, seconds: int) -> None:
        self.loop.run_until_complete(asyncio.sleep(seconds))

    @invariant()
    def it_is_as_in_the_model(self) -> None:
        assert self.held.began == self.began
        assert sorted(self.held.ends) == sorted(self.running)
        assert {id for id, task in self.tasks.items() if task.done()} == set(self.ended)
        assert self.queue.inside == len(self.running) + len(self.waiting) <= self.WORKERS + self.PLACES
        assert self.queue.lost == 0
        assert sum(map(len, self.queue._lines)) == len(self.waiting)  # who gave up holds no memory
        for end in ("refused", "answered", "dead", "gone"):
            assert self.queue.counts[end] == list(self.ended.values()).count(end)
        dead = [id for id, end in self.ended.items() if end == "dead"]
        assert [letter.call for letter in self.queue.dead] == dead

    def teardown(self) -> None:
        closing = self.loop.create_task(self.queue.close())
        self.settle()
        while self.running:
            id = self.running.pop()
            self.held.ends[id].set_result("here")
            self.ended[id] = "answered"
            self.serve()
        self.loop.run_until_complete(closing)
        self.it_is_as_in_the_model()
        assert not asyncio.all_tasks(self.loop)
        self.loop.close()


def test_it_does_as_a_simple_model_does_whatever_comes_ends_fails_or_gives_up() -> None:
    run_state_machine_as_test(Line, settings=settings(max_examples=150, stateful_step_count=40, deadline=None))


@given(
    st.lists(st.tuples(st.floats(0, 20), st.sampled_from(["a", "a b", "down", "wait", "no", "a down"])), max_size=25),
    st.integers(1, 3),
    st.integers(1, 5),
    st.integers(1, 3),
)
@settings(deadline=None)
def test_nothing_is_lost_and_the_same_arrivals_give_the_same_bytes(
    arrivals: list[tuple[float, str]], workers: int, places: int, attempts: int
) -> None:
    async def main() -> list[str]:
        told = Told()
        queue = Queue(told, workers, places, attempts=attempts)

        async def one(at: int, at_s: float, question: str) -> Response:
            await asyncio.sleep(at_s)
            return await ask(queue, str(at), question, deadline_s=at_s + 15)

        responses = await asyncio.gather(*(one(at, *arrival) for at, arrival in enumerate(arrivals)))
        await settle()
        assert clean(queue, told)
        counts = queue.counts
        assert counts["accepted"] + counts["refused"] == len(arrivals)
        assert counts["answered"] == sum(not response.failed for response in responses)
        return [response.to_json() for response in responses]

    assert run(main()) == run(main())
