"""Any judge on any labelled set: how well it agrees with the labels as it stands, and after a calibration of its probabilities.

A calibration is two numbers, a and b (Platt 1999, "Probabilistic outputs for support vector machines"):

    p' = 1 / (1 + exp(-(a logit(p) + b)))

The figures after it come from folds: each cluster is calibrated by what the clusters of the other folds taught. What is written
was taught by all of them, and the same labels must not be used again to say how good it is.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from pipelines.agreement import Agreement, agreement
from pipelines.judges.asked import asked, reason_of
from pipelines.judges.build import Described
from pipelines.judges.judge import Item, Judge, JudgeFailed
from pipelines.judges.logistic import Logistic, fit
from pipelines.judges.own import Own
from pipelines.judges.recipe import balanced
from pipelines.judges.scaled import SCHEMA, logit
from pipelines.labelled import Labelled, LabelledSet, load
from pipelines.measured import read_sources
from pipelines.tables import interval, number, table
from systems.errors import ConfigError, Fault

FOLDS = 5
CLUSTERS = 10  # with fewer, folds say nothing
STRENGTH = 1.0


@dataclass(frozen=True)
class Calibrated:
    """`failures`: texts without a probability, by reason; they are in none of the other figures."""

    judge: str
    dataset: str
    sha256: str
    n: int
    before: Agreement
    after: Agreement | None
    scaling: Logistic | None
    failures: dict[str, int] = field(default_factory=dict)
    why_not: str = ""

    @property
    def worse(self) -> str:
        """Why the calibration is better not used; empty where it helps."""
        if self.after is None or self.scaling is None:
            return self.why_not
        if self.scaling.coefficients["logit"] <= 0:
            return "the probabilities do not rise with support in these labels"
        accuracy = self.after.balanced_accuracy.value < self.before.balanced_accuracy.value
        if accuracy and self.after.calibration_error >= self.before.calibration_error:
            return "by folds it is less accurate and no better calibrated"
        return ""


async def calibrate(described: Described, labelled: LabelledSet, done: Callable[[], object]) -> Calibrated:
    """Ask the judge about every text. Raises ConfigError where nothing can be compared."""
    failures: Counter[str] = Counter()
    found: list[tuple[Labelled, float]] = []
    async with described as judge:
        for item in labelled.items:
            said = await _probability(judge, item)
            if isinstance(said, str):
                failures[said] += 1
            else:
                found.append((item, said))
            done()
    where = f"{described.name} on {labelled.name}"
    if len({item.supported for item, _ in found}) < 2:
        what = f"{len(found)} of {len(labelled.items)} texts have a probability, with one kind of label"
        reasons = "; ".join(f"{count} x {reason}" for reason, count in failures.most_common(3))
        raise ConfigError(Fault(where, what, reasons or "both supported and unsupported texts are needed"))
    p = [value for _, value in found]
    y = [item.supported for item, _ in found]
    clusters = [item.cluster for item, _ in found]
    before = agreement(p, y, clusters)
    after, scaling, why_not = None, None, _why_not(p, clusters)
    if not why_not:
        after = agreement(_across_folds(p, y, clusters), y, clusters)
        scaling = _scaling(p, y)
    return Calibrated(
        described.name,
        labelled.name,
        labelled.sha256,
        len(labelled.items),
        before,
        after,
        scaling,
        dict(failures),
        why_not,
    )


def scored(name: str) -> LabelledSet:
    """A labelled set to score a judge on: of our own claims those that teach nothing."""
    found = load(name)
    if found.card.get("kind") != "claims":
        return found
    return replace(found, items=[item for item in found.items if item.split == "test"])


def taught_on(labelled: LabelledSet) -> str:
    """Whether the local judge was taught on these very texts, in words; empty where it was not."""
    known = {one.sha256 for one in read_sources().values()}
    return (
        "the local judge was taught on these very texts: its figures are too good" if labelled.sha256 in known else ""
    )


def sample(labelled: LabelledSet, n: int, seed: int = 0) -> LabelledSet:
    """A seeded sample of n texts, in their order."""
    kept = sorted(random.Random(seed).sample(range(len(labelled.items)), min(n, len(labelled.items))))
    return replace(labelled, items=[labelled.items[at] for at in kept])


async def _probability(judge: Judge, item: Labelled) -> float | str:
    """How likely all of a text is supported, by the judge; the reason where it does not say."""
    if isinstance(judge, Own):
        try:
            return await judge.likelihood(item.text, item.evidence, item.question)
        except JudgeFailed as failure:
            return reason_of(failure)
    opinion = await asked(judge, "faithfulness", Item(item.question, item.text, item.evidence))
    return opinion.reason or "no reason given" if opinion.score is None else opinion.score


def _why_not(p: Sequence[float], clusters: Sequence[str]) -> str:
    if len(set(clusters)) < CLUSTERS:
        return f"{len(set(clusters))} clusters: at least {CLUSTERS} are needed for folds"
    return "" if len(set(p)) > 1 else "all probabilities are the same"


def _across_folds(p: Sequence[float], y: Sequence[bool], clusters: Sequence[str]) -> list[float]:
    """Each probability, scaled by what the other folds taught."""
    fold = np.array([int(hashlib.sha256(name.encode()).hexdigest(), 16) % FOLDS for name in clusters])
    values, labels = np.array(p), np.array(y)
    scaled = values.copy()
    for at in range(FOLDS):
        rest = fold != at
        if len(set(labels[rest].tolist())) == 2:
            scaling = _scaling(values[rest].tolist(), labels[rest].tolist())
            scaled[~rest] = [scaling({"logit": logit(one)}) for one in values[~rest]]
    return [float(one) for one in scaled]


def _scaling(p: Sequence[float], y: Sequence[bool]) -> Logistic:
    rows, labels = np.array([[logit(one)] for one in p]), np.array(y)
    return fit(rows, ["logit"], labels, balanced(labels), STRENGTH)


def as_text(result: Calibrated) -> str:
    """A row before, a row after, and what it rests on."""
    rows = [_row("as it stands", result.before)]
    if result.after:
        rows.append(_row("calibrated, by folds", result.after))
    headers = [
        "",
        "balanced accuracy",
        "95 % interval",
        "AUROC",
        "95 % interval",
        "supported",
        "unsupported",
        "calib. error",
    ]
    lines = [
        f"{result.judge} on {result.dataset}: {result.before.n} texts in {result.before.clusters} clusters,"
        f" {result.before.supported} of them supported",
        table(rows, headers, "simple", ("left", *["right"] * 7)),
        "supported, unsupported: recalls. calib. error: the mean distance of a probability from the share of supported ones.",
    ]
    if before_few := result.before.clusters < 2:
        lines.append("one cluster: no interval")
    if result.why_not and not before_few:
        lines.append(f"not calibrated: {result.why_not}")
    elif result.worse:
        lines.append(f"calibration does not help here: {result.worse}")
    lines += [f"no probability for {count}: {reason}" for reason, count in sorted(result.failures.items())]
    return "\n".join(lines)


def _row(name: str, one: Agreement) -> list[str]:
    accuracy, auroc = one.balanced_accuracy, one.auroc
    return [
        name,
        number(accuracy.value),
        interval(accuracy.low, accuracy.high),
        number(auroc.value),
        interval(auroc.low, auroc.high),
        f"{one.sensitivity:.2f}",
        f"{one.specificity:.2f}",
        f"{one.calibration_error:.3f}",
    ]


def write(result: Calibrated, path: Path) -> None:
    """The calibration, for `calibration:` in the judge's description. Raises ConfigError where there is none."""
    if result.scaling is None or result.worse:
        raise ConfigError(Fault(str(path), "nothing to write", result.worse))
    made = {
        "schema": SCHEMA,
        "judge": result.judge,
        "taught_on": {"dataset": result.dataset, "sha256": result.sha256, "texts": result.before.n},
        **result.scaling.as_json(),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
