"""A rate limit per user: a token bucket that refills steadily and holds a burst."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Annotated, ClassVar

from annotated_types import Ge, Gt

from systems.errors import RateLimited
from systems.facts import Intervened
from systems.interface import Call, Request, System


@dataclass(eq=False)
class Limit:
    """Each user may send `burst` requests at once and `per_minute` a minute in the long run.

    Raises RateLimited, with the seconds until the next request would be let through.
    """

    inner: System
    per_minute: Annotated[float, Gt(0)]
    burst: Annotated[int, Ge(1)]
    AROUND: ClassVar[tuple[str, ...]] = ("system",)
    LAYER: ClassVar[int] = 1
    _buckets: dict[tuple[str, str], tuple[float, float]] = field(default_factory=dict, init=False, repr=False)

    @property
    def name(self) -> str:
        return f"limit({self.inner.name})"

    async def stream(self, request: Request, call: Call) -> AsyncGenerator[str, None]:
        wait_s = self._take((call.tenant, call.user), call.clock())
        if wait_s > 0:
            call.record(Intervened("limit", f"refused: {call.user} may come back in {wait_s:.3f} s"))
            raise RateLimited(f"more than {self.per_minute:g} requests a minute", retry_after_s=wait_s)
        async with aclosing(self.inner.stream(request, call)) as chunks:
            async for chunk in chunks:
                yield chunk

    def _take(self, user: tuple[str, str], now_s: float) -> float:
        """Take one token of the user's bucket and return 0, or return the seconds until there is one."""
        per_second = self.per_minute / 60
        tokens, since_s = self._buckets.get(user, (float(self.burst), now_s))
        tokens = min(self.burst, tokens + max(0.0, now_s - since_s) * per_second)
        if tokens < 1:
            self._buckets[user] = (tokens, now_s)
            return (1 - tokens) / per_second
        self._buckets[user] = (tokens - 1, now_s)
        self._forget_full(now_s, per_second)
        return 0.0

    def _forget_full(self, now_s: float, per_second: float) -> None:
        """Keep no more than the users of late: a bucket that is full again says what no bucket says."""
        if len(self._buckets) > 10_000:
            self._buckets = {
                user: (tokens, since_s)
                for user, (tokens, since_s) in self._buckets.items()
                if tokens + (now_s - since_s) * per_second < self.burst
            }
