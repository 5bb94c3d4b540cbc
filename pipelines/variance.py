"""Where the spread of scores comes from: clustered standard errors, and variance within and between groups.

One analysis of variance serves two questions. With clusters as groups (questions on one article) its correlation is the
intra-cluster correlation; with examples as groups and repeated runs as values, it tells what repeating a run can still buy.

Variances are in the square of the values' unit, standard errors in their unit. What cannot be had is None, and `reason` says why;
nothing is ever NaN. Values that are not finite raise ValueError, as do inputs of different lengths.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from pipelines.shares import TAIL
from pipelines.stats import Clustered


@dataclass(frozen=True)
class StandardError:
    """A mean with its clustered standard error, and the 95 % interval of Student's t with clusters - 1 degrees of freedom.

    `effective_clusters`: as many clusters of one size would say as much, were the examples of a cluster all alike (Kish 1965).
    Far below `clusters`, a few large ones carry the mean and the interval is too narrow. `design_effect`: how many times the
    variance is that of as many independent examples; n / design_effect is what the examples are worth.
    """

    value: float
    se: float | None
    low: float | None
    high: float | None
    n: int
    clusters: int
    effective_clusters: float
    design_effect: float | None
    reason: str | None = None


def standard_error(values: Sequence[float], clusters: Sequence[str]) -> StandardError | None:
    """The mean, and how far it is from that of all clusters there are; None for no values.

    se² = G / (G - 1) · Σ (S_g - n_g · mean)² / N² over G clusters with n_g of the N values that sum to S_g: the sandwich "CR1"
    (Liang & Zeger 1986, https://doi.org/10.1093/biomet/73.1.13; as a mean's, Miller 2024, https://arxiv.org/abs/2411.00640).
    It leans on many clusters. Below about 40 it is somewhat too small, which t's wider quantiles mend where the clusters are of
    about one size and do not where they are not (Cameron & Miller 2015, https://doi.org/10.3368/jhr.50.2.317).
    """
    data = Clustered(clusters, values)
    if not data.n:
        return None
    n, groups = data.n, data.n_clusters
    value = float(data.sums(0).sum() / n)
    effective = n**2 / float(np.square(data.sizes).sum())
    if groups < 2:
        reason = "one cluster: nothing tells how far clusters lie apart"
        return StandardError(value, None, None, None, n, groups, effective, None, reason)
    within_rounding = 1e-12 * float(np.abs(data.columns[0]).max())
    squares = float(np.square(data.columns[0] - value).sum())
    if math.sqrt(squares / n) <= within_rounding:
        reason = "all values are equal: they show no spread"  # of shares, `stats.mean` has Wilson's limits then
        return StandardError(value, 0.0, None, None, n, groups, effective, None, reason)
    se = math.sqrt(groups / (groups - 1) * float(np.square(data.sums(0) - data.sizes * value).sum())) / n
    if se <= within_rounding:
        reason = "every cluster has the same mean: they show no spread"
        return StandardError(value, 0.0, None, None, n, groups, effective, 0.0, reason)
    reach = se * float(stdtrit(groups - 1, 1 - TAIL))
    independent = squares / (n - 1) / n
    return StandardError(value, se, value - reach, value + reach, n, groups, effective, se**2 / independent)


@dataclass(frozen=True)
class Components:
    """The variance of values that come in groups: `within` one group, `between` the means of groups, and the share of the
    second in both, the intra-class correlation (0: groups say nothing; 1: one value of a group says all)."""

    within: float | None
    between: float | None
    correlation: float | None
    n: int
    groups: int
    reason: str | None = None

    def standard_error(self, groups: int, each: int) -> float | None:
        """Of a mean over so many groups of so many values each: √(between / groups + within / (groups · each)).

        With examples as groups and repeats as values it says what more repeats would buy: never less than √(between / groups).
        Examples that are themselves clustered have a larger one (`standard_error` of their values).
        """
        if groups < 1 or each < 1:
            raise ValueError(f"{groups} groups of {each} values: expected at least one of each")
        if self.within is None or self.between is None:
            return None
        return math.sqrt(self.between / groups + self.within / (groups * each))


def components(values: Sequence[float], groups: Sequence[str]) -> Components:
    """Variance within and between groups: repeats of examples, or examples of clusters.

    One-way random effects by analysis of variance, for unequal groups: within = MSW, between = (MSB - MSW) / n0 with
    n0 = (N - Σ n_g² / N) / (G - 1) (Searle, Casella & McCulloch 1992, "Variance Components", 3.6). The correlation is
    ICC(1) of Shrout & Fleiss 1979 (https://doi.org/10.1037/0033-2909.86.2.420). An estimate below 0 is given as 0, with a reason.
    With few groups `between` is rough: its relative error is about √(2 / (G - 1)), 26 % for 30 groups, 71 % for 5.
    """
    data = Clustered(groups, values)
    n, k = data.n, data.n_clusters
    if k < 2:
        return Components(None, None, None, n, k, "fewer than two groups: nothing to compare between them")
    if n == k:
        return Components(None, None, None, n, k, "one value in each group: within and between cannot be told apart")
    centred = data.columns[0] - data.sums(0).sum() / n  # large values beside a small spread lose no digits
    sums = np.bincount(data.cluster_of, centred, k)
    means = sums / data.sizes
    ms_between = float((data.sizes * means**2).sum()) / (k - 1)
    ms_within = float(np.square(centred - means[data.cluster_of]).sum()) / (n - k)
    if max(ms_between, ms_within) <= (1e-12 * float(np.abs(data.columns[0]).max())) ** 2 * n:
        return Components(0.0, 0.0, None, n, k, "all values are equal: there is no variance to share out")
    between = (ms_between - ms_within) / ((n - float(np.square(data.sizes).sum()) / n) / (k - 1))
    if between < 0:
        reason = "groups differ less than chance would have them: the estimate between them is below 0, given as 0"
        return Components(ms_within, 0.0, 0.0, n, k, reason)
    return Components(ms_within, between, between / (between + ms_within), n, k)


def design_effect(correlation: float, each: float) -> float:
    """1 + (m - 1) · ρ: how many times the variance of a mean grows when examples come in clusters of m with correlation ρ
    (Kish 1965, "Survey Sampling", 5.4). For unequal clusters take m = Σ n_g² / N."""
    if each < 1 or not -1 <= correlation <= 1:
        raise ValueError(f"a correlation of {correlation} in clusters of {each}: expected -1 to 1, and at least 1")
    return max(0.0, 1 + (each - 1) * correlation)
