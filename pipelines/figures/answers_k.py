"""How many passages should the model read? Correctness and cost by k, for each chunk size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.transforms import Transform

from pipelines.figures.cells import (
    KEY_IN,
    SIZE,
    Look,
    about,
    aside,
    bars,
    chosen,
    in_words,
    key,
    known,
    log_or_from_zero,
    log_places,
    looks_of_sizes,
    overlap_in_words,
    row,
)
from pipelines.figures.style import INK, SOFT, WIDTH_IN, Drawing, Sheet, bounds, plain_ticks, styled
from pipelines.stats import Estimate
from pipelines.sweep_table import Cell

PER = 1000  # answers: the cost of one has too many zeros to be read
FIGURES = ("correctness", "cost_usd", "answer_rate", "input_tokens")
HEIGHT_IN, TOP_IN = 3.7, Sheet.TOP_IN + KEY_IN + 0.33
LEFT_IN, BETWEEN_IN = 0.55, 0.85  # of the panels, with their ticks
BEST: dict[str, Any] = {"markersize": 9, "mec": INK, "mew": 1.3}
OTHER: dict[str, Any] = {"markersize": 5, "mec": "white", "mew": 0.5}
BEYOND = (0, (3, 1.6))  # dashes


@styled
def draw(
    dataset: str, cells: Sequence[Cell], retriever: str, overlap: float = 0.0, modelled: str = "", note: str = ""
) -> Drawing | None:
    """A line a chunk size, for this retriever and chunks with this overlap (a share of the chunk); None where no answer was
    scored. `modelled` is added to the label of the cost, and `note` to the caption, as `runs.modelled` and `runs.note` word it.
    """
    shown = [cell for cell, _ in known(chosen(cells, overlap, retriever), "correctness")]
    if not shown:
        return None
    looks = looks_of_sizes(shown)
    best = {size: _best([cell for cell in shown if cell.chunk_tokens == size]) for size in looks}
    over = about(dataset, [cell.figures["correctness"] for cell in shown])
    made = f"retriever {retriever}; {overlap_in_words(overlap)}"
    sheet = Sheet(TOP_IN + HEIGHT_IN + 0.6, "How many passages", f"{over}; {made}")
    key(sheet, sheet.TOP_IN, SIZE, looks)
    _key_of_marks(sheet)
    correctness = known(shown, "correctness")
    costs = [(cell, _per(estimate)) for cell, estimate in known(shown, "cost_usd") if _whole(cell)]
    width_in = (WIDTH_IN - LEFT_IN - BETWEEN_IN - 0.15) / 2
    left, right = (
        sheet.axes(at_in, TOP_IN, width_in, HEIGHT_IN) for at_in in (LEFT_IN, LEFT_IN + width_in + BETWEEN_IN)
    )
    for axes, points in ((left, correctness), (right, costs)):
        axes.set_xlabel("Passages in the prompt (k)")
        room_pt = log_places(sheet, axes, sorted({cell.top_k for cell in shown}), width_in)
        places = aside(axes, len(looks), room_pt if axes is left else 0)  # costs are far apart as they are
        for (size, look), place in zip(looks.items(), places, strict=True):
            of_size = [(cell.top_k, estimate) for cell, estimate in points if cell.chunk_tokens == size]
            ks, estimates = [k for k, _ in of_size], [estimate for _, estimate in of_size]
            bars(axes, ks, estimates, look.colour, place)
            _line(axes, ks, [estimate.value for estimate in estimates], best[size].top_k, look, place)
    _fit(left, [estimate for _, estimate in correctness])
    logarithmic = log_or_from_zero(right, [estimate for _, estimate in costs])
    right.set_ylabel(f"US${modelled}{', log scale' if logarithmic else ''}")
    for axes, title in ((left, "Correctness"), (right, f"Cost per {PER:,} answers")):
        axes.set_title(title, loc="left", fontsize=9.5, fontweight="bold")
    caption = (
        f"Correctness and cost per answer by the number of passages in the prompt (k), on {over}; {made}. A line a chunk size"
        f" ({in_words(looks)}), in the left panel side by side at each k; bars are 95 % cluster-bootstrap intervals. A large"
        " marker stands at the k with the highest correctness of its chunk size, picked on these very questions: another may be"
        f" as good. Dashed: more passages than that. The axis of correctness does not start at 0. {note}"
    )
    if len(costs) < len(shown):
        caption = f"{caption.strip()} Cost is left out where a price is unknown."
    if not costs:
        right.text(0.5, 0.5, "n/a", color=SOFT, ha="center", transform=right.transAxes)
    table = [row(cell, FIGURES) | {"best_k": "yes" if cell == best[cell.chunk_tokens] else "no"} for cell in shown]
    return Drawing(f"answers_k-{dataset}", sheet.figure, table, caption.strip())


def _best(cells: Sequence[Cell]) -> Cell:
    """The most correct; of equals that with the fewest passages."""
    return max(known(cells, "correctness"), key=lambda point: (point[1].value, -point[0].top_k))[0]


def _whole(cell: Cell) -> bool:
    """The cost of some answers is not the cost of an answer."""
    cost, correctness = cell.figures.get("cost_usd"), cell.figures.get("correctness")
    return cost is not None and correctness is not None and cost.n >= correctness.n


def _per(cost: Estimate) -> Estimate:
    low, high = (bound if bound is None else bound * PER for bound in (cost.low, cost.high))
    return replace(cost, value=cost.value * PER, low=low, high=high)


def _line(axes: Axes, ks: Sequence[int], values: Sequence[float], best: int, look: Look, place: Transform) -> None:
    """Solid up to the best k, dashed beyond it."""
    how: dict[str, Any] = {"color": look.colour, "transform": place, "zorder": 3}
    for part, style in (([k for k in ks if k <= best], "-"), ([k for k in ks if k >= best], BEYOND)):
        axes.plot(part, [values[ks.index(k)] for k in part], linestyle=style, linewidth=1.4, **how)
    for k, value in zip(ks, values, strict=True):
        axes.plot(k, value, look.marker, **how, **(BEST if k == best else OTHER))


def _key_of_marks(sheet: Sheet) -> None:
    marks = [
        Line2D([], [], color=SOFT, marker="o", linestyle="none", label="best k", **BEST),
        Line2D([], [], color=SOFT, linestyle=BEYOND, linewidth=1.4, label="beyond it"),
    ]
    legend = sheet.figure.legend(
        handles=marks, ncols=2, frameon=False, loc="upper right", handlelength=1.8, borderpad=0
    )
    legend.set_bbox_to_anchor((1 - 0.15 / WIDTH_IN, 1 - 0.14 / sheet.height_in))


def _fit(axes: Axes, estimates: Sequence[Estimate]) -> None:
    """Not from 0: how it falls beyond the best k must be seen."""
    low, high = min(bounds(one)[0] for one in estimates), max(bounds(one)[1] for one in estimates)
    room = (high - low or 0.1) * 0.06
    axes.set_ylim(low - room, high + room)
    plain_ticks(axes.yaxis)
