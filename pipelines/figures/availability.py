"""What each pattern buys under faults, beside what arithmetic says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from matplotlib.lines import Line2D

from pipelines.figures.style import COLOURS, INK, SOFT, WIDTH_IN, Drawing, Sheet, bounds, plain_ticks, styled, tint

if TYPE_CHECKING:
    from pipelines.reliability import Buys
    from pipelines.reliability_spec import Reliability

TITLES = ("Answered by a model", "p95 of answers, s", "Requests to the first, a call")


@styled
def draw(bought: Sequence[Buys], spec: Reliability) -> Drawing:
    """A row a setup: the share answered, the time at p95, the load on the first model; diamonds are the arithmetic."""
    top_in = Sheet.TOP_IN + 0.3
    chances = ", ".join(f"{kind.replace('_', ' ')} {share:g}" for kind, share in spec.schedule.chance.items())
    sheet = Sheet(top_in + len(bought) * 0.36 + 0.6, "Under faults", f"{spec.schedule.calls:,} calls; {chances}")
    panels = sheet.rows([one.setup for one in bought], TITLES, top_in)
    colour = COLOURS["blue"]
    for place, one in enumerate(bought):
        shown = (
            (one.availability, one.predicted.availability),
            (one.p95_s, None),
            (one.asked_first, one.predicted.asked),
        )
        for axes, (estimate, predicted) in zip(panels, shown, strict=True):
            axes.plot(bounds(estimate), [place, place], color=tint(colour), linewidth=5, solid_capstyle="butt")
            axes.plot(estimate.value, place, "o", color=colour, markersize=6)
            if predicted is not None:
                axes.plot(predicted, place, "D", markersize=8, markerfacecolor="none", markeredgecolor=INK)
    lows = [min(bounds(one.availability)[0], one.predicted.availability) for one in bought]
    panels[0].set_xlim(min(lows) - 0.01, 1.003)
    panels[1].set_xlim(0, max(bounds(one.p95_s)[1] for one in bought) * 1.1)
    panels[2].set_xlim(
        min(bounds(one.asked_first)[0] for one in bought) - 0.03,
        max(bounds(one.asked_first)[1] for one in bought) + 0.03,
    )
    for axes in panels:
        plain_ticks(axes.xaxis)
        axes.locator_params(axis="x", nbins=5)
    key = [
        Line2D([], [], color=colour, marker="o", linestyle="none", label="measured, 95 %"),
        Line2D([], [], color=INK, marker="D", linestyle="none", markerfacecolor="none", label="arithmetic"),
    ]
    legend = sheet.figure.legend(
        handles=key, ncols=2, frameon=False, loc="upper right", labelcolor=SOFT, handletextpad=0.1, borderpad=0
    )
    legend.set_bbox_to_anchor((1 - 0.15 / WIDTH_IN, 1 - 0.14 / sheet.height_in))
    caption = (
        f"{spec.schedule.calls:,} calls a setup under seeded faults ({chances} of attempts): the share answered in full by either"
        " model (an apology is none), the 95th percentile of the time to the end of those answers, and requests to the first"
        " model a call. Bars are 95 % bootstrap intervals over calls, diamonds what arithmetic predicts. Only the axis of"
        " seconds starts at 0. Times are modelled; the models stand for no provider."
    )
    return Drawing("availability", sheet.figure, [row(one) for one in bought], caption)


def row(one: Buys) -> dict[str, str | float | None]:
    figures = {
        "availability": one.availability,
        "p95_s": one.p95_s,
        "asked_first": one.asked_first,
        "asked_second": one.asked_second,
    }
    cells: dict[str, str | float | None] = {"setup": one.setup, "n": one.availability.n}
    for name, estimate in figures.items():
        cells |= {name: estimate.value, f"{name}_low": estimate.low, f"{name}_high": estimate.high}
    cells |= {"p95_n": one.p95_s.n, "availability_predicted": one.predicted.availability}
    cells |= {"asked_first_predicted": one.predicted.asked, "formula": one.predicted.formula}
    gained = (one.gain.value, one.gain.low, one.gain.high) if one.gain else (None, None, None)
    cells |= dict(zip(("gain", "gain_low", "gain_high"), gained, strict=True))
    return cells | dict(one.ends)
