"""Things that go wrong, on purpose and by schedule: what the other patterns are tried against."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Annotated, Any, ClassVar, Generic, Literal, TypeAlias

from annotated_types import Ge
from pydantic import AllowInfNan

from systems.errors import RateLimited, Transient
from systems.facts import Intervened
from systems.interface import Call, In, Out, Service, ToolUse
from systems.patterns.fields import Seconds, Share

Kind: TypeAlias = Literal[
    "rate_limited",  # a 429 with Retry-After
    "server_error",  # a 503
    "timeout",  # nothing for `hang_s`, then a lost connection
    "slow_start",  # the answer begins `slow_s` later
    "cut",  # the connection is lost after one to four chunks
    "garbage",  # text, or the arguments of a tool, that no JSON parser reads
    "wrong_arguments",  # JSON that is not what the tool takes
]
Chances: TypeAlias = dict[Kind, Share]


@dataclass(frozen=True)
class Window:
    """From `from_s` until `to_s`, other chances hold. Chance 1 of one kind is an outage, less of several a brown-out."""

    from_s: Annotated[float, Ge(0)]
    to_s: Annotated[float, Ge(0), AllowInfNan(False)]
    chance: Chances

    def __post_init__(self) -> None:
        if self.to_s <= self.from_s:
            raise ValueError(f"to_s: {self.to_s:g} is not after from_s, {self.from_s:g}")
        _check(self.chance)


@dataclass(eq=False)
class Faults(Generic[In, Out]):
    """Meets each call with at most one fault, drawn from `chance`, or from the first of `windows` that it starts in.

    Window times are seconds after the start of the run. What a call meets hangs on its id and its place in it alone (the
    second attempt of a retry draws anew), and nothing is drawn from the randomness of what is inside: but for its faults
    a run is the same with this pattern and without. A fault is recorded when it strikes: wrong arguments for a tool that
    was never asked for leave no fact, and so cannot look like a fault that was withstood.
    """

    inner: Service[In, Out]
    chance: Chances = field(default_factory=dict)
    windows: tuple[Window, ...] = ()
    retry_after_s: Annotated[float, AllowInfNan(False)] = 1.0  # may be negative or absurd: services say such things
    hang_s: Seconds = 60.0
    slow_s: Seconds = 5.0
    AROUND: ClassVar[tuple[str, ...]] = ("system", "model")
    LAYER: ClassVar[int] = 10
    _start_s: float = field(default=0.0, init=False, repr=False)

    def __post_init__(self) -> None:
        _check(self.chance)

    async def open(self) -> None:
        """The run starts: windows count from here."""
        self._start_s = asyncio.get_running_loop().time()

    @property
    def name(self) -> str:
        return f"faults({self.inner.name})"

    async def stream(self, request: In, call: Call) -> AsyncGenerator[Out, None]:
        rng = random.Random(f"faults {call.id}{call.path}")
        kind = self._draw(rng, call.clock() - self._start_s)
        cut_after = rng.randint(1, 4)
        strike = Intervened("faults", str(kind))
        if kind in ("rate_limited", "server_error", "timeout", "slow_start"):
            call.record(strike)
            await self._before(kind, call)
        said, struck = 0, False
        async with aclosing(self.inner.stream(request, call)) as chunks:
            async for chunk in chunks:
                spoilt = _spoilt(kind, chunk, first=said == 0)
                if spoilt is not chunk and not struck:
                    struck = True
                    call.record(strike)
                said += 1
                yield spoilt
                if kind == "cut" and said == cut_after:
                    break
        if kind == "cut" and said:  # also where the answer was shorter: its end never arrived
            call.record(strike)
            raise Transient("injected: the connection was lost in the middle of the answer")

    def _draw(self, rng: random.Random, at_s: float) -> Kind | None:
        chance = next((window.chance for window in self.windows if window.from_s <= at_s < window.to_s), self.chance)
        kinds = sorted(chance)  # the order in which they were written down means nothing
        drawn = rng.random()
        up_to = accumulate(chance[kind] for kind in kinds)
        return next((kind for kind, limit in zip(kinds, up_to, strict=True) if drawn < limit), None)

    async def _before(self, kind: Kind, call: Call) -> None:
        if kind == "rate_limited":
            raise RateLimited("injected: 429", retry_after_s=self.retry_after_s)
        if kind == "server_error":
            raise Transient("injected: 503")
        if kind == "timeout":
            await call.sleep(self.hang_s)
            raise Transient(f"injected: no answer after {self.hang_s:g} s")
        await call.sleep(self.slow_s)


def _spoilt(kind: Kind | None, chunk: Any, first: bool) -> Any:
    """The chunk as the fault leaves it; the chunk itself where it does not touch it."""
    if isinstance(chunk, ToolUse):
        if kind == "garbage":
            return ToolUse(chunk.id, chunk.name, chunk.arguments[: len(chunk.arguments) // 2] + "{")
        if kind == "wrong_arguments":
            return ToolUse(chunk.id, chunk.name, '{"no_such_argument": [null]}')
    elif kind == "garbage" and first:
        return "}{" + chunk
    return chunk


def _check(chance: Mapping[Kind, float]) -> None:
    if (total := sum(chance.values())) > 1 + 1e-9:
        raise ValueError(f"chance: the chances add up to {total:g}, and a call meets at most one fault")
