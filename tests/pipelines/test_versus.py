"""What is said of two runs: flips, moves, equivalence, and agreement with the parts it is made of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.moves import Flips, Shifts, as_text, moves
from pipelines.params import Compare
from pipelines.quantities import Mean
from pipelines.score_files import Scores
from pipelines.versus import NOTHING, versus, versus_as_text
from systems.errors import ConfigError

SETTINGS = Compare(draws=200)


def scores(each: int = 1, **columns: list[float]) -> Scores:
    n = len(next(iter(columns.values())))
    labels = {
        "example": [f"q{at}" for at in range(n)],
        "cluster": [f"c{at // each}" for at in range(n)],
        "split": ["test"] * n,
        "repeat": ["0"] * n,
        "tags": ["even" if at % 2 == 0 else "odd all" for at in range(n)],
    }
    return Scores({**labels, **{name: [f"{value:g}" for value in values] for name, values in columns.items()}})


def test_gained_is_what_a_has_right_and_b_wrong_whichever_way_is_better() -> None:
    a, b = scores(correctness=[1, 0, 1, 0], failed=[1, 0, 1, 0]), scores(correctness=[0, 1, 1, 0], failed=[0, 1, 1, 0])
    right, failed = moves(a, b, Mean("correctness")), moves(a, b, Mean("failed"))
    assert isinstance(right, Flips)
    assert isinstance(failed, Flips)
    assert (right.gained, right.lost) == (("q0",), ("q1",))
    assert (failed.gained, failed.lost) == (("q1",), ("q0",))


def test_mcnemar_is_left_out_where_examples_share_clusters() -> None:
    ones, noughts = [1.0] * 8, [0.0] * 8
    alone = moves(scores(correctness=ones), scores(correctness=noughts), Mean("correctness"))
    shared = moves(scores(2, correctness=ones), scores(2, correctness=noughts), Mean("correctness"))
    assert isinstance(alone, Flips)
    assert isinstance(shared, Flips)
    assert alone.mcnemar is not None
    assert alone.mcnemar.p == pytest.approx(2 / 2**8)
    assert shared.mcnemar is None
    assert "they share clusters" in as_text(shared, "correctness")
    assert "8 (q0, q1" in as_text(shared, "correctness")


def test_what_is_not_right_or_wrong_moves_up_and_down_the_largest_first() -> None:
    found = moves(scores(token_f1=[0.5, 0.9, 0.1, 0.3]), scores(token_f1=[0.4, 0.2, 0.6, 0.3]), Mean("token_f1"))
    assert found == Shifts((("q1", 0.7), ("q0", 0.1)), (("q2", -0.5),))


def test_a_long_list_is_cut_with_its_count() -> None:
    found = moves(scores(correctness=[1.0] * 30), scores(correctness=[0.0] * 30), Mean("correctness"))
    assert "correctness gained: 30 (q0, q1, q2, q3, q4, q5, q6, q7, q8, q9 and 20 more)" in as_text(
        found, "correctness"
    )


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=30))
def test_gains_less_losses_are_the_difference(pairs: list[tuple[bool, bool]]) -> None:
    a, b = scores(correctness=[float(one) for one, _ in pairs]), scores(correctness=[float(one) for _, one in pairs])
    found = versus(a, b, SETTINGS, "correctness")
    if all(one == other for one, other in pairs):
        assert (found.same, found.moves) == (("correctness",), {})
        return
    one, moved = found.metrics["correctness"], found.moves["correctness"]
    assert one is not None
    assert isinstance(moved, Flips)
    assert one.value * one.n == pytest.approx(len(moved.gained) - len(moved.lost))
    assert "nan" not in versus_as_text(found, "a", "b").lower()


def test_equivalence_knows_which_way_is_better() -> None:
    dear, cheap = (
        scores(cost_usd=[0.002] * 40, correctness=[1.0] * 40),
        scores(cost_usd=[0.001] * 40, correctness=[1.0] * 40),
    )
    for a, b, not_worse in ((dear, cheap, False), (cheap, dear, True)):
        for metric in ("cost_usd", "cost_per_correct_usd"):
            found = versus(a, b, SETTINGS, metric, 0.0005).equivalence
            assert found is not None
            assert found.not_worse is not_worse
            assert found.equivalent is False


def test_a_metric_that_one_of_both_lacks_is_refused() -> None:
    with pytest.raises(ConfigError, match="no metric is named 'correctness'; known: failed"):
        versus(scores(failed=[0.0]), scores(failed=[0.0], correctness=[1.0]), SETTINGS, "correctness")


def test_what_is_the_same_on_every_example_is_one_line_and_in_no_family() -> None:
    a = scores(correctness=[1.0] * 8, token_f1=[0.5] * 8, failed=[0.0] * 8, mrr=[0.5] * 8)
    b = scores(correctness=[0.0] * 8, token_f1=[0.4] * 8, failed=[0.0] * 8, mrr=[0.5] * 8)
    found = versus(a, b, SETTINGS, "correctness")
    assert found.same == ("failed", "mrr")
    assert set(found.metrics) == set(found.moves) == {"correctness", "token_f1"}
    one = found.metrics["correctness"]
    assert one is not None
    assert one.p_holm == pytest.approx(2 * one.p)
    text = versus_as_text(found, "a", "b")
    assert "the same on every example: failed, mrr\n" in text
    assert "adjusted for the 2 metrics shown" in text
    assert "correctness by tag" in text


def test_of_a_metric_that_is_the_same_there_are_no_tags_and_only_the_others_moves() -> None:
    a, b = scores(correctness=[1.0] * 8, failed=[0.0] * 8), scores(correctness=[0.0] * 8, failed=[0.0] * 8)
    text = versus_as_text(versus(a, b, SETTINGS, "failed"), "a", "b")
    assert "gained and lost by others: correctness +8 -0" in text
    assert "failed gained" not in text
    assert "by tag" not in text


def test_where_all_is_the_same_two_lines_say_it() -> None:
    one = scores(correctness=[1.0, 0.0], failed=[0.0, 0.0])
    found = versus(one, one, SETTINGS, "correctness")
    assert versus_as_text(found, "a", "b") == f"a - b\n{NOTHING}"
    assert found.as_values()["same"] == ("correctness", "failed")


def test_what_only_one_side_has_a_score_for_is_not_the_same() -> None:
    a = scores(correctness=[1.0, 1.0, 0.0], mrr=[0.5] * 3)
    cells = {**a.columns, "mrr": ["0.5", "", "0.5"]}
    found = versus(a, Scores(cells), SETTINGS, "mrr")
    assert found.same == ("correctness",)


def test_what_no_example_has_a_score_for_is_not_the_same() -> None:
    a = scores(correctness=[1.0, 1.0], mrr=[0.5] * 2)
    empty = Scores({**a.columns, "mrr": ["", ""]})
    assert versus(empty, empty, SETTINGS, "correctness").same == ("correctness",)


def test_the_same_scores_are_equivalent_for_certain_only_where_the_answers_are_the_same() -> None:
    one = scores(correctness=[1.0] * 20)
    for same_answers, equivalent in ((True, True), (False, None)):
        found = versus(one, one, SETTINGS, "correctness", 0.01, same_answers).equivalence
        assert found is not None
        assert found.equivalent is equivalent
