"""How well a judge agrees with labels, set by set, and how far its probabilities can be taken at their word."""

from __future__ import annotations

from collections.abc import Mapping

from pipelines.agreement import Agreement
from pipelines.figures.style import COLOURS, FAINT, SOFT, WIDTH_IN, Drawing, Sheet, plain_ticks, styled, tint
from pipelines.stats import Estimate

LOOKS = {"judge": ("blue", "o"), "words": ("orange", "s"), "similar": ("green", "^")}
IN_WORDS = {"judge": "local judge", "words": "overlap of words", "similar": "similarity of sentences"}
PANEL_IN, BETWEEN_IN, LEFT_IN = 1.36, 0.27, 0.55  # a panel, smaller where there are many


@styled
def draw(sets: Mapping[str, tuple[Agreement, Mapping[str, Agreement]]]) -> Drawing:
    """Above, balanced accuracy on each set by judges that never saw it; below, a panel a set: of the texts that got about this
    probability, how many are labelled supported? `sets` gives the judge's agreement and that of its baselines."""
    names = list(sets)
    top_in = Sheet.TOP_IN + 0.32
    below_in = top_in + len(names) * 0.5 + 1.15
    title = "How well the local judge agrees with labels"
    about = "every set scored by a judge that was taught without it; 95 % intervals"
    sheet = Sheet(below_in + PANEL_IN + 0.62, title, about)
    _accuracies(sheet, sets, top_in)
    heading = "Calibration: share that is labelled supported, by the judge's probability"
    sheet.text(LEFT_IN - 0.2, below_in - 0.5, heading, fontsize=9.5, fontweight="bold")
    panel_in = min(PANEL_IN, (WIDTH_IN - LEFT_IN - 0.1 + BETWEEN_IN) / len(names) - BETWEEN_IN)
    for at, name in enumerate(names):
        _curve(sheet, name, sets[name][0], (LEFT_IN + at * (panel_in + BETWEEN_IN), below_in), panel_in)
    caption = (
        "Balanced accuracy (0.5 is chance) of the local judge and of two baselines on labelled texts, each set left"
        " out of what taught them, with 95 % cluster-bootstrap intervals; below, calibration of the judge on the same texts:"
        " the diagonal is perfect, the area of a point is its share of the texts."
    )
    return Drawing("agreement", sheet.figure, _table(sets), caption)


def _accuracies(sheet: Sheet, sets: Mapping[str, tuple[Agreement, Mapping[str, Agreement]]], top_in: float) -> None:
    names = [f"{name}, {judged.n:,} texts" for name, (judged, _) in sets.items()]
    left_in = sheet.width_in(names) + 0.3
    axes = sheet.axes(left_in, top_in, WIDTH_IN - left_in - 2.0, len(names) * 0.5)
    for place, (judged, baselines) in enumerate(sets.values()):
        for offset, (label, one) in enumerate({"judge": judged, **baselines}.items()):
            colour, marker = COLOURS[LOOKS[label][0]], LOOKS[label][1]
            y, estimate = place + (offset - 1) * 0.24, one.balanced_accuracy
            if estimate.low is not None and estimate.high is not None:
                axes.plot([estimate.low, estimate.high], [y, y], color=tint(colour), linewidth=2.4)
            named = IN_WORDS[label] if place == 0 else None
            axes.plot(estimate.value, y, marker, color=colour, markersize=6, mec="white", mew=0.7, label=named)
    axes.axvline(0.5, color=SOFT, linewidth=0.8, linestyle=(0, (3, 2)))
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xlim(0.35, 1.0)
    axes.set_xlabel("balanced accuracy; 0.5 is chance")
    axes.grid(axis="y", visible=False)
    plain_ticks(axes.xaxis)
    axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1.02), frameon=False, fontsize=9)


def _curve(sheet: Sheet, name: str, judged: Agreement, corner_in: tuple[float, float], panel_in: float) -> None:
    """A panel whose upper left corner is here."""
    axes = sheet.axes(*corner_in, panel_in, panel_in)
    size = panel_in / PANEL_IN
    axes.plot([0, 1], [0, 1], color=FAINT, linewidth=1)
    colour = COLOURS[LOOKS["judge"][0]]
    axes.plot([one.probability for one in judged.bins], [one.supported for one in judged.bins], color=tint(colour))
    for one in judged.bins:
        axes.plot(
            one.probability, one.supported, "o", color=colour, markersize=2 + 11 * (one.n / judged.n) ** 0.5, alpha=0.85
        )
    if corner_in[0] == LEFT_IN:  # the first says it for all
        axes.set_ylabel("labelled supported", fontsize=8, labelpad=1)
        axes.set_xlabel("the judge's probability", fontsize=8)
    axes.set_title(f"{name}  (error {judged.calibration_error:.2f})", loc="left", fontsize=8.5 * size)
    axes.set_xlim(-0.03, 1.03)
    axes.set_ylim(-0.03, 1.03)
    axes.set_xticks([0, 0.5, 1])
    axes.set_yticks([0, 0.5, 1], ["0", "0.5", "1"] if corner_in[0] == LEFT_IN else ["", "", ""])
    plain_ticks(axes.xaxis)
    axes.tick_params(labelsize=8)


def _table(sets: Mapping[str, tuple[Agreement, Mapping[str, Agreement]]]) -> list[dict[str, str | float | None]]:
    rows: list[dict[str, str | float | None]] = []
    for name, (judged, baselines) in sets.items():
        for label, one in {"judge": judged, **baselines}.items():
            rows.append(
                {"set": name, "by": label, "n": float(one.n), **_cells("balanced_accuracy", one.balanced_accuracy)}
            )
            rows[-1] |= {**_cells("auroc", one.auroc), "calibration_error": one.calibration_error}
    return rows


def _cells(name: str, estimate: Estimate) -> dict[str, str | float | None]:
    return {name: estimate.value, f"{name}.low": estimate.low, f"{name}.high": estimate.high}
