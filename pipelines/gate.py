"""Does every run keep its bounds? A verdict for each gate, from the scores as they stand. Who waives what is for `rulings`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal, Protocol

from pipelines.check_gates import gate_faults, gated
from pipelines.deciding import decide
from pipelines.missing_verdicts import filled, missing
from pipelines.params import BASELINE, Gate, Params, Row, Verdict
from pipelines.paths import RESULTS
from pipelines.quantities import Quantity, Sample
from pipelines.score_files import Scores, aligned, run_scores
from pipelines.stats import Difference, Estimate
from systems.errors import ConfigError, Fault

OUT = RESULTS / "gates.json"
NO_BASELINE = "judged with `archbench gate --baseline REV` only"


@dataclass(frozen=True)
class Judged:
    """A gate with its verdict, what it rests on, and why it is undecided. `needed_n` as in `deciding.Decision`."""

    gate: str
    level: Literal["block", "warn"]
    verdict: Verdict
    value: float | None
    low: float | None
    high: float | None
    n: int
    clusters: int
    needed_n: int | None = None
    reason: str | None = None


class Earlier(Protocol):
    """The scores at another revision."""

    def scores(self, row: Row, now: Scores) -> Scores | str:
        """Those of a run, or the reason why they cannot be held against those of `now`."""

    def same_answers(self, row: Row) -> bool:
        """Whether the run's responses were the same to the byte, which the hashes of code and description are part of."""

    def other_code(self, row: Row) -> list[str]:
        """The parts of what scored the run that are not what they were."""


def judge_all(params: Params, earlier: Earlier | None = None) -> list[Judged]:
    """Judge every gate by the scores as they stand. Raises ConfigError with every fault of the gates."""
    if faults := list(gate_faults(params)):
        raise ConfigError(faults)
    return [judge(params, gate, earlier) for gate in params.gates]


def placed(params: Params) -> list[Gate]:
    """The gates, each with the dataset that its run is on, written or not."""
    rows = [(gate, params.row(gate.variant, gate.dataset)) for gate in params.gates]
    return [replace(gate, dataset=row.dataset) if row else gate for gate, row in rows]


def judge(params: Params, gate: Gate, earlier: Earlier | None = None) -> Judged:
    """One verdict; undecided, with the reason, where there is nothing to judge by."""
    row, figure = params.row(gate.variant, gate.dataset), gated(params, gate.metric)
    assert row is not None
    assert figure is not None
    scores = run_scores(row.variant, row.dataset)
    if not figure.scored(scores):
        what = f"{row.variant} was not scored by it on {row.dataset}"
        raise ConfigError(Fault(gate.name, what, f"it has {', '.join(scores.metrics)}"))
    other = None if gate.against is None else _other(gate, row, scores, earlier)
    if isinstance(other, str):
        return _unknown(gate, other)
    if other is not None and not figure.scored(other):
        return _unknown(gate, f"{gate.against} has no {gate.metric}")
    found = _found(params, gate, scores, other)
    if gate.against == BASELINE and other is not None and earlier and found.n:
        if earlier.same_answers(row) and _alike(figure, scores, other):
            return _unchanged(gate, figure, found)
        if changed := earlier.other_code(row):
            found = _noted(found, f"scored by other code since: {', '.join(changed)}")
    return _with_missing(params, gate, found, scores, other)


def _found(params: Params, gate: Gate, scores: Scores, other: Scores | None) -> Judged:
    """The verdict by these scores."""
    figure = gated(params, gate.metric)
    assert figure is not None
    if other is None:
        found = figure.of(scores, params.compare)
        return _judged(gate, figure, found, figure.sample(scores, _bound(gate)) if found else None)
    difference = figure.between(scores, other, params.compare)
    return _judged(gate, figure, difference, figure.sample_between(scores, other, _bound(gate)) if difference else None)


def _with_missing(params: Params, gate: Gate, found: Judged, scores: Scores, other: Scores | None) -> Judged:
    """The verdict, if it stands whatever the answers were that the judge said nothing usable of."""
    figure = gated(params, gate.metric)
    assert figure is not None
    lost = missing(figure, scores) + (missing(figure, other) if other else 0)
    if not lost:
        return found
    ends = {
        _found(params, gate, filled(figure, scores, end), other and filled(figure, other, 1 - end)).verdict
        for end in (0.0, 1.0)
    }
    note = f"the judge gave no usable answer for {lost}"
    if ends == {found.verdict}:
        return _noted(found, f"{note}, whatever those were worth")
    return replace(_noted(found, f"{note}, which would decide"), verdict="undecided", needed_n=None)


def _noted(judged: Judged, note: str) -> Judged:
    return replace(judged, reason="; ".join(part for part in (judged.reason, note) if part))


def _alike(figure: Quantity, scores: Scores, other: Scores) -> bool:
    """Whether all that the figure is made of is the same on every example."""
    return all(scores.columns[name] == other.columns[name] for name in ("example", "cluster", *figure.columns))


def _other(gate: Gate, row: Row, scores: Scores, earlier: Earlier | None) -> Scores | str:
    """What the run is held against, example by example, or why there is nothing."""
    assert gate.against is not None
    if gate.against != BASELINE:
        return aligned(run_scores(gate.against, row.dataset), to=scores)
    return earlier.scores(row, scores) if earlier else NO_BASELINE


def _bound(gate: Gate) -> float:
    bound = gate.at_most if gate.at_least is None else gate.at_least
    assert bound is not None
    return bound


def _judged(gate: Gate, figure: Quantity, found: Estimate | Difference | None, sample: Sample | None) -> Judged:
    if found is None:
        return _unknown(gate, "no example has this metric" if gate.against is None else "no example has it from both")
    decision = decide(gate, figure, found, sample)
    value, low, high = (None if one is None else float(f"{one:.6g}") for one in (found.value, found.low, found.high))
    of_it = (value, low, high, found.n, found.clusters)
    return Judged(gate.name, gate.level, decision.verdict, *of_it, decision.needed_n, decision.reason)


def _unchanged(gate: Gate, figure: Quantity, found: Judged) -> Judged:
    """One system against itself: the difference is 0 on every example there could be, and needs no interval."""
    decision = decide(gate, figure, Difference(0.0, 0.0, 0.0, 1.0, found.n, found.clusters), None)
    of_it = (0.0, 0.0, 0.0, found.n, found.clusters, None)
    return Judged(gate.name, gate.level, decision.verdict, *of_it, "nothing changed: the same answers")


def _unknown(gate: Gate, reason: str) -> Judged:
    return Judged(gate.name, gate.level, "undecided", None, None, None, 0, 0, None, reason)


def stage(params: Params) -> str:
    """The `gate` stage: writes the verdicts, whatever they are; returns a line that counts them.

    No clock and no revision is in them: waivers are not applied, and what is held against a baseline is undecided.
    """
    verdicts = judge_all(params)
    kept = [asdict(verdict) for verdict in verdicts]
    OUT.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    return f"{OUT}: {summary(verdicts)}"


def read_verdicts(path: Path = OUT) -> list[Judged]:
    """What the stage wrote."""
    return [Judged(**verdict) for verdict in json.loads(path.read_text(encoding="utf-8"))]


def summary(verdicts: Iterable[Judged]) -> str:
    """How many of each: `3 pass, 1 undecided`."""
    kinds = [verdict.verdict for verdict in verdicts]
    counted = [f"{kinds.count(kind)} {kind}" for kind in ("pass", "fail", "undecided") if kind in kinds]
    return ", ".join(counted) or "no gates"
