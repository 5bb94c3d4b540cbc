"""What the figures of a sweep have in common: which cells they show, and how these look."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, pairwise
from math import log2
from typing import Any, TypeVar

import matplotlib
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator
from matplotlib.transforms import ScaledTranslation, Transform

from pipelines.figures.style import COLOURS, MARKERS, SOFT, WIDTH_IN, Sheet, bounds, plain_ticks, tint
from pipelines.score_files import SPLIT
from pipelines.stats import Estimate
from pipelines.sweep_table import Cell
from systems.errors import ConfigError, Fault

SIZE = "Chunk size (tokens)"
LIGHTEST = 0.8  # of viridis, which goes from dark to light in greyscale too: beyond it a line is lost on white
KEY_IN = 0.3  # the height of a key
ROOM_IN, LABELS_IN = 0.28, 0.05  # between the frame and the outermost points; between the labels of an axis
ASIDE_PT = 4.5  # from line to line, where there is room for it
SPREAD = 0.6  # of the way to the next place, that what stands side by side may take
LOG_FROM = 10  # times: what spans more is drawn on a logarithmic axis
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Look:
    """How a line is told from the others, in greyscale too."""

    colour: str
    marker: str


def chosen(cells: Sequence[Cell], overlap: float, retriever: str | None = None, top_k: int | None = None) -> list[Cell]:
    """The cells of this overlap (a share of the chunk), retriever and k, by size and k. Raises ConfigError for none."""
    found = [
        cell
        for cell in cells
        if abs(cell.overlap_tokens - overlap * cell.chunk_tokens) < 1  # an eighth of 100 tokens is 12 or 13
        and retriever in (None, cell.retriever)
        and top_k in (None, cell.top_k)
    ]
    if not found:
        wanted = {"overlap": overlap, "retriever": retriever, "top_k": top_k}
        asked = ", ".join(f"{name} {value}" for name, value in wanted.items() if value is not None)
        names = ("chunk_tokens", "overlap_tokens", "retriever", "top_k")
        known = (f"{name} {', '.join(map(str, _values(cells, name)))}" for name in names)
        raise ConfigError(Fault("sweep", f"no cell has {asked}", f"known: {'; '.join(known)}"))
    return sorted(found, key=lambda cell: (cell.chunk_tokens, cell.top_k))


def _values(cells: Sequence[Cell], name: str) -> list[int | str]:
    return sorted({getattr(cell, name) for cell in cells})


def known(cells: Iterable[Cell], figure: str) -> list[tuple[Cell, Estimate]]:
    """The cells in which it was measured, with what it is there."""
    return [(cell, estimate) for cell in cells if (estimate := cell.figures.get(figure))]


def about(dataset: str, estimates: Iterable[Estimate | None]) -> str:
    """`helpdesk, test split, n = 188 to 190`: over how many questions the figures are."""
    found = [estimate.n for estimate in estimates if estimate]
    low, high = min(found, default=0), max(found, default=0)
    return f"{dataset}, {SPLIT} split, n = {low:,}" + ("" if low == high else f" to {high:,}")


def overlap_in_words(overlap: float) -> str:
    return f"chunks overlap by {overlap * 100:.3g} %" if overlap else "chunks do not overlap"


def looks_of_retrievers(cells: Iterable[Cell]) -> dict[str, Look]:
    """Colours that have no order, since retrievers have none."""
    names = dict.fromkeys(cell.retriever for cell in cells)
    return dict(zip(names, map(Look, cycle(COLOURS.values()), cycle(MARKERS.values())), strict=False))


def looks_of_sizes(cells: Iterable[Cell]) -> dict[int, Look]:
    """Colours from dark to light, from the smallest chunk to the largest."""
    sizes = sorted({cell.chunk_tokens for cell in cells})
    shades = [LIGHTEST * at / max(len(sizes) - 1, 1) for at in range(len(sizes))]
    colours = [to_hex(matplotlib.colormaps["viridis"](shade)) for shade in shades]
    return dict(zip(sizes, map(Look, colours, cycle(MARKERS.values())), strict=True))


def in_words(looks: Mapping[Key, Look]) -> str:
    """`circle: bm25, square: dense`."""
    names = {marker: name for name, marker in MARKERS.items()}
    return ", ".join(f"{names[look.marker]}: {name}" for name, look in looks.items())


def key(sheet: Sheet, top_in: float, heading: str, looks: Mapping[Key, Look]) -> None:
    """A row with each line's look and name."""
    sheet.text(0.12, top_in, heading, color=SOFT)
    left_in = 0.12 + sheet.width_in([heading]) + 0.1
    handles = [
        Line2D([], [], color=look.colour, marker=look.marker, mec="white", mew=0.6, markersize=7.5, label=str(name))
        for name, look in looks.items()
    ]
    legend = sheet.figure.legend(
        handles=handles,
        ncols=len(handles),
        frameon=False,
        loc="upper left",
        handlelength=1.8,
        handletextpad=0.5,
        columnspacing=1.4,
        borderpad=0,
        borderaxespad=0,
    )
    legend.set_bbox_to_anchor((left_in / WIDTH_IN, 1 - top_in / sheet.height_in))


