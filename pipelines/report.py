"""From tables to pages: the leaderboard, the figures, and a report that holds them together with what made them.

It says what was measured and draws no conclusion.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Literal

from pipelines import against_baseline, data, gate_section, judged_section, sweep_page, tables
from pipelines.compare import read_leaderboard
from pipelines.descriptions import changes, one_line
from pipelines.difference import differences
from pipelines.figures import cost_quality, latency, quality, tags
from pipelines.figures.runs import Run, about, note, runs_on
from pipelines.figures.style import Drawing
from pipelines.params import IndexSpec, Params, Row, Sweep
from pipelines.paths import RESULTS, SWEEP
from pipelines.score_files import SPLIT, run_scores
from pipelines.stats import Estimate
from pipelines.sweep_choice import read_choices
from pipelines.sweep_table import read_table

FIGURES = RESULTS / "figures"
PER = 1000  # answers: the cost of one has too many zeros to be read
HOW_TO_READ = f"""
- Every figure is a mean or a quantile over the {SPLIT} split, of every question that was asked: a failed request is in it, with
  the worst score in quality and what was spent until the failure in cost and latency. `n` is over how many questions; where a
  metric does not apply to a question (recall, where there is nothing to be found), that question is not in `n`.
- Intervals are 95 %, by cluster bootstrap: questions about one document rise and fall together, so they are drawn together.
- Correctness asks whether an answer holds a reference string, or abstains where there is nothing to answer. Faithfulness
  (claims that the retrieved passages support) and groundedness (claims that the gold passages support) are the verdict of
  the local judge, which reads words and vectors, not logic; how well it agrees with labels: [judges](../docs/judges.md).
- Where a model is local, its latency is modelled and its cost is that of another model; how, and what these models can and
  cannot do, is in [local models](../docs/local-models.md). They prove the machinery, not architectures: which architecture is
  better is a question for runs on real models.
"""


@dataclass(frozen=True)
class Column:
    """A column of the leaderboard: a figure, how it is headed and written, and which end of it is best."""

    figure: str
    heading: str
    best: Literal["highest", "lowest"] = "highest"
    times: int = 1
    interval: bool = False

    def cell(self, estimate: Estimate | None, n: int) -> str:
        """The figure; its own n where it is not that of the row."""
        if estimate is None:
            return "-"
        if self.interval:
            return tables.with_interval(estimate, n)
        return tables.number(estimate.value * self.times, 3)

    def bests(self, estimates: Sequence[Estimate | None]) -> set[float]:
        """The best value, unless all are equal."""
        values = {estimate.value for estimate in estimates if estimate}
        return {max(values) if self.best == "highest" else min(values)} if len(values) > 1 else set()


COLUMNS = (
    Column("correctness", "correctness", interval=True),
    Column("answer_rate", "answers the answerable", interval=True),
    Column("abstention_recall", "abstains from the rest", interval=True),
    Column("faithfulness", "faithfulness", interval=True),
    Column("recall@5", "recall@5", interval=True),
    Column("cost_usd", "USD per 1,000 answers", "lowest", PER),
    Column("cost_per_correct_usd", "USD per 1,000 correct answers", "lowest", PER),
    Column("latency_p50_s", "latency p50, s", "lowest"),
    Column("latency_p95_s", "p95, s", "lowest"),
    Column("ttft_p50_s", "TTFT p50, s", "lowest"),
    Column("failed", "failed", "lowest"),
)


def stage(params: Params) -> str:
    """The `report` stage: returns a line that says what was done."""
    board = read_leaderboard()
    on = {
        dataset: runs_on(dataset, board, params.variants) for dataset in dict.fromkeys(row.dataset for row, _ in board)
    }
    pages = {dataset: leaderboard(dataset, runs) for dataset, runs in on.items()}
    _write(RESULTS / "leaderboard.md", ["# Leaderboard", *pages.values()])
    sections = [
        "# Report",
        "Written by `archbench stage report` from what is in this folder. Do not edit: `dvc repro` writes it anew.",
        what_was_run(params),
    ]
    drawings = 0
    for dataset, runs in on.items():
        drawn = draw(dataset, runs, params)
        drawings += len(drawn)
        sections += [pages[dataset], *(_shown(drawing) for drawing in drawn)]
        sections += [judged_section.section(dataset, runs, params)]
        sections += [against_baseline.section(dataset, params), what_changes_buy(dataset, params)]
    if params.sweep:
        section, drawn = sweep_section(params.sweep)
        drawings += len(drawn)
        sections.append(section)
    sections += ["## Gates", gate_section.section(params.gates), "## How to read this", HOW_TO_READ]
    _write(RESULTS / "report.md", sections)
    return f"{RESULTS}/report.md: {len(board)} runs, {drawings} figures"


def _write(path: Path, sections: Sequence[str]) -> None:
    path.write_text("\n\n".join(section.strip("\n") for section in sections if section) + "\n", encoding="utf-8")


def leaderboard(dataset: str, runs: Sequence[Run]) -> str:
    """A section: a row a run, the best of each column in bold, and what the figures are."""
    columns = [column for column in COLUMNS if any(run.figures.get(column.figure) for run in runs)]
    best = {column: column.bests([run.figures.get(column.figure) for run in runs]) for column in columns}
    rows = []
    for run in runs:
        cells = []
        for column in columns:
            estimate = run.figures.get(column.figure)
            cell = column.cell(estimate, run.n)
            cells.append(f"**{cell}**" if estimate and estimate.value in best[column] else cell)
        rows.append([run.variant, *cells, str(run.n)])
    table = tables.markdown(["variant", *(column.heading for column in columns), "n"], rows)
    notes = (
        f"On {about(dataset, runs)}; 95 % intervals by cluster bootstrap, with n where a figure is not of all questions;"
        " the best of each column in bold, whether or not it can be told from the next. Faithfulness is the verdict of the"
        " local judge ([how far to trust it](../docs/judges.md))."
        f" {note(runs)} Every figure with its interval and n is in [leaderboard.csv](leaderboard.csv)."
    )
    return f"## {dataset}\n\n{table}\n\n{' '.join(notes.split())}"


def what_was_run(params: Params) -> str:
    """The datasets with version and size, the variants and the indexes as they are described."""
    datasets = []
    for name in dict.fromkeys(row.dataset for row in params.runs):
        source = params.datasets[name]
        dataset = data.read(source.format, source.path)
        tested = sum(example.split == SPLIT for example in dataset.examples)
        cells = (str(dataset.card["version"]), len(dataset.documents), tested, len(dataset.examples) - tested)
        datasets.append([name, *(cell if isinstance(cell, str) else f"{cell:,}" for cell in cells)])
    variants = [f"- **{name}**: `{one_line(params.variants[name])}`" for name in _used(params, "variant")]
    indexes = [f"- **{name}**: {_index(params.indexes[name])}" for name in _used(params, "index")]
    return "\n\n".join(
        [
            "## What was run",
            tables.markdown(["dataset", "version", "documents", f"questions, {SPLIT}", "other questions"], datasets),
            "Variants:",
            "\n".join(variants),
            "Indexes:",
            "\n".join(indexes),
        ]
    )


def _used(params: Params, field: Literal["variant", "index"]) -> list[str]:
    return list(dict.fromkeys(getattr(row, field) for row in params.runs))


def _index(spec: IndexSpec) -> str:
    if not spec.chunker:
        return f"{spec.dataset}, nothing to search"
    return f"{spec.dataset}, cut by `{one_line(spec.chunker)}`, embedded by `{one_line(spec.embedder)}`" + (
        f", searched by `{one_line(spec.ann)}`" if spec.ann else ""
    )


def draw(dataset: str, runs: Sequence[Run], params: Params) -> list[Drawing]:
    """Every figure of a dataset, written to `results/figures`."""
    drawings = [cost_quality.draw(dataset, runs), quality.draw(dataset, runs), latency.draw(dataset, runs)]
    scores = {run.variant: run_scores(run.variant, dataset) for run in runs}
    if all("correctness" in of_run.metrics and any(of_run.columns["tags"]) for of_run in scores.values()):
        drawings.append(tags.draw(dataset, runs, scores, params.compare))
    for drawing in drawings:
        drawing.save(FIGURES)
    return drawings


def sweep_section(spec: Sweep) -> tuple[str, list[Drawing]]:
    """The sweep's tables and pictures, and the pictures, which are written to `results/figures`."""
    table, found = SWEEP / f"{spec.dataset}.csv", SWEEP / f"{spec.dataset}.json"
    drawings = sweep_page.draw_all(spec.dataset, spec, read_table(table))
    for drawing in drawings:
        drawing.save(FIGURES)
    shown = [_shown(drawing) for drawing in drawings]
    return sweep_page.section(spec.dataset, read_choices(data.made(found)), shown), drawings


