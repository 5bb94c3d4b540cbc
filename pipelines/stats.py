"""Estimates with intervals, for examples that come in clusters (questions about one article rise and fall together).

Intervals are two-sided, 95 %, from the percentile cluster bootstrap: whole clusters are drawn with replacement (Field & Welsh
2007, https://doi.org/10.1111/j.1467-9868.2007.00593.x). With few clusters its percentiles are too narrow, so they are taken
farther out, as Student's t asks for (Hesterberg 2015, "expanded percentile", https://doi.org/10.1080/00031305.2015.1089789).
Of rare shares and far quantiles a bootstrap sees too little: their limits are held against formulas (`shares`). Where no interval
can be had (fewer than 6 clusters; a limit that lies beyond all that was seen), a limit is None.

Everything is deterministic and hangs neither on the order of the examples nor on the names of clusters. Values that are not
finite raise ValueError, as do inputs of different lengths. No result is ever NaN.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pipelines.shares import difference_limits, nearly_unanimous, ranks, share_limits, student

LEAST_CLUSTERS = 6  # with fewer, percentiles are far too narrow, and no test by signs rejects at 5 %
EXACT_CLUSTERS = 12  # up to here every sign flip is tried
FLIPS = 9_999
CELLS = 2_000_000  # of a block of draws: bounds the memory
CACHED_CELLS = 200_000  # a block that stays in the processor's cache: four times as fast
MANY_CLUSTERS = 1_000  # beyond, draws are made in a way that is ten times as fast there, from other random numbers

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """A figure and its 95 % interval, over n values in so many clusters. A limit that cannot be had is None."""

    value: float
    low: float | None
    high: float | None
    n: int
    clusters: int


@dataclass(frozen=True)
class Difference:
    """A mean paired difference, its 95 % interval, and the p value of there being none."""

    value: float
    low: float | None
    high: float | None
    p: float
    n: int
    clusters: int


def mean(
    values: Sequence[float], clusters: Sequence[str], draws: int = 2000, seed: int = 0, share: bool = True
) -> Estimate | None:
    """The mean; None for no values.

    The limits of shares are no narrower than `shares.share_limits`. `share=False` says that the values are no shares, but
    seconds, tokens, dollars: where those never varied, the interval has no width.
    """
    data = Clustered(clusters, values)
    if not data.n:
        return None
    value, low, high = _drawn_mean(data, draws, seed)
    if share:
        low, high = _wider(low, high, least_limits(values, clusters))
    return Estimate(value, low, high, data.n, data.n_clusters)


def quantile(
    values: Sequence[float], clusters: Sequence[str], q: float, draws: int = 2000, seed: int = 0
) -> Estimate | None:
    """The least value that at least the share q of the values does not exceed (type 1 of Hyndman & Fan 1996); None for no values.

    Its limits are no narrower than those of order statistics (`shares.ranks`). One is None where the values cannot give it: the
    greatest of n lies above the quantile with probability 1 - q^n only, so that an upper limit for p95 takes 72 independent
    values and one for p99 takes 368.
    """
    if not 0 < q < 1:
        raise ValueError(f"q is {q}, expected a share between 0 and 1")
    data = Clustered(clusters, values)
    if not data.n:
        return None
    order = np.argsort(data.columns[0], kind="stable")
    ordered, of = data.columns[0][order], data.cluster_of[order]

    def at_q(drawn: NDArray[Any]) -> Floats:
        reached = np.cumsum(drawn[:, of], axis=1)
        short = reached < q * reached[:, -1:] - 1e-9  # 0.07 * 100 is 7.000000000000001, and must not ask for the eighth
        return np.asarray(ordered[short.sum(axis=1)])

    value = float(at_q(np.ones((1, data.n_clusters), dtype=np.int64))[0])
    low, high = interval(value, map(at_q, data.draws(draws, seed, width=data.n)), data.n_clusters)
    if low is not None and high is not None:
        alike = ordered[0] == ordered[-1]  # an amount that never varies is what it is, in every cluster
        where, groups = (np.arange(data.n), data.n) if alike else (of, data.n_clusters)
        below = np.bincount(where, ordered <= value, groups).astype(np.float64)
        first, last = ranks(q, below, np.bincount(where, minlength=groups).astype(np.float64))
        low = None if first is None else min(low, float(ordered[first - 1]))
        high = None if last is None else max(high, float(ordered[last - 1]))
    return Estimate(value, low, high, data.n, data.n_clusters)


def ratio(
    numerator: Sequence[float], denominator: Sequence[float], clusters: Sequence[str], draws: int = 2000, seed: int = 0
) -> Estimate | None:
    """The sum of one over the sum of the other, example by example: cost per correct answer. None where the denominator is 0.

    The denominators must not be negative. A draw of clusters without any is an endless ratio: the upper limit may be None.
    """
    if any(part < 0 for part in denominator):
        raise ValueError("a negative denominator: expected counts or shares")
    data = Clustered(clusters, numerator, denominator)
    above, below = data.sums(0), data.sums(1)
    if not below.sum():
        return None
    value = float(above.sum() / below.sum())
    low, high = interval(value, (per(above, below, drawn) for drawn in data.draws(draws, seed)), data.n_clusters)
    return Estimate(value, low, high, data.n, data.n_clusters)


def paired(
    a: Sequence[float],
    b: Sequence[float],
    clusters: Sequence[str],
    draws: int = 2000,
    seed: int = 0,
    share: bool = True,
) -> Difference | None:
    """The mean of a - b, example by example; None for no values. `share` as in `mean`.

    p is that of a sign-flip permutation test over clusters: how often the difference is as far from 0 when each cluster's is
    given a sign at random. All signs are tried up to 12 clusters; beyond, 9,999 draws, p = (1 + k) / (1 + m) (Phipson & Smyth
    2010, https://doi.org/10.2202/1544-6115.1585).
    """
    data = Clustered(clusters, a, b)
    if not data.n:
        return None
    apart = Clustered(data.names, (data.columns[0] - data.columns[1]).tolist())
    value, low, high = _drawn_mean(apart, draws, seed)
    if share:
        low, high = _wider(low, high, least_limits(apart.columns[0].tolist(), apart.names, difference=True))
    return Difference(value, low, high, _sign_flip(apart.sums(0), seed), data.n, data.n_clusters)


class Clustered:
    """Columns of values beside their clusters, sorted, so that nothing hangs on the order in which they came.

    Clusters are in the order of their size, then of their sum: whoever raises a value raises no draw's cluster by less.
    """

    def __init__(self, clusters: Sequence[str], *columns: Sequence[float]) -> None:
        if any(len(column) != len(clusters) for column in columns):
            raise ValueError(f"{[len(column) for column in columns]} values for {len(clusters)} clusters")
        values = [np.asarray(column, dtype=np.float64) for column in columns]
        if not all(np.isfinite(column).all() for column in values):
            raise ValueError("a value is not finite: leave out what does not apply")
        names, cluster_of = np.unique(np.asarray(clusters, dtype=str), return_inverse=True)
        by_content = _ranked(values, cluster_of, len(names))
        names[by_content] = names.copy()
        cluster_of = by_content[cluster_of]
        order = np.lexsort((*values, cluster_of))
        self.columns = [column[order] for column in values]
        self.cluster_of = cluster_of[order]
        self.names: list[str] = names[self.cluster_of].tolist()
        self.n, self.n_clusters = len(order), len(names)
        self.sizes: Floats = np.bincount(self.cluster_of, minlength=self.n_clusters).astype(np.float64)

    def sums(self, column: int) -> Floats:
        """The sum of a column in each cluster."""
        return self.summed(self.columns[column])

    def summed(self, values: Floats) -> Floats:
        """The sums in each cluster of what was computed from the columns, in their order."""
        return np.bincount(self.cluster_of, values, self.n_clusters).astype(np.float64)

    def draws(self, draws: int, seed: int, width: int = 0) -> Iterator[NDArray[Any]]:
        """How often each cluster is drawn, a draw a row, in blocks; `width` is what else the caller spends on a row."""
        rng, n = np.random.default_rng(seed), self.n_clusters
        if n <= MANY_CLUSTERS:
            for rows in _blocks(draws, max(width, n)):
                yield rng.multinomial(n, np.full(n, 1 / n), size=rows)
            return
        for rows in _blocks(draws, max(width, n), CACHED_CELLS):
            drawn = rng.integers(0, n, size=(rows, n)) + n * np.arange(rows)[:, None]
            yield np.bincount(drawn.ravel(), minlength=rows * n).reshape(rows, n).astype(np.float64)


def _ranked(values: Sequence[Floats], cluster_of: NDArray[np.int64], n_clusters: int) -> NDArray[np.int64]:
    """The place of each cluster, sorted by size, sum over all columns (the same when two of them change places), and content."""
    order = np.lexsort((*values, cluster_of))
    sizes = np.bincount(cluster_of, minlength=n_clusters)
    sums = [np.bincount(cluster_of[order], column[order], n_clusters) for column in values]
    starts = np.cumsum(sizes)[:-1]
    parts = [[part.tobytes() for part in np.split(column[order], starts)][:n_clusters] for column in values]
    keys = list(zip(sizes.tolist(), np.sum(sums, axis=0).tolist(), *parts, strict=True))
    places = np.empty(n_clusters, dtype=np.int64)
    places[sorted(range(n_clusters), key=keys.__getitem__)] = np.arange(n_clusters)
    return places


def _blocks(rows: int, width: int, cells: int = CELLS) -> Iterator[int]:
    block = max(1, cells // width)
    yield from (min(block, rows - start) for start in range(0, rows, block))


def per(above: Floats, below: Floats, drawn: NDArray[Any]) -> Floats:
    """The ratio of the sums of drawn clusters, a draw a row; endless where there is nothing below."""
    divisor = drawn @ below
    endless: Floats = np.full(len(drawn), np.inf)
    return np.divide(drawn @ above, divisor, out=endless, where=divisor > 0)


def interval(value: float, drawn: Iterator[Floats], n_clusters: int) -> tuple[float | None, float | None]:
    """The percentiles of what was drawn, widened where they miss the value; an endless limit is None."""
    if n_clusters < LEAST_CLUSTERS:
        return None, None
    figures = np.concatenate(list(drawn))
    tail = _tail(n_clusters)
    low = min(value, float(np.quantile(figures, tail, method="lower")))
    high = max(value, float(np.quantile(figures, 1 - tail, method="higher")))
    if high - low <= 1e-12 * abs(value):  # all the same but for the last bits
        return value, value
    return low if math.isfinite(low) else None, high if math.isfinite(high) else None


def _tail(n_clusters: int) -> float:
    """What an expanded percentile interval leaves out at each end: Φ(-√(G / (G-1)) t), t with G - 1 degrees of freedom."""
    return NormalDist().cdf(-math.sqrt(n_clusters / (n_clusters - 1)) * student(n_clusters - 1))


def _drawn_mean(data: Clustered, draws: int, seed: int) -> tuple[float, float | None, float | None]:
    sums, counts = data.sums(0), data.sizes
    value = _within(float(sums.sum() / counts.sum()), data.columns[0])
    return value, *interval(value, (per(sums, counts, drawn) for drawn in data.draws(draws, seed)), data.n_clusters)


def least_limits(
    values: Sequence[float], clusters: Sequence[str], difference: bool = False, times: float = 1.0
) -> tuple[float, float] | None:
    """The limits of a mean of shares, or of differences of two, that are never undercut, of so many times as many clusters like
    these (`shares`). None for values that are none, and for those between 0 and 1 that vary: there a bootstrap sees enough."""
    if not all((-1 if difference else 0) <= value <= 1 for value in values):
        return None
    data = Clustered(clusters, values)
    binary = all(value in (-1, 0, 1) for value in values)
    if not binary and not nearly_unanimous(data.sums(0), data.summed(np.abs(data.columns[0])), data.sizes):
        return None
    if not difference:
        return share_limits(data.sums(0), data.sizes, binary, times)
    won, lost = (data.summed((way * data.columns[0]).clip(0)) for way in (1, -1))
    return difference_limits(won, lost, data.sizes, binary, times)


def _wider(
    low: float | None, high: float | None, least: tuple[float, float] | None
) -> tuple[float | None, float | None]:
    if least is None:
        return low, high
    return None if low is None else min(low, least[0]), None if high is None else max(high, least[1])


def _within(value: float, values: Floats) -> float:
    """Rounding may carry a mean of equal values past them."""
    return min(max(value, float(values.min())), float(values.max()))


def _sign_flip(sums: Floats, seed: int) -> float:
    """The signs that were found say nothing about the trials: without them, a pair turned round has the same p."""
    sizes, found = np.sort(np.abs(sums)), abs(float(sums.sum()))
    return permuted_p((_as_far(flips, sizes, found) for flips in sides(len(sums), seed)), len(sums))


def sides(n_clusters: int, seed: int) -> Iterator[NDArray[Any]]:
    """Whether the two sides of each cluster change places (1), a trial a row: all ways up to 12 clusters, beyond 9,999 drawn."""
    if n_clusters <= EXACT_CLUSTERS:
        yield (np.arange(2**n_clusters)[:, None] >> np.arange(n_clusters)) & 1
        return
    rng = np.random.default_rng(seed)
    for rows in _blocks(FLIPS, n_clusters):
        yield rng.integers(0, 2, size=(rows, n_clusters), dtype=np.int8)


def permuted_p(as_far: Iterable[int], n_clusters: int) -> float:
    """The p value, from how many trials of each block were as far out as what was found."""
    found = sum(as_far)
    return float(found / 2**n_clusters) if n_clusters <= EXACT_CLUSTERS else (1 + found) / (1 + FLIPS)


def _as_far(flips: NDArray[Any], sizes: Floats, found: float) -> int:
    """How many rows of flips give a sum as far from 0 as the one found, but for the last bits."""
    return int((np.abs((1 - 2 * flips) @ sizes) >= found - 1e-9 * sizes.sum()).sum())
