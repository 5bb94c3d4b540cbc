"""The faults of `judges:` and `judge:` in params.yaml."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from pipelines.judges.asked import NEEDS, RUBRIC
from pipelines.judges.build import CALIBRATION, Described, describe, described_in
from pipelines.metrics.judged import Judged, JudgeFailures, judged
from pipelines.params import Params, named
from pipelines.run import learnt
from systems.errors import ConfigError, Fault


def judge_faults(params: Params) -> Iterator[Fault]:
    """Every fault; imports no library."""
    described: dict[str, Described | None] = {}
    for name, description in described_in(params).items():
        if not re.fullmatch(r"\w[\w-]*", str(name), re.ASCII):
            yield Fault(f"judges.{name}", "cannot be a name", "letters, digits, _ and - only")
        described[name] = None
        try:
            described[name] = describe(name, description, params.judge.rubrics, {"learnt": learnt()})
        except ConfigError as error:
            yield from error.faults
    for name, rubric in params.judge.rubrics.items():
        if not re.fullmatch(r"\w[\w-]*", str(name), re.ASCII):
            yield Fault(f"judge.rubrics.{name}", "cannot be a name", "letters, digits, _ and - only")
        if not rubric.criteria.strip():
            yield Fault(f"judge.rubrics.{name}.criteria", "are empty", "say what makes an answer good")
    for at, column in enumerate(params.judge.columns):
        where = f"judge.columns.{at}"
        metric = judged(column)
        if metric is None or isinstance(metric, JudgeFailures):
            metrics = ", ".join([*NEEDS, f"{RUBRIC}<name>"])
            yield Fault(where, f"{column!r} is no <metric>.<judge>", f"metrics: {metrics}")
        elif fault := _unfit(metric, described, params):
            yield Fault(where, *fault)
        if column in params.judge.columns[:at]:
            yield Fault(where, f"{column!r} stands twice", "keep one")


def described(params: Params, name: str) -> Described:
    """The judge of this name; `local` is there whatever params.yaml says. Raises ConfigError naming those there are."""
    return describe(name, named(described_in(params), name, "judge"), params.judge.rubrics, {"learnt": learnt()})


def applied(params: Params, name: str, calibration: Path) -> str:
    """The line of params.yaml that describes this judge with a calibration."""
    description = named(described_in(params), name, "judge")
    ((kind, config),) = ({description: {}} if isinstance(description, str) else description).items()
    whole = {f"{name}-calibrated": {kind: {**(config or {}), CALIBRATION: str(calibration)}}}
    return json.dumps(whole).replace('"', "")[1:-1]


def _unfit(metric: Judged, described: dict[str, Described | None], params: Params) -> tuple[str, str] | None:
    """Why this judge cannot score this metric."""
    if metric.judge not in described:
        return f"no judge is named {metric.judge!r}", f"known: {', '.join(sorted(described)) or 'none'}"
    judge = described[metric.judge]
    if judge is None:
        return None  # its own fault is said already
    if metric.base.startswith(RUBRIC) and (name := metric.base.removeprefix(RUBRIC)) not in params.judge.rubrics:
        return f"no rubric is named {name!r}", f"known: {', '.join(sorted(params.judge.rubrics)) or 'none'}"
    if metric.base not in judge.metrics:
        return f"{metric.judge} offers no {metric.base!r}", f"it offers: {', '.join(judge.metrics)}"
    return None
