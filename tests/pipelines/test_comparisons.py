"""Counts, families, margins and ratios, compared."""

import itertools
import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as scipy_stats
from statsmodels.stats.contingency_tables import mcnemar as statsmodels_mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.weightstats import ttost_paired

from pipelines.bench_stats import Design, coverage_of_a_ratio, false_assurance, false_families
from pipelines.comparisons import McNemar, equivalence, holm, linearised, mcnemar, paired_quantile, paired_ratio
from pipelines.stats import Difference, paired, quantile, ratio
from pipelines.variance import standard_error

OUTCOMES = st.lists(st.tuples(st.sampled_from([0.0, 1.0]), st.sampled_from([0.0, 1.0])), max_size=40)
PS = st.lists(st.floats(0, 1), max_size=8)


def names(n: int) -> list[str]:
    return [f"c{at:04}" for at in range(n)]


@settings(deadline=None)
@given(OUTCOMES)
def test_mcnemar_is_that_of_statsmodels_and_scipy_and_turns_round(pairs: list[tuple[float, float]]) -> None:
    a, b = [one for one, _ in pairs], [one for _, one in pairs]
    ours, back = mcnemar(a, b), mcnemar(b, a)
    assert (ours.p, ours.gains, ours.losses) == (back.p, back.losses, back.gains)
    assert ours.gains + ours.losses + ours.both + ours.neither == len(pairs)
    assert 0 < ours.p <= 1
    if ours.gains + ours.losses:
        theirs = statsmodels_mcnemar([[ours.both, ours.gains], [ours.losses, ours.neither]], exact=True)
        assert ours.p == pytest.approx(theirs.pvalue)
        assert ours.p == pytest.approx(scipy_stats.binomtest(ours.gains, ours.gains + ours.losses).pvalue)


@settings(deadline=None)
@given(OUTCOMES.filter(lambda pairs: 0 < len(pairs) <= 12))
def test_with_every_example_alone_mcnemar_and_the_sign_flips_are_one_test(pairs: list[tuple[float, float]]) -> None:
    a, b = [one for one, _ in pairs], [one for _, one in pairs]
    found = paired(a, b, names(len(pairs)), 100)
    assert found
    assert found.p == pytest.approx(mcnemar(a, b).p)


def test_sign_flips_are_the_permutation_test_of_scipy() -> None:
    values = np.random.default_rng(0).normal(0.4, 1, 10)
    theirs = scipy_stats.permutation_test((values,), np.mean, permutation_type="samples", n_resamples=np.inf)
    found = paired(values.tolist(), [0.0] * 10, names(10), 100)
    assert found
    assert found.p == pytest.approx(theirs.pvalue)


def test_no_pair_that_differs_speaks_against_nothing() -> None:
    assert mcnemar([], []) == McNemar(1.0, 0, 0, 0, 0)
    assert mcnemar([1.0, 0.0], [1.0, 0.0]) == McNemar(1.0, 0, 0, 1, 1)


def test_what_is_not_right_or_wrong_is_refused() -> None:
    for bad in (0.5, math.nan):
        with pytest.raises(ValueError, match="neither 0 nor 1"):
            mcnemar([bad], [1.0])
    with pytest.raises(ValueError, match="pairs"):
        mcnemar([1.0], [])


@settings(deadline=None, max_examples=15)  # statsmodels collects garbage at each call: up to 0.3 s in a long session
@given(PS.filter(bool))
def test_holm_is_that_of_statsmodels(ps: list[float]) -> None:
    assert holm(ps) == pytest.approx(multipletests(ps, method="holm")[1])


@given(PS)
def test_holm_makes_none_smaller_and_keeps_the_order(ps: list[float]) -> None:
    ours = holm(ps)
    assert all(p <= adjusted <= 1 for p, adjusted in zip(ps, ours, strict=True))
    assert all(adjusted <= len(ps) * p for p, adjusted in zip(ps, ours, strict=True))
    assert [adjusted for _, adjusted in sorted(zip(ps, ours, strict=True))] == sorted(ours)


@given(PS.filter(bool), st.floats(0, 1))
def test_a_further_test_makes_none_of_the_others_surer(ps: list[float], further: float) -> None:
    assert all(more >= less for more, less in zip(holm([*ps, further]), holm(ps), strict=False))


def test_a_single_test_stays_as_it_is_and_what_is_no_probability_is_refused() -> None:
    assert holm([0.03]) == [0.03]
    assert holm([]) == []
    for bad in (math.nan, -0.1, 1.1):
        with pytest.raises(ValueError, match="between 0 and 1"):
            holm([0.5, bad])


LIMITS = st.one_of(st.none(), st.floats(0, 1))


