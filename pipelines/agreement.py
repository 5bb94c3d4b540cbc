"""How well a judge's probabilities agree with labels.

Balanced accuracy is the mean of two recalls, that of the supported and that of the unsupported, so that a judge who always says
the same gets 0.5 whatever the shares. AUROC is the probability that a supported text gets the higher probability of the two,
ties counting half (Hanley & McNeil 1982, https://doi.org/10.1148/radiology.143.1.7063747). The expected calibration error is the
mean distance of a bin's mean probability from its share of supported ones, by the bins' sizes (Naeini et al. 2015). Intervals
are by cluster bootstrap, as everywhere (stats.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.stats import Clustered, Estimate, Floats, interval

BINS = 10


@dataclass(frozen=True)
class Bin:
    """Texts with a probability from `low` to `high`: their mean probability, and the share that is labelled supported."""

    low: float
    high: float
    n: int
    probability: float
    supported: float


@dataclass(frozen=True)
class Agreement:
    """`sensitivity`: recall of the supported; `specificity`: of the unsupported."""

    n: int
    clusters: int
    supported: int
    balanced_accuracy: Estimate
    auroc: Estimate
    sensitivity: float
    specificity: float
    calibration_error: float
    bins: tuple[Bin, ...]


def agreement(
    probabilities: Sequence[float],
    supported: Sequence[bool],
    clusters: Sequence[str],
    threshold: float = 0.5,
    draws: int = 2000,
    seed: int = 0,
) -> Agreement:
    """Raises ValueError unless there are both supported and unsupported texts."""
    if len(set(supported)) < 2:
        raise ValueError("only one kind of label: nothing to agree on")
    data = Clustered(clusters, probabilities, [float(one) for one in supported])
    p, y = data.columns[0], data.columns[1] > 0.5
    said = p >= threshold
    sensitivity, specificity = float(said[y].mean()), float((~said)[~y].mean())
    return Agreement(
        data.n,
        data.n_clusters,
        int(y.sum()),
        _estimate((sensitivity + specificity) / 2, data, _balanced(data, said, y, draws, seed)),
        _estimate(float(_auroc(p, y, np.ones((1, data.n)))[0]), data, _aurocs(data, p, y, draws, seed)),
        sensitivity,
        specificity,
        _calibration_error(bins := _bins(p, y), data.n),
        bins,
    )


def _estimate(value: float, data: Clustered, drawn: Iterator[Floats]) -> Estimate:
    return Estimate(value, *interval(value, drawn, data.n_clusters), data.n, data.n_clusters)


def _balanced(
    data: Clustered, said: NDArray[np.bool_], y: NDArray[np.bool_], draws: int, seed: int
) -> Iterator[Floats]:
    def per_cluster(which: NDArray[np.bool_]) -> Floats:
        return np.bincount(data.cluster_of, which, data.n_clusters).astype(np.float64)

    hit, positive, spared, negative = map(per_cluster, (said & y, y, ~said & ~y, ~y))
    for drawn in data.draws(draws, seed):
        yield _only_both((_part(drawn @ hit, drawn @ positive) + _part(drawn @ spared, drawn @ negative)) / 2)


def _part(above: Floats, below: Floats) -> Floats:
    return np.asarray(np.divide(above, below, out=np.full(len(below), np.nan), where=below > 0))


def _only_both(figures: Floats) -> Floats:
    """A draw without one of the two kinds says nothing."""
    return figures[np.isfinite(figures)]


def _aurocs(data: Clustered, p: Floats, y: NDArray[np.bool_], draws: int, seed: int) -> Iterator[Floats]:
    for drawn in data.draws(draws, seed, width=4 * data.n):
        yield _only_both(_auroc(p, y, drawn[:, data.cluster_of].astype(np.float64)))


def _auroc(p: Floats, y: NDArray[np.bool_], weights: Floats) -> Floats:
    """For each row of weights; NaN where one kind has none."""
    order = np.argsort(p, kind="stable")
    values, starts = np.unique(p[order], return_index=True)
    of_y = np.where(y[order], weights[:, order], 0.0)
    of_rest = np.where(y[order], 0.0, weights[:, order])
    positive, negative = (np.add.reduceat(part, starts, axis=1) for part in (of_y, of_rest))
    below = np.cumsum(negative, axis=1) - negative / 2
    pairs = positive.sum(axis=1) * negative.sum(axis=1)
    return _part((positive * below).sum(axis=1), pairs) if len(values) else np.array([])


def _bins(p: Floats, y: NDArray[np.bool_]) -> tuple[Bin, ...]:
    which = np.minimum((p * BINS).astype(int), BINS - 1)
    return tuple(
        Bin(at / BINS, (at + 1) / BINS, int(here.sum()), float(p[here].mean()), float(y[here].mean()))
        for at in range(BINS)
        if (here := which == at).any()
    )


def _calibration_error(bins: Sequence[Bin], n: int) -> float:
    return sum(one.n * abs(one.probability - one.supported) for one in bins) / n
