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
from pipelines.quantities import Mean, Quantity
from pipelines.score_files import Scores, aligned
from pipelines.significance import Pair, Tested, as_text, tested
from pipelines.stats import Difference

NOTHING = "nothing differs: every score is the same on every example"


@dataclass(frozen=True)
class Versus:
    """A less B. `tags` and `equivalence` are of `metric`; p is adjusted over the metrics, and over the tags.

    `same` are the metrics that scored every example alike on both sides: they are in no table and no family, and where `metric`
    is one, there are no tags.
    """

    metric: str
    metrics: Mapping[str, Tested | None]
    tags: Mapping[str, Tested | None]
    moves: Mapping[str, Flips | Shifts]
    equivalence: Equivalence | None
    same: tuple[str, ...] = ()

    def as_values(self) -> dict[str, Any]:
        """What `--json` prints."""
        return asdict(self)


def versus(
    a: Scores, b: Scores, settings: Compare, metric: str, margin: float | None = None, same_answers: bool = False
) -> Versus:
    """Compare by everything, by tag in one metric. `margin`: how much worse by that metric would not matter. `same_answers`: both
    are the same responses of one system, so that where they score alike the difference is 0 on every example there could be.

    Raises ConfigError where the examples are not the same, and where not both were scored by the metric.
    """
    b = aligned(b, to=a)
    # How often a judge failed says nothing of the systems: it stays out of the family that p is adjusted for.
    quantities = {one.name: one for one in compared(a, b) if not one.name.endswith(".judge_failed")}
    chosen = named(quantities, metric, "metric")
    same = tuple(name for name, one in quantities.items() if _same(one, a, b))
    differing = {name: one for name, one in quantities.items() if name not in same}
    metrics = tested({name: Pair(one, a, b) for name, one in differing.items()}, settings)
    labels = sorted({tag for tags in a.columns["tags"] for tag in tags.split()}) if metric in differing else []
    tags = tested({tag: Pair(chosen, a.with_tag(tag), b.with_tag(tag)) for tag in labels}, settings)
    moved = {name: moves(a, b, one) for name, one in differing.items() if isinstance(one, Mean)}
    near = None
    if margin is not None:
        found = metrics[metric] if metric in metrics else chosen.between(a, b, settings)
        if metric in same and same_answers and found:
            found = Difference(0.0, 0.0, 0.0, 1.0, found.n, found.clusters)
        near = equivalence(found, margin, chosen.better)
    return Versus(metric, metrics, tags, moved, near, same)


def _same(one: Quantity, a: Scores, b: Scores) -> bool:
    """Whether all that the figure is made of has the same value on every example; not where no example has one."""
    columns = [(side.applies(name), side.values(name)) for side in (a, b) for name in one.columns]
    half = len(one.columns)
    return columns[:half] == columns[half:] and all(any(applies) for applies, _ in columns)


def versus_as_text(found: Versus, a: str, b: str) -> str:
    """The table of metrics, the examples that changed, the table of tags, and whether a is worse by more than the margin."""
    sections = [f"{a} - {b}\n{_metrics_as_text(found)}"]
    if found.moves:
        others = [
            f"{name} +{len(one.gained)} -{len(one.lost)}"
            for name, one in found.moves.items()
            if isinstance(one, Flips) and name != found.metric and (one.gained or one.lost)
        ]
        more = [f"gained and lost by others: {', '.join(others)}"] if others else []
        own = found.moves.get(found.metric)
        if lines := [*([moving.as_text(own, found.metric)] if own else []), *more]:
            sections.append("\n".join(lines))
    if found.tags:
        sections.append(f"{found.metric} by tag\n{as_text(found.tags, 'tag')}")
    if found.equivalence:
        sections.append(_equivalence_as_text(found.equivalence, found.metric))
    return "\n\n".join(sections)


def _metrics_as_text(found: Versus) -> str:
    if not any(found.metrics.values()):
        return NOTHING if found.same else "no example has a score from both"
    same = [f"the same on every example: {', '.join(found.same)}"] if found.same else []
    return "\n".join([as_text(found.metrics, "metric"), *same])


def _equivalence_as_text(found: Equivalence, metric: str) -> str:
    words = {True: "yes", False: "no", None: "undecided"}
    reason = f" ({found.reason})" if found.reason else ""
    return (
        f"{metric} not worse by more than {found.margin:g}: {words[found.not_worse]};"
        f" the same within {found.margin:g}: {words[found.equivalent]}{reason}"
    )
