"""What does each pattern buy, and what does it cost? Calls through a model that fails on purpose, with patterns and without,
beside what arithmetic predicts; and an outage, minute by minute. On the virtual clock: the same bytes each time."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any, TypeVar

from pipelines import reliability_page as page
from pipelines import stats
from pipelines.figures import availability, outage
from pipelines.params import Compare, Params
from pipelines.paths import RELIABILITY
from pipelines.reliability_arithmetic import Predicted, let_through, predict
from pipelines.reliability_runs import ENDS, SETUPS, Outcome, built, calls, described
from pipelines.reliability_spec import Reliability, spec_of
from pipelines.stats import Estimate
from systems.patterns.breaker import Breaker
from systems.patterns.retry import Retry

IN_OUTAGE = ("bare", "+ retry", "all")
MINUTE_S = 60.0
Part = TypeVar("Part", bound="Breaker[Any, Any] | Retry[Any, Any]")


@dataclass(frozen=True)
class Buys:
    """What a setup made of the schedule: the share answered by a model, seconds at p95 to the end of an answer, requests to
    either model a call, the gain over bare call by call; and what arithmetic says."""

    setup: str
    availability: Estimate
    p95_s: Estimate
    asked_first: Estimate
    asked_second: Estimate
    gain: stats.Difference | None
    predicted: Predicted
    ends: dict[str, int]


@dataclass(frozen=True)
class Minute:
    """What those who came in one minute saw."""

    setup: str
    minute: int
    n: int
    ends: dict[str, int]
    p95_s: float
    asked_first: int


@dataclass(frozen=True)
class Load:
    """What the first model was asked during its outage, beside the formula."""

    setup: str
    calls: int
    asked_first: int
    most: float
    formula: str


def stage(params: Params) -> str:
    """The `reliability` stage: returns a line that says what was done."""
    return run(spec_of(params.reliability), params.compare, RELIABILITY)


def run(spec: Reliability, compare: Compare, folder: Path) -> str:
    """Make every run and write tables, figures and the section of the report to `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    bought = schedule(spec, compare)
    minutes, loads = broken(spec)
    drawings = [availability.draw(bought, spec), outage.draw(minutes, spec)]
    for drawing in drawings:
        drawing.save(folder)
    _write(folder / "load.csv", [page.load_row(one) for one in loads])
    (folder / "report.md").write_text(page.section(spec, bought, minutes, loads, drawings), encoding="utf-8")
    n = sum(one.availability.n for one in bought) + sum(one.n for one in minutes)
    return f"{folder}: {n:,} calls in {len(SETUPS)} setups and {len(IN_OUTAGE)} outages"


def schedule(spec: Reliability, compare: Compare) -> list[Buys]:
    """Every setup under the schedule's faults."""
    plan = spec.schedule
    attempts, failures, rest_s = _of_patterns(spec)
    through = let_through(plan.chance, failures, rest_s, plan.arrivals_per_s)
    predicted = predict(plan.chance, attempts, through)
    found: list[Buys] = []
    bare: list[float] = []
    for setup, patterns in SETUPS.items():
        made = calls(spec, described(spec, patterns, plan.chance), plan.arrivals_per_s, plan.calls)
        ids = [one.id for one in made]
        answered = [float(one.answered) for one in made]
        bare = bare or answered
        whole = [one for one in made if one.answered] or made
        found.append(
            Buys(
                setup,
                _mean(answered, ids, compare, share=True),
                _p95(whole, compare),
                _mean([one.asked_first for one in made], ids, compare),
                _mean([one.asked_second for one in made], ids, compare),
                stats.paired(answered, bare, ids, compare.draws, compare.seed) if patterns else None,
                predicted[setup],
                ends(made),
            )
        )
    return found


def broken(spec: Reliability) -> tuple[list[Minute], list[Load]]:
    """The outage of the first model: every setup of IN_OUTAGE, minute by minute of arrival."""
    plan = spec.outage
    from_s, to_s = plan.from_min * MINUTE_S, (plan.from_min + plan.for_min) * MINUTE_S
    until_s = plan.until_min * MINUTE_S
    windows = [{"from_s": from_s, "to_s": to_s, "chance": dict(plan.chance)}]
    minutes, loads = [], []
    for setup in IN_OUTAGE:
        description = described(spec, SETUPS[setup], spec.schedule.chance, windows)
        most = ceil(2 * until_s * plan.arrivals_per_s) + 100  # more than can arrive until then
        made = calls(spec, description, plan.arrivals_per_s, most, until_s)
        for minute in range(ceil(plan.until_min)):
            here = [one for one in made if minute <= one.arrived_s / MINUTE_S < minute + 1]
            if here:
                times = sorted(one.latency_s for one in here)
                p95_s = times[ceil(0.95 * len(times)) - 1]
                minutes.append(
                    Minute(setup, minute, len(here), ends(here), p95_s, sum(one.asked_first for one in here))
                )
        during = [one for one in made if from_s <= one.arrived_s < to_s]
        last_s = max((one.arrived_s + one.latency_s for one in during), default=to_s)
        earning = sum(from_s <= one.arrived_s <= last_s for one in made)
        loads.append(_load(spec, setup, during, earning))
    return minutes, loads


def _load(spec: Reliability, setup: str, during: Sequence[Outcome], earning: int) -> Load:
    """Attempts at a model that fails whatever it is asked; a breaker lets its first failures through, then a probe a rest.

    `earning` calls came before the last of `during` had ended, and so may have earned the retries of these."""
    _, failures, rest_s = _of_patterns(spec)
    n, asked = len(during), sum(one.asked_first for one in during)
    if "breaker" in SETUPS[setup]:
        probes = spec.outage.for_min * MINUTE_S / rest_s
        late = spec.outage.arrivals_per_s * float(spec.timeout.get("first_s") or 0.0)
        return Load(setup, n, asked, failures + late + probes, "k + arrivals while the first ones hang + outage / rest")
    if "retry" in SETUPS[setup]:
        retry = _part(spec, "retry", Retry)
        most = min(n * retry.attempts, n + retry.reserve + retry.budget * earning)
        return Load(setup, n, asked, most, "at most N + reserve + budget M")
    return Load(setup, n, asked, n, "N")


def _of_patterns(spec: Reliability) -> tuple[int, int, float]:
    """attempts of the retry; failures and rest of the breaker, with their defaults."""
    breaker = _part(spec, "breaker", Breaker)
    return _part(spec, "retry", Retry).attempts, breaker.failures, breaker.rest_s


def _part(spec: Reliability, name: str, made: type[Part]) -> Part:
    return next(part for part in built(described(spec, (name,), {})).parts if isinstance(part, made))


def ends(made: Iterable[Outcome]) -> dict[str, int]:
    counted = [one.end for one in made]
    return {end: counted.count(end) for end in ENDS}


def _mean(values: Sequence[float], ids: Sequence[str], compare: Compare, share: bool = False) -> Estimate:
    found = stats.mean(values, ids, compare.draws, compare.seed, share=share)
    assert found is not None  # there is at least one call
    return found


def _p95(made: Sequence[Outcome], compare: Compare) -> Estimate:
    times, ids = [one.latency_s for one in made], [one.id for one in made]
    found = stats.quantile(times, ids, 0.95, compare.draws, compare.seed)
    assert found is not None
    return found


def _write(path: Path, rows: Sequence[dict[str, str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
