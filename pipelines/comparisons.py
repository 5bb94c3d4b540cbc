"""Further ways to compare two systems on the same examples; the mean paired difference itself is `stats.paired`.

Nothing is ever NaN; where nothing can be said a verdict is None. Values that are not finite raise ValueError, as do inputs of
different lengths.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr

from pipelines.shares import TAIL
from pipelines.stats import CELLS, Clustered, Difference, Floats, interval, per, permuted_p, sides


@dataclass(frozen=True)
class McNemar:
    """Pairs of outcomes, right or wrong, and the p value of gains and losses being equally likely."""

    p: float
    gains: int  # right in a alone
    losses: int  # right in b alone
    both: int
    neither: int


def mcnemar(a: Sequence[float], b: Sequence[float]) -> McNemar:
    """The exact test of McNemar: of the pairs that differ, are as many won as lost? Two-sided, p = 1 where no pair differs.

    p = min(1, 2 · P(X <= min(gains, losses))), X binomial of the pairs that differ and 1/2 (McNemar 1947,
    https://doi.org/10.1007/BF02295996). It takes pairs for independent: where examples share clusters it rejects too often, and
    `stats.paired`, which flips whole clusters, does not. With every example in its own cluster, both are one test.
    """
    if len(a) != len(b):
        raise ValueError(f"{len(a)} and {len(b)} outcomes: expected pairs")
    if any(outcome not in (0, 1) for outcome in (*a, *b)):
        raise ValueError("an outcome that is neither 0 nor 1: McNemar's test counts right and wrong")
    pairs = list(zip(a, b, strict=True))
    gains, losses, both = pairs.count((1, 0)), pairs.count((0, 1)), pairs.count((1, 1))
    p = min(1.0, 2 * float(bdtr(min(gains, losses), gains + losses, 0.5))) if gains + losses else 1.0
    return McNemar(p, gains, losses, both, len(pairs) - gains - losses - both)


def holm(ps: Sequence[float]) -> list[float]:
    """p values adjusted for their number, in their order: of families where nothing differs, at most alpha have one <= alpha.

    The i-th smallest of m, from 0, becomes the greatest of (m - j) · p_j over j <= i, and at most 1 (Holm 1979,
    https://www.jstor.org/stable/4615733). It needs no independence. What is a family (the variants against one baseline, the
    metrics of one comparison) is to be said before looking.
    """
    if not all(0 <= p <= 1 for p in ps):  # NaN, too, is not
        raise ValueError("a p value that is not between 0 and 1")
    adjusted, least = [0.0] * len(ps), 0.0
    for rank, at in enumerate(sorted(range(len(ps)), key=lambda at: ps[at])):
        least = max(least, min(1.0, (len(ps) - rank) * ps[at]))
        adjusted[at] = least
    return adjusted


@dataclass(frozen=True)
class Equivalence:
    """Whether a is not worse than b by `margin`, and whether they are within it of each other. None is undecided, never no."""

    not_worse: bool | None
    equivalent: bool | None
    margin: float
    reason: str | None = None


def equivalence(found: Difference | None, margin: float, better: Literal["higher", "lower"] = "higher") -> Equivalence:
    """Read from the 95 % interval of a - b, so that it never contradicts what is printed beside it.

    Not worse when the whole interval is better than -margin, worse when none of it is: a one-sided test at 2.5 % (Piaggio et al.
    2012, CONSORT for non-inferiority, https://doi.org/10.1001/jama.2012.87802). Equivalent when the whole interval is within
    the margin: the two one-sided tests of Schuirmann 1987 (https://doi.org/10.1007/BF01068419) at 2.5 % each. The margin, in
    the metric's unit, is the loss that would not matter; it is chosen before looking. A large p alone shows no equivalence.
    """
    if not (math.isfinite(margin) and margin > 0):
        raise ValueError(f"a margin of {margin}: expected the loss that would not matter, above 0")
    if found is None:
        return Equivalence(None, None, margin, "no values")
    # A limit that could not be had decides nothing.
    low = -math.inf if found.low is None else found.low
    high = math.inf if found.high is None else found.high
    if better == "lower":
        low, high = -high, -low
    not_worse = True if low > -margin else False if high <= -margin else None
    equivalent = True if -margin < low and high < margin else False if high <= -margin or margin <= low else None
    reason = None
    if None in (not_worse, equivalent):
        known = found.low is not None and found.high is not None
        reason = "the interval holds the margin: more examples would tell" if known else "a limit is not known"
    return Equivalence(not_worse, equivalent, margin, reason)


def paired_ratio(
    a: tuple[Sequence[float], Sequence[float]],
    b: tuple[Sequence[float], Sequence[float]],
    clusters: Sequence[str],
    draws: int = 2000,
    seed: int = 0,
) -> Difference | None:
    """Is a correct answer cheaper from a? The ratio of sums of a (numerators, denominators) less that of b, example by example;
    None where a denominator is 0. Denominators must not be negative.

    The interval is that of `stats.ratio`, the same clusters drawn for both. p is that of a permutation test that exchanges a and
    b in whole clusters: all exchanges up to 12, beyond 9,999 draws (Phipson & Smyth 2010, as in `stats.paired`). Draws without a
    correct answer leave a limit open, and exchanges without one count as far away: few correct answers show little.
    """
    if any(part < 0 for part in (*a[1], *b[1])):
        raise ValueError("a negative denominator: expected counts or shares")
    data = Clustered(clusters, *a, *b)
    a_above, a_below, b_above, b_below = (data.sums(column) for column in range(4))
    if not a_below.sum() or not b_below.sum():
        return None
    value = float(a_above.sum() / a_below.sum() - b_above.sum() / b_below.sum())

    def apart(of_a: Floats, of_b: Floats, unknown: float) -> Floats:
        """The differences; one ratio endless leaves that sign, both endless the worst for the limit that is asked for."""
        endless = np.isinf(of_a) & np.isinf(of_b)
        return np.where(endless, unknown, np.where(endless, 0.0, of_a) - np.where(endless, 0.0, of_b))

    drawn = [(per(a_above, a_below, row), per(b_above, b_below, row)) for row in data.draws(draws, seed)]
    low, _ = interval(value, (apart(of_a, of_b, -math.inf) for of_a, of_b in drawn), data.n_clusters)
    _, high = interval(value, (apart(of_a, of_b, math.inf) for of_a, of_b in drawn), data.n_clusters)

    exchanged = np.column_stack((b_above - a_above, b_below - a_below))

    def as_far(swaps: NDArray[Any]) -> int:
        above, below = (swaps @ exchanged).T  # what comes to a, and leaves b
        of_a = _ratios(a_above.sum() + above, a_below.sum() + below)
        of_b = _ratios(b_above.sum() - above, b_below.sum() - below)
        return int((np.abs(apart(of_a, of_b, math.inf)) >= abs(value) * (1 - 1e-9)).sum())

    p = permuted_p((as_far(swaps) for swaps in sides(data.n_clusters, seed)), data.n_clusters)
    return Difference(value, low, high, p, data.n, data.n_clusters)


def linearised(numerator: Sequence[float], denominator: Sequence[float]) -> list[float]:
    """One value an example whose mean is the ratio R, and whose spread is the ratio's: R + (y - R · x) / mean(x).

    Taylor's linearisation (Cochran 1977, "Sampling Techniques", 6.4): good where the denominators' sum is well known. It
    serves to plan sizes; intervals are drawn. Raises ValueError where the denominators sum to 0.
    """
    below = sum(denominator)
    if not below:
        raise ValueError("the denominators sum to 0: there is no ratio")
    r, scale = sum(numerator) / below, len(denominator) / below
    return [r + (y - r * x) * scale for y, x in zip(numerator, denominator, strict=True)]


def _ratios(above: Floats, below: Floats) -> Floats:
    """Endless where next to nothing is left below."""
    endless: Floats = np.full(len(above), np.inf)
    return np.divide(above, below, out=endless, where=below > 1e-9 * below.max(initial=0.0))


def paired_quantile(
    a: Sequence[float], b: Sequence[float], clusters: Sequence[str], q: float, draws: int = 2000, seed: int = 0
) -> Difference | None:
    """Is p95 lower in a? The quantile of a less that of b (type 1 of Hyndman & Fan 1996, as in `stats.quantile`); None for
    no values.

    The interval is by the same clusters drawn for both; p by exchanging a and b in whole clusters, as in `paired_ratio`. Each
    limit leans on both limits of the two quantiles: where so few examples cannot give one of them, there is no interval.
    """
    if not 0 < q < 1:
        raise ValueError(f"q is {q}, expected a share between 0 and 1")
    data = Clustered(clusters, a, b)
    if not data.n:
        return None
    values = np.concatenate(data.columns)
    order = np.argsort(values, kind="stable")
    ordered, of = values[order], np.concatenate((data.cluster_of, data.cluster_of))[order]
    from_a = (np.arange(2 * data.n) < data.n)[order]

    def at_q(weights: NDArray[Any]) -> Floats:
        reached = np.cumsum(weights, axis=1)
        short = reached < q * reached[:, -1:] - 1e-9
        return np.asarray(ordered[short.sum(axis=1)])

    def apart(drawn: NDArray[Any]) -> Floats:
        return at_q(drawn[:, of] * from_a) - at_q(drawn[:, of] * ~from_a)

    value = float(apart(np.ones((1, data.n_clusters), dtype=np.int64))[0])
    low, high = interval(value, map(apart, data.draws(draws, seed, width=4 * data.n)), data.n_clusters)
    if max(q, 1 - q) ** data.n > TAIL:
        low = high = None

    def as_far(swaps: NDArray[Any]) -> int:
        in_a = swaps[:, of].astype(bool) ^ from_a
        return int((np.abs(at_q(in_a) - at_q(~in_a)) >= abs(value) * (1 - 1e-9)).sum())

    blocks = (part for trial in sides(data.n_clusters, seed) for part in _parts(trial, 4 * data.n))
    return Difference(value, low, high, permuted_p(map(as_far, blocks), data.n_clusters), data.n, data.n_clusters)


def _parts(trials: NDArray[Any], width: int) -> Iterator[NDArray[Any]]:
    """The rows in blocks that bound the memory, where `width` cells are spent on a row."""
    rows = max(1, CELLS // width)
    yield from (trials[start : start + rows] for start in range(0, len(trials), rows))
