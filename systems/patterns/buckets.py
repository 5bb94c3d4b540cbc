"""Token buckets of a rate limit: in this process, or in a Redis that several processes share."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable
from typing import TYPE_CHECKING, cast

from systems.facts import Intervened
from systems.interface import Call

if TYPE_CHECKING:
    from redis.asyncio import Redis

AWAY_S = 1.0  # a store that gave no answer is left alone so long: a Redis that hangs costs one wait a second, not one a request
CONNECTIONS = 16
PASSWORD = "ARCHBENCH_REDIS_PASSWORD"  # noqa: S105 (the name of a variable)
MOST_REMEMBERED = 10_000  # buckets, before those that are full again are forgotten

# One clock for all processes: the server's. Machines that share a limit do not share a clock, and a script runs where the
# bucket is. That clock is not trusted either: only its differences count, a step back gives nothing and a step ahead no more
# than a burst. The key goes when the bucket is full again: no bucket says the same.
SCRIPT = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local burst, rate = tonumber(ARGV[1]), tonumber(ARGV[2])
local held = redis.call('HMGET', KEYS[1], 'tokens', 'since')
local tokens, since = tonumber(held[1]) or burst, tonumber(held[2]) or now
tokens = math.min(burst, tokens + math.max(0, now - since) * rate)
local wait = 0
if tokens < 1 then wait = (1 - tokens) / rate else tokens = tokens - 1 end
redis.call('HSET', KEYS[1], 'tokens', string.format('%.17g', tokens), 'since', string.format('%.17g', now))
local year = 31536000000
redis.call('PEXPIRE', KEYS[1], math.min(year, math.ceil((burst - tokens) / rate * 1000) + 1000))
return string.format('%.17g', wait)
"""


class InProcess:
    """Buckets in memory, on the clock of the calls."""

    def __init__(self, per_minute: float, burst: int) -> None:
        self.burst, self.per_second = burst, per_minute / 60
        self.held: dict[str, tuple[float, float]] = {}  # who: tokens, and when there were so many

    async def open(self) -> None:
        self.held = {}

    async def close(self) -> None:
        pass

    async def take(self, who: str, call: Call) -> float:
        """Take one token and return 0, or return the seconds until there is one."""
        now_s = call.clock()
        tokens, since_s = self.held.get(who, (float(self.burst), now_s))
        tokens = min(self.burst, tokens + max(0.0, now_s - since_s) * self.per_second)
        if tokens < 1:
            self.held[who] = (tokens, now_s)
            return (1 - tokens) / self.per_second
        self.held[who] = (tokens - 1, now_s)
        self._forget_full(now_s)
        return 0.0

    def _forget_full(self, now_s: float) -> None:
        """A bucket that is full again says what no bucket says."""
        if len(self.held) > MOST_REMEMBERED:
            self.held = {
                who: (tokens, since_s)
                for who, (tokens, since_s) in self.held.items()
                if tokens + (now_s - since_s) * self.per_second < self.burst
            }


class InRedis:
    """Buckets in a Redis, taken from by one script, which is atomic. Where it gives no answer, buckets of this process.

    A Redis that restarts without its data gives everybody a full bucket, once. One that is away makes P processes let
    through up to P times the rate: the limit holds for each, and nobody is turned away for a fault of ours.
    """

    def __init__(self, per_minute: float, burst: int, by: str, url: str, wait_s: float) -> None:
        self.url, self.wait_s = url, wait_s
        self.here = InProcess(per_minute, burst)
        self.prefix = f"archbench:limit:{by}:{per_minute!r}:{burst}:"
        self.away_since_s: float | None = None
        self.client: Redis | None = None

    async def open(self) -> None:
        """Connects when it is first asked: a Redis that is away when a run starts is no reason not to start."""
        from redis.asyncio import BlockingConnectionPool, Redis
        from redis.asyncio.retry import Retry
        from redis.backoff import NoBackoff

        pool = BlockingConnectionPool.from_url(
            self.url,
            max_connections=CONNECTIONS,
            timeout=None,  # `take` bounds the wait for a connection with everything else
            password=os.environ.get(PASSWORD),
            retry=Retry(NoBackoff(), 1),  # once: a connection from before a restart is dead, a new one is not
        )
        self.client = Redis.from_pool(pool)
        self.away_since_s = None
        await self.here.open()

    async def close(self) -> None:
        if self.client is not None:
            await self.client.aclose()
            self.client = None

    async def take(self, who: str, call: Call) -> float:
        """As InProcess.take; waits for the store no longer than `wait_s`."""
        from redis.exceptions import RedisError

        if self.client is None:
            raise RuntimeError("a limit with a store has to be opened: async with build(...)")
        reason = "gave no answer of late"
        if not self._away(call.clock()):
            try:
                async with asyncio.timeout(self.wait_s):
                    answer = await cast("Awaitable[bytes]", self.client.eval(
                        SCRIPT, 1, self.prefix + who, str(self.here.burst), repr(self.here.per_second)
                    ))  # fmt: skip
                self.away_since_s = None
                return float(answer)
            except (RedisError, OSError, TimeoutError) as error:
                self.away_since_s, reason = call.clock(), f"gives no answer: {type(error).__name__}"
        call.record(Intervened("limit", f"counted in this process alone: its store {reason}"))
        return await self.here.take(who, call)

    def _away(self, now_s: float) -> bool:
        """Whether to leave the store alone. A clock that has gone back since does not keep it away for longer."""
        return self.away_since_s is not None and 0 <= now_s - self.away_since_s < AWAY_S


def check_store(url: str) -> None:
    """Raises ValueError for what is no URL of a Redis, and for one with a password, which would stand in params.yaml."""
    from redis.asyncio.connection import parse_url

    try:
        options = parse_url(url)
    except ValueError as error:
        raise ValueError(f"store: no URL of a Redis: {error}") from None
    if "password" in options:
        raise ValueError(f"store: a password in the URL would be published with it; set {PASSWORD} in the environment")
