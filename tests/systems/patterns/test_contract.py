"""What every pattern keeps to, around a model and around a system. Time is virtual: nothing here sleeps."""

from __future__ import annotations

import asyncio
import hashlib
import random
import types
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from contextlib import aclosing, suppress
from itertools import count
from typing import Any

import pytest

from pipelines.clock import run
from systems.build import PARTS
from systems.errors import Rejected, ServiceError, Transient
from systems.facts import Intervened
from systems.interface import Call, Message, Prompt, Request, ToolUse, respond
from systems.patterns.breaker import Breaker
from systems.patterns.fallback import Fallback
from systems.patterns.faults import Faults
from systems.patterns.gateway import Gateway
from systems.patterns.hedge import Hedge
from systems.patterns.limit import Limit
from systems.patterns.provider_limit import ProviderLimit
from systems.patterns.queue import Queue
from systems.patterns.retry import Retry
from systems.patterns.timeout import Timeout

KEY = hashlib.sha256(b"sesame").hexdigest()
ASKED: dict[str, Any] = {"model": Prompt((Message("user", "?"),)), "system": Request("?")}
CHUNKS: dict[str, list[Any]] = {"model": ["a ", ToolUse("1", "f", "{}"), "", "b "], "system": ["a ", "b ", "", "c "]}


class Double:
    """Says its chunks, a second each; the first `failing` calls fail before chunk `fails_at`. Counts its open streams."""

    def __init__(
        self,
        chunks: list[Any],
        failure: Exception | None = None,
        fails_at: int = 0,
        failing: int = 1_000,
        name: str = "double",
    ) -> None:
        self.chunks, self.failure, self.fails_at, self.failing, self.name = chunks, failure, fails_at, failing, name
        self.asked = self.open_now = self.said = 0

    async def stream(self, request: Any, call: Call) -> AsyncGenerator[Any, None]:
        self.asked += 1
        fails = self.failure is not None and self.asked <= self.failing
        self.open_now += 1
        try:
            with call.child("inside"):
                for at, chunk in enumerate(self.chunks):
                    await call.sleep(1)
                    if fails and at == self.fails_at:
                        raise self.failure or AssertionError
                    self.said += 1
                    yield chunk
        finally:
            self.open_now -= 1


class Random:
    """Takes a random time, and fails at random, by the randomness of the call."""

    name = "random"

    async def stream(self, request: Any, call: Call) -> AsyncGenerator[Any, None]:
        await call.sleep(call.rng.expovariate(1))
        if call.rng.random() < 0.4:
            raise Transient("at random")
        for _ in range(3):
            await call.sleep(call.rng.expovariate(1))
            yield f"{call.rng.random():.3f} "


OTHER = Double(["other"], name="other")
PATTERNS: dict[str, Callable[[Any], Any]] = {
    "breaker": lambda inner: Breaker(inner, failures=3, rate=0.5, min_calls=4, rest_s=5),
    "fallback": lambda inner: Fallback(inner, to=(OTHER,), remember_s=60, apology="sorry"),
    "faults": lambda inner: Faults(inner),
    "gateway": lambda inner: Gateway(inner, (KEY,)),
    "hedge": lambda inner: Hedge(inner, after_s=0.4, safe=True),
    "limit": lambda inner: Limit(inner, per_minute=6000, burst=100),
    "provider_limit": lambda inner: ProviderLimit(inner, 60_000, 6_000_000, 100),
    "queue": lambda inner: Queue(inner, workers=50, places=50),
    "retry": lambda inner: Retry(inner, attempts=3),
    "timeout": lambda inner: Timeout(inner, first_s=10, total_s=60),
}
ORDER = [  # as docs/systems.md has it
    "gateway", "limit", "queue", "fallback", "retry", "hedge", "breaker", "provider_limit", "timeout", "faults",
]  # fmt: skip


def stacked(inner: Any, kind: str) -> Any:
    for name in reversed(ORDER):
        if kind in type(PATTERNS[name](inner)).AROUND:
            inner = PATTERNS[name](inner)
    return inner


CASES = [
    pytest.param(make, kind, id=f"{name} around a {kind}")
    for name, make in PATTERNS.items()
    for kind in type(make(Double([]))).AROUND
] + [pytest.param(lambda inner, k=kind: stacked(inner, k), kind, id=f"all around a {kind}") for kind in ASKED]
every_pattern = pytest.mark.parametrize(("pattern", "kind"), CASES)
Pattern = Callable[[Any], Any]


async def read(service: Any, kind: str, call: Call, at_most: int = 1_000, got: list[Any] | None = None) -> list[Any]:
    """The chunks that a reader gets who leaves after so many."""
    got = [] if got is None else got
    with call.child("request") as here:
        async with aclosing(service.stream(ASKED[kind], here)) as chunks:
            async for chunk in chunks:
                got.append(chunk)
                if len(got) == at_most:
                    break
    return got


