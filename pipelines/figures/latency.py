"""How long does one wait, mostly and at worst?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.lines import Line2D

from pipelines.figures.runs import Looks, Run, about, estimate_row, modelled, note
from pipelines.figures.style import ROW_IN, SOFT, WIDTH_IN, Drawing, Sheet, plain_ticks, styled, tint

TIMES = {"ttft": "Time to first token", "latency": "Whole answer"}
QUANTILES: dict[str, dict[str, Any]] = {
    "p50": {"marker": "o", "markersize": 7},
    "p95": {"marker": "o", "markersize": 6, "markerfacecolor": "white", "markeredgewidth": 1.5},
    "p99": {"marker": "|", "markersize": 9, "markeredgewidth": 2},
}


@styled
def draw(dataset: str, runs: Sequence[Run]) -> Drawing:
    """A panel for the first token and one for the whole answer, on one scale: p50, p95 and p99 of each variant."""
    top_in = Sheet.TOP_IN + 0.3
    sheet = Sheet(top_in + len(runs) * ROW_IN + 0.6, "Latency", about(dataset, runs))
    panels = sheet.rows([run.variant for run in runs], list(TIMES.values()), top_in)
    looks = Looks(runs)
    slowest_s = 0.0
    for time, axes in zip(TIMES, panels, strict=True):
        for place, run in enumerate(runs):
            found = {label: run.figures.get(_name(time, label)) for label in QUANTILES}
            seconds = {label: estimate.value for label, estimate in found.items() if estimate}
            colour = looks.colour(run)
            axes.plot(list(seconds.values()), [place] * len(seconds), color=tint(colour), linewidth=2.4)
            for label, value in seconds.items():
                axes.plot(value, place, color=colour, **QUANTILES[label])
            slowest_s = max(slowest_s, *seconds.values(), 0.0)
        axes.set_xlabel(f"Seconds{modelled(runs)}")
        plain_ticks(axes.xaxis)
    for axes in panels:
        axes.set_xlim(0, slowest_s * 1.06 or 1)
    key = [Line2D([], [], color=SOFT, linestyle="none", label=label, **how) for label, how in QUANTILES.items()]
    sheet.figure.legend(
        handles=key, ncols=3, frameon=False, loc="upper right", handletextpad=0.1, columnspacing=1.2, borderpad=0
    ).set_bbox_to_anchor((1 - 0.15 / WIDTH_IN, 1 - 0.36 / sheet.height_in))
    caption = (
        f"Latency of each variant on {about(dataset, runs)}. Median, 95th and 99th percentile, from the scheduled"
        " arrival on; their intervals are in the table beside this figure."
        f" Colours: {looks.colours_in_words()}. {note(runs)}"
    )
    names = [_name(time, label) for time in TIMES for label in QUANTILES]
    return Drawing(
        f"latency-{dataset}", sheet.figure, [estimate_row(run, name) for name in names for run in runs], caption.strip()
    )


def _name(time: str, quantile: str) -> str:
    return f"{time}_{quantile}_s"
