"""From scores to a table: every metric of every run as a mean with its n and a 95 % interval, on the test split."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from pipelines.data import made
from pipelines.params import Compare, Params, Row
from pipelines.paths import RESULTS
from pipelines.quantities import quantities_of
from pipelines.score_files import Scores, run_scores
from pipelines.stats import Estimate


def estimates(scores: Scores, settings: Compare) -> dict[str, Estimate | None]:
    """Every figure of one run: means of metrics, quantiles of times, cost per correct answer. None where nothing applies."""
    return {one.name: one.of(scores, settings) for one in quantities_of(scores.metrics)}


def figure_names(metrics: Sequence[str]) -> list[str]:
    """The figures that these metrics give, as the leaderboard and gates name them."""
    return [one.name for one in quantities_of(metrics)]


def stage(params: Params) -> str:
    """The `compare` stage: writes the leaderboard (CSV) and metrics.json; returns a line that says what was done."""
    table = [(row, estimates(run_scores(row.variant, row.dataset), params.compare)) for row in params.runs]
    write_leaderboard(table, RESULTS / "leaderboard.csv")
    nested: dict[str, dict[str, dict[str, float | None]]] = {}
    for row, figures in table:
        values = {metric: estimate.value if estimate else None for metric, estimate in figures.items()}
        nested.setdefault(row.dataset, {})[row.variant] = values
    (RESULTS / "metrics.json").write_text(json.dumps(nested, indent=1) + "\n", encoding="utf-8")
    return f"{RESULTS}/leaderboard.csv: {len(table)} runs"


def write_leaderboard(table: Sequence[tuple[Row, Mapping[str, Estimate | None]]], out: Path) -> None:
    """A row a run; each figure in four columns: value, .low, .high, .n."""
    names = list(dict.fromkeys(name for _, figures in table for name in figures))
    with out.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["variant", "dataset", "index", *headings(names)])
        for row, figures in table:
            writer.writerow([row.variant, row.dataset, row.index, *cells_of(names, figures)])


def headings(names: Sequence[str]) -> list[str]:
    """The four columns of each figure, in every table of figures: value, .low, .high, .n."""
    return [f"{name}{part}" for name in names for part in ("", ".low", ".high", ".n")]


def cells_of(names: Sequence[str], figures: Mapping[str, Estimate | None]) -> list[str]:
    """What stands in those columns."""
    return [cell for name in names for cell in _cells(figures.get(name))]


def _cells(estimate: Estimate | None) -> list[str]:
    if estimate is None:
        return ["", "", "", "0"]
    return [_number(estimate.value), _number(estimate.low), _number(estimate.high), str(estimate.n)]


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"


def read_leaderboard(path: Path = RESULTS / "leaderboard.csv") -> list[tuple[Row, dict[str, Estimate | None]]]:
    """What write_leaderboard wrote; the number of clusters is not kept there and reads as 0."""
    with made(path).open(newline="", encoding="utf-8") as file:
        return [(Row(row["variant"], row["dataset"], row["index"]), figures_in(row)) for row in csv.DictReader(file)]


def figures_in(row: Mapping[str, str]) -> dict[str, Estimate | None]:
    """The figures of a row that `cells_of` wrote, whatever stands beside them."""
    return {name: _estimate(row, name) for name in (head.removesuffix(".n") for head in row if head.endswith(".n"))}


def _estimate(row: Mapping[str, str], name: str) -> Estimate | None:
    if not row[name]:
        return None
    low, high = (float(row[name + part]) if row[name + part] else None for part in (".low", ".high"))
    return Estimate(float(row[name]), low, high, int(row[name + ".n"]), 0)
