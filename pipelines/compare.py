"""From scores to a table: every metric of every run as a mean with its n and a 95 % interval, on the test split."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipelines import stats
from pipelines.data import made
from pipelines.metrics import metric
from pipelines.params import Compare, Params, Row
from pipelines.paths import RESULTS, SCORES
from pipelines.score import LABELS
from pipelines.stats import Estimate

SPLIT = "test"  # development is for tuning
QUANTILES = {"p50": 0.50, "p95": 0.95, "p99": 0.99}
TIMES = ("latency_s", "ttft_s")  # shown by their quantiles, not by a mean


@dataclass(frozen=True)
class Scores:
    """The columns of a score file, as strings, for one split."""

    columns: Mapping[str, Sequence[str]]

    @property
    def metrics(self) -> list[str]:
        return [name for name in self.columns if name not in LABELS]

    def values(self, metric: str) -> tuple[list[float], list[str]]:
        """The values of a metric where it applies, and the clusters they belong to."""
        pairs = zip(self.columns[metric], self.columns["cluster"], strict=True)
        applied = [(float(cell), cluster) for cell, cluster in pairs if cell]
        return [score for score, _ in applied], [cluster for _, cluster in applied]


def read_scores(path: Path, split: str | None = SPLIT) -> Scores:
    """The rows of one split of a score file (None: all), by column."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if split in (None, row["split"])]
        return Scores({name: [row[name] for row in rows] for name in (rows[0] if rows else ())})


def estimates(scores: Scores, settings: Compare) -> dict[str, Estimate | None]:
    """Every figure of one run: means of metrics, quantiles of times, cost per correct answer. None where nothing applies."""
    draws, seed = settings.draws, settings.seed
    figures: dict[str, Estimate | None] = {}
    for name in scores.metrics:
        values, clusters = scores.values(name)
        if name in TIMES:
            for label, q in QUANTILES.items():
                figures[_quantile_name(name, label)] = stats.quantile(values, clusters, q, draws, seed)
        else:
            figures[name] = stats.mean(values, clusters, draws, seed, share=metric(name).share)
    if {"cost_usd", "correctness"} <= set(scores.metrics):
        figures["cost_per_correct_usd"] = _cost_per_correct(scores, settings)
    return figures


def figure_names(metrics: Sequence[str]) -> list[str]:
    """The figures that these metrics give, as the leaderboard and gates name them."""
    names = [
        name
        for scored in metrics
        for name in ([_quantile_name(scored, label) for label in QUANTILES] if scored in TIMES else [scored])
    ]
    return [*names, "cost_per_correct_usd"] if {"cost_usd", "correctness"} <= set(metrics) else names


def _quantile_name(time: str, label: str) -> str:
    return time.removesuffix("_s") + f"_{label}_s"


def _cost_per_correct(scores: Scores, settings: Compare) -> Estimate | None:
    costs, clusters = scores.values("cost_usd")
    correct, _ = scores.values("correctness")
    if len(costs) != len(correct):
        return None  # an unknown price is no price
    return stats.ratio(costs, correct, clusters, settings.draws, settings.seed)


def stage(params: Params) -> str:
    """The `compare` stage: writes the leaderboard (CSV) and metrics.json; returns a line that says what was done."""
    table = [
        (row, estimates(read_scores(SCORES / row.variant / f"{row.dataset}.csv"), params.compare))
        for row in params.runs
    ]
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
