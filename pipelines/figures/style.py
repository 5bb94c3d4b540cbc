"""How every figure looks, and how it is written: one style, one page width, the same bytes for the same numbers."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps
from io import BytesIO
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import matplotlib.style
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from pipelines.stats import Estimate

WIDTH_IN, DPI = 8.75, 160  # 1400 px, which a README shows at about 800
ROW_IN, GAP_IN = 0.36, 0.22  # of panels that share one row a variant
INK, SOFT, FAINT = "#1f1f1f", "#666666", "#dddddd"
# Okabe and Ito, "Color Universal Design" (2008), without black and yellow: told apart by colour-blind readers too.
COLOURS = {
    "blue": "#0072b2",
    "vermilion": "#d55e00",
    "green": "#009e73",
    "purple": "#cc79a7",
    "orange": "#e69f00",
    "sky blue": "#56b4e9",
}
MARKERS = {"circle": "o", "square": "s", "triangle": "^", "diamond": "D", "cross": "X", "pentagon": "p"}
STYLE: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "text.color": INK,
    "axes.edgecolor": SOFT,
    "axes.labelcolor": INK,
    "axes.labelsize": 9.5,
    "axes.linewidth": 0.8,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": FAINT,
    "grid.linewidth": 0.6,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9.5,
    "xtick.major.size": 3,
    "ytick.major.size": 0,
    "figure.dpi": DPI,
    "savefig.dpi": DPI,
    "text.parse_math": False,  # a dollar is a dollar
    "svg.fonttype": "path",  # the same letters wherever it is looked at
    "svg.hashsalt": "archbench",
}
Args = ParamSpec("Args")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Drawing:
    """A figure, the table that it was drawn from, and what made it, in words. Notebooks show it as it is."""

    name: str
    figure: Figure = field(repr=False)
    table: Sequence[Mapping[str, str | float | None]] = field(repr=False)
    caption: str

    def save(self, folder: Path) -> None:
        """Write `name`.png, .svg and .csv."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{self.name}.png").write_bytes(self._repr_png_())
        with matplotlib.style.context(["default", STYLE]):
            self.figure.savefig(folder / f"{self.name}.svg", metadata={"Date": None, "Creator": None})
        with (folder / f"{self.name}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(self.table[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows({key: _cell(value) for key, value in row.items()} for row in self.table)

    def _repr_png_(self) -> bytes:
        out = BytesIO()
        with matplotlib.style.context(["default", STYLE]):
            self.figure.savefig(out, format="png", metadata={"Software": None})
        return out.getvalue()


def _cell(value: str | float | None) -> str:
    return "" if value is None else value if isinstance(value, str) else f"{value:.6g}"


def bounds(estimate: Estimate) -> tuple[float, float]:
    """The interval; the value in place of a limit that there is not."""
    low, high = estimate.low, estimate.high
    return estimate.value if low is None else low, estimate.value if high is None else high


def tint(colour: str) -> str:
    """A light version of a colour, for intervals: opaque, so that what lies below does not shine through."""
    red, green, blue = (0.45 * channel + 0.55 for channel in to_rgb(colour))
    return to_hex((red, green, blue))


def styled(draw: Callable[Args, Result]) -> Callable[Args, Result]:
    """Draw in this style, whatever the reader's own settings are."""

    @wraps(draw)
    def drawn(*args: Args.args, **kwargs: Args.kwargs) -> Result:
        with matplotlib.style.context(["default", STYLE]):
            return draw(*args, **kwargs)

    return drawn


def plain_ticks(axis: Axis) -> None:
    """Numbers as people write them: 0.05, not 5e-2; on a logarithmic axis at 1, 2 and 5."""
    if axis.get_scale() == "log":
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.set_minor_formatter(NullFormatter())
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))


class Sheet:
    """A page of the common width with a title and a line below it. Axes are placed in inches from the left and the top."""

    TOP_IN = 0.72  # title and subtitle

    def __init__(self, height_in: float, title: str, subtitle: str) -> None:
        self.height_in = height_in
        self.figure = Figure(figsize=(WIDTH_IN, height_in))
        self.text(0.12, 0.17, title, fontsize=12.5, fontweight="bold")
        self.text(0.12, 0.43, subtitle, color=SOFT)

    def text(self, x_in: float, y_in: float, text: str, **how: Any) -> None:
        """Text whose upper left corner is here."""
        self.figure.text(x_in / WIDTH_IN, 1 - y_in / self.height_in, text, **{"va": "top", **how})

    def axes(self, left_in: float, top_in: float, width_in: float, height_in: float) -> Axes:
        bottom_in = self.height_in - top_in - height_in
        place = (left_in / WIDTH_IN, bottom_in / self.height_in, width_in / WIDTH_IN, height_in / self.height_in)
        return self.figure.add_axes(place)

    def rows(self, names: Sequence[str], titles: Sequence[str], top_in: float) -> list[Axes]:
        """Panels side by side that share one row a name, the first name on top, down to the foot of the page."""
        left_in = self.width_in(names) + 0.3
        width_in = (WIDTH_IN - left_in - 0.15 + GAP_IN) / len(titles) - GAP_IN
        panels = []
        for at, title in enumerate(titles):
            axes = self.axes(left_in + at * (width_in + GAP_IN), top_in, width_in, len(names) * ROW_IN)
            axes.set_yticks(range(len(names)), names if at == 0 else [""] * len(names))
            axes.set_ylim(len(names) - 0.5, -0.5)
            axes.set_title(title, loc="left", fontsize=9.5, fontweight="bold")
            axes.spines["left"].set_visible(False)
            panels.append(axes)
        return panels

    def width_in(self, texts: Sequence[str], **how: Any) -> float:
        """The inches that the longest of these texts takes."""
        found = [self.figure.text(0, 0, text, **how) for text in texts]
        widths = [one.get_window_extent().width / self.figure.dpi for one in found]
        for one in found:
            one.remove()
        return max(widths, default=0.0)
