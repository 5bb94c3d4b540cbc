"""A circuit breaker: a service that keeps failing is left alone for a while, then tried by one call at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Generic

from annotated_types import Ge, Gt, Le

from systems.errors import CircuitOpen, RateLimited, ServiceError, Unavailable
from systems.facts import Intervened
from systems.interface import Call, In, Out, Service
from systems.patterns.fields import Seconds


@dataclass(eq=False)
class Breaker(Generic[In, Out]):
    """Closed, it lets every call through. It opens after `failures` in a row, or, where `rate` is set, when at least that
    share of the calls that ended within `window_s` failed and there were at least `min_calls` of them.
    Open, it raises CircuitOpen at once. After `rest_s` it is half open: one call at a time goes through as a probe.
    The first probe that is answered closes it, one that fails opens it for another `rest_s`.

    Unavailable is a failure, before or after the first chunk. An answer is a success, and so is Rejected: whoever refuses
    is there. RateLimited says nothing either way (the service is well, and the limit of its provider is to be respected,
    not broken off), and neither does a call whose reader left: as a probe it makes room for the next one.
    A probe that hangs keeps the breaker half open until it is cancelled: put a timeout inside.
    """

    inner: Service[In, Out]
    failures: Annotated[int, Ge(1)] = 5
    rate: Annotated[float, Gt(0), Le(1)] | None = None
    window_s: Seconds = 60.0
    min_calls: Annotated[int, Ge(1)] = 20
    rest_s: Seconds = 30.0
    AROUND: ClassVar[tuple[str, ...]] = ("system", "model")
    LAYER: ClassVar[int] = 7
    _opened_s: float | None = field(default=None, init=False, repr=False)  # None: closed
    _probing: bool = field(default=False, init=False, repr=False)
    _era: int = field(
        default=0, init=False, repr=False
    )  # changes with the state: late news of an earlier era is no news
    _in_a_row: int = field(default=0, init=False, repr=False)
    _ended: deque[tuple[float, bool]] = field(default_factory=deque, init=False, repr=False)  # when, and did it fail?
    _failed: int = field(default=0, init=False, repr=False)  # how many of them did

    async def open(self) -> None:
        """A new run starts with a closed breaker."""
        self._turn(None)

    @property
    def name(self) -> str:
        return f"breaker({self.inner.name})"

    async def stream(self, request: In, call: Call) -> AsyncGenerator[Out, None]:
        era = self._enter(call)
        failed: bool | None = None
        try:
            async with aclosing(self.inner.stream(request, call)) as chunks:
                async for chunk in chunks:
                    yield chunk
            failed = False
        except ServiceError as failure:
            failed = None if isinstance(failure, RateLimited) else isinstance(failure, Unavailable)
            raise
        finally:  # also where the reader leaves or the call is cancelled: a probe is given back
            self._leave(era, failed, call)

    def _enter(self, call: Call) -> int:
        """Let the call through, as a probe where the breaker is half open, and return the era. Raises CircuitOpen."""
        if self._opened_s is not None:
            self._opened_s = min(self._opened_s, call.clock())  # a clock that jumped back must not lock it
            left_s = self._opened_s + self.rest_s - call.clock()
            if left_s > 0 or self._probing:
                what = f"open for another {left_s:.3f} s" if left_s > 0 else "half open, and a probe is under way"
                call.record(Intervened("breaker", f"refused: {what}"))
                raise CircuitOpen(what)
            self._probing = True
            call.record(Intervened("breaker", "half open: this call is the probe"))
        return self._era

    def _leave(self, era: int, failed: bool | None, call: Call) -> None:
        if era != self._era:
            return
        if self._opened_s is not None:
            self._probing = False
            if failed is not None:
                self._turn(call.clock() if failed else None)
                call.record(Intervened("breaker", f"{'opened: the probe failed' if failed else 'closed'}"))
        elif failed is not None and (why := self._count(failed, call.clock())):
            self._turn(call.clock())
            call.record(Intervened("breaker", f"opened, {why}"))

    def _count(self, failed: bool, now_s: float) -> str | None:
        """Count a call that ended while the breaker was closed; returns why to open it, if so."""
        self._in_a_row = self._in_a_row + 1 if failed else 0
        if self._in_a_row >= self.failures:
            return f"failures in a row: {self._in_a_row}"
        if self.rate is None:
            return None
        if self._ended and now_s < self._ended[-1][0]:  # a clock jumped back: nobody knows what is of late
            self._ended.clear()
            self._failed = 0
        while self._ended and self._ended[0][0] <= now_s - self.window_s:
            self._failed -= self._ended.popleft()[1]
        self._ended.append((now_s, failed))
        self._failed += failed
        if len(self._ended) >= self.min_calls and self._failed >= self.rate * len(self._ended):
            return f"{self._failed} of the last {len(self._ended)} calls failed"
        return None

    def _turn(self, opened_s: float | None) -> None:
        """Open or close, and begin to count anew."""
        self._opened_s, self._probing, self._era = opened_s, False, self._era + 1
        self._in_a_row = self._failed = 0
        self._ended.clear()
