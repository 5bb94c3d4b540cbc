"""A service that takes too long has failed: better to hear so in time than to wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import ClassVar, Generic

from systems.errors import Transient
from systems.facts import Intervened
from systems.interface import Call, In, Out, Service
from systems.patterns.fields import Seconds


@dataclass(eq=False)
class Timeout(Generic[In, Out]):
    """Raises Transient where the first chunk takes longer than `first_s`, or all of them together longer than `total_s`.

    Only the service's time counts: a reader who is slow to take a chunk does not make the service late. It stands inside
    retry and breaker, so each attempt has its own time; the time of a whole call is bounded by its deadline.
    """

    inner: Service[In, Out]
    first_s: Seconds | None = None
    total_s: Seconds | None = None
    AROUND: ClassVar[tuple[str, ...]] = ("system", "model")
    LAYER: ClassVar[int] = 9

    def __post_init__(self) -> None:
        if self.first_s is None and self.total_s is None:
            raise ValueError("no time is limited: set first_s, total_s or both")

    @property
    def name(self) -> str:
        return f"timeout({self.inner.name})"

    async def stream(self, request: In, call: Call) -> AsyncGenerator[Out, None]:
        took_s, first_s = 0.0, self.first_s
        async with aclosing(self.inner.stream(request, call)) as chunks:
            while True:
                total_left_s = None if self.total_s is None else max(0.0, self.total_s - took_s)
                left_s = min((limit for limit in (first_s, total_left_s) if limit is not None), default=None)
                asked_s = call.clock()
                scope = asyncio.timeout(left_s)
                try:
                    async with scope:
                        chunk = await anext(chunks)
                except StopAsyncIteration:
                    return
                except TimeoutError:
                    if not scope.expired():
                        raise
                    limit = (
                        f"no first chunk within {self.first_s:g} s"
                        if left_s == first_s
                        else f"more than {self.total_s:g} s"
                    )
                    call.record(Intervened("timeout", limit))
                    raise Transient(limit) from None
                took_s += max(0.0, call.clock() - asked_s)  # a clock may jump back
                first_s = None
                yield chunk
