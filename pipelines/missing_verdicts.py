"""Answers of which a judge said nothing usable: a figure without them is one of some of the answers, and no ground for a verdict.

What they were is unknown, so each is taken once for the worst and once for the best there is (bounds on a mean with missing
values, Manski 1989, https://doi.org/10.2307/145818): a verdict that both give stands, any other is undecided.
"""

from __future__ import annotations

from pipelines.quantities import Quantity
from pipelines.score_files import Scores


def missing(figure: Quantity, scores: Scores) -> int:
    """For how many rows the judge of this figure gave no usable answer."""
    return sum(cell == "1" for name in figure.columns for cell in scores.columns.get(_failures_of(name), ()))


def filled(figure: Quantity, scores: Scores, value: float) -> Scores:
    """The scores, with `value` wherever the judge gave none."""
    columns = dict(scores.columns)
    for name in figure.columns:
        if failed := scores.columns.get(_failures_of(name)):
            pairs = zip(scores.columns[name], failed, strict=True)
            columns[name] = [f"{value:g}" if lost == "1" else cell for cell, lost in pairs]
    return Scores(columns)


def _failures_of(column: str) -> str:
    return f"{column}.judge_failed"
