"""From responses to scores to a table."""

from dataclasses import replace
from pathlib import Path

import pytest

from pipelines.compare import estimates, figure_names, read_leaderboard, write_leaderboard
from pipelines.data import Example
from pipelines.metrics import metric
from pipelines.params import Compare, Row
from pipelines.score import write_scores
from pipelines.score_files import read_scores
from systems.facts import ModelCall
from systems.interface import Response, Span

METRICS = ["correctness", "recall@5", "latency_s", "cost_usd", "failed"]


def example(id: str, split: str = "test") -> Example:
    return Example(id, f"Question {id}?", "It is 4.", ("4",), (), f"c{id}", split, ("numeric", "misspelt"))  # type: ignore[arg-type]


def response(example: Example, text: str, cost: float | None = 0.5, error: str | None = None) -> Response:
    span = Span("s", None, 0, facts=[ModelCall("m", 10, 2, cost)])
    return Response(example.request.id(), text, 2.0, 1.0, (span,), error)


def scored(tmp_path: Path, *responses: Response, examples: list[Example]) -> Path:
    out = tmp_path / "scores.csv"
    write_scores(examples, responses, [metric(name) for name in METRICS], False, out)
    return out


def test_scores_are_wide_in_the_order_of_the_examples_and_empty_where_nothing_applies(tmp_path: Path) -> None:
    a, b = example("a"), example("b", split="dev")
    out = scored(tmp_path, response(b, "5"), response(a, "It is 4.", cost=None), examples=[a, b])
    assert out.read_text().splitlines() == [
        "example,cluster,split,repeat,tags,correctness,recall@5,latency_s,cost_usd,failed",
        "a,ca,test,0,numeric misspelt,1,,2,,0",
        "b,cb,dev,0,numeric misspelt,0,,2,0.5,0",
    ]


def test_an_example_without_a_response_stops_the_scoring(tmp_path: Path) -> None:
    with pytest.raises(LookupError, match=r"1 of 2 examples have no response, e\.g\. 'b'"):
        scored(tmp_path, response(example("a"), "4"), examples=[example("a"), example("b")])


def test_a_failed_answer_is_in_the_mean_with_the_worst_quality_and_what_it_spent(tmp_path: Path) -> None:
    a, b = example("a"), example("b")
    out = scored(tmp_path, response(a, "4"), response(b, "4", cost=1.5, error="Transient: cut"), examples=[a, b])
    figures = estimates(read_scores(out), Compare())
    found = {name: (one.value, one.n) if one else None for name, one in figures.items()}
    assert found["correctness"] == (0.5, 2)
    assert found["cost_usd"] == (1.0, 2)
    assert found["failed"] == (0.5, 2)
    assert found["cost_per_correct_usd"] == (2.0, 2)
    assert found["recall@5"] is None


def test_one_unknown_price_leaves_the_cost_per_correct_answer_unknown(tmp_path: Path) -> None:
    a, b = example("a"), example("b")
    figures = estimates(
        read_scores(scored(tmp_path, response(a, "4"), response(b, "4", None), examples=[a, b])), Compare()
    )
    assert figures["cost_per_correct_usd"] is None


def test_only_the_test_split_is_compared(tmp_path: Path) -> None:
    a, b = example("a"), example("b", split="dev")
    figures = estimates(read_scores(scored(tmp_path, response(a, "4"), response(b, "5"), examples=[a, b])), Compare())
    assert figures["correctness"] is not None
    assert (figures["correctness"].value, figures["correctness"].n) == (1.0, 1)


def test_the_figures_are_those_that_their_names_promise(tmp_path: Path) -> None:
    a = example("a")
    assert list(estimates(read_scores(scored(tmp_path, response(a, "4"), examples=[a])), Compare())) == figure_names(
        METRICS
    )


def test_a_leaderboard_is_read_as_it_was_written(tmp_path: Path) -> None:
    a, b = example("a"), example("b")
    figures = estimates(read_scores(scored(tmp_path, response(a, "4"), response(b, "5"), examples=[a, b])), Compare())
    write_leaderboard([(Row("v", "d", "i"), figures)], tmp_path / "l.csv")
    [(row, found)] = read_leaderboard(tmp_path / "l.csv")
    assert row == Row("v", "d", "i")
    assert list(found) == list(figures)
    for name, one in figures.items():
        other = found[name]
        assert (one is None) == (other is None)
        if one and other:
            for kept, written in ((other.value, one.value), (other.low, one.low), (other.high, one.high)):
                assert kept == (written if written is None else pytest.approx(written, rel=1e-5))
            assert other.n == one.n


def test_rows_of_one_cluster_are_drawn_together_and_make_the_interval_wider(tmp_path: Path) -> None:
    answered = [example(f"{at}") for at in range(40)]
    responses = [response(one, "4" if at < 20 else "5") for at, one in enumerate(answered)]

    def width(examples: list[Example]) -> float:
        one = estimates(read_scores(scored(tmp_path, *responses, examples=examples)), Compare())["correctness"]
        assert one is not None
        assert one.low is not None
        assert one.high is not None
        return one.high - one.low

    alone = width(answered)
    by_fives = width([replace(one, cluster=f"c{at // 5}") for at, one in enumerate(answered)])
    assert by_fives > 1.5 * alone
