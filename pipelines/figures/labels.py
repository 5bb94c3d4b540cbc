"""Labels beside points, where they cover neither each other nor what is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from matplotlib.axes import Axes

ROUNDS = 4  # each label looks again for the best place beside all others
DISTANCES_PT = (7, 13, 20, 28, 38)
DIRECTIONS = ((1, 0), (-1, 0), (0.7, 0.7), (0.7, -0.7), (-0.7, 0.7), (-0.7, -0.7), (0, 1), (0, -1))
FAR_PT = 15  # from here on a line leads to the label


class Box(NamedTuple):
    """Left, bottom, right, top, in pixels."""

    left: float
    bottom: float
    right: float
    top: float

    def overlap(self, other: Box) -> float:
        """The area that both cover, in square pixels."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.top, other.top) - max(self.bottom, other.bottom)
        return max(width, 0.0) * max(height, 0.0)

    @property
    def area(self) -> float:
        return (self.right - self.left) * (self.top - self.bottom)


class Candidate(NamedTuple):
    """A place for a label: its box, the offset of its centre from the point in points, and how far it is from the point.
    `leader`: small boxes along the line that leads to it, where it is far."""

    box: Box
    offset_pt: tuple[float, float]
    distance_pt: float
    leader: tuple[Box, ...]

    def overlap(self, other: Candidate) -> float:
        """What the two would cover of each other, the leaders included."""
        crossings = [step.overlap(other.box) for step in self.leader] + [
            step.overlap(self.box) for step in other.leader
        ]
        return self.box.overlap(other.box) + sum(crossings)


def label_points(
    axes: Axes,
    points: Sequence[tuple[float, float]],
    texts: Sequence[str],
    colours: Sequence[str],
    drawn: Sequence[Box],
    fontsize: float = 9.5,
    fontweight: str = "bold",
) -> list[Box]:
    """Write each text beside its point (data coordinates), away from the boxes that are `drawn`; returns the texts' boxes."""
    pt = axes.figure.dpi / 72  # pixels per point
    frame = Box(*axes.get_window_extent().extents)
    choices = []
    for (x, y), text in zip(axes.transData.transform(points), texts, strict=True):
        measured = axes.text(0, 0, text, fontsize=fontsize, fontweight=fontweight)
        extent = measured.get_window_extent()
        measured.remove()
        choices.append(_candidates(x, y, extent.width, extent.height, pt))
    places = [options[0] for options in choices]
    for _ in range(ROUNDS):
        for at, options in enumerate(choices):
            others = places[:at] + places[at + 1 :]
            places[at] = min(options, key=lambda option: _badness(option, others, drawn, frame, pt))
    for point, text, colour, place in zip(points, texts, colours, places, strict=True):
        line = {"arrowstyle": "-", "color": colour, "linewidth": 0.7, "shrinkA": 0, "shrinkB": 3}
        axes.annotate(
            text,
            point,
            place.offset_pt,
            textcoords="offset points",
            ha="center",
            va="center",
            color=colour,
            fontsize=fontsize,
            fontweight=fontweight,
            arrowprops=line if place.leader else None,
        )
    return [place.box for place in places]


def _candidates(x: float, y: float, width: float, height: float, pt: float) -> list[Candidate]:
    """Places around a point, in pixels, nearest first."""
    found = []
    for distance in DISTANCES_PT:
        for right, up in DIRECTIONS:
            dx = right * distance * pt + (right > 0) * width / 2 - (right < 0) * width / 2
            dy = up * distance * pt + (up > 0) * height / 2 - (up < 0) * height / 2
            box = Box(x + dx - width / 2, y + dy - height / 2, x + dx + width / 2, y + dy + height / 2)
            steps = [(x + dx * part / 32, y + dy * part / 32) for part in range(1, 32)] if distance >= FAR_PT else []
            leader = tuple(Box(at - 2, above - 2, at + 2, above + 2) for at, above in steps)
            found.append(Candidate(box, (dx / pt, dy / pt), distance, leader))
    return found


def _badness(option: Candidate, others: Sequence[Candidate], drawn: Sequence[Box], frame: Box, pt: float) -> float:
    """Covering another label or leaving the frame is worst, covering what is drawn next; then nearness counts."""
    outside = option.box.area - option.box.overlap(frame)
    on_labels = sum(option.overlap(other) for other in others)
    on_drawn = sum(option.box.overlap(box) for box in drawn)
    return 100 * (outside + on_labels) + 5 * on_drawn + option.distance_pt * pt