def _shown(drawing: Drawing) -> str:
    return f"![{drawing.caption.partition('. ')[0]}](figures/{drawing.name}.png)\n\n*{drawing.caption}*"


def what_changes_buy(dataset: str, params: Params) -> str:
    """A row a pair of runs that differ in one thing: what it does to correctness and to cost, question by question."""
    rows = []
    for a, b in combinations([row for row in params.runs if row.dataset == dataset], 2):
        if change := what_changed(a, b, params):
            of_b, of_a = (run_scores(row.variant, row.dataset) for row in (b, a))
            found = differences(of_b, of_a, params.compare)
            correctness = found.get("correctness")
            rows.append(
                [
                    change,
                    a.variant,
                    b.variant,
                    against_baseline.signed(correctness),
                    tables.p_value(correctness.p) if correctness else "-",
                    against_baseline.signed(found.get("cost_usd"), PER, 3),
                    str(correctness.n) if correctness else "0",
                ]
            )
    if not rows:
        return ""
    headers = ["change", "from", "to", "correctness", "p", "USD per 1,000 answers", "n"]
    note = (
        f"### What each change buys on {dataset}\n\nPairs of runs whose variants differ in one place, compared question by"
        " question: the mean difference with its 95 % cluster-bootstrap interval, and the p value of a sign-flip test. Of"
        " twenty such intervals about one misses the truth by chance, and with few questions that differ an interval can leave"
        " out 0 where p says that chance would do: trust the more cautious of the two."
    )
    return f"{note}\n\n{tables.markdown(headers, rows, left=3)}"


def what_changed(a: Row, b: Row, params: Params) -> str | None:
    """The one difference between two runs' variants, with that of the indexes that they search; None when there are more."""
    found = changes(params.variants[a.variant], params.variants[b.variant])
    if len(found) > 1:
        return None
    of_a, of_b = params.indexes[a.index], params.indexes[b.index]
    if of_a.chunker and of_b.chunker and of_a != of_b:
        found.append(f"index: {a.index} → {b.index}")
    return "; ".join(found) or None
