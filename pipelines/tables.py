"""Figures as text that people read: terminal tables and Markdown."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from tabulate import tabulate

from pipelines.params import Row
from pipelines.stats import Estimate


def number(value: float | None, digits: int = 3) -> str:
    """A figure with as many digits as it carries; a dash where there is none."""
    if value is None:
        return "-"
    if value and abs(value) < 0.01:
        return f"{value:.{digits}g}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.{digits}f}"


def interval(low: float | None, high: float | None) -> str:
    """`0.61 to 0.74`; a question mark for a limit that is not known, a dash where both are not."""
    if low is None and high is None:
        return "-"
    return " to ".join("?" if limit is None else number(limit) for limit in (low, high))


def p_value(p: float) -> str:
    """Three digits, and no p that looks like 0: drawn p values have a floor."""
    return "<0.001" if p < 0.0005 else f"{p:.3f}"


def as_text(figures: Mapping[str, Estimate | None]) -> str:
    """A row a figure: value, interval, n."""
    rows = [
        [name, number(one.value), interval(one.low, one.high), one.n] if one else [name, "-", "-", 0]
        for name, one in figures.items()
    ]
    return table(rows, ["metric", "value", "95 % interval", "n"], "simple", align(4))


SHORT = {  # the columns that fit a terminal: figure -> heading, digits, times
    "answer_rate": ("answers", 2, 1),
    "recall@5": ("recall@5", 2, 1),
    "faithfulness": ("faithful", 2, 1),
    "cost_usd": ("USD/1,000", 3, 1000),
    "latency_p50_s": ("p50 s", 2, 1),
    "latency_p95_s": ("p95 s", 2, 1),
}


def leaderboard(board: Sequence[tuple[Row, Mapping[str, Estimate | None]]], style: str = "simple") -> str:
    """The few columns that fit a terminal; results/leaderboard.md has more and leaderboard.csv all. A figure that is not
    over the row's n has its own beside it."""
    rows = []
    for row, figures in board:
        correct = figures.get("correctness")
        n = correct.n if correct else 0
        cells = [_short(figures.get(name), digits, times, n) for name, (_, digits, times) in SHORT.items()]
        rows.append([row.variant, row.dataset, with_interval(correct), *cells, str(n)])
    headers = ["variant", "dataset", "correctness", *(heading for heading, _, _ in SHORT.values()), "n"]
    return table(rows, headers, style, ("left", "left", *align(len(SHORT) + 2)[1:], "right"))


def _short(estimate: Estimate | None, digits: int, times: int, n: int) -> str:
    if estimate is None:
        return "-"
    return number(estimate.value * times, digits) + (f" (n {estimate.n})" if estimate.n != n else "")


def escaped(text: str) -> str:
    """Somebody's text in Markdown, where it shall mean nothing, and call nobody."""
    return re.sub(r"([\\`*_\[\]<|&~])", r"\\\1", " ".join(text.split())).replace("@", "&#64;")


def markdown(headers: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> str:
    """A GitHub table, the first `left` columns aligned left, the rest right."""
    return table(rows, headers, "github", ("left",) * left + ("right",) * (len(headers) - left))


def with_interval(estimate: Estimate | None, n: int | None = None, digits: int = 2) -> str:
    """`0.68 (0.61 to 0.74)` for a table cell, or `0.68 (0.61 to 0.74; n 25)` where its n is not the row's `n`."""
    if estimate is None:
        return "-"
    limits = [one for one in (estimate.low, estimate.high) if one is not None]
    notes = [" to ".join(number(one, digits) for one in limits)] if len(limits) == 2 else []
    notes += [f"n {estimate.n}"] if n not in (None, estimate.n) else []
    return number(estimate.value, digits) + (f" ({'; '.join(notes)})" if notes else "")


def align(columns: int) -> tuple[str, ...]:
    return ("left", *["right"] * (columns - 1))


def table(rows: Sequence[Sequence[object]], headers: Sequence[str], style: str, columns: Sequence[str]) -> str:
    return str(tabulate(rows, headers, style, disable_numparse=True, colalign=columns)) if rows else "none"
