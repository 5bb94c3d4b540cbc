"""A run's scores as they are kept: one wide CSV, an example a row, a metric a column, empty where a metric does not apply.

What heavier judges say stands in a file of the same form, `results/judged/<variant>/<dataset>.csv`; both are read as one.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipelines.data import made, read_text
from pipelines.metrics import metric
from pipelines.paths import JUDGED, SCORES
from pipelines.score import LABELS
from systems.errors import ConfigError, Fault

SPLIT = "test"  # development is for tuning


@dataclass(frozen=True)
class Scores:
    """The columns of a score file, as strings, for one split."""

    columns: Mapping[str, Sequence[str]]

    @property
    def metrics(self) -> list[str]:
        return [name for name in self.columns if name not in LABELS]

    @property
    def keys(self) -> list[str]:
        """What pairs two runs: the example, with the number of the repeat where it is not the first."""
        if not self.columns:
            return []
        pairs = zip(self.columns["example"], self.columns["repeat"], strict=True)
        return [example if repeat == "0" else f"{example}#{repeat}" for example, repeat in pairs]

    def values(self, metric: str) -> tuple[list[float], list[str]]:
        """The values of a metric where it applies, and the clusters they belong to."""
        pairs = zip(self.columns.get(metric, ()), self.columns["cluster"], strict=metric in self.columns)
        applied = [(float(cell), cluster) for cell, cluster in pairs if cell]
        return [score for score, _ in applied], [cluster for _, cluster in applied]

    def applies(self, metric: str) -> list[bool]:
        """Whether the metric says anything of each row."""
        return [bool(cell) for cell in self.columns[metric]]

    def at(self, places: Sequence[int]) -> Scores:
        """The rows at these places, in this order."""
        return Scores({name: [cells[place] for place in places] for name, cells in self.columns.items()})

    def with_tag(self, tag: str) -> Scores:
        """The examples that have this tag."""
        return self.at([place for place, tags in enumerate(self.columns["tags"]) if tag in tags.split()])


def score_paths(variant: str, dataset: str) -> tuple[Path, Path]:
    """Where a run's scores are: the score stage's, and what the judges add, which need not be there."""
    return SCORES / variant / f"{dataset}.csv", JUDGED / variant / f"{dataset}.csv"


def run_scores(variant: str, dataset: str, split: str | None = SPLIT) -> Scores:
    """Everything that a run was scored by, as it stands in results/."""
    path, judged = score_paths(variant, dataset)
    found = read_scores(path, split)
    return joined(found, read_scores(judged, split), str(judged)) if judged.exists() else found


def read_scores(path: Path, split: str | None = SPLIT) -> Scores:
    """The rows of one split of one score file (None: all), by column."""
    return parsed(read_text(made(path)), str(path), split)


def parsed(text: str, where: str, split: str | None = SPLIT) -> Scores:
    """The text of a score file. Raises ConfigError, naming `where`, at what is none."""
    try:
        rows = list(csv.DictReader(io.StringIO(text)))
    except csv.Error as error:
        raise ConfigError(Fault(where, f"is no CSV: {error}", "expected what `score` writes")) from None
    lacking = [name for name in LABELS if rows and name not in rows[0]]
    if lacking:
        raise ConfigError(
            Fault(where, f"is no score file: it lacks {', '.join(lacking)}", "expected what `score` writes")
        )
    if faults := list(_wrong_cells(rows, where)):
        raise ConfigError(faults[:10])
    kept = [row for row in rows if split in (None, row["split"])]
    return Scores({name: [row[name] for row in kept] for name in (rows[0] if rows else LABELS)})


def _wrong_cells(rows: Sequence[Mapping[str, str | None]], where: str) -> Iterator[Fault]:
    shares = {name for name in (rows[0] if rows else ()) if name and name not in LABELS and _is_share(name)}
    seen: dict[tuple[str, str], int] = {}
    for number, row in enumerate(rows, 2):
        if None in row or None in row.values():
            yield Fault(f"{where}:{number}", "more cells, or fewer, than the first line", "one for each column")
            continue
        key = (row["example"] or "", row["repeat"] or "")
        if key in seen:
            yield Fault(f"{where}:{number}", f"the example {key[0]!r} stands in line {seen[key]}, too", "keep one")
        seen.setdefault(key, number)
        for name, cell in row.items():
            if name in LABELS or not cell:
                continue
            if not _finite(cell):
                yield Fault(f"{where}:{number}", f"{name} is {cell[:60]!r}", "expected a finite number, or nothing")
            elif name in shares and not 0 <= float(cell) <= 1:
                yield Fault(f"{where}:{number}", f"{name} is {cell}", "a share: from 0 to 1")


def _is_share(name: str) -> bool:
    """Whether a column is a metric of ours whose scores are shares."""
    try:
        return metric(name).share
    except ConfigError:
        return False


def _finite(cell: str) -> bool:
    try:
        return math.isfinite(float(cell))
    except ValueError:
        return False


def joined(scores: Scores, judged: Scores, where: str) -> Scores:
    """Both as one, joined by example; empty where the judges did not see an example. Raises ConfigError at examples that have no
    scores: they were judged on other data."""
    place = {key: at for at, key in enumerate(judged.keys)}
    if strangers := sorted(place.keys() - set(scores.keys)):
        what = f"{len(strangers)} judged examples have no scores, e.g. {strangers[0]!r}"
        raise ConfigError(Fault(where, what, "judge this data: `dvc repro`"))
    added = {
        name: [judged.columns[name][place[key]] if key in place else "" for key in scores.keys]
        for name in judged.metrics
        if name not in scores.columns
    }
    return Scores({**scores.columns, **added})


def aligned(scores: Scores, to: Scores) -> Scores:
    """The rows in the order of those of `to`. Raises ConfigError where the examples are not the same, naming some."""
    place = {key: at for at, key in enumerate(scores.keys)}
    missing = [key for key in to.keys if key not in place]
    more = sorted(place.keys() - set(to.keys))
    if missing or more or len(place) != len(scores.keys):
        told = [
            f"{len(keys)} {side} ({', '.join(keys[:3])})"
            for keys, side in ((missing, "in the first only"), (more, "in the second only"))
            if keys
        ]
        what = f"of different examples: {'; '.join(told) or 'an example stands twice'}"
        raise ConfigError(Fault("scores", what, "compare runs on the same data: `dvc repro` first"))
    return scores.at([place[key] for key in to.keys])


def both_scored(a: Scores, b: Scores, name: str) -> tuple[list[float], list[float], list[str]]:
    """The scores of the examples that have the metric from both, and their clusters. Both must be of the same examples."""
    cells = zip(a.columns[name], b.columns[name], a.columns["cluster"], strict=True)
    both = [(float(of_a), float(of_b), cluster) for of_a, of_b, cluster in cells if of_a and of_b]
    return [of_a for of_a, _, _ in both], [of_b for _, of_b, _ in both], [cluster for _, _, cluster in both]
