"""How often is a run that lies exactly on its bound decided all the same? Simulations of rare shares and far quantiles.

2.5 % either way is what a gate promises. Beside each figure stands that of the bare bootstrap, without the limits of `shares`.
`make bench` prints them with many replications; the tests run the same functions with few.
"""

from __future__ import annotations

from statistics import NormalDist

from pipelines.bench_stats import DRAWS, Design
from pipelines.stats import Estimate, mean, paired, quantile

Shares = dict[str, float]
REPLICATIONS = 500
WRONG = ("low", "high")  # the whole interval above the truth, or below it


def share_on_its_bound(design: Design, share: float, replications: int, seed: int = 0) -> Shares:
    """0/1 values by a threshold on scores; with `share=False` the interval is the bootstrap's alone."""
    wrong, below = _counts(), NormalDist().inv_cdf(share)
    for at, rng in enumerate(design.rng(seed, replications)):
        values = (design.scores(rng) < below).astype(float).tolist()
        for way, held in (("", True), ("bare ", False)):
            _count(wrong, way, mean(values, design.names, DRAWS, at, share=held), share)
    return {name: count / replications for name, count in wrong.items()}


def loss_on_its_bound(design: Design, loss: float, replications: int, seed: int = 0) -> Shares:
    """A system that loses this share of answers to one that has all of them right."""
    wrong, below = _counts(), NormalDist().inv_cdf(loss)
    for at, rng in enumerate(design.rng(seed, replications)):
        a = (design.scores(rng) >= below).astype(float).tolist()
        for way, held in (("", True), ("bare ", False)):
            found = paired(a, [1.0] * len(a), design.names, DRAWS, at, share=held)
            assert found
            estimate = Estimate(found.value, found.low, found.high, found.n, found.clusters)
            _count(wrong, way, estimate, -loss)
    return {name: count / replications for name, count in wrong.items()}


def quantile_on_its_bound(design: Design, q: float, replications: int, seed: int = 0) -> Shares:
    """A quantile of normal scores, and how often its upper limit lies beyond all values."""
    wrong, truth = dict.fromkeys((*WRONG, "open above"), 0), NormalDist().inv_cdf(q)
    for at, rng in enumerate(design.rng(seed, replications)):
        found = quantile(design.scores(rng).tolist(), design.names, q, DRAWS, at)
        _count(wrong, "", found, truth)
        wrong["open above"] += found is not None and found.high is None
    return {name: count / replications for name, count in wrong.items()}


def _counts() -> dict[str, int]:
    return {f"{way}{name}": 0 for way in ("", "bare ") for name in WRONG}


def _count(wrong: dict[str, int], way: str, found: Estimate | None, truth: float) -> None:
    assert found
    wrong[f"{way}low"] += found.low is not None and found.low > truth
    wrong[f"{way}high"] += found.high is not None and found.high < truth


def main() -> None:
    """Print a line a figure."""
    alone, few, many = Design(200, 1, 0.0), Design(34, 5, 0.3), Design(300, 5, 0.3)
    for design, share in ((alone, 0.02), (few, 0.02), (few, 0.05), (few, 0.12), (few, 0.5), (many, 0.03)):
        _print(f"a share of {share}, {_shape(design)}", share_on_its_bound(design, share, REPLICATIONS))
    for design, loss in ((few, 0.05), (few, 0.12), (many, 0.03)):
        _print(f"a loss of {loss}, {_shape(design)}", loss_on_its_bound(design, loss, REPLICATIONS))
    for design, q in (
        (few, 0.5),
        (few, 0.95),
        (Design(72, 1, 0.0), 0.95),
        (Design(34, 11, 0.3), 0.99),
        (Design(368, 1, 0.0), 0.99),
    ):
        _print(f"p{q * 100:g}, {_shape(design)}", quantile_on_its_bound(design, q, REPLICATIONS))


def _shape(design: Design) -> str:
    return f"{design.clusters} x {design.each}, ICC {design.correlation:g}"


def _print(what: str, shares: Shares) -> None:
    print(f"{what}: {', '.join(f'{name} {share:.1%}' for name, share in shares.items())}", flush=True)


if __name__ == "__main__":
    main()
