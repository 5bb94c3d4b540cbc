"""How large should a chunk be? How much of the gold is retrieved, and how much else, by chunk size."""

from __future__ import annotations

from collections.abc import Sequence

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
    known,
    line,
    log_or_from_zero,
    log_places,
    looks_of_retrievers,
    overlap_in_words,
    row,
)
from pipelines.figures.style import FAINT, SOFT, WIDTH_IN, Drawing, Sheet, bounds, styled
from pipelines.stats import Estimate
from pipelines.sweep_table import Cell

PANELS = {"span_recall": "Span recall", "span_precision": "Span precision", "span_iou": "Span IoU"}
IDEAL = "precision_omega"
TICKS_IN, HEIGHT_IN = 0.55, 2.9  # left of each panel; of the panels


@styled
def draw(dataset: str, cells: Sequence[Cell], top_k: int = 5, overlap: float = 0.0) -> Drawing:
    """A panel a figure, a line a retriever: the first `top_k` passages, of chunks with this overlap (a share of the chunk)."""
    shown = chosen(cells, overlap, top_k=top_k)
    looks = looks_of_retrievers(shown)
    sizes = sorted({cell.chunk_tokens for cell in shown})
    over = about(dataset, [cell.figures.get(name) for cell in shown for name in PANELS])
    passages = "the first passage" if top_k == 1 else f"the first {top_k} passages"
    sheet = Sheet(5.05, "Chunk size and retrieval", f"{over}; {passages}; {overlap_in_words(overlap)}")
    key(sheet, sheet.TOP_IN, "Retriever", looks)
    width_in = (WIDTH_IN - 0.15) / len(PANELS) - TICKS_IN
    for at, (name, title) in enumerate(PANELS.items()):
        left_in = TICKS_IN + at * (TICKS_IN + width_in)
        axes = sheet.axes(left_in, sheet.TOP_IN + KEY_IN + 0.33, width_in, HEIGHT_IN)
        axes.set_xlabel(SIZE)
        room_pt = log_places(sheet, axes, sizes, width_in)
        for (retriever, look), place in zip(looks.items(), aside(axes, len(looks), room_pt), strict=True):
            points = known([cell for cell in shown if cell.retriever == retriever], name)
            xs, estimates = [cell.chunk_tokens for cell, _ in points], [estimate for _, estimate in points]
            bars(axes, xs, estimates, look.colour, place)
            line(axes, xs, estimates, look, place)
        drawn = [estimate for _, estimate in known(shown, name)]
        if name == "span_recall":
            from_zero(axes, drawn)
        else:
            ideal = _draw_ideal(axes, shown) if name == "span_precision" else []
            title += " (log scale)" if log_or_from_zero(axes, drawn + ideal) else ""
        axes.set_title(title, loc="left", fontsize=9.5, fontweight="bold")
    caption = (
        f"Span recall, precision and IoU of {passages} by chunk size, on {over}; {overlap_in_words(overlap)}. Of the"
        " characters, recall is the share of the gold that was retrieved, precision the share of the retrieved that is gold,"
        " IoU what is both over what is either. A line a retriever"
        f" ({in_words(looks)}), side by side at each size; bars are 95 % cluster-bootstrap intervals."
    )
    if known(shown, IDEAL):
        caption += (
            " Dashed, with its interval: precision-omega, the precision of a retriever that finds every chunk that holds a"
            " gold character and no other."
        )
    table = [row(cell, [*PANELS, IDEAL]) for cell in shown]
    return Drawing(f"chunk_quality-{dataset}", sheet.figure, table, caption)


def _draw_ideal(axes: Axes, shown: Sequence[Cell]) -> list[Estimate]:
    """Below the lines of the retrievers, whatever these are: it depends on the cutting alone."""
    ideal = {cell.chunk_tokens: estimate for cell, estimate in known(shown, IDEAL)}
    if ideal:
        sizes, estimates = list(ideal), list(ideal.values())
        lows, highs = zip(*map(bounds, estimates), strict=True)
        axes.fill_between(sizes, lows, highs, color=FAINT, linewidth=0, zorder=1)
        axes.plot(sizes, [one.value for one in estimates], ".--", color=SOFT, linewidth=1.2, zorder=2)
        at = (len(sizes) - 1) // 3  # where there is room to the right, above a line that falls
        place = sizes[at], estimates[at].value
        axes.annotate("precision-omega", place, (8, 1), textcoords="offset points", color=SOFT, fontsize=9)
    return list(ideal.values())
