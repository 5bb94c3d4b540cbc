"""What a pattern costs a request that needs nothing of it: microseconds above a bare service that answers at once.

Medians over rounds in which every pattern is asked in turn, so that a slow moment of the machine meets all of them alike.
`make bench` prints them; 100 microseconds is the promise.
"""

from __future__ import annotations

import hashlib
import statistics
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from pipelines import clock
from systems.build import PARTS, load
from systems.interface import Call, Request

ROUNDS, REQUESTS = 30, 200
PROMISED_US = 100.0
CONFIGURED: dict[str, dict[str, Any]] = {
    "breaker": {"rate": 0.5},
    "fallback": {"remember_s": 60.0, "apology": "Sorry."},
    "faults": {"chance": {"server_error": 0.0}},
    "gateway": {"keys_sha256": (hashlib.sha256(b"bench").hexdigest(),)},
    "hedge": {"after_s": 60.0, "safe": True},
    "limit": {"per_minute": 1e12, "burst": 1_000_000},
    "retry": {"attempts": 3},
    "timeout": {"first_s": 60.0, "total_s": 60.0},
}


class AtOnce:
    """Answers one word and costs nothing."""

    name = "at-once"

    async def stream(self, request: Request, call: Call) -> AsyncGenerator[str, None]:
        yield "word"


def main() -> None:
    """Print one line a pattern, and one for all of them around each other."""
    for name, micros in overheads().items():
        print(f"{name:<14} {micros:7.1f} us a request above a bare service (promised {PROMISED_US:g} for each)")


def overheads(rounds: int = ROUNDS, requests: int = REQUESTS) -> dict[str, float]:
    """Microseconds a request that each pattern adds, and all together."""
    stack: Any = AtOnce()
    services: dict[str, Any] = {"": stack}
    for name in sorted(CONFIGURED, key=lambda name: -load(PARTS["wrapper"][name]).LAYER):
        make = load(PARTS["wrapper"][name])
        services[name] = make(AtOnce(), **CONFIGURED[name])
        stack = make(stack, **CONFIGURED[name])
    services["all together"] = stack
    took = clock.run(_rounds(services, rounds, requests))
    return {name: statistics.median(times) - statistics.median(took[""]) for name, times in took.items() if name}


async def _rounds(services: dict[str, Any], rounds: int, requests: int) -> dict[str, list[float]]:
    took: dict[str, list[float]] = {name: [] for name in services}
    for at in range(rounds):
        for name, service in services.items():
            started = time.perf_counter()
            for one in range(requests):
                await _ask(service, Call.now(f"{at}-{one}", credential="bench"))
            took[name].append((time.perf_counter() - started) / requests * 1e6)
    return took


async def _ask(service: Any, call: Call) -> None:
    with call.child("request") as here:
        async with aclosing(service.stream(Request("?"), here)) as chunks:
            async for _ in chunks:
                pass


if __name__ == "__main__":
    main()
