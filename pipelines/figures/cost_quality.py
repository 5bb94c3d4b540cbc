"""What does quality cost? Each variant by its cost per answer and its correctness, and the front of those worth having."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from matplotlib.axes import Axes

from pipelines.figures.labels import Box, label_points
from pipelines.figures.pareto import front
from pipelines.figures.runs import Looks, Run, about, modelled, note
from pipelines.figures.style import SOFT, WIDTH_IN, Drawing, Sheet, bounds, plain_ticks, styled, tint
from pipelines.stats import Estimate

PER = 1000  # answers: the cost of one has too many zeros to be read
LOG_FROM = 10  # times: costs that span more are drawn on a logarithmic axis
AXES_IN = 7.8  # the width of the frame
LEFT, ABOVE = 0.10, 0.06  # what is added to the span of the data, on these sides


@dataclass(frozen=True)
class Point:
    """A run with a known cost (US$ per `PER` answers) and correctness."""

    run: Run
    cost: Estimate
    correctness: Estimate

    @property
    def xy(self) -> tuple[float, float]:
        return self.cost.value, self.correctness.value

    @property
    def bars(self) -> list[tuple[tuple[float, float], tuple[float, float]]]:
        """The intervals as lines through the point: from (x, y) to (x, y)."""
        x, y = self.xy
        across, up = bounds(self.cost), bounds(self.correctness)
        return [((across[0], y), (across[1], y)), ((x, up[0]), (x, up[1]))]


@styled
def draw(dataset: str, runs: Sequence[Run]) -> Drawing:
    """Variants without a known cost or correctness are left out, and the caption says so."""
    points = [point for run in runs if (point := _point(run))]
    best = [points[place] for place in front([p.cost.value for p in points], [p.correctness.value for p in points])]
    sheet = Sheet(5.5, "Cost and correctness", about(dataset, runs))
    axes = sheet.axes(WIDTH_IN - AXES_IN - 0.2, sheet.TOP_IN, AXES_IN, 4.2)
    axes.set_xlabel(f"Cost per {PER:,} answers (US${modelled(runs)})")
    axes.set_ylabel("Correctness")
    looks = Looks(runs)
    if points:
        label_in = sheet.width_in([point.run.variant for point in points], fontweight="bold") + 0.2
        _scale(axes, points, label_in / AXES_IN)
        steps = _steps(best, axes.get_xlim()[1])
        axes.plot(*zip(*steps, strict=True), color=SOFT, linewidth=1, zorder=2)
        named = axes.annotate("Pareto front", steps[-1], (0, 4), textcoords="offset points", ha="right", color=SOFT)
        for point in points:
            colour = looks.colour(point.run)
            for start, end in point.bars:
                axes.plot(*zip(start, end, strict=True), color=tint(colour), linewidth=1.6, zorder=3)
            axes.plot(*point.xy, looks.marker(point.run), color=colour, markersize=8.5, mec="white", zorder=4)
        _label(axes, points, steps, looks, Box(*named.get_window_extent().extents))
    drawn, on_front = [p.run.variant for p in points], [p.run.variant for p in best]
    caption = (
        f"Cost per answer and correctness on {about(dataset, runs)}. Bars are 95 % cluster-bootstrap intervals. The line is"
        " the Pareto front of the means: for a variant off it, another costs no more and is at least as often right. "
        f"Markers: {looks.markers_in_words()}; colours: {looks.colours_in_words()}. {note(runs)}"
    )
    if left_out := [run.variant for run in runs if run.variant not in drawn]:
        caption += f" Left out, since a price or score is unknown: {', '.join(left_out)}."
    table = [_row(run, run.variant in on_front) for run in runs]
    return Drawing(f"cost_quality-{dataset}", sheet.figure, table, " ".join(caption.split()))


def _point(run: Run) -> Point | None:
    cost, correctness = run.figures.get("cost_usd"), run.figures.get("correctness")
    if cost is None or correctness is None or cost.n < correctness.n:
        return None  # the cost of some answers is not the cost of an answer
    low, high = (bound if bound is None else bound * PER for bound in (cost.low, cost.high))
    return Point(run, Estimate(cost.value * PER, low, high, cost.n, cost.clusters), correctness)


def _scale(axes: Axes, points: Sequence[Point], label: float) -> None:
    """A logarithmic axis for costs that need one, and room for a label, a share of the width, right of the last point."""
    add_right = label * (1 + LEFT) / (1 - label)
    ends = [end for point in points for bar in point.bars for end in bar]
    left, right = min(x for x, _ in ends), max(x for x, _ in ends)
    bottom, top = min(y for _, y in ends), max(y for _, y in ends)
    if left > 0 and right / left > LOG_FROM:
        axes.set_xscale("log")
        axes.set_xlim(left / (right / left) ** LEFT, right * (right / left) ** add_right)
    else:
        span = right - left or right or 1
        axes.set_xlim(left - span * LEFT, right + span * add_right)
    room = (top - bottom or 0.1) * ABOVE
    axes.set_ylim(bottom - room, top + room)
    plain_ticks(axes.xaxis)


def _steps(best: Sequence[Point], right: float) -> list[tuple[float, float]]:
    """The corners of the front: the best correctness that each cost buys."""
    corners = []
    for point, end in zip(best, [*(later.cost.value for later in best[1:]), right], strict=True):
        corners += [point.xy, (end, point.correctness.value)]
    return corners


def _label(axes: Axes, points: Sequence[Point], steps: Sequence[tuple[float, float]], looks: Looks, taken: Box) -> None:
    lines = [bar for point in points for bar in point.bars] + list(pairwise(steps))
    ends = axes.transData.transform([end for line in lines for end in line])
    drawn = [taken] + [
        Box(min(x, x2) - 3, min(y, y2) - 3, max(x, x2) + 3, max(y, y2) + 3)
        for (x, y), (x2, y2) in zip(ends[::2], ends[1::2], strict=True)
    ]
    markers = axes.transData.transform([point.xy for point in points])
    drawn += [Box(x - 10, y - 10, x + 10, y + 10) for x, y in markers]
    label_points(
        axes,
        [point.xy for point in points],
        [point.run.variant for point in points],
        [looks.colour(point.run) for point in points],
        drawn,
    )


def _row(run: Run, on_front: bool) -> dict[str, str | float | None]:
    row: dict[str, str | float | None] = {"variant": run.variant, "system": run.system, "model": run.model}
    for name in ("cost_usd", "correctness"):
        one = run.figures.get(name)
        value, low, high, n = (one.value, one.low, one.high, one.n) if one else (None, None, None, 0)
        row |= {name: value, f"{name}.low": low, f"{name}.high": high, f"{name}.n": n}
    return row | {"on_front": "yes" if on_front else "no"}
