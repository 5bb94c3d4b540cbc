"""Verdicts from intervals, and how many examples would decide."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines import stats
from pipelines.deciding import decide
from pipelines.params import Gate
from pipelines.quantities import Mean, Quantile, Sample
from pipelines.stats import Estimate

AT_LEAST = Gate("recall@5", "rag", at_least=0.8)
AT_LEAST_NINE = Gate("recall@5", "rag", at_least=0.9, against="bot")
AT_MOST = Gate("failed", "rag", at_most=0.1)
RECALL, FAILED, P99 = Mean("recall@5"), Mean("failed"), Quantile("latency_p99_s", "latency_s", 0.99)


@pytest.mark.parametrize(
    ("gate", "low", "high", "verdict"),
    [
        (AT_LEAST, 0.80, 0.90, "pass"),
        (AT_LEAST, 0.79, 0.90, "undecided"),
        (AT_LEAST, 0.70, 0.79, "fail"),
        (AT_LEAST, 0.70, 0.80, "undecided"),
        (AT_MOST, 0.00, 0.10, "pass"),
        (AT_MOST, 0.05, 0.11, "undecided"),
        (AT_MOST, 0.11, 0.20, "fail"),
    ],
)
def test_the_interval_decides(gate: Gate, low: float, high: float, verdict: str) -> None:
    assert decide(gate, RECALL, Estimate((low + high) / 2, low, high, 100, 10), None).verdict == verdict


def test_a_limit_that_is_not_known_can_still_leave_the_other_to_decide() -> None:
    assert decide(AT_LEAST, RECALL, Estimate(0.9, 0.85, None, 50, 10), None).verdict == "pass"
    assert decide(AT_MOST, FAILED, Estimate(0.9, 0.85, None, 50, 10), None).verdict == "fail"
    assert decide(AT_MOST, FAILED, Estimate(0.05, 0.01, None, 50, 10), None).verdict == "undecided"


@pytest.mark.parametrize(("clusters", "said"), [(1, "1 cluster"), (2, "2 clusters"), (5, "5 clusters")])
def test_too_few_clusters_are_undecided_with_that_reason(clusters: int, said: str) -> None:
    values, names = [1.0] * 50, [f"c{at % clusters}" for at in range(50)]
    mean = stats.mean(values, names)
    assert mean is not None
    found = decide(AT_LEAST, RECALL, mean, Sample(values, names, 0.8))
    reason = f"{said}: too few for an interval; 6 are needed"
    assert (found.verdict, found.reason, found.needed_n) == ("undecided", reason, None)


def test_a_quantile_that_too_few_examples_can_give_says_how_many_it_takes() -> None:
    gate = Gate("latency_p99_s", "rag", at_most=3.0)
    found = decide(gate, P99, Estimate(2.0, 1.5, None, 187, 30), None)
    assert found.reason == "an interval of latency_p99_s takes 368 examples"
    assert found.needed_n == 368
    alike = decide(gate, P99, Estimate(2.0, 1.5, None, 500, 30), None)
    assert (
        alike.reason == "an interval of latency_p99_s takes 368 independent examples, and those of a cluster are alike"
    )
    assert alike.needed_n is None


def test_a_value_on_its_bound_is_never_decided() -> None:
    found = decide(AT_LEAST, RECALL, Estimate(0.8, 0.7, 0.9, 100, 10), None)
    assert found.needed_n is None
    assert found.reason == "the interval holds the bound, and the value is on it: no number of examples decides"


def test_where_all_are_the_same_the_needed_n_is_that_of_wilsons_bound() -> None:
    # z^2 / (G + z^2) <= 0.1 takes 35 clusters: 10 examples in each of the 20 that there are become 346.
    values, clusters = [0.0] * 200, [f"c{at % 20}" for at in range(200)]
    found = stats.mean(values, clusters)
    assert found is not None
    needed = decide(AT_MOST, FAILED, found, Sample(values, clusters, 0.1)).needed_n
    assert needed is not None
    assert 340 <= needed <= 352


def limits_of(n: int, values: list[float], each: int) -> tuple[float, float]:
    found = stats.mean((values * n)[:n], [f"c{at // each}" for at in range(n)], share=True)
    assert found
    assert found.low is not None
    assert found.high is not None
    return found.low, found.high


def test_the_needed_n_is_the_first_that_decides_where_all_clusters_are_the_same() -> None:
    """Of pairs that were all won, at both ends; of clusters that are half right; of a share that is 0.5 everywhere."""
    won = stats.paired([1.0] * 40, [0.0] * 40, [f"c{at}" for at in range(40)])
    assert won
    clusters = [f"c{at}" for at in range(40)]
    needed = decide(AT_LEAST_NINE, RECALL, won, Sample([1.0] * 40, clusters, 0.9)).needed_n
    assert needed == 73
    for n, decides in ((72, False), (73, True)):
        found = stats.paired([1.0] * n, [0.0] * n, [f"c{at}" for at in range(n)])
        assert found
        assert found.low is not None
        assert (found.low >= 0.9) == decides
    for values, each in (([0.0, 1.0], 2), ([0.5], 2)):
        clusters = [f"c{at // each}" for at in range(40)]
        half = stats.mean((values * 40)[:40], clusters)
        assert half
        needed = decide(
            Gate("recall@5", "rag", at_least=0.45), RECALL, half, Sample((values * 40)[:40], clusters, 0.45)
        ).needed_n
        assert needed is not None
        assert limits_of(needed + needed % 2, values, each)[0] >= 0.45
        assert limits_of(needed - 4 + needed % 2, values, each)[0] < 0.45


def test_one_failure_among_many_needs_as_many_clusters_as_none() -> None:
    """34 clusters without a failure leave 10 % of clusters open, and one failure leaves no fewer: 5 % take 73 clusters."""
    clusters, gate = [f"c{at % 34}" for at in range(187)], Gate("failed", "rag", at_most=0.05)
    for failures in (0, 1, 2, 3):
        values = [float(at < failures) for at in range(187)]
        found = stats.mean(values, clusters)
        assert found
        decision = decide(gate, FAILED, found, Sample(values, clusters, 0.05))
        assert decision.verdict == "undecided"
        assert decision.needed_n is not None
        assert decision.needed_n >= 402


@given(st.floats(0.02, 0.3), st.integers(8, 40))
def test_more_examples_are_needed_than_there_are_and_fewer_the_farther_the_bound(distance: float, groups: int) -> None:
    values = [float((at * 7) % 10 < 6) for at in range(groups * 10)]
    clusters = [f"c{(at * at) % groups}" for at in range(groups * 10)]
    found = stats.mean(values, clusters, draws=200)
    assert found is not None

    def needed(bound: float) -> int | None:
        wide = Estimate(found.value, 0.0, 1.0, found.n, found.clusters)
        return decide(Gate("recall@5", "rag", at_least=bound), RECALL, wide, Sample(values, clusters, bound)).needed_n

    near, far = needed(found.value - distance / 2), needed(found.value - distance)
    assert near is None or (far is not None and found.n < far <= near)


def test_the_needed_n_decides_in_about_four_of_five_cases() -> None:
    import random

    gate, rng = Gate("recall@5", "rag", at_least=0.5), random.Random(1)

    def draw(groups: int) -> tuple[list[float], list[str]]:
        rows = []
        for group in range(groups):
            share = min(1.0, max(0.0, rng.gauss(0.6, 0.2)))
            rows += [(float(rng.random() < share), f"c{group}") for _ in range(5)]
        return [value for value, _ in rows], [cluster for _, cluster in rows]

    def verdict(groups: int) -> tuple[str, int | None]:
        values, clusters = draw(groups)
        found = stats.mean(values, clusters, draws=400)
        assert found is not None
        decision = decide(gate, RECALL, found, Sample(values, clusters, 0.5))
        return decision.verdict, decision.needed_n

    planned = [needed for _ in range(60) if (needed := verdict(14)[1])]
    groups = sorted(planned)[len(planned) // 2] // 5
    decided = sum(verdict(groups)[0] == "pass" for _ in range(150)) / 150
    assert 0.65 < decided < 0.95


def test_what_is_no_mean_needs_twice_the_interval_shrunk_to_the_bound() -> None:
    # 0.1 from the bound with an interval that reaches 0.2: 4 times the examples to touch it, 2.04 times that for 4 of 5 cases.
    gate = Gate("latency_p95_s", "rag", at_most=1.0, against="bot")
    found = decide(gate, Quantile("latency_p95_s", "latency_s", 0.95), Estimate(0.9, 0.7, 1.1, 100, 20), None)
    assert (found.reason, found.needed_n) == ("the interval holds the bound", 817)