def a_call(id: str = "id", **more: Any) -> Call:
    return Call.now(id, credential="sesame", **more)


def nothing_is_left(call: Call, *doubles: Double) -> None:
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert [span.name for span in call.spans if span.status == "open"] == []
    assert [double.open_now for double in doubles] == [0] * len(doubles)


def test_every_wrapper_that_can_be_built_is_held_to_the_contract() -> None:
    assert PATTERNS.keys() == PARTS["wrapper"].keys() == set(ORDER)


@every_pattern
def test_every_chunk_comes_through_once_and_in_order(pattern: Pattern, kind: str) -> None:
    async def main(chunks: list[Any]) -> None:
        call = a_call()
        double = Double(chunks)
        assert await read(pattern(double), kind, call) == chunks
        nothing_is_left(call, double)

    for upto in range(len(CHUNKS[kind]) + 1):
        run(main(CHUNKS[kind][:upto]))


@every_pattern
def test_a_chunk_is_let_through_when_it_comes_and_little_is_read_ahead(pattern: Pattern, kind: str) -> None:
    """Nothing, but by a queue, whose worker is two pieces ahead at most."""
    ahead = 2 if "queue(" in pattern(Double([])).name else 0

    async def main() -> None:
        call, double = a_call(), Double(CHUNKS[kind])
        with call.child("request") as here:
            async with aclosing(pattern(double).stream(ASKED[kind], here)) as chunks:
                for at in range(len(double.chunks)):
                    await anext(chunks)
                    assert call.clock() == pytest.approx(at * 101 + 1) or ahead
                    await asyncio.sleep(100)  # a slow reader
                    assert at + 1 <= double.said <= at + 1 + ahead

    run(main())


@every_pattern
def test_a_reader_who_leaves_at_any_chunk_leaves_nothing_open(pattern: Pattern, kind: str) -> None:
    async def main(at_most: int) -> None:
        call, double = a_call(), Double(CHUNKS[kind])
        assert await read(pattern(double), kind, call, at_most) == double.chunks[:at_most]
        nothing_is_left(call, double)
        assert call.spans[-1].status == "cancelled"  # the hedge's loser, or what the reader left

    for at_most in range(1, len(CHUNKS[kind])):
        run(main(at_most))


def cancelled_at(nth: int, inner: Coroutine[Any, Any, Any]) -> Coroutine[Any, Any, Any]:
    """Runs a coroutine, whose task is cancelled while it waits for the nth time."""

    @types.coroutine
    def steps() -> Generator[Any, Any, Any]:
        send: Callable[[], Any] = lambda: inner.send(None)  # noqa: E731
        for waited in count():
            try:
                waited_for = send()
            except StopIteration as done:
                return done.value
            if waited == nth:
                task = asyncio.current_task()
                assert task is not None
                task.cancel()
            try:
                yield waited_for
                send = lambda: inner.send(None)  # noqa: E731
            except BaseException as error:
                send = lambda error=error: inner.throw(error)  # type: ignore[misc]  # noqa: E731
        return None

    async def whole() -> Any:
        return await steps()

    return whole()


@pytest.mark.parametrize("failing", [0, 1, 1_000], ids=["inside answers", "inside fails once", "inside always fails"])
@every_pattern
def test_cancelled_at_any_await_it_leaves_no_task_no_open_span_and_nothing_open_inside(
    pattern: Pattern, kind: str, failing: int
) -> None:
    async def cancelled(nth: int) -> bool:
        call, double = a_call(), Double(CHUNKS[kind], Transient("no"), failing=failing)
        service = pattern(double)
        task = asyncio.ensure_future(cancelled_at(nth, read(service, kind, call)))
        result = (await asyncio.gather(task, return_exceptions=True))[0]
        nothing_is_left(call, double, OTHER)
        await asyncio.sleep(60)
        double.failure = None  # what was cancelled has used nothing up: the next call gets its answer
        assert await read(service, kind, a_call("next")) == double.chunks
        return isinstance(result, asyncio.CancelledError)

    for nth in count():
        if not run(cancelled(nth)):
            break
    assert nth >= (1 if failing else len(CHUNKS[kind]))  # or nothing was cancelled at all


@every_pattern
def test_cancelled_at_any_time_it_leaves_nothing_either(pattern: Pattern, kind: str) -> None:
    async def main(after_s: float) -> None:
        call, double = a_call(), Double(CHUNKS[kind], Transient("no"), failing=1)
        task = asyncio.ensure_future(read(pattern(double), kind, call))
        await asyncio.wait([task], timeout=after_s)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        nothing_is_left(call, double, OTHER)

    for tenths in range(60):
        run(main(tenths / 10))


