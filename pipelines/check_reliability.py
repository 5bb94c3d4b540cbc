"""Is everything that the block `reliability` of params.yaml describes possible?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipelines.params import Params
from pipelines.run import learnt
from systems.build import build
from systems.errors import ConfigError, Fault

MODEL = {"scripted": {"behaviour": "right"}}


def reliability_faults(params: Params) -> Iterator[Fault]:
    """Every fault of the block; none where there is no such block."""
    spec = params.reliability
    if spec is None:
        return
    if not spec.question.strip():
        yield Fault("reliability.question", "is empty", "expected a question")
    for name, model in (("first", spec.first), ("second", spec.second)):
        yield from _faults(model, f"reliability.{name}")
    for name in ("retry", "breaker", "timeout"):
        yield from _pattern(name, getattr(spec, name))
    if taken := sorted({"chance", "windows"} & spec.faults.keys()):
        yield Fault(f"reliability.faults.{taken[0]}", "stands elsewhere", "set chances in schedule and outage")
    else:
        yield from _pattern("faults", spec.faults)
    if spec.first == spec.second:
        yield Fault("reliability.second", "is the first model again", "a fallback needs another one")
    if "rate" in spec.breaker:
        yield Fault(
            "reliability.breaker.rate", "has no formula to be held against", "leave it out: failures in a row only"
        )


def _pattern(name: str, fields: Any) -> Iterator[Fault]:
    yield from _faults({"chain": [{name: dict(fields)}, MODEL]}, f"reliability.{name}", f".chain[0].{name}")


def _faults(description: object, where: str, inside: str = "") -> list[Fault]:
    """`inside` is what of a place is not in params.yaml."""
    try:
        build(description, kind="model", where=where, given={"learnt": learnt()})
    except ConfigError as error:
        return [Fault(one.where.replace(where + inside, where, 1), one.what, one.allowed) for one in error.faults]
    return []