@given(st.floats(-1, 1), LIMITS, LIMITS, st.floats(0.001, 1))
def test_a_verdict_never_contradicts_the_interval(
    value: float, below: float | None, above: float | None, margin: float
) -> None:
    low, high = None if below is None else value - below, None if above is None else value + above
    found = Difference(value, low, high, 0.5, 10, 10)
    verdict = equivalence(found, margin)
    assert (verdict.not_worse is True) == (low is not None and low > -margin)
    assert (verdict.not_worse is False) == (high is not None and high <= -margin)
    assert (verdict.equivalent is True) == (low is not None and high is not None and -margin < low and high < margin)
    assert not verdict.equivalent or verdict.not_worse
    assert (None in (verdict.not_worse, verdict.equivalent)) == (verdict.reason is not None)
    assert equivalence(found, margin + 1).not_worse is not False or verdict.not_worse is False
    turned = Difference(-value, None if high is None else -high, None if low is None else -low, 0.5, 10, 10)
    assert equivalence(turned, margin, better="lower") == verdict


def test_a_small_sample_without_a_difference_is_undecided_and_not_equivalent() -> None:
    found = paired([1.0, 0.0] * 4, [0.0, 1.0] * 4, names(8))
    assert found
    assert found.p == 1
    assert equivalence(found, 0.1).equivalent is None
    assert equivalence(None, 0.1).reason == "no values"
    assert equivalence(paired([1.0], [1.0], ["a"]), 0.1).reason == "a limit is not known"
    for bad in (0.0, -0.1, math.nan, math.inf):
        with pytest.raises(ValueError, match="margin"):
            equivalence(found, bad)


def test_equivalence_agrees_with_the_two_tests_of_statsmodels_on_independent_examples() -> None:
    """Theirs at 2.5 % each, by Student's t; ours by the bootstrap's interval: they part only at the edge."""
    agreed = 0
    for seed in range(100):
        differences = np.random.default_rng(seed).normal(0.1, 1, 100)
        theirs = ttost_paired(differences, np.zeros(100), -0.3, 0.3)[0] <= 0.025
        found = paired(differences.tolist(), [0.0] * 100, names(100), 500)
        agreed += (equivalence(found, 0.3).equivalent is True) == theirs
    assert agreed >= 95


def test_a_loss_as_large_as_the_margin_is_seldom_called_none_and_often_by_the_naive() -> None:
    said = false_assurance(Design(), 200)
    assert said["clustered"] <= 0.06
    assert said["naive"] > 0.12


def test_holm_keeps_the_error_of_a_family_and_without_it_one_in_seven_is_wrong() -> None:
    wrong = false_families(Design(), 100)
    assert wrong["Holm"] <= 0.09
    assert wrong["no adjustment"] > 0.11


def test_a_ratio_compared_is_the_difference_of_the_ratios() -> None:
    rng = np.random.default_rng(0)
    costs, others = rng.random(60).tolist(), (rng.random(60) * 2).tolist()
    right, of_others = ((rng.random(60) < 0.5).astype(float).tolist() for _ in "ab")
    clusters = names(20) * 3
    one, other = ratio(costs, right, clusters), ratio(others, of_others, clusters)
    found = paired_ratio((costs, right), (others, of_others), clusters)
    back = paired_ratio((others, of_others), (costs, right), clusters)
    assert one
    assert other
    assert found
    assert back
    assert found.value == pytest.approx(one.value - other.value)
    assert found.low is not None
    assert found.high is not None
    assert found.low <= found.value <= found.high
    assert back.value == pytest.approx(-found.value)
    assert back.p == found.p


def test_nothing_is_cheaper_than_itself_and_a_planted_price_is_found() -> None:
    rng = np.random.default_rng(1)
    costs, right = rng.random(60), (rng.random(60) < 0.6).astype(float).tolist()
    same = paired_ratio((costs.tolist(), right), (costs.tolist(), right), names(30) * 2)
    dear = paired_ratio(((costs * 3).tolist(), right), (costs.tolist(), right), names(30) * 2)
    assert same == Difference(0.0, 0.0, 0.0, 1.0, 60, 30)
    assert dear
    assert dear.p < 0.01
    assert dear.low is not None
    assert dear.low > 0


def test_few_correct_answers_leave_limits_open() -> None:
    costs, one_right, often = [1.0] * 20, [1.0] + [0.0] * 19, [1.0, 0.0] * 10
    rare_first = paired_ratio((costs, one_right), (costs, often), names(20))
    rare_last = paired_ratio((costs, often), (costs, one_right), names(20))
    assert rare_first
    assert rare_first.high is None
    assert rare_last
    assert rare_last.low is None
    both = paired_ratio((costs, one_right), (costs, [0.0] * 19 + [1.0]), names(20))
    assert both
    assert (both.low, both.high) == (None, None)
    assert both.p == 1
    # the same question right in both: where it is not drawn nobody knows which is cheaper, at either end
    together = paired_ratio((costs, one_right), ([2.0] * 20, one_right), names(20))
    assert together
    assert (together.low, together.high) == (None, None)
    alone = paired_ratio((costs, often), (costs, often), ["a"] * 20)
    assert alone
    assert (alone.low, alone.high, alone.p) == (None, None, 1)


