"""Limits of shares and quantiles that do not get tighter than what was seen allows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.bench_bounds import loss_on_its_bound, quantile_on_its_bound, share_on_its_bound
from pipelines.bench_stats import Design
from pipelines.shares import ranks, student, unlike
from pipelines.stats import Difference, Estimate, mean, paired, quantile

BITS = st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(0, 11)), min_size=1, max_size=60)
EPS = 1e-12


def limits(found: Estimate | Difference | None) -> tuple[float, float]:
    """Where there are none, the same for all."""
    assert found
    return (0.0 if found.low is None else found.low), (0.0 if found.high is None else found.high)


def clusters_of(numbers: list[int]) -> list[str]:
    return [f"c{number:02}" for number in numbers]


@settings(deadline=None)
@given(BITS, st.data())
def test_one_more_failure_lets_no_limit_fall(rows: list[tuple[bool, bool, int]], more: st.DataObject) -> None:
    values, clusters = [float(one) for one, _, _ in rows], clusters_of([number for _, _, number in rows])
    at = more.draw(st.integers(0, len(rows) - 1))
    worse = [1.0 if place == at else value for place, value in enumerate(values)]
    (low, high), (low_after, high_after) = (limits(mean(one, clusters, 200)) for one in (values, worse))
    assert low_after >= low - EPS
    assert high_after >= high - EPS


@settings(deadline=None)
@given(BITS, st.data())
def test_one_more_answer_lost_lets_no_limit_of_a_difference_rise(
    rows: list[tuple[bool, bool, int]], more: st.DataObject
) -> None:
    a, b = [float(one) for one, _, _ in rows], [float(other) for _, other, _ in rows]
    clusters, at = clusters_of([number for _, _, number in rows]), more.draw(st.integers(0, len(rows) - 1))
    worse = [0.0 if place == at else value for place, value in enumerate(a)]
    (low, high), (low_after, high_after) = (limits(paired(one, b, clusters, 200)) for one in (a, worse))
    assert low_after <= low + EPS
    assert high_after <= high + EPS


@settings(deadline=None)
@given(BITS)
def test_no_column_is_surer_than_one_that_never_varied(rows: list[tuple[bool, bool, int]]) -> None:
    values, clusters = [float(one) for one, _, _ in rows], clusters_of([number for _, _, number in rows])
    found = mean(values, clusters, 200)
    assert found
    if found.clusters >= 6:
        assert found.low is not None
        assert found.high is not None
        assert found.low <= 1 - unlike(found.clusters) + EPS
        assert found.high >= unlike(found.clusters) - EPS


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0, 9), st.floats(0, 9), st.integers(0, 9)), min_size=1, max_size=40), st.randoms())
def test_the_names_of_clusters_change_no_bit(rows, shuffler) -> None:  # type: ignore[no-untyped-def]
    a, b, numbers = (list(column) for column in zip(*rows, strict=True))
    other = list(range(10))
    shuffler.shuffle(other)
    before, after = clusters_of(numbers), clusters_of([other[number] for number in numbers])
    assert mean(a, before, 100) == mean(a, after, 100)
    assert quantile(a, before, 0.5, 100) == quantile(a, after, 0.5, 100)
    assert paired(a, b, before, 100) == paired(a, b, after, 100)


def test_a_failure_in_187_answers_does_not_prove_that_there_are_few() -> None:
    clusters = clusters_of([at % 34 for at in range(187)])
    highs = [limits(mean([float(at < k) for at in range(187)], clusters))[1] for k in range(60)]
    assert highs == sorted(highs)
    assert highs[0] == pytest.approx(0.1015, abs=1e-4)
    lows = [limits(paired([float(at >= k) for at in range(187)], [1.0] * 187, clusters))[0] for k in range(60)]
    assert lows == sorted(lows, reverse=True)
    assert lows[1] == pytest.approx(-0.1015, abs=1e-4)


def test_a_share_that_is_the_same_everywhere_has_an_interval() -> None:
    w = unlike(30)
    assert limits(mean([0.5] * 60, clusters_of(list(range(30))) * 2)) == pytest.approx(
        (0.5 * (1 - w), 0.5 * (1 - w) + w)
    )
    found = limits(paired([0.75] * 30, [0.5] * 30, clusters_of(list(range(30)))))
    assert found == pytest.approx((0.25 * (1 - w) - w, 0.25 * (1 - w) + w))


def test_ranks_are_those_of_the_binomial_and_farther_out_where_clusters_are_alike() -> None:
    alone, sizes = np.repeat([1.0, 0.0], [95, 5]), np.ones(100)
    assert ranks(0.95, alone, sizes) == (90, 100)
    assert ranks(0.5, np.repeat([1.0, 0.0], 50), sizes) == (40, 61)
    assert ranks(0.5, np.repeat([10.0, 0.0], 5), np.full(10, 10.0))[0] == 1
    assert ranks(0.95, np.full(10, 10.0), np.full(10, 10.0))[1] is None


@pytest.mark.parametrize(("df", "t"), [(5, 2.5706), (9, 2.2622), (29, 2.0452), (1000, 1.9623)])
def test_students_t_is_that_of_tables(df: int, t: float) -> None:
    assert student(df) == pytest.approx(t, abs=2e-3)


def test_what_lies_on_its_bound_is_seldom_decided_and_by_the_bare_bootstrap_often() -> None:
    """2.5 % either way is the promise; 200 replications leave 1.1 %."""
    for found in (
        share_on_its_bound(Design(200, 1, 0.0), 0.02, 200),
        share_on_its_bound(Design(34, 5, 0.3), 0.05, 200),
        loss_on_its_bound(Design(34, 5, 0.3), 0.05, 200),
    ):
        assert max(found["low"], found["high"]) <= 0.05
        assert max(found["bare low"], found["bare high"]) >= 0.05
    for design, q in ((Design(72, 1, 0.0), 0.95), (Design(34, 5, 0.3), 0.95), (Design(368, 1, 0.0), 0.99)):
        found = quantile_on_its_bound(design, q, 200)
        assert max(found["low"], found["high"]) <= 0.055


def test_an_ordinary_share_keeps_the_interval_of_the_bootstrap() -> None:
    design = Design(34, 5, 0.3)
    wider = []
    for at, rng in enumerate(design.rng(1, 40)):
        values = (design.scores(rng) < 0).astype(float).tolist()
        (low, high), (bare_low, bare_high) = (
            limits(mean(values, design.names, 1000, at, share=held)) for held in (True, False)
        )
        wider.append((high - low) / (bare_high - bare_low))
    assert sum(wider) / 40 < 1.05


def test_shares_between_0_and_1_are_drawn_where_they_vary_and_held_where_nearly_all_are_1() -> None:
    clusters, rng = clusters_of(list(range(34))) * 5, np.random.default_rng(0)
    varied, nearly = (rng.random(170) * 0.1).tolist(), [0.5] + [1.0] * 169
    assert mean(varied, clusters) == mean(varied, clusters, share=False)
    assert limits(mean(nearly, clusters))[0] == pytest.approx(1 - unlike(34))
    assert limits(paired(nearly, [1.0] * 170, clusters))[0] == pytest.approx(-unlike(34), abs=1e-3)
