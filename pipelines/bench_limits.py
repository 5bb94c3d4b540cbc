"""What a rate limit, a provider limit and a queue add to a request: microseconds around services that do nothing.

`make bench` prints them. Requests go one after another, so that nobody waits; the median of rounds, less what the bare
service takes.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Any

from pipelines.own_redis import MISSING, OwnRedis
from systems.interface import Call, Message, Prompt, Request, ToolUse
from systems.patterns.limit import Limit
from systems.patterns.provider_limit import ProviderLimit
from systems.patterns.queue import Queue

ROUNDS, REQUESTS = 30, 300
OFTEN = 1e9  # a minute: never reached
REQUEST, PROMPT = Request("How do I return a lamp?"), Prompt((Message("user", "How do I return a lamp? " * 100),))


class NoOp:
    """Answers with one word, at once."""

    name = "no-op"

    async def stream(self, request: Request, call: Call) -> AsyncGenerator[str, None]:
        yield "word"


class NoOpModel:
    """The same as a model."""

    name = "no-op"

    async def stream(self, prompt: Prompt, call: Call) -> AsyncGenerator[str | ToolUse, None]:
        yield "word"


def main() -> None:
    """Print one line a pattern."""
    system, model = NoOp(), NoOpModel()
    _line("limit", system, Limit(system, OFTEN, 1_000_000), REQUEST)
    _line("limit, by key", system, Limit(system, OFTEN, 1_000_000, by="key"), REQUEST)
    _line("provider limit", model, ProviderLimit(model, OFTEN, OFTEN, 100), PROMPT)
    _line("queue", system, Queue(system, workers=100, places=100), REQUEST)
    if not OwnRedis.installed():
        print(f"limit in Redis: {MISSING}")
        return
    with tempfile.TemporaryDirectory() as folder:
        redis = OwnRedis(Path(folder))
        redis.start()
        try:
            _line("limit in Redis", system, Limit(system, OFTEN, 1_000_000, store=redis.url, store_wait_s=5), REQUEST)
        finally:
            redis.stop()


def overhead_s(bare: Any, wrapped: Any, asked: Any, rounds: int = ROUNDS, requests: int = REQUESTS) -> float:
    """Median seconds that `wrapped` takes for a request beyond what `bare` takes."""
    return asyncio.run(_overhead_s(bare, wrapped, asked, rounds, requests))


async def _overhead_s(bare: Any, wrapped: Any, asked: Any, rounds: int, requests: int) -> float:
    if hasattr(wrapped, "open"):
        await wrapped.open()
    more = []
    for _ in range(rounds):  # in turns, so that a machine that slows down slows both
        took_s = [await _round_s(service, asked, requests) for service in (bare, wrapped)]
        more.append(took_s[1] - took_s[0])
    if hasattr(wrapped, "close"):
        await wrapped.close()
    return statistics.median(more)


async def _round_s(service: Any, asked: Any, requests: int) -> float:
    """Seconds a request."""
    calls = [Call.now(str(at)) for at in range(requests)]
    started = time.perf_counter()
    for call in calls:
        with call.child("bench") as inner:
            async with aclosing(service.stream(asked, inner)) as chunks:
                async for _ in chunks:
                    pass
    return (time.perf_counter() - started) / requests


def _line(name: str, bare: Any, wrapped: Any, asked: Any) -> None:
    print(f"{name:<16} {overhead_s(bare, wrapped, asked) * 1e6:7.1f} µs a request", flush=True)


if __name__ == "__main__":
    main()