def log_places(sheet: Sheet, axes: Axes, values: Sequence[int], width_in: float) -> float:
    """A logarithmic axis with a tick at each value, and its label wherever the next leaves room for it. Returns how many points
    what stands side by side at a value may take."""
    axes.set_xscale("log", base=2)
    doublings = log2(values[-1] / values[0]) or 1.0
    inch = doublings / (width_in - 2 * ROOM_IN)  # in doublings
    axes.set_xlim(values[0] / 2 ** (ROOM_IN * inch), values[-1] * 2 ** (ROOM_IN * inch))
    labels, free = [], float("inf")
    for value in reversed(values):
        half = sheet.width_in([str(value)], fontsize=9) / 2 * inch
        fits = log2(value) + half < free
        labels.append(str(value) if fits else "")
        free = log2(value) - half - LABELS_IN * inch if fits else free
    axes.set_xticks(values, labels[::-1])
    axes.xaxis.set_minor_locator(NullLocator())
    gaps_in = [log2(right / left) / inch for left, right in pairwise(values)]
    return 72 * min([1.6 * ROOM_IN, *(SPREAD * gap for gap in gaps_in)])


def aside(axes: Axes, lines: int, room_pt: float) -> list[Transform]:
    """Where to draw each of several lines, a little beside each other, so that intervals at one place do not hide each other."""
    step_pt = min(ASIDE_PT, room_pt / lines)
    offsets = (step_pt * (at - (lines - 1) / 2) / 72 for at in range(lines))
    return [axes.transData + ScaledTranslation(by, 0, axes.figure.dpi_scale_trans) for by in offsets]


def bars(axes: Axes, xs: Sequence[float], estimates: Sequence[Estimate], colour: str, transform: Transform) -> None:
    """The intervals, upright, below everything else."""
    for x, estimate in zip(xs, estimates, strict=True):
        axes.plot([x, x], bounds(estimate), color=tint(colour), linewidth=1.6, zorder=2, transform=transform)


def line(axes: Axes, xs: Sequence[float], estimates: Sequence[Estimate], look: Look, transform: Transform) -> None:
    """The values, each with its marker."""
    how: dict[str, Any] = {"color": look.colour, "marker": look.marker, "mec": "white", "mew": 0.6}
    values = [estimate.value for estimate in estimates]
    axes.plot(xs, values, linewidth=1.4, markersize=6.5, zorder=3, transform=transform, **how)


def from_zero(axes: Axes, estimates: Iterable[Estimate]) -> None:
    """An axis upwards from 0 that holds all intervals."""
    top = max((bounds(estimate)[1] for estimate in estimates), default=0.0)
    axes.set_ylim(0, top * 1.06 or 1.0)
    plain_ticks(axes.yaxis)


def log_or_from_zero(axes: Axes, estimates: Sequence[Estimate]) -> bool:
    """A logarithmic axis upwards where the values need one; whether they do."""
    values = [estimate.value for estimate in estimates]
    if min(values, default=0.0) <= 0 or max(values) / min(values) <= LOG_FROM:
        from_zero(axes, estimates)
        return False
    axes.set_yscale("log")
    bottom = min(max(low, value / 2) for value, (low, _) in zip(values, map(bounds, estimates), strict=True))
    top = max(high for _, high in map(bounds, estimates))
    room = (top / bottom) ** 0.06
    axes.set_ylim(bottom / room, top * room)
    plain_ticks(axes.yaxis)
    return True


def row(cell: Cell, figures: Sequence[str]) -> dict[str, str | float | None]:
    """A cell as a row of a figure's table."""
    written: dict[str, str | float | None] = {
        "chunk_tokens": cell.chunk_tokens,
        "overlap_tokens": cell.overlap_tokens,
        "retriever": cell.retriever,
        "top_k": cell.top_k,
    }
    for name in figures:
        one = cell.figures.get(name)
        value, low, high, n = (one.value, one.low, one.high, one.n) if one else (None, None, None, 0)
        written |= {name: value, f"{name}.low": low, f"{name}.high": high, f"{name}.n": n}
    return written
