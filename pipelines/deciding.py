"""A figure against its bound: pass, fail, or undecided with the reason, and how many examples would decide."""

from __future__ import annotations

import math
from dataclasses import dataclass

from pipelines import power
from pipelines.params import Gate, Verdict
from pipelines.quantities import Quantile, Quantity, Sample
from pipelines.shares import TAIL
from pipelines.stats import LEAST_CLUSTERS, Difference, Estimate, least_limits
from pipelines.variance import standard_error

# An interval reaches 1.96 standard errors; what is to be seen in 4 of 5 cases is 2.80 away.
FARTHER = 2.80 / 1.96
MOST_TIMES = 10**9


@dataclass(frozen=True)
class Decision:
    """A verdict and why it is no other. `needed_n` examples, in clusters like those seen, would decide in 4 of 5 cases if the
    true figure were the one seen; None where that is not known, and `reason` says why."""

    verdict: Verdict
    reason: str | None = None
    needed_n: int | None = None


def decide(gate: Gate, figure: Quantity, found: Estimate | Difference, sample: Sample | None) -> Decision:
    """Pass when the whole interval keeps the bound, fail when none of it does, otherwise undecided."""
    # A limit that could not be had (too few examples) keeps nothing and breaks nothing.
    low = -math.inf if found.low is None else found.low
    high = math.inf if found.high is None else found.high
    if gate.at_least is not None:
        bound, kept, broken = gate.at_least, low >= gate.at_least, high < gate.at_least
    else:
        assert gate.at_most is not None
        bound, kept, broken = gate.at_most, high <= gate.at_most, low > gate.at_most
    if kept or broken:
        return Decision("pass" if kept else "fail")
    return _undecided(figure, found, bound, sample)


def _undecided(figure: Quantity, found: Estimate | Difference, bound: float, sample: Sample | None) -> Decision:
    if (few := found.clusters) < LEAST_CLUSTERS:
        clusters = f"{few} cluster{'s' * (few != 1)}"
        return Decision("undecided", f"{clusters}: too few for an interval; {LEAST_CLUSTERS} are needed")
    limit = found.low if bound <= found.value else found.high
    if limit is None and isinstance(figure, Quantile):
        least = math.ceil(math.log(TAIL) / math.log(max(figure.q, 1 - figure.q)))
        if least > found.n:
            return Decision("undecided", f"an interval of {figure.name} takes {least} examples", least)
        alike = f"an interval of {figure.name} takes {least} independent examples, and those of a cluster are alike"
        return Decision("undecided", alike)
    if limit is None:
        return Decision("undecided", "the limit toward the bound is not known: too few correct answers")
    holds = "the interval holds the bound"
    if found.value == bound:
        return Decision("undecided", f"{holds}, and the value is on it: no number of examples decides")
    if sample is None:
        return Decision("undecided", holds, _scaled(found.n, abs(found.value - limit), abs(found.value - bound)))
    by_shares = _by_shares(figure, found, sample)
    error = standard_error(sample.values, sample.clusters)
    if figure.share and error is not None and error.se == 0:
        return Decision("undecided", holds, max(found.n + 1, by_shares))
    effect = sum(sample.values) / len(sample.values) - sample.bound
    needed = power.needed(effect, sample.values, [sample.bound] * len(sample.values), sample.clusters)
    if needed.n is None:
        return Decision("undecided", f"{holds}; what would decide is not known: {needed.reason}")
    return Decision("undecided", holds, max(found.n + 1, needed.n, by_shares))


def _scaled(n: int, width: float, distance: float) -> int:
    """The interval's width shrinks with the root of n, to where the bound is seen in 4 of 5 cases."""
    return max(n + 1, math.ceil(n * (FARTHER * width / distance) ** 2))


def _by_shares(figure: Quantity, found: Estimate | Difference, sample: Sample) -> int:
    """So many examples bring the least wide limit of a share to the bound, in clusters like these (`stats.least_limits`); 0 where
    there is none."""
    times = (1.0, float(MOST_TIMES))
    difference = isinstance(found, Difference)
    side = 0 if sample.bound <= found.value else 1

    def short(factor: float) -> bool:
        limits = least_limits(sample.values, sample.clusters, difference, factor)
        return limits is not None and (limits[0] < sample.bound if side == 0 else limits[1] > sample.bound)

    if not figure.share or not short(times[0]):
        return 0
    while times[1] / times[0] > 1 + 1e-9:  # narrower with every cluster more
        middle = math.sqrt(times[0] * times[1])
        times = (middle, times[1]) if short(middle) else (times[0], middle)
    return max(found.n + 1, math.ceil(found.n * times[1] * (1 - 1e-8)))
