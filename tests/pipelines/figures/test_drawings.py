"""Figures, by what they were drawn from and what they say."""

from pathlib import Path

import pytest

from pipelines.figures import cost_quality, latency, quality, tags
from pipelines.figures.runs import Looks, Run, modelled
from pipelines.params import Compare
from pipelines.score_files import Scores
from pipelines.stats import Estimate


def estimate(value: float, n: int = 40) -> Estimate:
    return Estimate(value, value * 0.9, value * 1.1, n, 10)


def run(variant: str, cost: Estimate | None, correctness: float, priced_as: str | None = "gpt-5-mini") -> Run:
    figures = {
        "cost_usd": cost,
        "correctness": estimate(correctness),
        "latency_p50_s": estimate(0.5),
        "ttft_p50_s": None,
    }
    return Run(variant, "rag", "large", priced_as, figures)


CHEAP, DEAR, WASTEFUL = (
    run("cheap", estimate(1e-5), 0.4),
    run("dear", estimate(4e-4), 0.7),
    run("waste", estimate(5e-4), 0.5),
)


def test_the_table_beside_the_picture_says_who_is_on_the_front() -> None:
    table = cost_quality.draw("mini", [CHEAP, WASTEFUL, DEAR]).table
    assert [(row["variant"], row["on_front"]) for row in table] == [("cheap", "yes"), ("waste", "no"), ("dear", "yes")]


@pytest.mark.parametrize("cost", [None, estimate(1e-9, n=39)])
def test_a_variant_whose_cost_is_not_known_for_every_answer_is_left_out_and_named(cost: Estimate | None) -> None:
    drawing = cost_quality.draw("mini", [CHEAP, run("riddle", cost, 0.9)])
    assert "Left out, since a price or score is unknown: riddle." in drawing.caption
    assert [row["on_front"] for row in drawing.table] == ["yes", "no"]


def test_with_no_known_cost_at_all_there_is_still_a_page() -> None:
    assert "Left out" in cost_quality.draw("mini", [run("riddle", None, 0.9)]).caption


def test_the_axis_of_costs_is_logarithmic_only_where_they_span_more_than_ten_times() -> None:
    wide = cost_quality.draw("mini", [CHEAP, DEAR]).figure
    narrow = cost_quality.draw("mini", [DEAR, WASTEFUL]).figure
    assert [figure.axes[0].get_xscale() for figure in (wide, narrow)] == ["log", "linear"]


def test_what_is_modelled_says_so_on_the_axis_and_in_the_caption() -> None:
    real = run("real", estimate(1e-3), 0.9, priced_as=None)
    assert modelled([CHEAP, DEAR]) == ", modelled"
    assert modelled([CHEAP, real]) == ", modelled for local models"
    assert modelled([real]) == ""
    drawing = latency.draw("mini", [CHEAP, real])
    assert drawing.figure.axes[0].get_xlabel() == "Seconds, modelled for local models"
    assert "large as gpt-5-mini" in drawing.caption
    assert "modelled" not in latency.draw("mini", [real]).caption


def test_quality_marks_what_does_not_apply() -> None:
    recall = quality.draw("mini", [CHEAP]).figure.axes[-1]
    assert [text.get_text() for text in recall.texts] == ["n/a"]


def test_models_and_systems_are_told_apart_by_colour_and_marker() -> None:
    bot = Run("bot", "chatbot", "small", None, {})
    looks = Looks([CHEAP, bot])
    assert looks.colour(CHEAP) != looks.colour(bot)
    assert looks.marker(CHEAP) != looks.marker(bot)


def test_correctness_by_tag_is_a_mean_over_the_examples_with_that_tag() -> None:
    columns = {"tags": ["numeric", "numeric misspelt", ""], "correctness": ["1", "0", "0"], "cluster": ["a", "b", "c"]}
    found = tags.correctness_by_tag(Scores(columns), Compare(draws=100))
    assert {tag: (round(one.value, 3), one.n) for tag, one in found.items()} == {
        "all": (0.333, 3),
        "numeric": (0.5, 2),
        "misspelt": (0.0, 1),
    }


def test_the_same_numbers_give_the_same_bytes(tmp_path: Path) -> None:
    for folder in ("first", "second"):
        cost_quality.draw("mini", [CHEAP, DEAR]).save(tmp_path / folder)
    names = sorted(path.name for path in (tmp_path / "first").iterdir())
    assert names == ["cost_quality-mini.csv", "cost_quality-mini.png", "cost_quality-mini.svg"]
    for name in names:
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes()
