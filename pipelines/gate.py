"""Does every run keep its bounds? Pass, fail, or undecided where the interval holds the bound: never a guess."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from pipelines.compare import read_leaderboard
from pipelines.params import Gate, Params, Verdict
from pipelines.paths import RESULTS
from pipelines.stats import Estimate
from systems.errors import ConfigError, Fault

OUT = RESULTS / "gates.json"


@dataclass(frozen=True)
class Judged:
    """A gate with its verdict and what it rests on. `needed_n` examples would decide, if the value stayed; None: unknown."""

    gate: str
    verdict: Verdict
    value: float | None
    low: float | None
    high: float | None
    n: int
    needed_n: int | None = None


def judge(gate: Gate, estimate: Estimate | None) -> Judged:
    """Pass when the whole interval keeps the bound, fail when none of it does, otherwise undecided."""
    if estimate is None:
        return Judged(gate.name, "undecided", None, None, None, 0)
    # A limit that could not be had (too few examples) keeps nothing and breaks nothing.
    low = -math.inf if estimate.low is None else estimate.low
    high = math.inf if estimate.high is None else estimate.high
    if gate.at_least is not None:
        bound, kept, broken = gate.at_least, low >= gate.at_least, high < gate.at_least
    else:
        assert gate.at_most is not None
        bound, kept, broken = gate.at_most, high <= gate.at_most, low > gate.at_most
    verdict: Verdict = "pass" if kept else "fail" if broken else "undecided"
    needed = None if verdict != "undecided" else needed_n(estimate, bound)
    return Judged(gate.name, verdict, estimate.value, estimate.low, estimate.high, estimate.n, needed)


def needed_n(estimate: Estimate, bound: float) -> int | None:
    """The examples at which the interval would no longer hold the bound: its width shrinks with the root of n.

    None where the value is its bound, which no number of examples decides, or where the limit toward it is not known.
    """
    limit = estimate.low if bound <= estimate.value else estimate.high
    distance = abs(estimate.value - bound)
    if limit is None or not distance:
        return None
    width = abs(estimate.value - limit)
    if estimate.value in (0, 1) and width < 1:
        # All the same: the limit is Wilson's, z^2 / (G + z^2) for G clusters, which shrinks with n itself.
        factor = (1 - distance) / distance * width / (1 - width)
    else:
        factor = (width / distance) ** 2
    return max(estimate.n + 1, math.ceil(estimate.n * factor))


def judge_all(params: Params) -> list[Judged]:
    """Judge every gate by the leaderboard as it stands."""
    found = {(row.variant, row.dataset): figures for row, figures in read_leaderboard()}
    verdicts = []
    for gate in params.gates:
        row = params.row(gate.variant, gate.dataset)
        if row is None or (gate.variant, row.dataset) not in found:
            raise ConfigError(
                Fault(gate.name, "its run is not in the leaderboard", "`archbench check`, then `dvc repro`")
            )
        verdicts.append(judge(gate, found[gate.variant, row.dataset].get(gate.metric)))
    return verdicts


def stage(params: Params) -> str:
    """The `gate` stage: writes the verdicts, whatever they are; returns a line that counts them."""
    verdicts = judge_all(params)
    OUT.write_text(json.dumps([asdict(verdict) for verdict in verdicts], indent=1) + "\n", encoding="utf-8")
    return f"{OUT}: {summary(verdicts)}"


def read_verdicts(path: Path = OUT) -> list[Judged]:
    """What the stage wrote."""
    return [Judged(**verdict) for verdict in json.loads(path.read_text(encoding="utf-8"))]


def summary(verdicts: Iterable[Judged]) -> str:
    """How many of each: `3 pass, 1 undecided`."""
    kinds = [verdict.verdict for verdict in verdicts]
    counted = [f"{kinds.count(kind)} {kind}" for kind in ("pass", "fail", "undecided") if kind in kinds]
    return ", ".join(counted) or "no gates"


def exit_code(verdicts: Iterable[Judged]) -> int:
    """0: all pass; 1: one fails; 3: none fails, but one is undecided."""
    kinds = {verdict.verdict for verdict in verdicts}
    return 1 if "fail" in kinds else 3 if "undecided" in kinds else 0
