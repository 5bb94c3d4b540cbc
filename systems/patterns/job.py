"""One try of a request in a queue: read by a worker's task, taken piece by piece by the caller's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from systems.errors import ServiceError, Transient
from systems.interface import Call, Service

Piece = TypeVar("Piece")


@dataclass(frozen=True)
class DeadLetter:
    """A job that got no whole answer: in which call, what was asked, how often it was tried, what the last try said."""

    call: str
    request: Any
    attempts: int
    error: str


class Job(Generic[Piece]):
    """`start` begins to read what `source` gives, a piece ahead of who iterates over `pieces`; `stop` ends it for the caller,
    `fail` for the queue."""

    def __init__(self, source: Callable[[], AsyncGenerator[Piece, None]]) -> None:
        self.source = source
        self.started: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.task: asyncio.Task[None] | None = None
        self._read: asyncio.Queue[tuple[Piece] | Exception | None] = asyncio.Queue()
        self._room = asyncio.Semaphore(1)  # of what was read and not taken; the end needs no room

    def start(self) -> asyncio.Task[None]:
        self.started.set_result(None)
        self.task = asyncio.create_task(self._run())
        return self.task

    async def _run(self) -> None:
        end: Exception | None = None
        try:
            async with aclosing(self.source()) as pieces:
                async for piece in pieces:
                    await self._room.acquire()
                    self._read.put_nowait((piece,))
        except Exception as error:
            end = error
        self._read.put_nowait(end)

    async def pieces(self) -> AsyncGenerator[Piece, None]:
        """What was read, in order; then its error, where it had one."""
        while isinstance(read := await self._read.get(), tuple):
            self._room.release()
            yield read[0]
        if read is not None:
            raise read

    async def stop(self) -> None:
        """The caller goes: whatever still reads is closed before this returns."""
        if self.task and not self.task.done():
            self.task.cancel()
            await asyncio.wait([self.task])

    def fail(self, failure: ServiceError) -> None:
        """The queue closes: the caller gets `failure`, waiting or in the middle of an answer."""
        if self.task:
            self.task.cancel()
            self._read.put_nowait(failure)
        elif not self.started.done():
            self.started.set_exception(failure)


async def outcome(service: Service[Any, Piece], request: Any, call: Call) -> tuple[list[Piece], ServiceError | None]:
    """All pieces of an answer, and why no more came, where nobody reads them as they come. As `respond`, also for a model."""
    pieces: list[Piece] = []
    scope = asyncio.timeout_at(call.deadline_s)
    try:
        async with scope:
            with call.child(service.name) as inner:
                async with aclosing(service.stream(request, inner)) as stream:
                    async for piece in stream:
                        pieces.append(piece)
    except ServiceError as failure:
        return pieces, failure
    except TimeoutError:
        if not scope.expired():
            raise
        return pieces, Transient("the deadline passed")
    return pieces, None
