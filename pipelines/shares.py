"""How narrow an interval of a share, or of a quantile, may be at the least.

A bootstrap knows only what it saw: of rare things it saw too little, and of what never happened nothing. So each limit is also
held against a formula, and the wider counts. For ordinary shares the formula is the narrower one, and nothing changes.

A limit of 0/1 values never gets tighter because one more of them speaks against it: `highest` does not fall when a 0 becomes a 1.
"""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr

CONFIDENCE = 0.95
TAIL = (1 - CONFIDENCE) / 2
Z = NormalDist().inv_cdf(1 - TAIL)


def student(df: int) -> float:
    """The 97.5 % quantile of Student's t, by its expansion around the normal one (Abramowitz & Stegun 26.7.5)."""
    z = Z
    terms = (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return float(sum(term / df**power for power, term in enumerate(terms)))


def unlike(n_clusters: float) -> float:
    """At most this share of all clusters is unlike G that are all the same: z² / (G + z²), Wilson's upper limit for none in G
    (Wilson 1927, https://doi.org/10.1080/01621459.1927.10502953)."""
    return Z**2 / (n_clusters + Z**2)


def share_limits(
    sums: NDArray[np.float64], sizes: NDArray[np.float64], binary: bool, times: float = 1.0
) -> tuple[float, float]:
    """The least wide limits for the mean of shares that sum to so much in clusters of such sizes.

    `times`: those of so many times as many clusters like these.
    """
    low, high = 1 - highest(sizes - sums, sizes, binary, times), highest(sums, sizes, binary, times)
    return _with_unanimity(low, high, sums, sizes, binary, times, 0.0)


def difference_limits(
    gains: NDArray[np.float64],
    losses: NDArray[np.float64],
    sizes: NDArray[np.float64],
    binary: bool,
    times: float = 1.0,
) -> tuple[float, float]:
    """The same for the mean difference of two shares, from the sums of what was won and of what was lost.

    There may be more gains than were seen, or fewer losses; and clusters that are unlike those seen may be lost as a whole.
    """
    n = sizes.sum()

    def most(won: NDArray[np.float64], lost: NDArray[np.float64]) -> float:
        by_more = highest(won, sizes, binary, times) - lost.sum() / n
        by_less = won.sum() / n - (1 - highest(sizes - lost, sizes, binary, times))
        return float(max(by_more, by_less, 2 * unlike(len(sizes) * times) - 1))

    return _with_unanimity(-most(losses, gains), most(gains, losses), gains - losses, sizes, binary, times, -1.0)


def nearly_unanimous(sums: NDArray[np.float64], absolute: NDArray[np.float64], sizes: NDArray[np.float64]) -> bool:
    """Whether shares other than 0 and 1 say as little as those: all clusters have one mean, or most lie at an end of the scale as
    a whole. (Of differences: most have none.)"""
    at_an_end = (absolute == 0) | (np.abs(sums) == sizes)
    return bool(np.ptp(sums / sizes) <= 1e-12 or at_an_end.mean() > 0.5)


def highest(sums: NDArray[np.float64], sizes: NDArray[np.float64], binary: bool, times: float = 1.0) -> float:
    """The upper limit of a share: Wilson's at the effective n = n / design effect, and no less than for none in G clusters.

    The design effect is as seen, with Student's t for the normal quantile (Korn & Graubard 1998, "Confidence intervals for
    proportions with small expected number of positive counts"), and of 0/1 values at least 1. As it may shrink when a 1 is
    added, the limit is the greatest for this column and all with fewer ones; of those with as many ones, the one counts that
    has them in the fewest clusters.
    """
    n, groups = float(sizes.sum()), len(sizes)
    totals, squares = _fewer(sums, binary)
    p = np.clip(totals / n, 0.0, 1.0)
    variance = np.maximum(0.0, squares - p**2 * np.square(sizes).sum()) / n**2 * _few(groups, n)
    alone = np.maximum(p * (1 - p), 1e-300)
    inverse = np.where((p > 0) & (p < 1), variance / alone, 1 / n)
    z2 = Z**2 * (np.maximum(inverse, 1 / n) if binary else inverse) / times
    limits = (p + z2 / 2 + np.sqrt(z2 * p * (1 - p) + z2**2 / 4)) / (1 + z2)
    return min(1.0, max(float(limits.max()), unlike(groups * times)))


def _fewer(sums: NDArray[np.float64], binary: bool) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The sum, and the sum of squares over clusters, of the column when only its fullest clusters keep their ones: of 0/1 values
    for each number of ones from 0, of others for each number of clusters."""
    kept = np.sort(sums)[::-1]
    totals, squares = (np.concatenate(([0.0], np.cumsum(part))) for part in (kept, kept**2))
    if not binary:
        return totals, squares
    ones = np.arange(round(totals[-1]) + 1, dtype=np.float64)
    whole = np.searchsorted(totals, ones, side="right") - 1
    return ones, squares[whole] + (ones - totals[whole]) ** 2


def _with_unanimity(
    low: float,
    high: float,
    sums: NDArray[np.float64],
    sizes: NDArray[np.float64],
    binary: bool,
    times: float,
    least: float,
) -> tuple[float, float]:
    """Of shares other than 0 and 1 that are the same in every cluster: those unlike them lie at worst at an end of the scale."""
    means = sums / sizes
    if binary or np.ptp(means) > 1e-12:
        return low, high
    value, w = float(means[0]), unlike(len(sizes) * times)
    return min(low, value * (1 - w) + least * w), max(high, value * (1 - w) + w)


def _few(groups: int, n: float) -> float:
    """How much a variance seen in few clusters asks for; nothing where each value stands alone."""
    return (student(groups - 1) / Z) ** 2 if 1 < groups < n else 1.0


def ranks(q: float, below: NDArray[np.float64], sizes: NDArray[np.float64]) -> tuple[int | None, int | None]:
    """The ranks, from 1, of the values between which the quantile q lies; None for one that lies beyond all values.

    Binomial, by order statistics (David & Nagaraja 2003, "Order Statistics", 7.1), on the effective n: n / design effect of being
    at most the quantile, which is so for `below` values of each cluster; the clusters alone where it is so for all.
    """
    n = round(float(sizes.sum()))
    worth = _worth(below, sizes)
    reached = bdtr(np.arange(worth, dtype=np.float64), worth, q)
    low, high = int((reached <= TAIL).sum()), int((reached < 1 - TAIL).sum()) + 1
    return (
        (low - 1) * n // worth + 1 if low else None,
        math.ceil(high * n / worth) if high <= worth else None,
    )


def _worth(ones: NDArray[np.float64], sizes: NDArray[np.float64]) -> int:
    """As many independent values would say as much about this share."""
    n, groups = float(sizes.sum()), len(sizes)
    p = float(ones.sum()) / n
    if groups == n or p in (0, 1):
        return groups
    variance = float(np.square(ones - sizes * p).sum()) / n**2 * _few(groups, n)
    return max(1, math.floor(n / max(1.0, variance / (p * (1 - p) / n)) + 1e-9))
