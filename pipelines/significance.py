"""Several differences looked at together: p adjusted for their number, and what could have been found at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipelines import tables
from pipelines.compare import Scores
from pipelines.comparisons import holm
from pipelines.difference import both_scored
from pipelines.power import detectable
from pipelines.stats import Difference


@dataclass(frozen=True)
class Tested(Difference):
    """A difference among several: `p_holm` is adjusted for their number. `detectable` is the least true difference that such data
    shows in 4 of 5 cases, at 5 % and before the adjustment; None where `reason` says why."""

    p_holm: float
    detectable: float | None
    reason: str | None


def tested(found: Mapping[str, Difference | None], a: Scores, b: Scores) -> dict[str, Tested | None]:
    """What `difference.differences` found, with p adjusted over all of it and what could have been found."""
    known = {name: one for name, one in found.items() if one}
    adjusted = dict(zip(known, holm([one.p for one in known.values()]), strict=True))
    tests: dict[str, Tested | None] = dict.fromkeys(found)
    for name, one in known.items():
        least = detectable(*both_scored(a, b, name))
        of_it = (one.value, one.low, one.high, one.p, one.n, one.clusters)
        tests[name] = Tested(*of_it, adjusted[name], least.effect, least.reason)
    return tests


def as_text(found: Mapping[str, Tested | None], a: str, b: str) -> str:
    """A row a metric: the paired difference a - b, its interval, p, p adjusted, what could have been found, and n; below, why
    that is not known."""
    known = {name: one for name, one in found.items() if one}
    rows = [
        [
            name,
            f"{one.value:+.4g}",
            tables.interval(one.low, one.high),
            f"{one.p:.3f}",
            f"{one.p_holm:.3f}",
            "-" if one.detectable is None else f"{one.detectable:.2g}",
            one.n,
            one.clusters,
        ]
        for name, one in known.items()
    ]
    headers = ["metric", "difference", "95 % interval", "p", "p (Holm)", "detectable", "n", "clusters"]
    reasons: dict[str, list[str]] = {}
    for name, one in known.items():
        if one.reason:
            reasons.setdefault(one.reason, []).append(name)
    notes = [
        f"p (Holm): adjusted for the {len(known)} metrics shown. detectable: the least true difference that this data shows in"
        " 4 of 5 cases (p <= 0.05, not adjusted).",
        *(f"- {', '.join(names)}: {reason}" for reason, names in reasons.items()),
    ]
    return f"{a} - {b}\n{tables.table(rows, headers, 'simple', tables.align(8))}\n" + "\n".join(notes if rows else ())
