"""How small a difference do so many examples show? Lines that fall as 1 / √n, with and without a judge in between."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from matplotlib.axes import Axes

from pipelines.figures.labels import Box, label_points
from pipelines.figures.style import COLOURS, MARKERS, SOFT, WIDTH_IN, Drawing, Sheet, plain_ticks, styled, tint
from pipelines.power import POWER, detectable_given, least_clusters, needed_given

LOOKS = tuple(zip(COLOURS.values(), MARKERS.values(), strict=True))
STEPS = 60  # of a line
ALL = 1.0  # no difference of shares is larger
BEYOND = 2.0  # the last n that is drawn, in multiples of the last that is marked
SHADED = "from errors alike for both to independent ones"
AXES_IN, BESIDE_IN = 6.9, 0.95  # the width of the frame, and what is kept to its right


@dataclass(frozen=True)
class Line:
    """A comparison: the standard error `se` of its difference over `clusters` with `n` examples in all. `growth`: how many times
    as many examples it takes for what stands in between, with limits; 1 where nothing does."""

    name: str
    se: float
    n: int
    clusters: int
    growth: float = 1.0
    limits: tuple[float, float] | None = None

    def detectable(self, clusters: int, growth: float) -> float:
        """The least difference that so many clusters like these show."""
        effect = detectable_given(self.se * math.sqrt(growth * self.clusters / clusters), clusters)
        if effect is None:
            raise ValueError(f"{self.name}: {clusters} clusters show nothing: expected {least_clusters()} or more")
        return effect

    def needed(self, effect: float) -> int | None:
        """The examples that show a difference."""
        return needed_given(effect / math.sqrt(self.growth), self.se, self.clusters, self.n).n


@dataclass(frozen=True)
class Point:
    """What `n` examples show. `at`: "now", "needed" for a difference that people care about, or nothing in particular."""

    line: str
    at: str
    clusters: float
    n: float
    difference: float
    low: float
    high: float


@styled
def draw(dataset: str, between: str, lines: Sequence[Line], matters: Sequence[float]) -> Drawing:
    """`between`: what is compared, in words; `matters`: the differences that people care about, each a level line."""
    sheet = Sheet(5.6, "How many examples show a difference?", f"{dataset}, {between}")
    axes = sheet.axes(WIDTH_IN - AXES_IN - BESIDE_IN, sheet.TOP_IN, AXES_IN, 4.3)
    axes.set_xlabel("Examples, as many a cluster as now (log scale)")
    axes.set_ylabel(f"Least true difference found in {POWER:.0%} of cases (log scale)")
    marked = {line: [n for effect in matters if (n := line.needed(effect))] for line in lines}
    last = BEYOND * max(n for line in lines for n in (line.n, *marked[line]))
    points = {line: list(_points(line, marked[line], last)) for line in lines}
    _scale(axes, [point for of_line in points.values() for point in of_line])
    across = _levels(axes, matters)
    for (line, of_line), (colour, marker) in zip(points.items(), LOOKS, strict=False):
        _draw(axes, line, of_line, colour, marker)
    named = sorted(zip(*axes.get_legend_handles_labels(), strict=True), key=lambda one: one[1] == SHADED)
    key = axes.legend(*zip(*named, strict=True), loc="upper right", frameon=False)
    _label(axes, points, [Box(*key.get_window_extent().extents), *across])
    table = [asdict(point) for of_line in points.values() for point in of_line]
    return Drawing(f"sample_size-{dataset}", sheet.figure, table, _caption(dataset, between, lines))


def _levels(axes: Axes, matters: Sequence[float]) -> list[Box]:
    """A level line for each difference, named at its right end; returns what they cover."""
    for effect in matters:
        axes.axhline(effect, color=SOFT, linewidth=0.8, linestyle=(0, (3, 2)), zorder=1)
        end = (axes.get_xlim()[1], effect)
        axes.annotate(
            _in_points(effect), end, (5, 0), textcoords="offset points", va="center", color=SOFT, annotation_clip=False
        )
    frame = Box(*axes.get_window_extent().extents)
    levels = [axes.transData.transform((1, effect))[1] for effect in matters]
    return [Box(frame.left, y - 2, frame.right, y + 2) for y in levels]


def _in_points(effect: float) -> str:
    return f"{100 * effect:.2g} points"


def _points(line: Line, marked: Sequence[int], last: float) -> Iterator[Point]:
    """From the fewest clusters that can show anything to `last` examples; then where the data stands now, unless it shows
    nothing, and what is marked."""
    each, first = line.n / line.clusters, least_clusters()
    times = max(last / each / first, 1.0)
    for clusters in sorted({round(first * times ** (step / STEPS)) for step in range(STEPS + 1)}):
        yield _point(line, "", clusters, clusters * each)
    now = _point(line, "now", line.clusters, line.n)
    if now.difference < ALL:
        yield now
    for n in marked:
        yield _point(line, "needed", round(n / each), n)


def _point(line: Line, at: str, clusters: int, n: float) -> Point:
    value, low, high = (
        line.detectable(clusters, growth) for growth in (line.growth, *(line.limits or [line.growth] * 2))
    )
    return Point(line.name, at, float(clusters), float(n), value, low, high)


def _scale(axes: Axes, points: Sequence[Point]) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(min(point.n for point in points), max(point.n for point in points))
    axes.set_ylim(0.75 * min(point.difference for point in points if point.at), ALL)
    plain_ticks(axes.xaxis)
    plain_ticks(axes.yaxis)


def _draw(axes: Axes, line: Line, points: Sequence[Point], colour: str, marker: str) -> None:
    drawn = [point for point in points if not point.at]
    n = [point.n for point in drawn]
    if line.limits:
        low, high = [point.low for point in drawn], [point.high for point in drawn]
        axes.fill_between(n, low, high, label=SHADED, color=tint(colour), alpha=0.4, linewidth=0, zorder=2)
    axes.plot(n, [point.difference for point in drawn], color=colour, linewidth=1.8, label=line.name, zorder=3)
    for point in points:
        if point.at:
            size = 10 if point.at == "now" else 5
            axes.plot(point.n, point.difference, marker, color=colour, markersize=size, mec="white", mew=0.9, zorder=4)


def _label(axes: Axes, points: dict[Line, list[Point]], drawn: Sequence[Box]) -> None:
    """How many examples, beside each point that is marked; for the data as it is, what it shows."""
    labels = [
        (
            point,
            colour,
            f"{point.n:,.0f}" if point.at == "needed" else f"now: {point.n:,.0f} show {_in_points(point.difference)}",
        )
        for of_line, (colour, _) in zip(points.values(), LOOKS, strict=False)
        for point in of_line
        if point.at
    ]
    lines = [[(point.n, point.difference) for point in of_line if not point.at] for of_line in points.values()]
    pixels = [tuple(xy) for line in lines for xy in axes.transData.transform(line)]
    drawn = [*drawn, *(Box(x - 4, y - 4, x + 4, y + 4) for x, y in pixels)]
    at = [(point.n, point.difference) for point, _, _ in labels]
    label_points(axes, at, [text for _, _, text in labels], [colour for _, colour, _ in labels], drawn, fontsize=8.5)


def _caption(dataset: str, between: str, lines: Sequence[Line]) -> str:
    text = (
        f"The least true difference that a paired comparison shows in {POWER:.0%} of cases (two-sided, p <= 0.05) by the number"
        f" of examples, on {dataset}: {between}. The spread over clusters is taken to stay as it was seen. Large marks: this data"
        " as it is; small ones: where a line meets a difference that people care about, with the examples that it takes."
    )
    if any(line.limits for line in lines):
        text += (
            " Through a judge: by the rule of thumb, that its scores spread as the true ones do; shaded, from errors that are the"
            " same for two answers that are both right or both wrong to errors that are independent."
        )
    return text
