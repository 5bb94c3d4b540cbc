"""What could have been found is found as often as promised."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.power import TTestPower

from pipelines.bench_stats import Design, power_kept, power_of_needed
from pipelines.power import (
    detectable,
    detectable_given,
    least_clusters,
    needed,
    needed_given,
    planned_error,
    power_of,
)
from pipelines.stats import paired


def names(n: int) -> list[str]:
    return [f"c{at:04}" for at in range(n)]


@pytest.mark.parametrize("clusters", [13, 30, 187, 2000])
@pytest.mark.parametrize("ratio", [0.0, 0.5, 2.8, 6.5])
def test_power_is_that_of_statsmodels(clusters: int, ratio: float) -> None:
    theirs = TTestPower().power(ratio / math.sqrt(clusters), clusters, 0.05)
    assert power_of(ratio, 1.0, clusters) == pytest.approx(theirs, abs=1e-6)
    assert power_of(-ratio, 1.0, clusters) == power_of(ratio, 1.0, clusters)


@pytest.mark.parametrize(("clusters", "attained"), [(6, 2 / 64), (9, 24 / 512), (12, 204 / 4096)])
def test_few_clusters_are_judged_at_the_p_value_that_they_can_reach(clusters: int, attained: float) -> None:
    theirs = TTestPower().power(3 / math.sqrt(clusters), clusters, attained)
    assert power_of(3.0, 1.0, clusters) == pytest.approx(theirs, abs=1e-6)


@pytest.mark.parametrize("clusters", [13, 30, 187])
def test_the_least_effect_is_that_of_statsmodels(clusters: int) -> None:
    theirs = TTestPower().solve_power(nobs=clusters, alpha=0.05, power=0.8)
    assert detectable_given(1 / math.sqrt(clusters), clusters) == pytest.approx(theirs, rel=1e-5)


def test_many_clusters_are_as_good_as_normal() -> None:
    assert [power_of(2.8, 1.0, clusters) for clusters in (10_000, 10_001)] == pytest.approx([0.8] * 2, abs=1e-3)
    assert power_of(2.8, 1.0, 10_000) == pytest.approx(power_of(2.8, 1.0, 10_001), abs=1e-4)


@settings(deadline=None, max_examples=50)
@given(st.integers(6, 500), st.floats(0.3, 0.99), st.sampled_from([0.01, 0.05, 0.1]))
def test_the_least_effect_has_its_power_and_falls_with_clusters_and_rises_with_power(
    clusters: int, power: float, alpha: float
) -> None:
    effect = detectable_given(1 / math.sqrt(clusters), clusters, power, alpha)
    if effect is None:
        assert clusters < least_clusters(alpha)
        return
    assert power_of(effect, 1 / math.sqrt(clusters), clusters, alpha) == pytest.approx(power, abs=1e-8)
    more = detectable_given(1 / math.sqrt(clusters + 1), clusters + 1, power, alpha)
    surer = detectable_given(1 / math.sqrt(clusters), clusters, (1 + power) / 2, alpha)
    assert more is not None
    assert surer is not None
    assert more < effect < surer


@given(st.integers(2, 10**9), st.floats(0, 1e12), st.sampled_from([0.0001, 0.05, 0.5]))
def test_power_is_a_probability(clusters: int, ratio: float, alpha: float) -> None:
    assert 0 <= power_of(ratio, 1.0, clusters, alpha) <= 1 + 1e-12


def test_more_of_the_same_examples_in_a_cluster_show_no_more() -> None:
    a, b = [0.0, 1.0, 1.0, 0.0, 1.0, 1.0, 1.0, 1.0], [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0]
    few, many = (detectable(a * times, b * times, names(8) * times) for times in (1, 20))
    apart = detectable(a * 20, b * 20, names(160))
    assert few.effect == pytest.approx(many.effect)
    assert apart.effect is not None
    assert many.effect is not None
    assert apart.effect < many.effect / 3


def test_it_takes_four_times_as_many_for_half_the_effect() -> None:
    rng = np.random.default_rng(0)
    design = Design()
    a, nothing = design.scores(rng).tolist(), [0.0] * 300
    large, small = (needed(effect, a, nothing, design.names) for effect in (0.2, 0.1))
    assert large.clusters is not None
    assert small.clusters is not None
    assert small.clusters == pytest.approx(4 * large.clusters, rel=0.05)
    assert small.n == small.clusters * 10
    assert needed(-0.1, a, nothing, design.names).clusters == small.clusters


def test_what_is_needed_is_enough_and_one_less_is_not() -> None:
    design = Design()
    a, nothing = design.scores(np.random.default_rng(1)).tolist(), [0.0] * 300
    plan, now = needed(0.15, a, nothing, design.names), detectable(a, nothing, design.names)
    assert plan.clusters is not None
    assert now.se is not None
    sd = now.se * 30**0.5
    enough, less = (power_of(0.15, sd / clusters**0.5, clusters) for clusters in (plan.clusters, plan.clusters - 1))
    assert less < 0.8 <= enough
    assert now.effect is not None
    assert needed(now.effect * (1 + 1e-9), a, nothing, design.names).clusters == 30


@pytest.mark.parametrize("alpha", [0.5, 0.1, 0.05, 0.01])
def test_with_fewer_clusters_than_the_least_the_test_never_rejects(alpha: float) -> None:
    least = least_clusters(alpha)
    ps = [found.p for n in (least - 1, least) if (found := paired([1.0] * n, [0.0] * n, names(n)))]
    assert ps[0] > alpha or least == 2
    assert ps[1] <= alpha


@pytest.mark.parametrize(
    ("a", "clusters", "reason"),
    [
        ([], [], "no values"),
        ([1.0], ["a"], "1 cluster: with fewer than 6"),
        ([1.0, 0.0] * 5, list("abcde") * 2, "5 clusters: with fewer than 6 the test never rejects at 0.05"),
        ([0.0] * 40, names(40), "differ in 0 of 40 clusters"),
        ([1.0] * 5 + [0.0] * 35, names(40), "differ in 5 of 40 clusters"),
        ([1.0] * 40, names(40), "all values are equal"),
        ([1.0] * 20 + [0.0] * 20, names(20) * 2, "every cluster has the same mean"),
    ],
)
def test_where_nothing_can_be_said_it_says_why(a: list[float], clusters: list[str], reason: str) -> None:
    nothing = [0.0] * len(a)
    found, plan = detectable(a, nothing, clusters), needed(0.1, a, nothing, clusters)
    assert (found.effect, found.se, plan.n, plan.clusters) == (None, None, None, None)
    assert reason in str(found.reason)
    assert reason in str(plan.reason)


def test_bad_input_is_refused() -> None:
    a, clusters = [0.0, 1.0] * 20, names(40)
    with pytest.raises(ValueError, match="not finite"):
        detectable([math.nan] * 40, a, clusters)
    with pytest.raises(ValueError, match="alpha < power"):
        detectable(a, a, clusters, power=0.01)
    with pytest.raises(ValueError, match="p is never smaller"):
        detectable(a, a, clusters, alpha=1e-6)
    with pytest.raises(ValueError, match="error above 0"):
        power_of(0.1, 0.0, 30)
    with pytest.raises(ValueError, match="share above 0"):
        planned_error(100, 0.0)
    assert "effect of 0" in str(needed(0.0, a, [0.0] * 40, clusters).reason)
    assert "more than" in str(needed(1e-9, a, [0.5] * 40, names(40)).reason)


def test_a_plan_before_any_run_comes_near_what_the_runs_then_show() -> None:
    rng = np.random.default_rng(3)
    a, b = ((rng.random(400) < 0.5).astype(float).tolist() for _ in "ab")
    assert detectable(a, b, names(400)).se == pytest.approx(planned_error(400, 0.5), rel=0.1)


def test_a_planted_gain_is_found_as_often_as_promised_and_a_naive_plan_fails() -> None:
    found = power_kept(Design(), 300)
    assert 0.74 <= found["true spread"] <= 0.86
    assert 0.70 <= found["pilot"] <= 0.86
    assert found["naive"] < 0.45


def test_as_many_as_a_pilot_asks_for_find_what_they_should() -> None:
    share, _ = power_of_needed(Design(), 200, 0.3)
    assert 0.70 <= share <= 0.88


def test_a_planned_error_needs_the_examples_that_make_it_small_enough() -> None:
    """The least effect of those is the one asked for, or a little less; with one cluster fewer it is more."""
    found = needed_given(0.05, 0.04, 30, 300)
    assert found.clusters
    assert found.n == 10 * found.clusters
    least = [detectable_given(0.04 * math.sqrt(30 / groups), groups) for groups in (found.clusters, found.clusters - 1)]
    assert least[0] is not None
    assert least[1] is not None
    assert least[0] <= 0.05 < least[1]
