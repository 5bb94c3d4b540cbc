"""What the figures of a run are: means of metrics, quantiles of times, and cost per correct answer.

Each can be had of one run, with its interval, and between two runs on the same examples. Each can also be written as the mean of
one value an example (`Sample`), which is what tells how many examples would decide about a bound.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from pipelines import stats
from pipelines.comparisons import linearised, paired_quantile, paired_ratio
from pipelines.metrics import metric
from pipelines.params import Compare
from pipelines.score_files import Scores, both_scored
from pipelines.stats import Difference, Estimate
from systems.errors import ConfigError, Fault

QUANTILES = {"p50": 0.50, "p95": 0.95, "p99": 0.99}
TIMES = ("latency_s", "ttft_s")  # shown by their quantiles, not by a mean
COST_PER_CORRECT = "cost_per_correct_usd"


@dataclass(frozen=True)
class Sample:
    """Values whose mean keeps `bound` when, and only when, the figure keeps its own."""

    values: Sequence[float]
    clusters: Sequence[str]
    bound: float


@dataclass(frozen=True)
class Quantity(ABC):
    """A figure. `better`: which way; `share`: whether it lies between 0 and 1."""

    name: str

    @property
    def better(self) -> Literal["higher", "lower"]:
        return "lower"

    @property
    def share(self) -> bool:
        return False

    @property
    @abstractmethod
    def columns(self) -> tuple[str, ...]:
        """The columns of the scores that it is made of."""

    def scored(self, scores: Scores) -> bool:
        """Whether the run has them."""
        return set(self.columns) <= set(scores.columns)

    @abstractmethod
    def of(self, scores: Scores, settings: Compare) -> Estimate | None:
        """The figure of a run; None where no example has it."""

    @abstractmethod
    def between(self, a: Scores, b: Scores, settings: Compare) -> Difference | None:
        """That of a less that of b, over the same examples; None where no example has it from both."""

    @abstractmethod
    def sample(self, scores: Scores, bound: float) -> Sample | None:
        """The figure of a run as a mean."""

    @abstractmethod
    def sample_between(self, a: Scores, b: Scores, bound: float) -> Sample | None:
        """The difference as a mean; None where it is none, not even nearly."""


@dataclass(frozen=True)
class Mean(Quantity):
    """The mean of a metric where it applies."""

    @property
    def better(self) -> Literal["higher", "lower"]:
        return metric(self.name).better

    @property
    def share(self) -> bool:
        return metric(self.name).share

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.name,)

    def of(self, scores: Scores, settings: Compare) -> Estimate | None:
        return stats.mean(*scores.values(self.name), settings.draws, settings.seed, share=self.share)

    def between(self, a: Scores, b: Scores, settings: Compare) -> Difference | None:
        return stats.paired(*both_scored(a, b, self.name), settings.draws, settings.seed, share=self.share)

    def sample(self, scores: Scores, bound: float) -> Sample | None:
        return Sample(*scores.values(self.name), bound)

    def sample_between(self, a: Scores, b: Scores, bound: float) -> Sample | None:
        of_a, of_b, clusters = both_scored(a, b, self.name)
        return Sample([one - other for one, other in zip(of_a, of_b, strict=True)], clusters, bound)


@dataclass(frozen=True)
class Quantile(Quantity):
    """A quantile of a time, in seconds."""

    time: str
    q: float

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.time,)

    def of(self, scores: Scores, settings: Compare) -> Estimate | None:
        return stats.quantile(*scores.values(self.time), self.q, settings.draws, settings.seed)

    def between(self, a: Scores, b: Scores, settings: Compare) -> Difference | None:
        return paired_quantile(*both_scored(a, b, self.time), self.q, settings.draws, settings.seed)

    def sample(self, scores: Scores, bound: float) -> Sample | None:
        """The quantile is at most the bound when the share of values up to the bound is at least q."""
        values, clusters = scores.values(self.time)
        return Sample([float(value <= bound) for value in values], clusters, self.q)

    def sample_between(self, a: Scores, b: Scores, bound: float) -> Sample | None:
        return None


@dataclass(frozen=True)
class CostPerCorrect(Quantity):
    """US dollars for a correct answer. One unknown price leaves it unknown: None."""

    @property
    def columns(self) -> tuple[str, ...]:
        return ("cost_usd", "correctness")

    def of(self, scores: Scores, settings: Compare) -> Estimate | None:
        if not (parts := self._parts(scores)):
            return None
        return stats.ratio(*parts, settings.draws, settings.seed)

    def between(self, a: Scores, b: Scores, settings: Compare) -> Difference | None:
        of_a, of_b = self._parts(a), self._parts(b)
        if not of_a or not of_b or a.applies("cost_usd") != b.applies("cost_usd"):
            return None
        return paired_ratio(of_a[:2], of_b[:2], of_a[2], settings.draws, settings.seed)

    def sample(self, scores: Scores, bound: float) -> Sample | None:
        if not (parts := self._parts(scores)) or not sum(parts[1]):
            return None
        return Sample(linearised(*parts[:2]), parts[2], bound)

    def sample_between(self, a: Scores, b: Scores, bound: float) -> Sample | None:
        of_a, of_b = self.sample(a, bound), self.sample(b, bound)
        if not of_a or not of_b or a.applies("cost_usd") != b.applies("cost_usd"):
            return None
        return Sample([one - other for one, other in zip(of_a.values, of_b.values, strict=True)], of_a.clusters, bound)

    def _parts(self, scores: Scores) -> tuple[list[float], list[float], list[str]] | None:
        costs, clusters = scores.values("cost_usd")
        correct, _ = scores.values("correctness")
        known = scores.applies("cost_usd") == scores.applies("correctness")
        return (costs, correct, clusters) if costs and known else None


def quantities_of(metrics: Sequence[str]) -> Iterator[Quantity]:
    """The figures that these metrics give, in the order of the leaderboard."""
    for name in metrics:
        if name in TIMES:
            yield from (Quantile(name.removesuffix("_s") + f"_{label}_s", name, q) for label, q in QUANTILES.items())
        else:
            yield Mean(name)
    if {"cost_usd", "correctness"} <= set(metrics):
        yield CostPerCorrect(COST_PER_CORRECT)


def quantity(name: str, metrics: Sequence[str]) -> Quantity:
    """The figure of this name among those that the metrics give. Raises ConfigError naming them."""
    for known in quantities_of(metrics):
        if known.name == name:
            return known
    names = ", ".join(known.name for known in quantities_of(metrics))
    raise ConfigError(Fault("metric", f"no figure is named {name!r}", f"known: {names}"))
