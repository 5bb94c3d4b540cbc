"""What a judge's errors do to a comparison is what they do to simulated verdicts."""

import numpy as np
import pytest
from numpy.typing import NDArray

from pipelines.agreement import agreement
from pipelines.judge_errors import Errors, errors_of, growth, rule_limits

JUDGE = Errors(sensitivity=0.9, specificity=0.7)
N = 200_000


def truths(rng: np.random.Generator) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Two systems that are right on 40 % and 37 % or so, and differ on 15 %."""
    a = rng.random(N) < 0.4
    return a, np.where(rng.random(N) < 0.15, rng.random(N) < 0.3, a)


def verdicts(truth: NDArray[np.bool_], luck: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(truth, luck < JUDGE.sensitivity, luck >= JUDGE.specificity).astype(float)


def test_a_true_difference_shows_as_the_index_times_itself() -> None:
    rng = np.random.default_rng(0)
    a, b = truths(rng)
    shown = verdicts(a, rng.random(N)).mean() - verdicts(b, rng.random(N)).mean()
    assert shown == pytest.approx(JUDGE.index * (a.mean() - b.mean()), abs=0.005)


@pytest.mark.parametrize("alike", [True, False])
def test_the_examples_that_it_takes_grow_as_the_spread_of_simulated_verdicts_says(alike: bool) -> None:
    """n goes with variance over effect squared; `alike`: one draw of luck where both are right, or both wrong."""
    rng = np.random.default_rng(1)
    a, b = truths(rng)
    luck, other = rng.random(N), rng.random(N)
    judged = verdicts(a, luck) - verdicts(b, np.where(a == b, luck, other) if alike else other)
    found = growth(JUDGE, a.astype(float).tolist(), b.astype(float).tolist(), [f"c{at}" for at in range(N)])
    assert found
    expected = judged.var() / (JUDGE.index**2 * (a.astype(float) - b).var())
    assert (found.alike if alike else found.independent) == pytest.approx(expected, rel=0.02)


def test_the_rule_of_thumb_is_one_over_the_index_squared() -> None:
    assert JUDGE.rule == pytest.approx(1 / 0.36)


SCORES = [1.0, 0.0] * 10, [0.0] * 20, [f"c{at}" for at in range(20)]


def test_a_judge_without_errors_costs_nothing() -> None:
    found = growth(Errors(1.0, 1.0), *SCORES)
    assert found
    assert (found.alike, found.rule, found.independent) == (1.0, 1.0, 1.0)


@pytest.mark.parametrize("errors", [Errors(0.5, 0.5), Errors(0.4, 0.5)])
def test_no_number_of_examples_shows_a_difference_through_a_judge_who_guesses(errors: Errors) -> None:
    assert errors.rule is None
    assert growth(errors, *SCORES) is None


def test_where_the_two_hardly_differ_nothing_can_be_said() -> None:
    assert growth(JUDGE, [1.0] + [0.0] * 19, [0.0] * 20, SCORES[2]) is None


def test_scores_that_are_not_right_or_wrong_are_refused() -> None:
    with pytest.raises(ValueError, match="neither 0 nor 1"):
        growth(JUDGE, [0.5] * 20, SCORES[1], SCORES[2])


def test_limits_of_the_rule_come_from_balanced_accuracy_and_are_open_where_it_may_be_chance() -> None:
    sure = agreement([0.9, 0.1] * 40, [True, False] * 40, [str(at) for at in range(80)])
    assert errors_of(sure) == Errors(1.0, 1.0)
    assert rule_limits(sure) == (1.0, 1.0)
    unsure = agreement([0.9, 0.1, 0.9, 0.1] * 3, [True, False, False, True] * 3, [str(at) for at in range(12)])
    assert unsure.balanced_accuracy.low is not None
    assert unsure.balanced_accuracy.low < 0.5
    assert rule_limits(unsure)[1] is None
