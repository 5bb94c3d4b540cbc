"""The report's section on what other judges say of the same answers, who answered for them, and where they gave no answer."""

from __future__ import annotations

import json
from collections.abc import Sequence

from pipelines import tables
from pipelines.figures.runs import Run
from pipelines.params import Params
from pipelines.paths import JUDGED


def section(dataset: str, runs: Sequence[Run], params: Params) -> str:
    """A row a run, a column a judged metric: the mean with its interval, n where it is not that of the run. Empty where no judge
    is asked."""
    columns = [name for name in params.judge.columns if any(run.figures.get(name) for run in runs)]
    if not columns:
        return ""
    shown: dict[tuple[str, ...], list[str]] = {}
    for column in columns:  # those of one oracle are often the same
        shown.setdefault(tuple(_cell(run, column) for run in runs), []).append(column)
    rows = [[run.variant, *(cells[at] for cells in shown)] for at, run in enumerate(runs)]
    table = tables.markdown(["variant", *(" = ".join(names) for names in shown.values())], rows)
    return f"### What other judges say on {dataset}\n\n{_who(params)} {_failures()}\n\n{table}"


def _cell(run: Run, column: str) -> str:
    """The mean with its interval, and the share of answers that the judge said nothing usable of, where there are such."""
    failed = run.figures.get(f"{column}.judge_failed")
    lost = f"; no verdict on {failed.value:.0%}" if failed and failed.value else ""
    return f"{tables.with_interval(run.figures.get(column), run.n)}{lost}"


def _who(params: Params) -> str:
    said = ", ".join(f"*{name}* is `{json.dumps(one)}`" for name, one in params.judges.items()).replace('"', "")
    return (
        f"{said}. Judges over one oracle agree by construction: that checks the formulas, it does not validate a"
        " judge ([metrics](../docs/metrics.md), [the local judge](../docs/judges.md))."
    )


def _failures() -> str:
    """How often judges gave no usable answer, over all runs, by reason."""
    counted = json.loads((JUDGED / "failures.json").read_text(encoding="utf-8"))
    failed = {
        f"{metric}.{judge}: {count} x {reason}"
        for metric, by in counted.items()
        for judge, one in by.items()
        for reason, count in one["failed"].items()
    }
    return "No usable answer: " + ("; ".join(sorted(failed)) if failed else "never") + "."
