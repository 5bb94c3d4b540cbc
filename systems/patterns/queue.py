"""A request queue: a spike waits in it instead of falling on the service; workers serve it, so many at once."""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict, deque
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, count
from typing import Annotated, Any, ClassVar, Generic, TypeAlias, TypeVar

from annotated_types import Ge, Gt

from systems.errors import RateLimited, ServiceError, Unavailable
from systems.facts import Intervened
from systems.interface import Call, Service
from systems.patterns.job import DeadLetter, Job, outcome

Asked = TypeVar("Asked")
Piece = TypeVar("Piece")
Callback: TypeAlias = Callable[[list[Any], ServiceError | None], Awaitable[None]]  # the pieces, and why no more came

LETTERS = 1000  # dead letters that are kept: the latest
LONGEST_S = 60.0  # that a refused job stays away before its next try, whatever the refusal says


@dataclass(eq=False)
class Queue(Generic[Asked, Piece]):
    """Holds up to `places` jobs beside those that its `workers` serve; refuses more with Unavailable, and counts them.

    Tenants in `first` go before all others, in that order; otherwise first come, first served. What is Unavailable before
    its first piece goes to the back of its line, tried `attempts` times in all (more than once only where asking twice is
    safe); what fails for good is kept in `dead`. A worker waits for its caller to take each piece, and a caller that gives up
    takes its job out. Closing refuses new jobs, waits up to `drain_s` for the others, and tells the rest that it closed.
    """

    inner: Service[Asked, Piece]
    workers: Annotated[int, Ge(1)]
    places: Annotated[int, Ge(1)]
    first: tuple[str, ...] = ()
    attempts: Annotated[int, Ge(1)] = 1
    drain_s: Annotated[float, Gt(0)] = 30.0
    AROUND: ClassVar[tuple[str, ...]] = ("system", "model")
    LAYER: ClassVar[int] = 3
    counts: Counter[str] = field(init=False, repr=False)  # refused; accepted, of these answered, dead, gone
    dead: deque[DeadLetter] = field(init=False, repr=False)
    inside: int = field(init=False, repr=False)  # accepted and not ended: waiting, running, or between two tries

    def __post_init__(self) -> None:
        self._start()

    @property
    def name(self) -> str:
        return f"queue({self.inner.name})"

    @property
    def lost(self) -> int:
        """Accepted jobs that ended in no known way: 0, always."""
        ended = self.counts["answered"] + self.counts["dead"] + self.counts["gone"]
        return self.counts["accepted"] - ended - self.inside

    async def open(self) -> None:
        self._start()

    def _start(self) -> None:
        self.counts, self.dead, self.inside = Counter(), deque(maxlen=LETTERS), 0
        self._lines: list[OrderedDict[int, Job[Piece]]] = [OrderedDict() for _ in range(len(self.first) + 1)]
        self._arrivals = count()
        self._running: set[Job[Piece]] = set()
        self._submitted: set[asyncio.Task[None]] = set()
        self._empty = asyncio.Event()
        self._closing = self._closed = False

    async def close(self) -> None:
        """Drain, then end what is left."""
        await asyncio.sleep(0)  # what was submitted a moment ago comes in
        self._closing = True
        with suppress(TimeoutError):
            async with asyncio.timeout(self.drain_s):
                if self.inside:
                    await self._empty.wait()
                if self._submitted:
                    await asyncio.wait(self._submitted)
        self._closed = True
        for job in [*chain(*(line.values() for line in self._lines)), *self._running]:
            job.fail(Unavailable("the queue closed before the answer"))
        for tasks in ({job.task for job in self._running if job.task}, set(self._submitted)):
            if tasks:  # a callback that never returns is let go of in the end
                _, hanging = await asyncio.wait(tasks, timeout=self.drain_s)
                for task in hanging:
                    task.cancel()
        for task in self._submitted:
            if task.done() and not task.cancelled():
                task.result()  # a callback that failed is a bug, and stops the run

    def submit(self, request: Asked, call: Call, callback: Callback) -> asyncio.Task[None]:
        """Answer without anybody waiting: `callback` gets the pieces, and the error where there is one, once. Cancelling the
        task that this returns takes the job out.
        """
        task = asyncio.create_task(self._tell(request, call, callback))
        self._submitted.add(task)
        task.add_done_callback(self._told)
        return task

    async def _tell(self, request: Asked, call: Call, callback: Callback) -> None:
        await callback(*await outcome(self, request, call))

    def _told(self, task: asyncio.Task[None]) -> None:
        if task.cancelled() or not task.exception():  # one that failed stays, for `close` to raise
            self._submitted.discard(task)

    async def stream(self, request: Asked, call: Call) -> AsyncGenerator[Piece, None]:
        self._accept(call)
        end = "gone"
        try:
            for attempt in count(1):
                said = False
                try:
                    async with aclosing(self._try(request, call)) as pieces:
                        async for piece in pieces:
                            said = True
                            yield piece
                    end = "answered"
                    return
                except Exception as error:
                    if said or self._closed or attempt >= self.attempts or not isinstance(error, Unavailable):
                        end = "dead"
                        self._bury(request, call, attempt, error)
                        raise
                    call.record(Intervened("queue", f"put back after try {attempt}: {type(error).__name__}"))
                    stay_away_s = error.retry_after_s if isinstance(error, RateLimited) else None
                if stay_away_s and stay_away_s > 0:
                    await call.sleep(min(stay_away_s, LONGEST_S))
        finally:
            self.inside -= 1
            self.counts[end] += 1
            if not self.inside:
                self._empty.set()

    def _accept(self, call: Call) -> None:
        full = self.inside >= self.workers + self.places
        if full or self._closing:
            self.counts["refused"] += 1
            why = "is full" if full else "is closing"
            call.record(Intervened("queue", f"refused: it {why}, {self.inside} inside"))
            raise Unavailable(f"the queue {why}: {self.inside} jobs wait or run")
        self.inside += 1
        self.counts["accepted"] += 1
        self._empty.clear()

    def _bury(self, request: Asked, call: Call, attempt: int, error: Exception) -> None:
        said = f"{type(error).__name__}: {error}"
        self.dead.append(DeadLetter(call.id, request, attempt, said))
        call.record(Intervened("queue", f"dead letter after try {attempt}: {said}"))

    async def _try(self, request: Asked, call: Call) -> AsyncGenerator[Piece, None]:
        """Wait for a worker, then hand on what it reads."""
        if self._closed:
            raise Unavailable("the queue closed before the answer")
        job = Job(lambda: self.inner.stream(request, call))
        number = next(self._arrivals)
        line = self._lines[self.first.index(call.tenant) if call.tenant in self.first else len(self.first)]
        line[number] = job
        self._serve()
        try:
            if not job.started.done():
                asked_s = call.clock()
                with call.child("wait") as waiting:
                    try:
                        await job.started
                    finally:
                        if (waited_s := call.clock() - asked_s) > 0:
                            waiting.record(Intervened("queue", f"waited {waited_s:.3f} s"))
            async with aclosing(job.pieces()) as pieces:
                async for piece in pieces:
                    yield piece
        finally:
            line.pop(number, None)
            await job.stop()

    def _serve(self) -> None:
        """Give free workers the jobs whose turn it is."""
        while len(self._running) < self.workers and (line := next(filter(None, self._lines), None)):
            _, job = line.popitem(last=False)
            if not job.started.done():  # else its caller is giving up at this moment
                self._running.add(job)
                job.start().add_done_callback(partial(self._served, job))

    def _served(self, job: Job[Piece], _: asyncio.Task[None]) -> None:
        self._running.discard(job)
        self._serve()
