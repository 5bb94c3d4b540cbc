"""Standard errors that know of clusters, and variance shared out."""

import math

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from pipelines.bench_stats import Design, average_components
from pipelines.variance import components, design_effect, standard_error

ROWS = st.lists(
    st.tuples(st.floats(-1e6, 1e6, allow_subnormal=False), st.sampled_from("abcdef")), min_size=1, max_size=30
)


def sample(seed: int, growth: float = 5) -> tuple[list[float], list[str]]:
    design = Design(12, 6, 0.4, growth)
    return design.scores(np.random.default_rng(seed)).tolist(), design.names


@pytest.mark.parametrize("seed", range(5))
def test_the_standard_error_is_that_of_statsmodels_for_unequal_clusters(seed: int) -> None:
    values, clusters = sample(seed)
    ours = standard_error(values, clusters)
    groups = np.unique(clusters, return_inverse=True)[1]
    theirs = sm.OLS(values, np.ones(len(values))).fit(cov_type="cluster", cov_kwds={"groups": groups}, use_t=True)
    assert ours
    assert ours.se == pytest.approx(theirs.bse[0], rel=1e-9)
    assert (ours.low, ours.high) == pytest.approx(tuple(theirs.conf_int()[0]), rel=1e-9)


def test_with_every_example_alone_it_is_the_ordinary_one() -> None:
    values, _ = sample(0)
    ours = standard_error(values, [str(at) for at in range(len(values))])
    assert ours
    assert ours.se == pytest.approx(scipy_stats.sem(values))
    assert ours.design_effect == pytest.approx(1)
    assert ours.effective_clusters == len(values)


def test_examples_that_say_the_same_count_once() -> None:
    few, many = (standard_error([0.0, 1.0, 1.0, 0.0] * times, list("abcd") * times) for times in (1, 10))
    assert few
    assert many
    assert few.se == many.se
    assert many.effective_clusters == 4
    assert many.design_effect == pytest.approx(10 * 39 / 30)


def test_one_large_cluster_is_told_by_the_effective_number() -> None:
    found = standard_error([float(at % 3) for at in range(109)], ["large"] * 100 + list("abcdefghi"))
    assert found
    assert found.clusters == 10
    assert found.effective_clusters < 1.2


def test_what_shows_no_spread_says_so() -> None:
    assert standard_error([], []) is None
    alone = standard_error([1.0], ["a"])
    assert alone
    assert (alone.value, alone.se, alone.low, alone.reason) == (
        1,
        None,
        None,
        "one cluster: nothing tells how far clusters lie apart",
    )
    equal = standard_error([0.1] * 7, list("abcdefg"))
    assert equal
    assert (equal.se, equal.low, equal.design_effect) == (0, None, None)
    assert "equal" in str(equal.reason)
    balanced = standard_error([0.0, 1.0] * 3, ["a", "a", "b", "b", "c", "c"])
    assert balanced
    assert (balanced.se, balanced.high, balanced.design_effect) == (0, None, 0)
    assert "same mean" in str(balanced.reason)


@settings(deadline=None)
@given(ROWS)
def test_nothing_is_ever_nan(rows: list[tuple[float, str]]) -> None:
    values, groups = [value for value, _ in rows], [group for _, group in rows]
    error, shares = standard_error(values, groups), components(values, groups)
    assert error
    for one in (
        error.se,
        error.low,
        error.high,
        error.design_effect,
        shares.within,
        shares.between,
        shares.correlation,
    ):
        assert one is None or math.isfinite(one)
    assert shares.correlation is None or 0 <= shares.correlation <= 1
    assert (error.se is not None) or error.reason
    assert (shares.correlation is not None) or shares.reason


def test_the_shares_are_those_of_the_analysis_of_variance() -> None:
    """scipy's F is the ratio of the two mean squares, whatever the sizes."""
    values, groups = sample(1)
    found = components(values, groups)
    by_group = [[v for v, g in zip(values, groups, strict=True) if g == name] for name in sorted(set(groups))]
    sizes = [len(one) for one in by_group]
    n0 = (len(values) - sum(size**2 for size in sizes) / len(values)) / (len(sizes) - 1)
    assert found.within is not None
    assert found.between is not None
    assert 1 + n0 * found.between / found.within == pytest.approx(scipy_stats.f_oneway(*by_group).statistic)


def test_equal_groups_give_the_estimates_of_a_mixed_model() -> None:
    values, groups = sample(2, growth=1)
    found = components(values, groups)
    mixed = sm.MixedLM(values, np.ones(len(values)), groups).fit(reml=True)
    assert (found.within, found.between) == pytest.approx((mixed.scale, mixed.cov_re.item()), rel=1e-3)


def test_the_shares_are_right_on_average() -> None:
    within, between = average_components(Design(), 200)
    assert (within, between) == pytest.approx((0.7, 0.3), abs=0.03)


def test_large_values_beside_a_small_spread_lose_no_digits() -> None:
    values, groups = sample(3)
    near, far = components(values, groups), components([value + 1e6 for value in values], groups)
    assert (far.within, far.between) == pytest.approx((near.within, near.between), rel=1e-6)


def test_repeats_that_never_vary_buy_nothing_and_more_examples_do() -> None:
    found = components([0.0, 0.0, 1.0, 1.0, 1.0, 1.0], ["a", "a", "b", "b", "c", "c"])
    assert (found.within, found.correlation) == (0, 1)
    assert found.standard_error(10, 1) == found.standard_error(10, 100)
    more = found.standard_error(40, 1)
    assert more
    assert found.standard_error(10, 1) == pytest.approx(2 * more)


def test_repeats_that_vary_buy_down_to_what_is_between() -> None:
    values, groups = sample(4, growth=1)
    found = components(values, groups)
    assert found.between is not None
    ladder = [found.standard_error(12, each) for each in (1, 2, 5, 10**9)]
    assert ladder == sorted(ladder, key=lambda one: -(one or 0))
    assert ladder[-1] == pytest.approx((found.between / 12) ** 0.5)


@pytest.mark.parametrize(
    ("values", "groups", "reason"),
    [
        ([], [], "fewer than two groups"),
        ([1.0, 2.0], ["a", "a"], "fewer than two groups"),
        ([1.0, 2.0], ["a", "b"], "one value in each group"),
        ([0.1] * 4, list("aabb"), "all values are equal"),
        ([0.0, 1.0, 0.0, 1.0], list("aabb"), "below 0, given as 0"),
    ],
)
def test_what_cannot_be_shared_out_says_why(values: list[float], groups: list[str], reason: str) -> None:
    found = components(values, groups)
    assert reason in str(found.reason)
    assert not found.correlation


def test_bad_input_is_refused() -> None:
    for bad in (math.nan, math.inf):
        with pytest.raises(ValueError, match="not finite"):
            standard_error([1.0, bad], ["a", "b"])
        with pytest.raises(ValueError, match="not finite"):
            components([1.0, bad], ["a", "b"])
    with pytest.raises(ValueError, match="at least one"):
        components([1.0, 2.0, 3.0], list("aab")).standard_error(0, 1)
    with pytest.raises(ValueError, match="at least 1"):
        design_effect(0.5, 0)
    assert design_effect(0.3, 10) == pytest.approx(3.7)
