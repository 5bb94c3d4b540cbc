"""An outage of the first model: what users see, minute by minute."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.patches import Patch

from pipelines.figures.style import COLOURS, FAINT, SOFT, WIDTH_IN, Drawing, Sheet, plain_ticks, styled

if TYPE_CHECKING:
    from pipelines.reliability import Minute
    from pipelines.reliability_spec import Reliability

LOOKS = {  # end: what the key calls it, colour
    "first": ("first model", COLOURS["blue"]),
    "second": ("second model", COLOURS["sky blue"]),
    "apology": ("apology", COLOURS["orange"]),
    "failed": ("failed", COLOURS["vermilion"]),
}
SHARE_IN, TIME_IN, LEFT_IN, GAP_IN = 2.0, 1.3, 0.62, 0.25
NAMES = {"all": "+ retry, breaker, fallback"}


@styled
def draw(minutes: Sequence[Minute], spec: Reliability) -> Drawing:
    """A column a setup: above, who answered those who came in each minute; below, their p95."""
    plan = spec.outage
    setups = list(dict.fromkeys(one.setup for one in minutes))
    top_in = Sheet.TOP_IN + 0.62
    below_in = top_in + SHARE_IN + 0.25
    to_min = plan.from_min + plan.for_min
    what = f"minute {plan.from_min:g} to {to_min:g}, {plan.arrivals_per_s:g} calls a second"
    sheet = Sheet(below_in + TIME_IN + 0.6, "The first model is down", what)
    width_in = (WIDTH_IN - LEFT_IN - 0.15 + GAP_IN) / len(setups) - GAP_IN
    slowest_s = max(one.p95_s for one in minutes)
    for at, setup in enumerate(setups):
        left_in = LEFT_IN + at * (width_in + GAP_IN)
        here = [one for one in minutes if one.setup == setup]
        shares = sheet.axes(left_in, top_in, width_in, SHARE_IN)
        shares.set_title(NAMES.get(setup, setup), loc="left", fontsize=9.5, fontweight="bold")
        _stack(shares, here)
        times = sheet.axes(left_in, below_in, width_in, TIME_IN)
        times.axvspan(plan.from_min, to_min, color=FAINT, linewidth=0)
        times.step([*(one.minute for one in here), here[-1].minute + 1], [*(one.p95_s for one in here), here[-1].p95_s],
                   where="post", color=COLOURS["blue"], linewidth=1.8)  # fmt: skip
        times.set_ylim(0, slowest_s * 1.1)
        times.set_xlabel("Minute of arrival")
        for axes in (shares, times):
            axes.set_xlim(0, plan.until_min)
            axes.locator_params(axis="x", nbins=6, integer=True)
            plain_ticks(axes.yaxis)
            if at:
                axes.set_yticklabels([])
            elif axes is shares:
                axes.set_ylabel("Share of calls")
            else:
                axes.set_ylabel("p95, s")
        shares.set_xticklabels([])
    key = [Patch(color=colour, label=label) for label, colour in LOOKS.values()]
    legend = sheet.figure.legend(handles=key, ncols=4, frameon=False, loc="upper left", labelcolor=SOFT, borderpad=0)
    legend.set_bbox_to_anchor((0.12 / WIDTH_IN, 1 - 0.72 / sheet.height_in))
    caption = (
        f"An outage of the first model ({what}; faults of the usual chances before, after and around the second model). Above,"
        " who answered those who arrived in each minute; below, the 95th percentile of the time until they had an answer, an"
        " apology or a failure, the outage shaded. Times are modelled; the models stand for no provider."
    )
    return Drawing("outage", sheet.figure, [row(one) for one in minutes], caption)


def _stack(axes: Axes, minutes: Sequence[Minute]) -> None:
    at = [one.minute + 0.5 for one in minutes]
    floor = [0.0] * len(minutes)
    for end, (_, colour) in LOOKS.items():
        height = [one.ends[end] / one.n for one in minutes]
        axes.bar(at, height, 0.92, floor, color=colour, linewidth=0)
        floor = [low + more for low, more in zip(floor, height, strict=True)]
    axes.set_ylim(0, 1)


def row(one: Minute) -> dict[str, str | float | None]:
    return {
        "setup": one.setup,
        "minute": one.minute,
        "n": one.n,
        **one.ends,
        "p95_s": one.p95_s,
        "asked_first": one.asked_first,
    }