def test_a_ratio_to_nothing_is_none() -> None:
    assert paired_ratio(([], []), ([], []), []) is None
    assert paired_ratio(([1.0], [0.0]), ([1.0], [1.0]), ["a"]) is None
    with pytest.raises(ValueError, match="negative"):
        paired_ratio(([1.0], [-1.0]), ([1.0], [1.0]), ["a"])
    with pytest.raises(ValueError, match="not finite"):
        paired_ratio(([math.inf], [1.0]), ([1.0], [1.0]), ["a"])


def test_a_cost_per_correct_answer_is_covered() -> None:
    held = coverage_of_a_ratio(Design(), 200, 300)
    assert 0.90 <= held["ratio"] <= 0.99
    assert 0.90 <= held["difference of ratios"] <= 0.995
    assert held["naive ratio"] < 0.88


def test_the_difference_of_quantiles_is_that_of_the_quantiles() -> None:
    rng = random.Random(3)
    a, b = ([rng.expovariate(1) for _ in range(120)] for _ in range(2))
    clusters = [f"c{at // 4}" for at in range(120)]
    for q in (0.5, 0.95):
        of_a, of_b, found = quantile(a, clusters, q), quantile(b, clusters, q), paired_quantile(a, b, clusters, q)
        assert of_a
        assert of_b
        assert found
        assert found.value == pytest.approx(of_a.value - of_b.value)
        assert found.low is not None
        assert found.high is not None
        assert found.low <= found.value <= found.high


def test_a_shift_of_every_value_is_the_difference_of_quantiles_with_no_doubt() -> None:
    rng = random.Random(4)
    b = [rng.random() for _ in range(100)]
    clusters = [f"c{at // 5}" for at in range(100)]
    found = paired_quantile([value + 2 for value in b], b, clusters, 0.95)
    assert found
    assert (found.value, found.low, found.high) == pytest.approx((2, 2, 2))
    assert found.p < 0.01


def test_a_quantile_against_itself_is_no_difference_and_few_examples_give_no_interval() -> None:
    values = [float(at) for at in range(60)]
    clusters = [f"c{at // 3}" for at in range(60)]
    same = paired_quantile(values, values, clusters, 0.95)
    assert same
    assert (same.value, same.p, same.low, same.high) == (0, 1, None, None)
    assert paired_quantile([], [], [], 0.5) is None


def test_the_p_value_of_quantiles_is_exact_for_few_clusters() -> None:
    # One value a cluster: exchanging is exchanging pairs. The 8 ways, one by one.
    found = paired_quantile([10.0, 11.0, 12.0], [1.0, 2.0, 3.0], ["a", "b", "c"], 0.5)
    assert found
    apart = []
    for swaps in itertools.product((False, True), repeat=3):
        pairs = [(b, a) if swap else (a, b) for a, b, swap in zip((10, 11, 12), (1, 2, 3), swaps, strict=True)]
        apart.append(abs(sorted(a for a, _ in pairs)[1] - sorted(b for _, b in pairs)[1]) >= 9)
    assert found.p == sum(apart) / 8


def test_a_linearised_ratio_has_the_ratio_for_a_mean_and_nearly_its_spread() -> None:
    rng = random.Random(5)
    costs, correct = [rng.random() for _ in range(400)], [float(rng.random() < 0.6) for _ in range(400)]
    clusters = [f"c{at // 4}" for at in range(400)]
    values = linearised(costs, correct)
    assert sum(values) / 400 == pytest.approx(sum(costs) / sum(correct))
    drawn, error = ratio(costs, correct, clusters), standard_error(values, clusters)
    assert drawn
    assert error
    assert drawn.low is not None
    assert drawn.high is not None
    assert error.low is not None
    assert error.high is not None
    assert drawn.high - drawn.low == pytest.approx(error.high - error.low, rel=0.1)
    with pytest.raises(ValueError, match="the denominators sum to 0"):
        linearised([1.0], [0.0])


def test_the_difference_of_quantiles_covers_and_rejects_as_promised_where_examples_share_clusters() -> None:
    rng = np.random.default_rng(0)
    clusters = np.repeat(np.arange(20), 5)
    covered = rejected = 0
    for _ in range(150):
        shared = rng.normal(0, 0.5, 20)[clusters]
        a, b = (np.exp(shared + rng.normal(0, 0.5, 20)[clusters] + rng.normal(0, 0.7, 100)).tolist() for _ in range(2))
        found = paired_quantile(a, b, clusters.astype(str).tolist(), 0.9, 300)
        assert found
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= 0 <= found.high
        rejected += found.p <= 0.05
    assert 0.90 <= covered / 150 <= 1
    assert rejected / 150 <= 0.10
