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


@pytest.mark.parametrize("n", [1, 50])
def test_one_cluster_is_undecided_with_that_reason(n: int) -> None:
    found = decide(AT_LEAST, RECALL, Estimate(0.9, None, None, n, 1), None)
    assert (found.verdict, found.reason, found.needed_n) == ("undecided", "one cluster: no interval", None)


def test_a_quantile_that_too_few_examples_can_give_says_how_many_it_takes() -> None:
    gate = Gate("latency_p99_s", "rag", at_most=3.0)
    found = decide(gate, P99, Estimate(2.0, 1.5, None, 187, 30), None)
    assert found.reason == "an interval of latency_p99_s takes 368 examples"
    assert found.needed_n == 368


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
