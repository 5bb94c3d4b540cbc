"""Everything that is said of two runs on the same examples: each metric, each tag, which examples changed, and equivalence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from pipelines import moves as moving
from pipelines.comparisons import Equivalence, equivalence
from pipelines.difference import compared
from pipelines.moves import Flips, Shifts, moves
from pipelines.params import Compare, named
from pipelines.quantities import Mean
from pipelines.score_files import Scores, aligned
from pipelines.significance import Pair, Tested, as_text, tested


@dataclass(frozen=True)
class Versus:
    """A less B. `tags` and `equivalence` are of `metric`; p is adjusted over the metrics, and over the tags."""

    metric: str
    metrics: Mapping[str, Tested | None]
    tags: Mapping[str, Tested | None]
    moves: Mapping[str, Flips | Shifts]
    equivalence: Equivalence | None

    def as_values(self) -> dict[str, Any]:
        """What `--json` prints."""
        return asdict(self)


def versus(a: Scores, b: Scores, settings: Compare, metric: str, margin: float | None = None) -> Versus:
    """Compare by everything, by tag in one metric. `margin`: how much worse by that metric would not matter.

    Raises ConfigError where the examples are not the same, and where not both were scored by the metric.
    """
    b = aligned(b, to=a)
    # How often a judge failed says nothing of the systems: it stays out of the family that p is adjusted for.
    quantities = {one.name: one for one in compared(a, b) if not one.name.endswith(".judge_failed")}
    chosen = named(quantities, metric, "metric")
    metrics = tested({name: Pair(one, a, b) for name, one in quantities.items()}, settings)
    labels = sorted({tag for tags in a.columns["tags"] for tag in tags.split()})
    tags = tested({tag: Pair(chosen, a.with_tag(tag), b.with_tag(tag)) for tag in labels}, settings)
    moved = {name: moves(a, b, one) for name, one in quantities.items() if isinstance(one, Mean)}
    same = None if margin is None else equivalence(metrics[metric], margin, chosen.better)
    return Versus(metric, metrics, tags, moved, same)


def versus_as_text(found: Versus, a: str, b: str) -> str:
    """The table of metrics, the examples that changed, the table of tags, and whether a is worse by more than the margin."""
    sections = [f"{a} - {b}\n{as_text(found.metrics, 'metric')}"]
    if found.metric in found.moves:
        others = [
            f"{name} +{len(one.gained)} -{len(one.lost)}"
            for name, one in found.moves.items()
            if isinstance(one, Flips) and name != found.metric and (one.gained or one.lost)
        ]
        more = [f"gained and lost by others: {', '.join(others)}"] if others else []
        sections.append("\n".join([moving.as_text(found.moves[found.metric], found.metric), *more]))
    if found.tags:
        sections.append(f"{found.metric} by tag\n{as_text(found.tags, 'tag')}")
    if found.equivalence:
        sections.append(_equivalence_as_text(found.equivalence, found.metric))
    return "\n\n".join(sections)


def _equivalence_as_text(found: Equivalence, metric: str) -> str:
    words = {True: "yes", False: "no", None: "undecided"}
    reason = f" ({found.reason})" if found.reason else ""
    return (
        f"{metric} not worse by more than {found.margin:g}: {words[found.not_worse]};"
        f" the same within {found.margin:g}: {words[found.equivalent]}{reason}"
    )