@pytest.mark.parametrize("failure", [Rejected("no"), ZeroDivisionError("a bug"), TimeoutError("a bug, too")], ids=repr)
@pytest.mark.parametrize("fails_at", [0, 1])
@every_pattern
def test_a_refusal_and_a_bug_pass_through_as_they_are(
    pattern: Pattern, kind: str, fails_at: int, failure: Exception
) -> None:
    async def main() -> None:
        call, double = a_call(), Double(CHUNKS[kind], failure, fails_at)
        with pytest.raises(type(failure)) as caught:
            await read(pattern(double), kind, call)
        assert caught.value is failure
        nothing_is_left(call, double)

    run(main())


@every_pattern
def test_after_the_first_chunk_nothing_is_tried_again_and_the_failure_passes_through(
    pattern: Pattern, kind: str
) -> None:
    async def main() -> None:
        call, double = a_call(), Double(CHUNKS[kind], Transient("cut"), fails_at=1)
        got: list[Any] = []
        with pytest.raises(Transient, match="cut"):
            await read(pattern(double), kind, call, got=got)
        assert got == double.chunks[:1]
        assert double.said == 1
        nothing_is_left(call, double)

    run(main())


WITHOUT_A_SPAN = [case for case in CASES if case.id not in ("provider_limit around a model", "all around a model")]


@pytest.mark.parametrize(
    ("pattern", "kind"), WITHOUT_A_SPAN
)  # a provider limit has one of its own, to hear what tokens it took
def test_one_that_has_nothing_to_do_leaves_no_trace_but_its_name(pattern: Pattern, kind: str) -> None:
    async def main() -> list[Any]:
        spans = []
        for service in (Random(), pattern(Random())):
            for at in range(1_000):  # the first call whose service is quick and does not fail
                call = a_call(f"{at}")
                rng = random.Random(f"{at}/request#0")
                began_s, answers = rng.expovariate(1), rng.random() >= 0.4
                if answers and began_s + rng.expovariate(1) < 0.4:
                    break
            await read(service, kind, call)
            spans.append([(span.name, span.parent, span.end_s - span.start_s, span.facts) for span in call.spans])
        return spans

    bare, wrapped = run(main())
    assert wrapped == [(name, parent, pytest.approx(took_s), facts) for name, parent, took_s, facts in bare]


class AsSystem:
    def __init__(self, service: Any, kind: str) -> None:
        self.service, self.kind, self.name = service, kind, service.name

    async def stream(self, request: Request, call: Call) -> AsyncGenerator[str, None]:
        async with aclosing(self.service.stream(ASKED[self.kind], call)) as chunks:
            async for chunk in chunks:
                yield str(chunk)


@every_pattern
def test_whatever_the_order_in_which_calls_run_each_gets_the_same_bytes(pattern: Pattern, kind: str) -> None:
    async def main(order: list[int]) -> dict[int, str]:
        system = AsSystem(pattern(Random()), kind)

        async def one(at: int) -> tuple[int, str]:
            await asyncio.sleep(at * 0.1)
            return at, (await respond(system, Request("?"), a_call(f"{at}", user=f"{at}", deadline_s=60))).to_json()

        return dict(await asyncio.gather(*map(one, order)))

    ids = list(range(60))
    in_order = run(main(ids))
    assert any('"error":null' in line for line in in_order.values())
    for seed in range(5):
        assert run(main(random.Random(seed).sample(ids, len(ids)))) == in_order


@every_pattern
def test_the_spans_of_a_call_are_complete_and_lie_within_their_parents(pattern: Pattern, kind: str) -> None:
    async def main() -> None:
        for at in range(40):
            call, service = a_call(f"{at}"), pattern(Random())
            with suppress(ServiceError):
                await read(service, kind, call)
            for at_span, span in enumerate(call.spans):
                assert span.status in ("ok", "error", "cancelled")
                assert 0 <= span.start_s <= span.end_s
                if span.parent is not None:
                    parent = call.spans[span.parent]
                    assert span.parent < at_span
                    assert parent.start_s <= span.start_s <= span.end_s <= parent.end_s

    run(main())


@every_pattern
def test_its_name_shows_the_nesting(pattern: Pattern, kind: str) -> None:
    one, two = Double([], name="one"), Double([], name="two")
    assert "(one" in pattern(one).name
    assert pattern(two).name == pattern(one).name.replace("one", "two")


@every_pattern
def test_what_a_pattern_does_is_recorded_under_its_own_name(pattern: Pattern, kind: str) -> None:
    async def main() -> set[str]:
        names: set[str] = set()
        for at in range(60):
            call = a_call(f"{at}")
            with suppress(ServiceError):
                await read(pattern(Random()), kind, call)
            names |= {fact.pattern for span in call.spans for fact in span.facts if isinstance(fact, Intervened)}
        return names

    built = pattern(Random())
    assert run(main()) <= set(built.name.replace("(", " ").replace(",", " ").split())
