"""A rate limit per user, key or tenant: a token bucket that refills steadily and holds a burst."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal

from annotated_types import Ge, Gt, Le, Lt

from systems.errors import RateLimited
from systems.facts import Intervened
from systems.interface import Call, Request, System
from systems.patterns.buckets import InProcess, InRedis, check_store


@dataclass(eq=False)
class Limit:
    """Each user, key or tenant may send `burst` requests at once and `per_minute` a minute in the long run.

    Raises RateLimited, with the seconds until the next request would be let through. Callers without a key share the bucket
    of the empty key. State is in this process; with `store`, the URL of a Redis, it is shared by all limits of that rate and
    burst whose state is there. A store that gives no answer within `store_wait_s` stops nobody: each process then counts for
    itself, every call that this happens to says so in a fact, and the store is asked again a second later.
    """

    inner: System
    per_minute: Annotated[float, Gt(0), Lt(float("inf"))]
    burst: Annotated[int, Ge(1)]
    by: Literal["user", "key", "tenant"] = "user"
    store: str | None = None
    store_wait_s: Annotated[float, Gt(0), Le(60)] = 0.1
    AROUND: ClassVar[tuple[str, ...]] = ("system",)
    LAYER: ClassVar[int] = 1
    _buckets: InProcess | InRedis = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.store is None:
            self._buckets = InProcess(self.per_minute, self.burst)
        else:
            check_store(self.store)
            self._buckets = InRedis(self.per_minute, self.burst, self.by, self.store, self.store_wait_s)

    @property
    def name(self) -> str:
        return f"limit({self.inner.name})"

    @property
    def layer(self) -> float:
        """A chain may hold a limit of each kind, the wider outside: what a user is refused has cost the tenant a token."""
        return self.LAYER + {"tenant": 0.0, "key": 0.1, "user": 0.2}[self.by]

    async def open(self) -> None:
        """Start with full buckets, as each run of the same requests has to."""
        await self._buckets.open()

    async def close(self) -> None:
        await self._buckets.close()

    async def stream(self, request: Request, call: Call) -> AsyncGenerator[str, None]:
        wait_s = await self._buckets.take(self._who(call), call)
        if wait_s > 0:
            call.record(Intervened("limit", f"refused: this {self.by} may come back in {wait_s:.3f} s"))
            raise RateLimited(f"more than {self.per_minute:g} requests a minute", retry_after_s=wait_s)
        async with aclosing(self.inner.stream(request, call)) as chunks:
            async for chunk in chunks:
                yield chunk

    def _who(self, call: Call) -> str:
        """A hash, so that neither this process's memory nor a shared store holds a key, or a list of users."""
        match self.by:
            case "user":
                who: tuple[str, ...] = (call.tenant, call.user)
            case "key":
                who = (call.credential or "",)
            case "tenant":
                who = (call.tenant,)
        return hashlib.sha256(repr(who).encode()).hexdigest()
