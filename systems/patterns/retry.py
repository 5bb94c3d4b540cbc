"""Try again: exponential back-off with full jitter, a budget over all calls, and no second deed without leave."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing, nullcontext
from dataclasses import dataclass, field
from math import isnan
from typing import Annotated, ClassVar, Generic

from annotated_types import Ge, Le

from systems.errors import RateLimited, Transient
from systems.facts import Intervened
from systems.interface import Call, In, Out, Service
from systems.patterns.effects import Mark, acted, mark
from systems.patterns.fields import Seconds, Share


@dataclass(eq=False)
class Retry(Generic[In, Out]):
    """Asks up to `attempts` times, the first included, as long as no chunk has left and the failure may pass.

    Attempt n waits a random time up to `first_wait_s` doubled n - 2 times, at most `max_wait_s`, on top of what the
    service told us to wait. A service that tells us to wait longer than `max_wait_s` is not asked again: to come back
    early is to be refused again. Each call earns `budget` retries and each retry costs one; up to `reserve` are saved,
    and that many are there at the start. So retries add at most the share `budget` to the load in the long run, however
    much fails. An attempt that has called a tool is repeated only where `safe` says that twice does no harm.

    CircuitOpen is not retried: the breaker would refuse again, and a fallback is there at once. The first attempt
    records where the call stands and draws from its randomness, as if there were no retry; each further one has a span.
    """

    inner: Service[In, Out]
    attempts: Annotated[int, Ge(1), Le(20)]
    first_wait_s: Seconds = 0.5
    max_wait_s: Seconds = 30.0
    budget: Share = 0.2
    reserve: Annotated[float, Ge(1)] = 10.0
    safe: bool = False
    AROUND: ClassVar[tuple[str, ...]] = ("system", "model")
    LAYER: ClassVar[int] = 5
    _saved: float = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._saved = self.reserve

    async def open(self) -> None:
        """A new run starts with a full reserve."""
        self._saved = self.reserve

    @property
    def name(self) -> str:
        return f"retry({self.inner.name})"

    async def stream(self, request: In, call: Call) -> AsyncGenerator[Out, None]:
        self._saved = min(self.reserve, self._saved + self.budget)
        attempt, begun = 1, False
        while True:
            before = mark(call)
            try:
                with call.child("retry") if attempt > 1 else nullcontext(call) as here:
                    async with aclosing(self.inner.stream(request, here)) as chunks:
                        async for chunk in chunks:
                            begun = True
                            yield chunk
                return
            except (Transient, RateLimited) as failure:
                if begun:
                    raise
                told_s, why = _told_s(failure), f"{type(failure).__name__}: {failure}"
                wait_s = told_s + call.rng.uniform(0, min(self.max_wait_s, self.first_wait_s * 2 ** (attempt - 1)))
                if reason := self._gives_up(attempt, told_s, wait_s, call, before):
                    call.record(Intervened("retry", f"gave up: {reason}"))
                    raise
            attempt += 1
            call.record(Intervened("retry", f"attempt {attempt} of {self.attempts} in {wait_s:.3f} s after {why}"))
            await call.sleep(wait_s)

    def _gives_up(self, attempt: int, told_s: float, wait_s: float, call: Call, before: Mark) -> str | None:
        """Why there is no further attempt; takes one from the budget where there is."""
        if attempt >= self.attempts:
            return f"{attempt} attempts failed"
        if not self.safe and acted(call, before):
            return "a tool was called, and nothing says that it is safe to call it twice"
        if told_s > self.max_wait_s:
            return f"told to wait {told_s:.0f} s, which is too long"
        if call.deadline_s is not None and call.clock() + wait_s >= call.deadline_s:
            return f"the deadline would pass while waiting {wait_s:.3f} s"
        if self._saved < 1 - 1e-9:  # a sum of shares may lack its last bits
            return "the budget for retries is spent"
        self._saved -= 1
        return None


def _told_s(failure: Transient | RateLimited) -> float:
    """How long the service told us to wait; 0 where it did not, or named a moment that is past."""
    told_s = failure.retry_after_s if isinstance(failure, RateLimited) else None
    return 0.0 if told_s is None or isnan(told_s) else max(0.0, told_s)
