"""Verdicts of gates."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.gate import Judged, exit_code, judge
from pipelines.params import Gate
from pipelines.stats import Estimate

AT_LEAST = Gate("recall@5", "rag", at_least=0.8)
AT_MOST = Gate("failed", "rag", at_most=0.1)


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
    assert judge(gate, Estimate((low + high) / 2, low, high, 100, 10)).verdict == verdict


def test_a_limit_that_is_not_known_can_still_leave_the_other_to_decide() -> None:
    assert judge(AT_LEAST, Estimate(0.9, 0.85, None, 50, 10)).verdict == "pass"
    assert judge(AT_MOST, Estimate(0.9, 0.85, None, 50, 10)).verdict == "fail"
    assert judge(AT_MOST, Estimate(0.05, 0.01, None, 50, 10)).verdict == "undecided"


@pytest.mark.parametrize("estimate", [None, Estimate(0.9, None, None, 1, 1)])
def test_without_an_interval_nothing_is_decided(estimate: Estimate | None) -> None:
    assert judge(AT_LEAST, estimate).verdict == "undecided"


@given(st.floats(0.5, 1), st.floats(0.001, 0.3), st.integers(2, 10_000))
def test_the_needed_n_shrinks_the_interval_to_the_bound(value: float, half: float, n: int) -> None:
    judged = judge(AT_LEAST, Estimate(value, value - half, value + half, n, 10))
    if judged.verdict == "undecided" and judged.needed_n is not None:
        assert judged.needed_n >= n
        if value not in (0, 1):
            assert half * (n / judged.needed_n) ** 0.5 <= abs(value - 0.8) + 1e-9


def test_where_all_are_the_same_the_needed_n_is_that_of_wilsons_bound() -> None:
    # z^2 / (G + z^2) <= 0.1 takes 35 clusters: 10 examples in each of the 20 that there are become 346.
    high = 1.96**2 / (20 + 1.96**2)
    needed = judge(AT_MOST, Estimate(0.0, 0.0, high, 200, 20)).needed_n
    assert needed is not None
    assert 340 <= needed <= 352


def test_a_value_on_its_bound_is_never_decided() -> None:
    assert judge(AT_LEAST, Estimate(0.8, 0.7, 0.9, 100, 10)).needed_n is None


def verdicts(*kinds: str) -> list[Judged]:
    return [Judged("g", kind, 0.0, 0.0, 0.0, 1) for kind in kinds]  # type: ignore[arg-type]


def test_the_exit_code_is_by_the_worst_verdict() -> None:
    assert exit_code(verdicts()) == 0
    assert exit_code(verdicts("pass", "pass")) == 0
    assert exit_code(verdicts("pass", "undecided")) == 3
    assert exit_code(verdicts("undecided", "fail", "pass")) == 1
