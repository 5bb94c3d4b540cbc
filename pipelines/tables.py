"""Figures as text that people read: terminal tables and Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tabulate import tabulate

from pipelines.gate import Judged
from pipelines.params import Row
from pipelines.stats import Difference, Estimate


def number(value: float | None, digits: int = 3) -> str:
    """A figure with as many digits as it carries; a dash where there is none."""
    if value is None:
        return "-"
    if value and abs(value) < 0.01:
        return f"{value:.{digits}g}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.{digits}f}"


def interval(low: float | None, high: float | None) -> str:
    """`0.61 to 0.74`; a dash where there is none."""
    return "-" if low is None or high is None else f"{number(low)} to {number(high)}"


def as_text(figures: Mapping[str, Estimate | None]) -> str:
    """A row a figure: value, interval, n."""
    rows = [
        [name, number(one.value), interval(one.low, one.high), one.n] if one else [name, "-", "-", 0]
        for name, one in figures.items()
    ]
    return _set(rows, ["metric", "value", "95 % interval", "n"], "simple", _align(4))


def verdicts_as_text(verdicts: Iterable[Judged], style: str = "simple") -> str:
    """A row a gate: verdict, value, interval, n, and how many would decide."""
    rows = [
        [
            v.verdict,
            v.gate,
            number(v.value),
            interval(v.low, v.high),
            v.n,
            "" if v.needed_n is None else f"about {v.needed_n:,}",
        ]
        for v in verdicts
    ]
    headers = ["verdict", "gate", "value", "95 % interval", "n", "n that would decide"]
    return _set(rows, headers, style, ("left", *_align(5)))


def differences_as_text(found: Mapping[str, Difference | None], a: str, b: str) -> str:
    """A row a metric: the paired difference a - b, its interval, p, and n."""
    rows = [
        [name, f"{one.value:+.4g}", interval(one.low, one.high), f"{one.p:.3f}", one.n]
        for name, one in found.items()
        if one
    ]
    headers = ["metric", "difference", "95 % interval", "p", "n"]
    return f"{a} - {b}\n" + _set(rows, headers, "simple", _align(5))


def leaderboard(board: Sequence[tuple[Row, Mapping[str, Estimate | None]]], style: str = "simple") -> str:
    """The few columns that fit a terminal; results/leaderboard.md has more and leaderboard.csv all."""
    headers = [
        "variant",
        "dataset",
        "correctness",
        "recall@5",
        "faithful",
        "abstention",
        "USD/1,000",
        "p50 s",
        "p95 s",
        "n",
    ]
    rows = []
    for row, figures in board:
        correct = figures.get("correctness")
        cells = [_value(figures.get(name), 2) for name in ("recall@5", "faithfulness", "abstention_accuracy")]
        times = [_value(figures.get(name), 2) for name in ("latency_p50_s", "latency_p95_s")]
        cost = _value(figures.get("cost_usd"), 3, per=1000)
        n = str(correct.n if correct else 0)
        rows.append([row.variant, row.dataset, with_interval(correct), *cells, cost, *times, n])
    return _set(rows, headers, style, ("left", "left", *_align(9)[1:]))


def _value(estimate: Estimate | None, digits: int, per: int = 1) -> str:
    return "-" if estimate is None else number(estimate.value * per, digits)


def markdown(headers: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> str:
    """A GitHub table, the first `left` columns aligned left, the rest right."""
    return _set(rows, headers, "github", ("left",) * left + ("right",) * (len(headers) - left))


def with_interval(estimate: Estimate | None, digits: int = 2) -> str:
    """`0.68 (0.61 to 0.74)` for a table cell."""
    if estimate is None:
        return "-"
    if estimate.low is None or estimate.high is None:
        return number(estimate.value, digits)
    return f"{number(estimate.value, digits)} ({number(estimate.low, digits)} to {number(estimate.high, digits)})"


def _align(columns: int) -> tuple[str, ...]:
    return ("left", *["right"] * (columns - 1))


def _set(rows: Sequence[Sequence[object]], headers: Sequence[str], style: str, columns: Sequence[str]) -> str:
    return str(tabulate(rows, headers, style, disable_numparse=True, colalign=columns))
