"""The figures of a sweep, by what they were drawn from and what they say; on every grid they can be read."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from math import exp, log2
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text

from pipelines.figures import answers_k, chunk_quality, recall_tokens
from pipelines.figures.cells import looks_of_sizes
from pipelines.figures.labels import Box
from pipelines.figures.style import Drawing
from pipelines.stats import Estimate
from pipelines.sweep_table import Cell
from systems.errors import ConfigError

SIZES, KS = (64, 128, 256, 512, 1024), (1, 2, 3, 5, 10, 20)
SKILL = {"bm25": 0.42, "dense": 0.47, "hybrid": 0.53}
GOLD, N = 55, 188  # tokens of gold; questions


def share(value: float, n: int = N) -> Estimate:
    value = min(max(value, 0.0), 1.0)
    half = 2.2 * (value * (1 - value) / n) ** 0.5
    return Estimate(value, max(value - half, 0.0), min(value + half, 1.0), n, 36)


def amount(value: float, spread: float, n: int = N) -> Estimate:
    return Estimate(value, value * (1 - spread), value * (1 + spread), n, 36)


def cell(size: int, overlap: int, retriever: str, k: int, answered: bool) -> Cell:
    """Something like what a sweep finds: a large chunk is found more easily, holds more of the gold, and more else."""
    whole = size / (size + GOLD / 2) + 0.1 * (overlap > 0) * GOLD / (
        size + GOLD
    )  # of the gold, in the chunks that hold it
    found = 1 - (1 - SKILL[retriever] * (size / 256) ** 0.12) ** (k**0.75)
    recall = whole * found + 0.01 * ((size * 7 + k * 13) % 5 - 2) / 5
    precision = recall * GOLD / (size * k)
    figures: dict[str, Estimate | None] = {
        "span_recall": share(recall),
        "span_precision": amount(precision, 0.13),
        "span_iou": amount(recall * GOLD / (size * k + GOLD - recall * GOLD), 0.14),
        "precision_omega": amount(GOLD / (GOLD + size), 0.07),
        "recall": share(found),
        "ndcg": share(found * 0.85),
        "mrr": share(found * 0.8),
        "context_tokens": amount(size * k * 0.93, 0.02),
        "correctness": None,
        "answer_rate": None,
        "cost_usd": None,
        "input_tokens": None,
    }
    if answered:
        tokens = size * k
        right = 0.12 + 0.72 * recall * exp(-0.09 * max(log2(tokens / 900), 0.0) ** 1.5)
        figures["correctness"] = share(right, 190)
        figures["answer_rate"] = share(0.5 + 0.4 * found, 190)
        figures["cost_usd"] = amount(2.5e-5 + 2.5e-7 * tokens, 0.03, 190)
        figures["input_tokens"] = amount(60 + tokens, 0.02, 190)
    return Cell(size, overlap, retriever, k, figures)


def grid(
    sizes: Sequence[int] = SIZES,
    retrievers: Sequence[str] = tuple(SKILL),
    ks: Sequence[int] = KS,
    answered: bool = True,
) -> list[Cell]:
    return [
        cell(size, overlap, retriever, k, answered and retriever == "hybrid" and overlap == 0)
        for size in sizes
        for overlap in (0, size // 8)
        for retriever in retrievers
        for k in ks
    ]


def only(cells: Sequence[Cell], *kept: str) -> list[Cell]:
    """The cells with these figures alone."""
    return [replace(one, figures={name: one.figures[name] for name in kept}) for one in cells]


def without_intervals(cells: Sequence[Cell]) -> list[Cell]:
    return [
        replace(one, figures={k: v and replace(v, low=None, high=None) for k, v in one.figures.items()})
        for one in cells
    ]


GRIDS = {
    "usual": grid(),
    "one size": grid(sizes=[256]),
    "one retriever": grid(retrievers=["hybrid"]),
    "one k": grid(ks=[5]),
    "one cell": grid(sizes=[256], retrievers=["hybrid"], ks=[5]),
    "eight sizes": grid(sizes=[16, 32, 64, 128, 256, 512, 1024, 2048]),
    "uneven": grid(sizes=[100, 200, 256, 300, 400, 800], ks=[1, 2, 3, 4, 5, 6, 8, 10, 15, 20]),
    "two sizes": grid(sizes=[128, 512]),
    "no intervals": without_intervals(grid()),
    "no recall": only(grid(), "correctness"),
}
NOTE = "Latency of local models is modelled, and they are priced as others: large as gpt-5-mini."


def drawings(cells: Sequence[Cell]) -> list[Drawing]:
    answers = answers_k.draw("mini", cells, "hybrid", modelled=", modelled for local models", note=NOTE)
    found = [chunk_quality.draw("mini", cells), recall_tokens.draw("mini", cells, "hybrid")]
    return [*found, answers] if answers else found


def texts(figure: Figure) -> Iterator[Text]:
    """What is written, but for the ticks."""
    ticks = {label for axes in figure.axes for axis in (axes.xaxis, axes.yaxis) for label in axis.get_ticklabels()}
    for text in figure.findobj(Text):
        if isinstance(text, Text) and text.get_text() and text.get_visible() and text not in ticks:
            yield text


@pytest.mark.parametrize("name", GRIDS)
def test_on_every_grid_nothing_leaves_its_place_and_no_text_covers_another(name: str) -> None:
    for drawing in drawings(GRIDS[name]):
        drawing.figure.draw_without_rendering()
        width, height = drawing.figure.get_size_inches()
        around = drawing.figure.get_tightbbox()
        assert 0 <= around.x0 < around.x1 <= width, drawing.name
        assert 0 <= around.y0 < around.y1 <= height, drawing.name
        for axes in drawing.figure.axes:
            inside = Box(*axes.get_window_extent().extents)
            for label in axes.texts:
                box = Box(*Text.get_window_extent(label).extents)
                assert box.overlap(inside) > 0.98 * box.area, f"{drawing.name}: {label.get_text()!r}"
        boxes = [(one.get_text(), Box(*Text.get_window_extent(one).extents)) for one in texts(drawing.figure)]
        for (one, box), (other, its) in combinations(boxes, 2):
            assert box.overlap(its) < 4, f"{drawing.name}: {one!r} on {other!r}"


def test_colours_of_ordered_sizes_go_from_dark_to_light() -> None:
    colours = [to_rgb(look.colour) for look in looks_of_sizes(GRIDS["eight sizes"]).values()]
    grey = [0.2126 * red + 0.7152 * green + 0.0722 * blue for red, green, blue in colours]
    assert grey == sorted(grey)
    assert grey[-1] < 0.75  # on white


def test_the_caption_says_what_is_drawn() -> None:
    quality, tokens, answers = (drawing.caption for drawing in drawings(grid()))
    assert "the first 5 passages by chunk size, on mini, test split, n = 188; chunks do not overlap" in quality
    assert "(circle: bm25, square: dense, triangle: hybrid)" in quality
    assert "retriever hybrid; chunks do not overlap. A line a chunk size (circle: 64, square: 128," in tokens
    assert "k = 1, 2, 3, 5, 10, 20" in tokens
    assert answers.endswith(NOTE)
    assert all("95 % cluster-bootstrap intervals" in caption for caption in (quality, tokens, answers))


def test_the_table_is_of_the_cells_that_are_drawn() -> None:
    quality, tokens, answers = (drawing.table for drawing in drawings(grid()))
    assert {(row["overlap_tokens"], row["top_k"]) for row in quality} == {(0, 5)}
    assert {(row["overlap_tokens"], row["retriever"]) for row in (*tokens, *answers)} == {(0, "hybrid")}
    assert [len(table) for table in (quality, tokens, answers)] == [15, 30, 30]
    first = grid()[2 * len(KS)].figures["span_recall"]  # of hybrid, k = 1
    assert first
    assert (tokens[0]["span_recall"], tokens[0]["span_recall.low"]) == (first.value, first.low)


def test_an_overlap_is_a_share_of_the_chunk_whatever_its_size() -> None:
    drawing = chunk_quality.draw("mini", grid(sizes=[64, 100]), overlap=0.125)
    assert {(row["chunk_tokens"], row["overlap_tokens"]) for row in drawing.table} == {(64, 8), (100, 12)}
    assert "chunks overlap by 12.5 %" in drawing.caption


def test_a_choice_that_the_sweep_does_not_hold_is_refused_with_those_that_it_holds() -> None:
    with pytest.raises(ConfigError, match=r"no cell has overlap 0\.0, top_k 7; known: .*top_k 1, 2, 3, 5, 10, 20"):
        chunk_quality.draw("mini", grid(), top_k=7)


def test_sizes_are_the_ticks_of_a_logarithmic_axis() -> None:
    axes = chunk_quality.draw("mini", grid(retrievers=["bm25"])).figure.axes[0]
    assert axes.get_xscale() == "log"
    assert [label.get_text() for label in axes.get_xticklabels()] == ["64", "128", "256", "512", "1024"]


def test_of_ticks_that_stand_too_close_some_go_without_a_label() -> None:
    axes = chunk_quality.draw("mini", grid(sizes=[256, 260, 512], retrievers=["bm25"])).figure.axes[0]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["", "260", "512"]


def test_precision_omega_is_dashed_in_the_panel_of_precision_and_nowhere_without_it() -> None:
    def dashed(cells: list[Cell]) -> list[int]:
        panels = chunk_quality.draw("mini", cells).figure.axes
        return [sum(line.get_linestyle() == "--" for line in axes.lines) for axes in panels]

    assert dashed(grid()) == [0, 1, 0]
    assert dashed(only(grid(), "span_recall", "span_precision", "span_iou")) == [0, 0, 0]


def test_a_panel_is_logarithmic_where_its_values_need_it_and_says_so() -> None:
    wide, narrow = (chunk_quality.draw("mini", grid(sizes=sizes)).figure.axes for sizes in (SIZES, [64, 128]))
    assert [(axes.get_yscale(), axes.get_title(loc="left")) for axes in (wide[1], narrow[2])] == [
        ("log", "Span precision (log scale)"),
        ("linear", "Span IoU"),
    ]


def test_an_interval_is_drawn_for_each_point_that_has_one() -> None:
    def upright(cells: list[Cell]) -> int:
        axes = recall_tokens.draw("mini", cells, "hybrid").figure.axes[0]
        ends = [np.asarray(line.get_xydata()) for line in axes.lines]
        return sum(len(xy) == 2 and xy[0, 0] == xy[1, 0] and xy[0, 1] != xy[1, 1] for xy in ends)

    assert upright(grid()) == len(SIZES) * len(KS)
    assert upright(without_intervals(grid())) == 0


def test_without_answers_there_is_no_figure_of_answers() -> None:
    assert answers_k.draw("mini", grid(answered=False), "hybrid") is None
    assert answers_k.draw("mini", grid(), "bm25") is None


def answered(correctness: Sequence[float], n: int = 40) -> list[Cell]:
    return [
        Cell(64, 0, "bm25", k, {"correctness": share(value, 40), "cost_usd": amount(1e-5 * k, 0.1, n)})
        for k, value in zip(KS, correctness, strict=False)
    ]


@pytest.mark.parametrize(
    ("correctness", "best"), [((0.2, 0.5, 0.4), 2), ((0.2, 0.5, 0.5), 2), ((0.2, 0.3, 0.4), 3), ((0.5, 0.3, 0.4), 1)]
)
def test_the_best_k_has_the_highest_correctness_and_of_equals_the_fewest_passages(
    correctness: Sequence[float], best: int
) -> None:
    drawing = answers_k.draw("mini", answered(correctness), "bm25")
    assert drawing
    assert [row["top_k"] for row in drawing.table if row["best_k"] == "yes"] == [best]
    for axes in drawing.figure.axes:
        dashed = [np.asarray(line.get_xdata()).tolist() for line in axes.lines if line.get_linestyle() == "--"]
        assert dashed == [[k for k in (1, 2, 3) if k >= best]]


def test_a_cost_that_is_not_known_for_every_answer_is_not_shown() -> None:
    whole, part = (answers_k.draw("mini", answered([0.2, 0.5], n), "bm25") for n in (40, 39))
    assert whole
    assert part
    assert "unknown" not in whole.caption
    assert part.caption.endswith("Cost is left out where a price is unknown.")
    assert [text.get_text() for text in part.figure.axes[1].texts] == ["n/a"]


def test_what_is_modelled_says_so_on_the_axis_of_costs() -> None:
    drawing = answers_k.draw("mini", answered([0.2, 0.5]), "bm25", modelled=", modelled")
    assert drawing
    assert drawing.figure.axes[1].get_ylabel() == "US$, modelled"
    assert drawing.figure.axes[1].get_title(loc="left") == "Cost per 1,000 answers"


def test_the_same_cells_give_the_same_bytes(tmp_path: Path) -> None:
    for folder in ("first", "second"):
        for drawing in drawings(grid(sizes=[64, 256])):
            drawing.save(tmp_path / folder)
    names = sorted(path.name for path in (tmp_path / "first").iterdir())
    assert len(names) == 9
    for name in names:
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes()
