"""The block `reliability` of params.yaml: two models, the patterns around the first, and the trouble that it meets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, TypeAlias

from annotated_types import Ge, Gt, Le
from pydantic import AllowInfNan

from systems.errors import ConfigError, Fault

Chance: TypeAlias = Annotated[float, Ge(0), Le(1)]
Above0: TypeAlias = Annotated[float, Gt(0), AllowInfNan(False)]
Calls: TypeAlias = Annotated[int, Ge(1), Le(1_000_000)]
Kind: TypeAlias = Literal["rate_limited", "server_error", "timeout", "slow_start", "cut"]
Kinds: TypeAlias = Mapping[Kind, Chance]
REQUIRED = ("question", "first", "second", "schedule", "outage")  # what the block cannot do without
_STRICT: Any = {"extra": "forbid"}


@dataclass(frozen=True)
class Schedule:
    """So many calls; each attempt of either model meets a fault with these chances."""

    chance: Kinds
    calls: Calls = 4000
    arrivals_per_s: Above0 = 2.0
    __pydantic_config__ = _STRICT

    def __post_init__(self) -> None:
        at_most_1(self.chance)


@dataclass(frozen=True)
class Outage:
    """From minute `from_min`, for `for_min` minutes, every attempt of the first model fails in one of these ways; calls arrive
    until minute `until_min`."""

    chance: Kinds
    from_min: Above0 = 2.0
    for_min: Above0 = 5.0
    until_min: Above0 = 10.0
    arrivals_per_s: Above0 = 2.0
    __pydantic_config__ = _STRICT

    def __post_init__(self) -> None:
        at_most_1(self.chance)
        if self.until_min < self.from_min + self.for_min:
            raise ValueError(f"until_min: {self.until_min:g} is before the end of the outage")


@dataclass(frozen=True)
class Reliability:
    """`retry`, `breaker`, `timeout` and `faults` (how long a fault lasts) are fields of those patterns, as in a chain."""

    question: str
    first: Any
    second: Any
    schedule: Schedule
    outage: Outage
    apology: str = "I cannot answer just now. Please try again in a few minutes."
    retry: Mapping[str, Any] = field(default_factory=lambda: {"attempts": 3})
    breaker: Mapping[str, Any] = field(default_factory=dict)
    timeout: Mapping[str, Any] = field(default_factory=lambda: {"first_s": 5.0})
    faults: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    deadline_s: Above0 = 60.0
    __pydantic_config__ = _STRICT


def at_most_1(chance: Mapping[Any, float]) -> None:
    if (total := sum(chance.values())) > 1 + 1e-9:
        raise ValueError(f"the chances add up to {total:g}, and a call meets at most one fault")


def spec_of(found: Reliability | None) -> Reliability:
    """The block. Raises ConfigError where there is none."""
    if found is None:
        raise ConfigError(Fault("reliability", "missing in params.yaml", "see docs/patterns.md"))
    return found
