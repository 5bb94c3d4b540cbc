"""Several differences looked at together: p adjusted for their number, what was won and lost, and what could have been found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipelines import tables
from pipelines.comparisons import holm
from pipelines.params import Compare
from pipelines.power import detectable
from pipelines.quantities import Quantity
from pipelines.score_files import Scores
from pipelines.stats import Difference


@dataclass(frozen=True)
class Tested(Difference):
    """A difference among several: `p_holm` is adjusted for their number. `detectable` is the least true difference that such data
    shows in 4 of 5 cases, at 5 % and before the adjustment; None where `reason` says why."""

    p_holm: float
    detectable: float | None
    reason: str | None


@dataclass(frozen=True)
class Pair:
    """What is compared of two runs: the same examples of both, in one order."""

    quantity: Quantity
    a: Scores
    b: Scores


def tested(pairs: Mapping[str, Pair], settings: Compare) -> dict[str, Tested | None]:
    """A - B for each pair, with p adjusted over all of them and what could have been found; None where no example has it."""
    found = {name: pair.quantity.between(pair.a, pair.b, settings) for name, pair in pairs.items()}
    known = {name: one for name, one in found.items() if one}
    adjusted = dict(zip(known, holm([one.p for one in known.values()]), strict=True))
    tests: dict[str, Tested | None] = dict.fromkeys(found)
    for name, one in known.items():
        least, reason = _detectable(pairs[name])
        of_it = (one.value, one.low, one.high, one.p, one.n, one.clusters)
        tests[name] = Tested(*of_it, adjusted[name], least, reason)
    return tests


def _detectable(pair: Pair) -> tuple[float | None, str | None]:
    sample = pair.quantity.sample_between(pair.a, pair.b, 0.0)
    if sample is None:
        return None, "not the mean of one value an example"
    least = detectable(sample.values, [0.0] * len(sample.values), sample.clusters)
    return least.effect, least.reason


def as_text(found: Mapping[str, Tested | None], what: str) -> str:
    """A row a difference: its interval, p, p adjusted, what could have been found, and n; below, why that is not known.
    `what` heads the first column: the metrics, or the tags, that p is adjusted for."""
    known = {name: one for name, one in found.items() if one}
    rows = [
        [
            name,
            f"{one.value:+.4g}",
            tables.interval(one.low, one.high),
            tables.p_value(one.p),
            tables.p_value(one.p_holm),
            "-" if one.detectable is None else f"{one.detectable:.2g}",
            one.n,
            one.clusters,
        ]
        for name, one in known.items()
    ]
    headers = [what, "difference", "95 % interval", "p", "p (Holm)", "detectable", "n", "clusters"]
    reasons: dict[str, list[str]] = {}
    for name, one in known.items():
        if one.reason:
            reasons.setdefault(one.reason, []).append(name)
    notes = [
        f"p (Holm): adjusted for the {len(known)} {what}s shown. detectable: the least true difference that this data shows in"
        " 4 of 5 cases (p <= 0.05, not adjusted).",
        *(f"- {', '.join(names)}: {reason}" for reason, names in reasons.items()),
    ]
    return f"{tables.table(rows, headers, 'simple', tables.align(8))}\n" + "\n".join(notes if rows else ())
