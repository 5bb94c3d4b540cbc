"""Given the same verdicts, our formulas, ragas' and deepeval's give the same number; where they do not, it is said here."""

import asyncio
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.bench_judges import ITEM, FillsAtOnce
from pipelines.judges.asked import asked
from pipelines.judges.judge import Item, Label, Opinion
from pipelines.judges.replies import Replies
from pipelines.judges.scripted import Scripted
from systems.interface import ToolUse

EXAMPLES = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
ANSWER, REFERENCE = "What the system said.", "What is right."


@st.composite
def judgements(draw: st.DrawFn) -> tuple[Item, Scripted]:
    """An item and an oracle that has made up its mind about all of it at random."""
    said = [f"Claim {at}." for at in range(draw(st.integers(1, 5)))]
    wanted = [f"Truth {at}." for at in range(draw(st.integers(1, 4)))]
    found = tuple(f"Passage {at}." for at in range(draw(st.integers(1, 4))))
    places = [*found, "\n".join(found), ANSWER, REFERENCE]
    labels = st.sampled_from(get_args(Label))
    says = {(claim, place): draw(labels) for claim in (*said, *wanted) for place in dict.fromkeys(places)}
    helps = {text: draw(st.booleans()) for text in (*said, *found)}
    item = Item("What is it?", ANSWER, found, REFERENCE)
    return item, Scripted({ANSWER: said, REFERENCE: wanted}, says, helps)


def scores(judges: Any, metric: str, item: Item, oracle: Scripted) -> dict[str, Opinion]:
    async def all_of_them() -> dict[str, Opinion]:
        offering = {name: judge for name, judge in judges(oracle).items() if metric in judge.metrics}
        return {name: await asked(judge, metric, item) for name, judge in offering.items()}

    return asyncio.run(all_of_them())


@pytest.mark.parametrize(
    ("metric", "who"),
    [
        ("faithfulness", {"own", "ragas", "deepeval"}),
        ("context_precision", {"own", "ragas", "deepeval"}),
        ("context_recall", {"own", "ragas", "deepeval"}),
        ("answer_correctness", {"own", "ragas"}),
        ("noise_sensitivity", {"own", "ragas"}),
    ],
)
@EXAMPLES
@given(data=judgements())
def test_the_same_verdicts_give_the_same_number(judges: Any, metric: str, who: set[str], data: Any) -> None:
    found = scores(judges, metric, *data)
    assert found.keys() == who
    assert not any(opinion.failed for opinion in found.values())
    numbers = [opinion.score for opinion in found.values()]
    assert numbers == pytest.approx([numbers[0]] * len(numbers), abs=1e-9)


@EXAMPLES
@given(data=judgements())
def test_answer_relevancy_is_deepevals_and_not_ragas(judges: Any, data: Any) -> None:
    found = scores(judges, "answer_relevancy", *data)
    assert found["own"].score == pytest.approx(found["deepeval"].score, abs=1e-9)
    assert found["ragas"].score is not None  # how near the answer's words are to the question's: another thing


calls = st.lists(
    st.builds(
        ToolUse, st.just("id"), st.sampled_from(["look", "send"]), st.sampled_from(['{"a": 1}', '{"a":"b"}', "", "{{"])
    ),
    max_size=4,
).map(tuple)


@EXAMPLES
@given(called=calls, expected=calls)
def test_tool_call_f1_is_ragas_to_its_four_digits(judges: Any, called: Any, expected: Any) -> None:
    found = scores(judges, "tool_call_f1", Item("q", "a", tools=called, expected_tools=expected), Scripted())
    assert found["own"].score == pytest.approx(found["ragas"].score, abs=5e-5)


