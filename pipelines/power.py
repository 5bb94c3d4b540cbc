"""What could this data have shown? Power, the least effect that would be found, and the examples that it takes.

For the mean paired difference over clusters, as `stats.paired` tests it (sign flips of clusters, two-sided). Power is that of
Student's t with G - 1 degrees of freedom for G clusters: 1 - P(-t* < T < t*), T noncentral with noncentrality effect / se and t*
its critical value (Johnson, Kotz & Balakrishnan 1995, ch. 31; as a design: Bloom 1995, https://doi.org/10.1177/0193841X9501900504;
for evaluations of language models: Miller 2024, https://arxiv.org/abs/2411.00640). The sign-flip test is about as powerful. With
few clusters its p values are coarse, and t* is taken at the largest that does not exceed alpha: where 80 % were promised,
simulations found 73 % with 6 clusters and 77 to 80 % with more. With fewer than 6 it never rejects at 5 %.

Effects and standard errors are in the metric's own unit (0.05 of a share is five points). The spread between clusters is taken
to stay as it was seen, which itself is known to about 1 / √(2 (G - 1)), 13 % for 30 clusters: read effects to one digit, or two.
A least detectable effect is a property of data and test, planned or seen; it does not make "no difference" out of a large p.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import nctdtr, ndtr, ndtri, stdtrit

from pipelines.stats import EXACT_CLUSTERS, FLIPS, Clustered
from pipelines.variance import design_effect, standard_error

ALPHA = 0.05
POWER = 0.8
NEARLY_NORMAL = 10_000  # degrees of freedom from which t is taken for normal: they differ by less than 1 in 10,000
MOST_CLUSTERS = 10**9


@dataclass(frozen=True)
class Detectable:
    """The least true difference that a test at `alpha` finds with `power`; None with a reason where the data cannot say."""

    effect: float | None
    se: float | None
    n: int
    clusters: int
    power: float
    alpha: float
    reason: str | None = None


@dataclass(frozen=True)
class Needed:
    """The clusters, and examples at as many a cluster as now, that find an effect; None with a reason where nobody can say."""

    clusters: int | None
    n: int | None
    effect: float
    power: float
    alpha: float
    reason: str | None = None


def detectable(
    a: Sequence[float], b: Sequence[float], clusters: Sequence[str], power: float = POWER, alpha: float = ALPHA
) -> Detectable:
    """The least mean of a - b that data like this would show."""
    _check(power, alpha)
    se, n, groups, reason = _spread(a, b, clusters, alpha)
    effect = None if se is None else detectable_given(se, groups, power, alpha)
    return Detectable(effect, se, n, groups, power, alpha, reason)


def needed(
    effect: float,
    a: Sequence[float],
    b: Sequence[float],
    clusters: Sequence[str],
    power: float = POWER,
    alpha: float = ALPHA,
) -> Needed:
    """How many clusters like these would show this effect, when se² falls as 1 / G."""
    _check(power, alpha)
    if not math.isfinite(effect) or effect == 0:
        return Needed(None, None, effect, power, alpha, "no number of examples shows an effect of 0, or one not finite")
    se, n, groups, reason = _spread(a, b, clusters, alpha)
    if se is None:
        return Needed(None, None, effect, power, alpha, reason)
    return needed_given(effect, se, groups, n, power, alpha)


def needed_given(effect: float, se: float, clusters: int, n: int, power: float = POWER, alpha: float = ALPHA) -> Needed:
    """The same from a standard error, seen or planned, over so many clusters of n examples in all."""
    _check(power, alpha)
    sd = se * math.sqrt(clusters)
    low, high = least_clusters(alpha), MOST_CLUSTERS
    if power_of(effect, sd / math.sqrt(high), high, alpha) < power:
        return Needed(None, None, effect, power, alpha, f"more than {MOST_CLUSTERS:,} clusters")
    while low < high:  # the least that is enough: power grows with G
        middle = (low + high) // 2
        if power_of(effect, sd / math.sqrt(middle), middle, alpha) < power:
            low = middle + 1
        else:
            high = middle
    return Needed(low, math.ceil(low * n / clusters), effect, power, alpha)


def detectable_given(se: float, clusters: int, power: float = POWER, alpha: float = ALPHA) -> float | None:
    """The least effect found with this power, from a standard error, seen or planned; None with too few clusters."""
    _check(power, alpha)
    if clusters < least_clusters(alpha):
        return None
    high = 8.0
    while _power(high, clusters, alpha) < power:
        high *= 2
    return se * float(brentq(lambda ratio: _power(ratio, clusters, alpha) - power, 0.0, high, xtol=1e-10))


def power_of(effect: float, se: float, clusters: int, alpha: float = ALPHA) -> float:
    """The probability that a true difference is found, whichever its sign. 0 where the clusters are too few to find any."""
    if not (math.isfinite(effect) and math.isfinite(se) and se > 0):
        raise ValueError(f"an effect of {effect} with a standard error of {se}: expected finite, and an error above 0")
    if clusters < least_clusters(alpha):
        return 0.0
    return _power(abs(effect) / se, clusters, alpha)


def planned_error(n: int, discordant: float, correlation: float = 0.0, each: float = 1.0) -> float:
    """The standard error of a difference between two systems scored 0 or 1, before anything was run: √(ψ · D / n).

    `discordant`, ψ, is the share of examples on which they will differ (Connor 1987, https://doi.org/10.2307/2531961, without
    the small effect²); D is the design effect of clusters of `each` examples whose differences correlate so.
    """
    if n < 1 or not 0 < discordant <= 1:
        raise ValueError(f"{n} examples, {discordant} of them discordant: expected at least one, and a share above 0")
    return math.sqrt(discordant * design_effect(correlation, each) / n)


def least_clusters(alpha: float = ALPHA) -> int:
    """Fewer never reject: when all G clusters point one way, p of the sign-flip test is still 2 / 2^G. 6 at 5 %."""
    return max(2, math.ceil(math.log2(2 / alpha) - 1e-9))


def _spread(
    a: Sequence[float], b: Sequence[float], clusters: Sequence[str], alpha: float
) -> tuple[float | None, int, int, str | None]:
    """The standard error of the mean difference, n, clusters, and why there is none."""
    data = Clustered(clusters, a, b)
    n, groups, least = data.n, data.n_clusters, least_clusters(alpha)
    if not n:
        return None, 0, 0, "no values"
    if groups < least:
        found = f"{groups} cluster{'s' if groups > 1 else ''}"
        return (
            None,
            n,
            groups,
            f"{found}: with fewer than {least} the test never rejects at {alpha:g}, whatever it sees",
        )
    differences = data.columns[0] - data.columns[1]
    differ = len(np.unique(data.cluster_of[differences != 0]))
    if differ < least:
        return None, n, groups, f"the two differ in {differ} of {groups} clusters: too few to know a spread by"
    error = standard_error(differences.tolist(), data.names)
    assert error is not None
    if not error.se:
        return None, n, groups, error.reason
    return error.se, n, groups, None


def _power(ratio: float, clusters: int, alpha: float) -> float:
    df, alpha = clusters - 1, _attained(clusters, alpha)
    if df >= NEARLY_NORMAL:
        beyond = -float(ndtri(alpha / 2))
        return float(ndtr(ratio - beyond) + ndtr(-ratio - beyond))
    beyond = float(stdtrit(df, 1 - alpha / 2))
    return 1 - _noncentral(df, ratio, beyond) + _noncentral(df, ratio, -beyond)


def _noncentral(df: int, ratio: float, t: float) -> float:
    """P(T < t), 0 where next to nothing is left: scipy's series ends in NaN there."""
    below = float(nctdtr(df, ratio, t))
    return 0.0 if math.isnan(below) else below


def _attained(clusters: int, alpha: float) -> float:
    """The largest p value of the exact test that is at most alpha: a multiple of 2 / 2^G."""
    if clusters > EXACT_CLUSTERS:
        return alpha
    step = 2 / 2**clusters
    return float(step * math.floor(alpha / step + 1e-9))


def _check(power: float, alpha: float) -> None:
    if not 1 / (1 + FLIPS) <= alpha < power < 1:
        raise ValueError(
            f"power {power} at alpha {alpha}: expected {1 / (1 + FLIPS):g} <= alpha < power < 1 (p is never smaller)"
        )
