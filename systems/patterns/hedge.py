"""Ask twice where the first answer is slow to begin, and take the one that begins first."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass
from typing import ClassVar, Final, Generic, Literal

from systems.errors import ServiceError
from systems.facts import Intervened
from systems.interface import Call, In, Out, Service
from systems.patterns.fields import Seconds

END: Final = object()  # an answer may be over before its first chunk


@dataclass(eq=False)
class Hedge(Generic[In, Out]):
    """Where no chunk has come after `after_s`, sends the request a second time; the stream that begins first is the answer.

    The other is cancelled, and what it has cost stays paid. Both run at once, so whatever a system does with its tools it
    may do twice, and none can tell beforehand: `safe` has to say that this does no harm. A failure of one waits for the
    other; where both fail, the first failure counts. A failure before the second is sent is passed on: see retry.
    """

    inner: Service[In, Out]
    after_s: Seconds
    safe: Literal[True]
    AROUND: ClassVar[tuple[str, ...]] = ("system", "model")
    LAYER: ClassVar[int] = 6

    @property
    def name(self) -> str:
        return f"hedge({self.inner.name})"

    async def stream(self, request: In, call: Call) -> AsyncGenerator[Out, None]:
        async with AsyncExitStack() as stack:  # of streams; a loser is closed before the winner's first chunk leaves
            first = await stack.enter_async_context(aclosing(self.inner.stream(request, call)))
            second = await stack.enter_async_context(aclosing(self._second(request, call)))
            chunk, winner = await self._race(first, second, call)
            await (second if winner is first else first).aclose()
            if chunk is END:
                return
            yield chunk  # type: ignore[misc]
            async for chunk in winner:
                yield chunk

    async def _second(self, request: In, call: Call) -> AsyncGenerator[Out, None]:
        with call.child("hedge") as here:
            async with aclosing(self.inner.stream(request, here)) as chunks:
                async for chunk in chunks:
                    yield chunk

    async def _race(
        self, first: AsyncGenerator[Out, None], second: AsyncGenerator[Out, None], call: Call
    ) -> tuple[Out | object, AsyncGenerator[Out, None]]:
        """The first chunk that comes, or END, and the stream that goes on from it. Leaves no task behind."""
        racing = {asyncio.create_task(_first_chunk(first)): first}
        try:
            waiting = set(racing)
            done, _ = await asyncio.wait(waiting, timeout=self.after_s)
            if not done:
                call.record(Intervened("hedge", f"no chunk after {self.after_s:g} s: asked a second time"))
                racing[asyncio.create_task(_first_chunk(second))] = second
                waiting = set(racing)
            while waiting:
                done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                for task, stream in racing.items():  # in the order in which they were sent
                    if task in done and not isinstance(task.exception(), ServiceError):
                        if stream is second:
                            call.record(Intervened("hedge", "the second began first"))
                        return task.result(), stream
            return next(iter(racing)).result(), first  # which raises the first failure
        finally:
            for task in racing:
                task.cancel()
            await asyncio.gather(*racing, return_exceptions=True)


async def _first_chunk(stream: AsyncGenerator[Out, None]) -> Out | object:
    return await anext(stream, END)
