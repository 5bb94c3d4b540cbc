"""Do intervals cover, do tests reject, is a planted gain found as often as promised? Simulations of clustered scores, and speed.

`make bench` prints them with many replications; the tests run the same functions with few. Each comes with what a naive analysis,
which takes every example for independent, would have done: a simulation that cannot tell the two apart would show nothing.
A share of R replications is itself uncertain by √(share · (1 - share) / R).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from pipelines.comparisons import equivalence, holm, mcnemar, paired_ratio
from pipelines.power import detectable, detectable_given, needed
from pipelines.stats import Difference, Floats, mean, paired, quantile, ratio
from pipelines.variance import components, design_effect, standard_error

REPLICATIONS = 2000
DRAWS = 500  # of each bootstrap
NAIVE_DRAWS = 100
ALPHA = 0.05


@dataclass(frozen=True)
class Design:
    """So many clusters of so many examples, the scores of one cluster correlated. `growth` makes clusters unequal: the last is so
    many times as large as the first."""

    clusters: int = 30
    each: int = 10
    correlation: float = 0.3
    growth: float = 1.0

    @property
    def sizes(self) -> list[int]:
        steps = np.geomspace(1, self.growth, self.clusters)
        return [max(1, round(self.each * float(step) / float(steps.mean()))) for step in steps]

    @property
    def names(self) -> list[str]:
        return [f"c{at:05}" for at, size in enumerate(self.sizes) for _ in range(size)]

    @property
    def alone(self) -> list[str]:
        """The naive view: each example its own cluster."""
        return [f"e{at:05}" for at in range(sum(self.sizes))]

    @property
    def error(self) -> float:
        """The true standard error of a mean of scores with variance 1, in clusters of one size."""
        return float(np.sqrt(design_effect(self.correlation, self.each) / (self.clusters * self.each)))

    def scores(self, rng: np.random.Generator) -> Floats:
        """Normal, mean 0, variance 1."""
        sizes = self.sizes
        common = np.repeat(rng.normal(0, self.correlation**0.5, self.clusters), sizes)
        return np.asarray(common + rng.normal(0, (1 - self.correlation) ** 0.5, sum(sizes)))

    def rng(self, seed: int, replications: int) -> Iterator[np.random.Generator]:
        yield from (np.random.default_rng([seed, at]) for at in range(replications))


def holds(low: float | None, high: float | None, truth: float) -> bool:
    """An open limit holds everything on its side."""
    return (low is None or low <= truth) and (high is None or truth <= high)


def _seed(rng: np.random.Generator) -> int:
    """Another for each replication: draws hang on seed and number of clusters alone, and one set has errors of its own."""
    return int(rng.integers(2**31))


def coverage(design: Design, replications: int, draws: int = DRAWS, seed: int = 0) -> dict[str, float]:
    """How often 95 % intervals of a mean hold the true mean."""
    held = {"cluster bootstrap": 0, "clustered t": 0, "naive": 0}
    for rng in design.rng(seed, replications):
        values = design.scores(rng).tolist()
        draw_seed = _seed(rng)
        boot = mean(values, design.names, draws, draw_seed)
        naive = mean(values, design.alone, NAIVE_DRAWS, draw_seed)
        t = standard_error(values, design.names)
        assert boot
        assert naive
        assert t
        limits = [(boot.low, boot.high), (t.low, t.high), (naive.low, naive.high)]
        for name, (low, high) in zip(held, limits, strict=True):
            held[name] += holds(low, high, 0.0)
    return {name: count / replications for name, count in held.items()}


def coverage_of_a_ratio(design: Design, replications: int, draws: int = DRAWS, seed: int = 0) -> dict[str, float]:
    """How often 95 % intervals of a cost per correct answer, and of the difference of two, hold the true one: costs are
    lognormal and dearer in some clusters, 3 in 10 answers are correct."""
    held = {"ratio": 0, "difference of ratios": 0, "naive ratio": 0}
    truth = float(np.exp(0.125) / 0.3)
    for rng in design.rng(seed, replications):
        costs, others = (np.exp(design.scores(rng) / 2) for _ in "ab")
        right, of_others = ((design.scores(rng) < -0.5244).astype(float) for _ in "ab")
        draw_seed = _seed(rng)
        one = ratio(costs.tolist(), right.tolist(), design.names, draws, draw_seed)
        naive = ratio(costs.tolist(), right.tolist(), design.alone, NAIVE_DRAWS, draw_seed)
        both = paired_ratio(
            (costs.tolist(), right.tolist()), (others.tolist(), of_others.tolist()), design.names, draws, draw_seed
        )
        held["ratio"] += one is None or holds(one.low, one.high, truth)
        held["naive ratio"] += naive is None or holds(naive.low, naive.high, truth)
        held["difference of ratios"] += both is None or holds(both.low, both.high, 0.0)
    return {name: count / replications for name, count in held.items()}


def rejection(design: Design, replications: int, gain: float = 0.0, seed: int = 0) -> dict[str, float]:
    """How often a paired test at 5 % finds a difference whose true mean is `gain`; at 0, its error of the first kind."""
    found = {"sign flip": 0, "naive bootstrap": 0}
    for rng in design.rng(seed, replications):
        a = (design.scores(rng) + gain).tolist()
        nothing = [0.0] * len(a)
        ours, naive = paired(a, nothing, design.names, 100), mean(a, design.alone, NAIVE_DRAWS, _seed(rng))
        assert ours
        assert naive
        found["sign flip"] += ours.p <= ALPHA
        found["naive bootstrap"] += not holds(naive.low, naive.high, 0.0)
    return {name: count / replications for name, count in found.items()}


def rejection_of_right_and_wrong(design: Design, replications: int, seed: int = 0) -> dict[str, float]:
    """The same under the null for systems that are right or wrong, each by a threshold on scores of its own."""
    found = {"sign flip": 0, "McNemar, examples taken for independent": 0}
    for rng in design.rng(seed, replications):
        a, b = ((design.scores(rng) > 0).astype(float).tolist() for _ in "ab")
        ours = paired(a, b, design.names, 100)
        assert ours
        found["sign flip"] += ours.p <= ALPHA
        found["McNemar, examples taken for independent"] += mcnemar(a, b).p <= ALPHA
    return {name: count / replications for name, count in found.items()}


def power_kept(design: Design, replications: int, promised: float = 0.8, seed: int = 0) -> dict[str, float]:
    """How often a gain is found that is planted as large as the promise asks: computed from the true spread of the design; from
    a pilot of the same size; and by whoever takes examples for independent."""
    effect = detectable_given(design.error, design.clusters, promised)
    naive = detectable_given((design.clusters * design.each) ** -0.5, design.clusters * design.each, promised)
    assert effect is not None
    assert naive is not None
    found = {"true spread": 0, "pilot": 0, "naive": 0}
    for rng in design.rng(seed, replications):
        pilot, noise = design.scores(rng).tolist(), design.scores(rng)
        nothing = [0.0] * len(noise)
        planned = detectable(pilot, nothing, design.names, promised).effect
        assert planned is not None
        for name, gain in zip(found, (effect, planned, naive), strict=True):
            result = paired((noise + gain).tolist(), nothing, design.names, 100)
            assert result
            found[name] += result.p <= ALPHA
    return {name: count / replications for name, count in found.items()}


def power_of_needed(design: Design, replications: int, effect: float, seed: int = 0) -> tuple[float, float]:
    """The share found with as many clusters as a pilot says that an effect needs; and how many those were on average."""
    found, clusters = 0, 0
    for rng in design.rng(seed, replications):
        pilot = design.scores(rng).tolist()
        plan = needed(effect, pilot, [0.0] * len(pilot), design.names)
        assert plan.clusters is not None
        larger = Design(plan.clusters, design.each, design.correlation)
        values = (larger.scores(rng) + effect).tolist()
        result = paired(values, [0.0] * len(values), larger.names, 100)
        assert result
        found, clusters = found + (result.p <= ALPHA), clusters + plan.clusters
    return found / replications, clusters / replications


def false_assurance(design: Design, replications: int, margin: float = 0.5, seed: int = 0) -> dict[str, float]:
    """How often a system that is worse by exactly the margin is said not to be: 2.5 % at most."""
    said = {"clustered": 0, "naive": 0}
    for rng in design.rng(seed, replications):
        a = (design.scores(rng) - margin).tolist()
        for name, clusters, draws in zip(said, (design.names, design.alone), (DRAWS, NAIVE_DRAWS), strict=True):
            found = mean(a, clusters, draws, _seed(rng), share=False)  # the interval of `paired`, without its p
            assert found
            difference = Difference(found.value, found.low, found.high, 1.0, found.n, found.clusters)
            said[name] += equivalence(difference, margin).not_worse is True
    return {name: count / replications for name, count in said.items()}


def false_families(design: Design, replications: int, variants: int = 5, seed: int = 0) -> dict[str, float]:
    """How often at least one of several variants that are no better than one baseline seems to differ from it."""
    wrong = {"Holm": 0, "no adjustment": 0}
    for rng in design.rng(seed, replications):
        baseline = design.scores(rng).tolist()
        results = [paired(design.scores(rng).tolist(), baseline, design.names, 100) for _ in range(variants)]
        ps = [result.p for result in results if result]
        wrong["Holm"] += min(holm(ps)) <= ALPHA
        wrong["no adjustment"] += min(ps) <= ALPHA
    return {name: count / replications for name, count in wrong.items()}


def average_components(design: Design, replications: int, seed: int = 0) -> tuple[float, float]:
    """The mean estimates of the variances within and between; the true ones are 1 - correlation and correlation."""
    found = [components(design.scores(rng).tolist(), design.names) for rng in design.rng(seed, replications)]
    return (
        sum(one.within or 0 for one in found) / replications,
        sum(one.between or 0 for one in found) / replications,
    )


def main() -> None:
    """Print a line a figure."""
    many = REPLICATIONS
    for correlation in (0.1, 0.3, 0.5):
        _print(f"coverage, 30 x 10, ICC {correlation}", coverage(Design(correlation=correlation), many))
    for clusters in (6, 10):
        _print(f"coverage, {clusters} x 10, ICC 0.3", coverage(Design(clusters), many))
    _print("coverage, 30 clusters of 2 to 33, ICC 0.3", coverage(Design(growth=20), many))
    _print("coverage of cost per correct, 30 x 10, ICC 0.3", coverage_of_a_ratio(Design(), many // 2))
    for clusters, each, correlation in ((30, 10, 0.3), (30, 10, 0.5), (30, 20, 0.5), (8, 10, 0.3)):
        design = Design(clusters, each, correlation)
        _print(f"rejected under the null, {clusters} x {each}, ICC {correlation}", rejection(design, many))
    design = Design(correlation=0.5)
    _print(
        "the same, right or wrong, 30 x 10, ICC 0.5 before the threshold", rejection_of_right_and_wrong(design, many)
    )
    for clusters in (6, 7, 8, 12, 30):
        _print(f"found of 80 % promised, {clusters} x 10, ICC 0.3", power_kept(Design(clusters), many))
    share, average = power_of_needed(Design(), many, 0.3)
    print(f"a gain of 0.3 by n from a pilot, promised 80 %: found {share:.1%}, with {average:.0f} clusters on average")
    _print("not worse by 0.5, said of what is: 2.5 % promised", false_assurance(Design(), many))
    _print("5 variants, none better: at least one seems to differ", false_families(Design(), many // 2))
    within, between = average_components(Design(), many)
    print(f"variance within and between at 0.7 and 0.3: {within:.3f} and {between:.3f} on average", flush=True)
    _speed()


def _print(what: str, shares: dict[str, float]) -> None:
    print(f"{what}: {', '.join(f'{name} {share:.1%}' for name, share in shares.items())}", flush=True)


def _speed() -> None:
    rng = np.random.default_rng(0)
    a, b = (rng.random(5000).tolist() for _ in "ab")
    for groups in (5000, 500):
        clusters = [f"c{at % groups}" for at in range(5000)]
        works: dict[str, Callable[[], object]] = {
            "mean": partial(mean, a, clusters, 10_000),
            "quantile": partial(quantile, a, clusters, 0.95, 10_000),
            "ratio": partial(ratio, a, b, clusters, 10_000),
            "paired": partial(paired, a, b, clusters, 10_000),
            "paired_ratio": partial(paired_ratio, (a, b), (b, a), clusters, 10_000),
            "detectable": partial(detectable, a, b, clusters),
        }
        for name, work in works.items():
            started = time.perf_counter()
            work()
            took_s = time.perf_counter() - started
            print(f"{name:<12} {took_s:6.2f} s, 10,000 draws over 5,000 examples in {groups:,} clusters", flush=True)


if __name__ == "__main__":
    main()