def test_one_extra_call_costs_its_share_with_us_all_with_ragas_and_nothing_with_deepeval(judges: Any) -> None:
    right = ToolUse("1", "look", '{"a": 1}')
    item = Item("q", "a", tools=(right, ToolUse("2", "send", "{}")), expected_tools=(right,))
    found = scores(judges, "tool_call_accuracy", item, Scripted())
    assert {name: opinion.score for name, opinion in found.items()} == {"own": 0.5, "ragas": 0.0, "deepeval": 1.0}


def test_silence_is_never_a_perfect_answer(judges: Any) -> None:
    """ragas alone would say 1: it takes a side without statements for a match."""
    silent = Item("q", "I do not know.", ("c",), "It is 5.")
    oracle = Scripted(claims_of={"I do not know.": []})
    assert [one.score for one in scores(judges, "answer_correctness", silent, oracle).values()] == [0.0, 0.0]
    both = Item("q", "I do not know.", ("c",), "I do not know.")
    assert [one.score for one in scores(judges, "answer_correctness", both, oracle).values()] == [1.0, 1.0]


@pytest.mark.parametrize("metric", ["faithfulness", "answer_relevancy", "context_recall", "noise_sensitivity"])
def test_where_nothing_is_claimed_nobody_gives_a_score(judges: Any, metric: str) -> None:
    """ragas alone would say NaN, and deepeval 1."""
    item = Item("q", "I do not know.", ("c",), "Nobody knows.")
    oracle = Scripted(claims_of={"I do not know.": [], "Nobody knows.": []})
    for opinion in scores(judges, metric, item, oracle).values():
        assert opinion.score is None
        assert not opinion.failed
        assert "claims nothing" in opinion.reason


@pytest.mark.parametrize(
    ("metric", "score"),
    [("faithfulness", 0), ("context_precision", 0), ("context_recall", 0), ("noise_sensitivity", 0)],
)
def test_where_nothing_was_found_nothing_is_supported(judges: Any, metric: str, score: float) -> None:
    item = Item("q", "It costs 5 euros.", (), "It costs 5 euros.")
    assert {one.score for one in scores(judges, metric, item, Scripted()).values()} == {score}
    unasked = Item("q", "It costs 5 euros.", None, "It costs 5 euros.")
    found = scores(judges, metric, unasked, Scripted()).values()
    assert {(one.score, one.failed, one.reason) for one in found} == {(None, False, "nothing was asked of a retriever")}


def test_a_claim_that_the_passages_do_not_mention_is_not_faithful(judges: Any) -> None:
    """deepeval's default would count it as faithful: only a contradiction is none there."""
    item = Item("q", "It is new. It is blue. It is old.", ("c",))
    oracle = Scripted(
        says={("It is new.", "c"): "supported", ("It is blue.", "c"): "contradicted", ("It is old.", "c"): "not_found"}
    )
    for opinion in scores(judges, "faithfulness", item, oracle).values():
        assert opinion.score == pytest.approx(1 / 3)


CALLS = {  # as docs/metrics.md has them, with five claims, five claims of the reference and five passages
    "faithfulness": {"own": 2, "ragas": 2, "deepeval": 3},
    "answer_relevancy": {"own": 2, "ragas": 3, "deepeval": 2},
    "context_precision": {"own": 1, "ragas": 5, "deepeval": 1},
    "context_recall": {"own": 2, "ragas": 1, "deepeval": 1},
    "answer_correctness": {"own": 4, "ragas": 3},
    "noise_sensitivity": {"own": 13, "ragas": 13},
    "tool_call_accuracy": {"own": 0, "ragas": 0, "deepeval": 0},
    "tool_call_f1": {"own": 0, "ragas": 0},
    "rubric:brief": {"own": 1, "deepeval": 1},
}


@pytest.mark.parametrize("metric", CALLS)
def test_a_judgement_takes_as_many_calls_as_the_page_says(judges: Any, metric: str) -> None:
    for name, calls in CALLS[metric].items():
        replies = Replies(FillsAtOnce())
        assert asyncio.run(asked(judges(replies)[name], metric, ITEM)).score is not None
        assert replies.asked == calls, name
