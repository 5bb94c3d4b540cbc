"""What does recall cost in tokens? Span recall by the tokens that the passages take in the prompt, for each chunk size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, groupby, pairwise
from math import ceil, hypot

from matplotlib.axes import Axes

from pipelines.figures.cells import (
    KEY_IN,
    SIZE,
    about,
    aside,
    bars,
    chosen,
    from_zero,
    in_words,
    key,
    line,
    looks_of_sizes,
    overlap_in_words,
    row,
)
from pipelines.figures.labels import Box, label_points
from pipelines.figures.style import INK, SOFT, WIDTH_IN, Drawing, Sheet, bounds, plain_ticks, styled, tint
from pipelines.stats import Estimate
from pipelines.sweep_table import Cell

FIGURES = ("span_recall", "context_tokens")
AXES_IN, HEIGHT_IN, TOP_IN = 7.9, 4.1, Sheet.TOP_IN + KEY_IN + 0.12
BARS = 3  # stand beside each other where points of several lines meet; the points stay where they belong
LEAST = 2  # times: how far the axis of tokens goes to both sides of a single point


@dataclass(frozen=True)
class Point:
    """A cell in which both were measured."""

    cell: Cell
    recall: Estimate
    tokens: Estimate

    @property
    def xy(self) -> tuple[float, float]:
        return self.tokens.value, self.recall.value


@styled
def draw(dataset: str, cells: Sequence[Cell], retriever: str, overlap: float = 0.0) -> Drawing:
    """A line a chunk size, a point a k: what this retriever finds in chunks with this overlap (a share of the chunk)."""
    shown = chosen(cells, overlap, retriever)
    looks = looks_of_sizes(shown)
    points = list(_points(shown))
    over = about(dataset, [point.recall for point in points])
    made = f"retriever {retriever}; {overlap_in_words(overlap)}"
    sheet = Sheet(TOP_IN + HEIGHT_IN + 0.6, "Recall and the length of the prompt", f"{over}; {made}")
    key(sheet, sheet.TOP_IN, SIZE, looks)
    axes = sheet.axes(WIDTH_IN - AXES_IN - 0.2, TOP_IN, AXES_IN, HEIGHT_IN)
    axes.set_xlabel("Tokens of the retrieved passages in the prompt")
    axes.set_ylabel("Span recall")
    _scale(axes, points)
    places = cycle(aside(axes, min(BARS, len(looks)), BARS * 1.7))
    for (size, look), place in zip(looks.items(), places, strict=False):
        of_size = [point for point in points if point.cell.chunk_tokens == size]
        xs, recalls = [point.tokens.value for point in of_size], [point.recall for point in of_size]
        bars(axes, xs, recalls, look.colour, place)
        for point in of_size:
            axes.plot(bounds(point.tokens), [point.recall.value] * 2, color=tint(look.colour), linewidth=1.6, zorder=2)
        line(axes, xs, recalls, look, axes.transData)
    if points:
        _label(axes, points)
    ks = sorted({point.cell.top_k for point in points})
    counted = f"its points are k = {', '.join(map(str, ks))} from left to right" if len(ks) > 1 else "a point"
    caption = (
        "Span recall (the share of the gold characters that was retrieved) by the tokens that the passages take in the prompt,"
        f" on {over}; {made}. A line a chunk size ({in_words(looks)}); {counted}. Bars are 95 %"
        " cluster-bootstrap intervals, a little beside each other where points of several lines meet."
    )
    return Drawing(f"recall_tokens-{dataset}", sheet.figure, [row(cell, FIGURES) for cell in shown], caption)


def _points(cells: Sequence[Cell]) -> Iterator[Point]:
    for cell in cells:
        recall, tokens = (cell.figures.get(name) for name in FIGURES)
        if recall and tokens and tokens.value > 0:  # the axis is logarithmic
            yield Point(cell, recall, tokens)


def _scale(axes: Axes, points: Sequence[Point]) -> None:
    from_zero(axes, [point.recall for point in points])
    if points:
        axes.set_xscale("log")
        left, right = min(point.tokens.value for point in points), max(point.tokens.value for point in points)
        room = max(1.15, LEAST / (right / left) ** 0.5)
        axes.set_xlim(left / room / (right / left) ** 0.03, right * room * (right / left) ** 0.07)
        plain_ticks(axes.xaxis)


def _label(axes: Axes, points: Sequence[Point]) -> None:
    """The size at the end of each line, and k at the points of the line of the largest chunks: right of it nothing is drawn."""
    lines = [list(of_size) for _, of_size in groupby(points, key=lambda point: point.cell.chunk_tokens)]
    drawn = [box for of_size in lines for box in _covered(axes, of_size)]
    ends = [of_size[-1] for of_size in lines]
    sizes = [str(end.cell.chunk_tokens) for end in ends]
    drawn += label_points(axes, [end.xy for end in ends], sizes, [INK] * len(ends), drawn)
    ks = [f"k = {point.cell.top_k}" if at == 0 else str(point.cell.top_k) for at, point in enumerate(lines[-1])]
    label_points(axes, [point.xy for point in lines[-1]], ks, [SOFT] * len(ks), drawn, 8.5, "normal")


def _covered(axes: Axes, of_size: Sequence[Point]) -> Iterator[Box]:
    """What a line with its points and bars covers, in pixels."""
    half = 3 * axes.figure.dpi / 72
    places = [tuple(place) for place in axes.transData.transform([point.xy for point in of_size])]
    for point, (x, y) in zip(of_size, places, strict=True):
        (_, bottom), (_, top) = axes.transData.transform([(point.tokens.value, end) for end in bounds(point.recall)])
        (left, _), (right, _) = axes.transData.transform([(end, point.recall.value) for end in bounds(point.tokens)])
        yield Box(min(left, x - half), y - half, max(right, x + half), y + half)
        yield Box(x - half, bottom, x + half, top)
    for (x, y), (x2, y2) in pairwise(places):
        steps = ceil(hypot(x2 - x, y2 - y) / (2 * half))
        for step in range(1, steps):
            at, above = x + (x2 - x) * step / steps, y + (y2 - y) * step / steps
            yield Box(at - half, above - half, at + half, above + half)
