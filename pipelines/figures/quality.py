"""How good is each variant, in each sense of the word?"""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.figures.runs import Looks, Run, about, estimate_row
from pipelines.figures.style import FAINT, ROW_IN, SOFT, Drawing, Sheet, plain_ticks, styled, tint

SENSES = {
    "correctness": "Correctness",
    "abstention_accuracy": "Abstention\naccuracy",
    "faithfulness": "Faithfulness",
    "groundedness": "Groundedness",
    "recall@5": "Recall@5",
}


@styled
def draw(dataset: str, runs: Sequence[Run]) -> Drawing:
    """A panel a metric, a row a variant: the mean with its interval, or n/a where the metric does not apply."""
    top_in = Sheet.TOP_IN + 0.42
    sheet = Sheet(top_in + len(runs) * ROW_IN + 0.55, "Quality", about(dataset, runs))
    looks = Looks(runs)
    for name, axes in zip(
        SENSES, sheet.rows([run.variant for run in runs], list(SENSES.values()), top_in), strict=True
    ):
        for place, run in enumerate(runs):
            estimate = run.figures.get(name)
            if estimate is None:
                axes.text(0.5, place, "n/a", color=SOFT, fontsize=8, ha="center", va="center", backgroundcolor="white")
                continue
            if estimate.low is not None and estimate.high is not None:
                axes.plot([estimate.low, estimate.high], [place] * 2, color=tint(looks.colour(run)), linewidth=2.4)
            axes.plot(
                estimate.value, place, looks.marker(run), color=looks.colour(run), markersize=6.5, mec="white", mew=0.7
            )
        axes.set_xlim(-0.05, 1.05)
        axes.set_xticks([0, 0.5, 1])
        axes.set_xlabel(_n(runs, name), color=SOFT, fontsize=8.5)
        axes.grid(axis="y", color=FAINT, linewidth=0.4)
        plain_ticks(axes.xaxis)
    caption = (
        f"Quality of each variant on {about(dataset, runs)}. Means with 95 % cluster-bootstrap intervals."
        " Faithfulness and groundedness are the verdict of the local judge: docs/judges.md says how far to trust it."
        f" Markers: {looks.markers_in_words()}; colours: {looks.colours_in_words()}."
    )
    return Drawing(
        f"quality-{dataset}", sheet.figure, [estimate_row(run, name) for name in SENSES for run in runs], caption
    )


def _n(runs: Sequence[Run], name: str) -> str:
    """`n = 60 to 63`: over how many examples the means are."""
    found = [estimate.n for run in runs if (estimate := run.figures.get(name))]
    if not found:
        return ""
    low, high = min(found), max(found)
    return f"n = {low}" if low == high else f"n = {low} to {high}"
