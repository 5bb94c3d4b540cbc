"""Calls through a first model with none, some or all of the patterns around it, on the virtual clock: what became of each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from pipelines import clock
from pipelines.params import Settings
from pipelines.reliability_spec import Reliability
from pipelines.run import arrivals, call_for, learnt
from systems.build import Built, build
from systems.facts import Intervened
from systems.interface import Call, Request, Response, System, respond

End: TypeAlias = Literal["first", "second", "apology", "failed"]
ENDS: tuple[End, ...] = ("first", "second", "apology", "failed")
SETUPS: dict[str, tuple[str, ...]] = {
    "bare": (),
    "+ retry": ("retry",),
    "+ breaker": ("breaker",),
    "+ fallback": ("fallback",),
    "all": ("fallback", "retry", "breaker"),
}


@dataclass(frozen=True)
class Outcome:
    """Who answered a call, when it came and how long it took, how often each model was asked for it, and how often the
    breaker turned an attempt away."""

    id: str
    end: End
    arrived_s: float
    latency_s: float
    asked_first: int
    asked_second: int
    turned_away: int

    @property
    def answered(self) -> bool:
        return self.end in ("first", "second")


@dataclass(frozen=True)
class Unnamed:
    """A system under one name whatever is around its model: its spans, and so the draws of faults, are then the same in every
    setup, and the setups are compared call by call."""

    inner: System
    name: str = "system"

    def stream(self, request: Request, call: Call) -> AsyncGenerator[str, None]:
        return self.inner.stream(request, call)


def described(
    spec: Reliability, patterns: Sequence[str], chance: Mapping[Any, float], windows: Sequence[Any] = ()
) -> Any:
    """A chatbot on the first model. Both models stand in a timeout and meet faults; `windows` are the first one's alone."""
    faults = {**spec.faults, "chance": dict(chance)}
    first = [{"timeout": dict(spec.timeout)}, {"faults": {**faults, "windows": list(windows)}}, spec.first]
    second = {"chain": [{"timeout": dict(spec.timeout)}, {"faults": faults}, spec.second]}
    fields: dict[str, Any] = {
        "fallback": {"to": second, "apology": spec.apology},
        "retry": dict(spec.retry),
        "breaker": dict(spec.breaker),
    }
    chain = [{name: fields[name]} for name in fields if name in patterns]
    return {"chatbot": {"model": {"chain": [*chain, *first]}}}


def built(description: Any) -> Built:
    return build(description, where="reliability", given={"learnt": learnt()})


def calls(
    spec: Reliability, description: Any, arrivals_per_s: float, most: int, until_s: float | None = None
) -> list[Outcome]:
    """Send up to `most` calls, those that arrive before `until_s`. The same ids at the same times for every description."""
    settings = Settings(spec.seed, arrivals_per_s, spec.deadline_s)
    ids = (f"reliability-{spec.seed}-{at}" for at in range(most))
    due = [(id, at_s) for id, at_s in arrivals(ids, settings) if until_s is None or at_s < until_s]
    return clock.run(_all(built(description), Request(spec.question), settings, due))


async def _all(built: Built, request: Request, settings: Settings, due: Sequence[tuple[str, float]]) -> list[Outcome]:
    async with built as system, asyncio.TaskGroup() as tasks:

        async def one(id: str, at_s: float) -> Outcome:
            return outcome(await respond(Unnamed(system), request, call_for(id, settings, at_s)), at_s)

        under_way = []
        for id, at_s in due:
            await asyncio.sleep(at_s - asyncio.get_running_loop().time())
            under_way.append(tasks.create_task(one(id, at_s)))
    return [task.result() for task in under_way]


def outcome(response: Response, arrived_s: float) -> Outcome:
    """Read off the facts: a request to a model that met a fault before it arrived has no ModelCall, but was sent."""
    done = [fact for fact in response.facts if isinstance(fact, Intervened)]
    again = sum(one.pattern == "retry" and one.what.startswith("attempt ") for one in done)
    turned_away = sum(one.pattern == "breaker" and one.what.startswith("refused") for one in done)
    fell_back = sum(one.pattern == "fallback" for one in done)
    apology = any(one.pattern == "fallback" and one.what == "apology" for one in done)
    end: End = "failed" if response.failed else "apology" if apology else "second" if fell_back else "first"
    second = min(fell_back, 1)
    return Outcome(response.id, end, arrived_s, response.latency_s, 1 + again - turned_away, second, turned_away)
