"""Where does each variant fail? Correctness by kind of question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.colors import LinearSegmentedColormap

from pipelines import stats
from pipelines.figures.runs import Run, about
from pipelines.figures.style import COLOURS, ROW_IN, SOFT, WIDTH_IN, Drawing, Sheet, styled
from pipelines.params import Compare
from pipelines.score_files import Scores
from pipelines.stats import Estimate

ALL = "all"
MOST = 8  # tags that there is room for: the commonest; the table has all
HEADING_PT = 9
SHADES = LinearSegmentedColormap.from_list(
    "blues", ["#f3f8fb", COLOURS["sky blue"]]
)  # all light enough for dark letters


@styled
def draw(dataset: str, runs: Sequence[Run], scores: Mapping[str, Scores], settings: Compare) -> Drawing:
    """A row a variant, a column a tag, the commonest first; `scores` by variant."""
    found = {run.variant: correctness_by_tag(scores[run.variant], settings) for run in runs}
    counts = {tag: estimate.n for of_tag in found.values() for tag, estimate in of_tag.items()}
    by_count = sorted(counts, key=lambda tag: (tag != ALL, -counts[tag], tag))
    tags, left_out = by_count[: MOST + 1], by_count[MOST + 1 :]
    top_in = Sheet.TOP_IN + 0.6
    sheet = Sheet(top_in + len(runs) * ROW_IN + 0.15, "Correctness by kind of question", about(dataset, runs))
    left_in = sheet.width_in(list(found)) + 0.3
    axes = sheet.axes(left_in, top_in, WIDTH_IN - left_in - 0.12, len(runs) * ROW_IN)
    values = [[of_tag[tag].value for tag in tags] for of_tag in found.values()]
    axes.pcolormesh(values, cmap=SHADES, vmin=0, vmax=1, edgecolors="white", linewidth=2)
    for down, row in enumerate(values):
        for right, value in enumerate(row):
            axes.text(right + 0.5, down + 0.5, f"{value:.2f}", ha="center", va="center")
    how: dict[str, Any] = {
        "xytext": (0, 5),
        "textcoords": "offset points",
        "ha": "center",
        "va": "bottom",
        "fontsize": HEADING_PT,
    }
    words = [word for tag in tags for word in tag.replace("-", "- ").split()]
    column_in = (WIDTH_IN - left_in - 0.12) / len(tags)
    widest_in = sheet.width_in(words, fontweight="bold", fontsize=HEADING_PT)
    heading_pt = HEADING_PT * min(1.0, 0.94 * column_in / widest_in)
    for right, tag in enumerate(tags):
        axes.annotate(f"n = {counts[tag]}", (right + 0.5, 0), color=SOFT, **how)
        heading = how | {"xytext": (0, 18), "fontsize": heading_pt}
        axes.annotate(tag.replace("-", "-\n"), (right + 0.5, 0), fontweight="bold", **heading)
    axes.set_yticks([down + 0.5 for down in range(len(runs))], list(found))
    axes.set_ylim(len(runs), 0)
    axes.set_xticks([])
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    table = [_row(variant, tag, of_tag[tag]) for variant, of_tag in found.items() for tag in by_count]
    caption = (
        f"Correctness by tag on {about(dataset, runs)}. A question may have several tags. Many n are small: the intervals"
        " are in the table beside this figure."
    )
    if left_out:
        caption += f" Only there, for want of room: {', '.join(left_out)}."
    return Drawing(f"tags-{dataset}", sheet.figure, table, caption)


def correctness_by_tag(scores: Scores, settings: Compare) -> dict[str, Estimate]:
    """The mean correctness of all examples and of those with each tag."""
    members: dict[str, list[int]] = {ALL: list(range(len(scores.columns["tags"])))}
    for place, tags in enumerate(scores.columns["tags"]):
        for tag in tags.split():
            members.setdefault(tag, []).append(place)
    correctness, clusters = scores.columns["correctness"], scores.columns["cluster"]
    found = {
        tag: stats.mean(
            [float(correctness[place]) for place in places],
            [clusters[place] for place in places],
            settings.draws,
            settings.seed,
        )
        for tag, places in members.items()
    }
    return {tag: estimate for tag, estimate in found.items() if estimate}


def _row(variant: str, tag: str, estimate: Estimate) -> dict[str, str | float | None]:
    return {
        "variant": variant,
        "tag": tag,
        "correctness": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "n": estimate.n,
    }
