"""The sweep over chunk sizes, retrievers and k."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipelines import params as params_file
from pipelines.check import check
from pipelines.data import Example, Gold
from pipelines.main import main
from pipelines.params import Compare
from pipelines.sweep_choice import Scored, Setting, choices
from pipelines.sweep_table import Cell, read_table
from systems.tokens import count_tokens

SWEEP = """
sweep:
  dataset: mini
  chunk_tokens: [8, 32]
  overlaps: [0, 0.25]
  top_k: [1, 2]
  retrievers: {bm25: bm25, dense: {dense: {}}}
  budgets_tokens: [20, 100]
  answers: {retriever: dense, model: {local: {tier: small}}}
"""


@pytest.fixture
def sweep(project: Path) -> Path:
    """A project with a small sweep, its dataset prepared."""
    with (project / "params.yaml").open("a") as file:
        file.write(SWEEP)
    for stage in ("prepare mini", "index none", "index mini-32", "tune"):
        assert main(["stage", *stage.split()]) == 0
    return project


def cells(project: Path) -> list[Cell]:
    return read_table(project / "results" / "sweep" / "mini.csv")


def articles(project: Path) -> dict[str, str]:
    return {path.stem: path.read_text().strip() for path in (project / "datasets" / "mini" / "documents").iterdir()}


def value(cell: Cell, figure: str) -> float:
    found = cell.figures[figure]
    assert found is not None
    return found.value


def test_every_setting_of_the_grid_is_in_the_table(sweep: Path) -> None:
    assert main(["stage", "sweep"]) == 0
    found = [(one.chunk_tokens, one.overlap_tokens, one.retriever, one.top_k) for one in cells(sweep)]
    grid = [(size, over) for size in (8, 32) for over in (0, size // 4)]
    assert found == sorted((*at, name, k) for at in grid for name in ("bm25", "dense") for k in (1, 2))
    answered = {(one.overlap_tokens, one.retriever) for one in cells(sweep) if one.figures["correctness"]}
    assert answered == {(0, "dense")}


def test_more_passages_hold_more_of_the_gold_and_more_else(sweep: Path) -> None:
    assert main(["stage", "sweep"]) == 0
    table = {(one.chunk_tokens, one.overlap_tokens, one.retriever, one.top_k): one for one in cells(sweep)}
    for (size, overlap, name, k), one in table.items():
        assert value(one, "span_recall") <= value(table[size, overlap, name, 2], "span_recall")
        assert value(one, "context_tokens") <= k * (size + 9)  # a number, brackets, a title
        assert value(one, "span_iou") <= min(value(one, "span_recall"), value(one, "span_precision")) + 1e-6


def test_the_figures_of_a_setting_are_those_worked_by_hand_from_the_test_questions(sweep: Path) -> None:
    assert main(["stage", "sweep"]) == 0
    [one, two] = [cell for cell in cells(sweep) if cell.chunk_tokens == 32 and not cell.overlap_tokens][2:]
    assert (one.retriever, one.top_k, two.top_k) == ("dense", 1, 2)
    # Each article is one chunk of 32 tokens; the right one is found first. q1 and q2 are of the development split.
    whole = articles(sweep)
    lines = (sweep / "datasets" / "mini" / "questions.jsonl").read_text().splitlines()
    golds = [gold for line in lines[2:] for gold in json.loads(line)["gold"]]
    shares = [len(gold["text"]) / len(whole[gold["document"]]) for gold in golds]
    for figure in ("span_recall", "recall", "mrr", "ndcg"):
        assert value(one, figure) == 1
    for figure in ("span_precision", "span_iou", "precision_omega"):
        assert value(one, figure) == pytest.approx(sum(shares) / 3, rel=1e-5)
    assert value(two, "span_precision") < value(one, "span_precision")
    assert value(two, "precision_omega") == value(one, "precision_omega")
    found = [one.figures["span_recall"], one.figures["correctness"]]
    assert [estimate and estimate.n for estimate in found] == [3, 4]
    shown = [count_tokens(f"[1] {name.title()}\n{whole[name]}") for name in ("shipping", "shipping", "warranty")]
    assert min(shown) <= value(one, "context_tokens") <= max(shown)
    assert value(two, "input_tokens") - value(one, "input_tokens") == pytest.approx(
        value(two, "context_tokens") - value(one, "context_tokens"), abs=1
    )


def test_where_nobody_wrote_answers_no_model_is_asked(sweep: Path, tmp_path: Path) -> None:
    folder = tmp_path / "judged"
    (folder / "qrels").mkdir(parents=True)
    corpus = [
        {"_id": f"d{at}", "title": "", "text": f"Text about the {name}."} for at, name in enumerate(articles(sweep))
    ]
    queries = [{"_id": f"q{at}", "text": f"What of the {name}?"} for at, name in enumerate(articles(sweep))]
    for name, rows in (("corpus", corpus), ("queries", queries)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "qrels" / "test.tsv").write_text(
        "query-id\tcorpus-id\tscore\n" + "".join(f"q{at}\td{at}\t1\n" for at in range(3))
    )
    assert main(["sweep", f"beir:{folder}", "--out", str(tmp_path / "out")]) == 0
    table = read_table(tmp_path / "out" / "judged.csv")
    assert not any(cell.figures.get("correctness") for cell in table)
    assert value(table[0], "recall") > 0
    assert json.loads((tmp_path / "out" / "judged.json").read_text())["turns"] == []


def test_what_is_not_what_was_cut_has_no_precision_omega(sweep: Path) -> None:
    text = (sweep / "params.yaml").read_text()
    parent = "{parent: {retriever: {dense: {top_k: 4}}, chunker: document}}"
    (sweep / "params.yaml").write_text(text.replace("dense: {dense: {}}}", f"parents: {parent}}}"))
    assert main(["stage", "sweep"]) == 0
    assert {bool(cell.figures["precision_omega"]) for cell in cells(sweep) if cell.retriever == "parents"} == {False}


def test_a_sweep_again_gives_the_same_bytes_and_asks_nothing(sweep: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert main(["stage", "sweep"]) == 0
    files = [sweep / "results" / "sweep" / f"mini.{kind}" for kind in ("csv", "json")]
    before = [file.read_bytes() for file in files]

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("something was asked again")

    monkeypatch.setattr("pipelines.run._ask", refuse)
    assert main(["stage", "sweep"]) == 0
    assert [file.read_bytes() for file in files] == before


def test_a_dry_run_says_what_would_be_asked(sweep: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["sweep", "mini", "--dry-run"]) == 0
    assert (
        "3 documents are cut in 4 ways; 8 x 6 questions are put to retrievers, 24 to models" in capsys.readouterr().out
    )
    assert not (sweep / "results" / "sweep").exists()


def test_any_dataset_is_swept_by_its_path(sweep: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paragraphs = [
        {"context": f"The {name} was built in {year} by the river.", "qas": [
            {"id": name, "question": f"When was the {name} built?", "answers": [{"text": str(year), "answer_start": 0}]}
        ]} for name, year in (("mill", 1801), ("bridge", 1820), ("tower", 1911), ("dock", 1873))
    ]  # fmt: skip
    articles = [{"title": f"t{at}", "paragraphs": [one]} for at, one in enumerate(paragraphs)]
    (tmp_path / "own.json").write_text(json.dumps({"version": "1.1", "data": articles}))
    assert main(["sweep", f"squad:{tmp_path / 'own.json'}", "--out", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out" / "own.csv").exists()
    found = json.loads((tmp_path / "out" / "own.json").read_text())
    assert (found["chosen_on"], found["scored_on"]) == ("half of the clusters", "the other half")
    assert list((tmp_path / "out").glob("*.png"))


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("dataset: mini\n  chunk", "dataset: maxi\n  chunk", "sweep.dataset: no dataset is named 'maxi'; known: mini"),
        ("[8, 32]", "[4, 32]", "sweep.chunk_tokens (4, overlap 0).recursive.chunk_tokens: 4 was given"),
        ("[8, 32]", "[]", "sweep.chunk_tokens: "),
        ("[0, 0.25]", "[0, 1.0]", "sweep.overlaps.1: 1.0 was given"),
        ("top_k: [1, 2]", "top_k: [0]", "sweep.top_k.0: 0 was given"),
        ("bm25: bm25", "bm25: bm52", "sweep.retrievers.bm25: no part is named 'bm52'"),
        ("bm25: bm25", "bm25: 7", "sweep.retrievers.bm25: 7 is no retriever"),
        ("bm25: bm25", "bm25: {bm25: {}, dense: {}}", "sweep.retrievers.bm25: {'bm25': {}, 'dense': {}} is no retriever"),
        ("bm25: bm25", "bm25: {bm25: [1]}", "sweep.retrievers.bm25.bm25: [1] is no mapping of fields"),
        ("bm25: bm25", "bm25: {hybrid: {candidates: 1}}", "candidates 1 must be at least top_k 2"),
        ("bm25: bm25", "bm25: {mmr: {retriever: {dense: {top_k: 1}}}}", "top_k 2 is more than the 1 that dense finds"),
        ("retriever: dense,", "retriever: bm,", "sweep.answers.retriever: no retriever is named 'bm'; known: bm25, dense"),
        ("small}}}\n", "small}}, overlap: 0.5}\n", "sweep.answers.overlap: 0.5 is not swept"),
        ("small}}}\n", "small}}, top_k: [9]}\n", "sweep.answers.top_k: 9 is not swept; some of sweep.top_k: 1, 2"),
        ("tier: small}}}\n", "tier: tiny}}}\n", "sweep.answers.model.local.tier: 'tiny' was given"),
        ("budgets_tokens", "budget_tokens", "sweep.budget_tokens: no such field; fields: dataset"),
    ],
)  # fmt: skip
def test_each_fault_of_a_sweep_is_named(project: Path, old: str, new: str, fault: str) -> None:
    assert old in SWEEP
    with (project / "params.yaml").open("a") as file:
        file.write(SWEEP.replace(old, new))
    found = [str(one) for one in check()]
    assert any(fault in line for line in found), found


def test_without_a_block_there_is_nothing_to_sweep(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert params_file.load().sweep is None
    assert main(["stage", "sweep"]) == 2
    assert "sweep: missing in params.yaml" in capsys.readouterr().err


SMALL, OTHER, LARGE = Setting(64, 0, "dense", 5), Setting(128, 0, "dense", 5), Setting(256, 0, "dense", 5)


def example(at: int, split: str, cluster: str) -> Example:
    return Example(f"e{at}", "?", "a", ("a",), (Gold("d", 0, 1, "a"),), cluster, split)  # type: ignore[arg-type]


def scored(splits: str, by_setting: dict[Setting, tuple[list[float], float]]) -> Scored:
    """`splits`: d or t an example, each its own cluster; by setting the span recall of each example, and the tokens of all."""
    names = {"d": "dev", "t": "test"}
    examples = [example(at, names[split], f"c{at}") for at, split in enumerate(splits)]
    return Scored(
        examples,
        {
            at: {"span_recall": recall, "context_tokens": [tokens] * len(splits)}
            for at, (recall, tokens) in by_setting.items()
        },
    )


def test_a_way_is_chosen_on_development_and_scored_on_test() -> None:
    by_setting = {SMALL: ([1.0, 1.0, 0.0, 0.0], 300.0), LARGE: ([0.0, 0.0, 1.0, 1.0], 900.0)}
    [found] = choices(scored("ddtt", by_setting), [1000], Compare(draws=100)).budgets
    assert found.runner_up is not None
    assert (found.chosen.way.chunk_tokens, found.runner_up.way.chunk_tokens) == (64, 256)
    assert (found.chosen.span_recall.value, found.chosen.span_recall.n) == (0.0, 2)
    assert found.difference is not None
    assert found.difference.value == -1.0


def line(*at_k: tuple[int, float, float]) -> dict[Setting, tuple[list[float], float]]:
    """One way of cutting: (k, span recall of every question, tokens) at each k."""
    return {Setting(64, 0, "dense", k): ([recall] * 4, tokens) for k, recall, tokens in at_k}


@pytest.mark.parametrize(
    ("budget", "low", "high", "share", "recall", "tokens"),
    [
        (100, 1, 1, 0.0, 0.25, 100.0),
        (150, 1, 3, 0.25, 0.375, 150.0),
        (300, 3, 3, 0.0, 0.75, 300.0),
        (50, 0, 1, 0.5, 0.125, 50.0),
        (999, 3, 3, 0.0, 0.75, 300.0),
    ],
)
def test_a_budget_between_two_k_is_spent_by_giving_some_the_higher(
    budget: int, low: int, high: int, share: float, recall: float, tokens: float
) -> None:
    [found] = choices(scored("ddtt", line((1, 0.25, 100), (3, 0.75, 300))), [budget], Compare(draws=100)).budgets
    way = found.chosen.way
    assert (way.k_low, max(way.k_low, way.k_high if way.share else way.k_low)) == (low, high)
    assert (way.share, found.chosen.span_recall.value, found.chosen.context_tokens) == (share, recall, tokens)


def test_ways_on_one_curve_are_not_told_apart_by_a_k_that_happens_to_fit() -> None:
    # Both find 0.1 for each 100 tokens; at 400 tokens one has a k that fits, the other lies between 100 and 700.
    other = {Setting(256, 0, "dense", k): ([k * 0.1] * 4, k * 100.0) for k in (1, 7)}
    same = {Setting(64, 0, "dense", k): ([k * 0.1] * 4, k * 100.0) for k in (4,)}
    [found] = choices(scored("ddtt", other | same), [400], Compare(draws=100)).budgets
    assert found.difference is not None
    assert found.difference.value == pytest.approx(0, abs=1e-9)


def test_of_equally_good_ways_the_one_with_less_is_chosen() -> None:
    by_setting = {LARGE: ([0.7] * 4, 900.0), SMALL: ([0.7] * 4, 300.0)}
    [found] = choices(scored("ddtt", by_setting), [1000], Compare(draws=100)).budgets
    assert found.chosen.way.chunk_tokens == 64


def test_without_a_development_split_no_cluster_is_chosen_and_scored_on() -> None:
    splits = "t" * 40
    good_at = {at: [float(at % 2 == side) for at in range(40)] for side, at in ((0, SMALL), (1, LARGE))}
    found = choices(scored(splits, {at: (recall, 1.0) for at, recall in good_at.items()}), [10], Compare(draws=100))
    assert (found.chosen_on, found.scored_on) == ("half of the clusters", "the other half")
    assert 0 < found.budgets[0].chosen.span_recall.n < 40


def test_of_three_clusters_some_are_chosen_on_and_others_scored() -> None:
    three = scored("ttt", {SMALL: ([1.0, 1.0, 1.0], 9.0)})
    for names in (("a", "b", "c"), ("x", "y", "z"), ("1", "2", "3")):
        examples = [replace(one, cluster=name) for one, name in zip(three.examples, names, strict=True)]
        found = choices(Scored(examples, three.scores), [10], Compare(draws=100))
        assert (found.chosen_on, found.budgets[0].chosen.span_recall.n) == ("half of the clusters", 1)


def test_with_one_cluster_nothing_is_chosen() -> None:
    alone = Scored([example(0, "test", "c")], {SMALL: {"span_recall": [1.0], "context_tokens": [9.0]}})
    found = choices(alone, [10], Compare(draws=100))
    assert "too few clusters" in found.chosen_on
    assert (found.budgets, found.turns) == ((), ())


def test_the_budget_is_that_of_the_questions_that_are_chosen_on() -> None:
    one = scored("ddtt", {SMALL: ([0.5] * 4, 300.0)})
    longer = {**one.scores[SMALL], "context_tokens": [300.0, 300.0, 900.0, 900.0]}
    [found] = choices(Scored(one.examples, {SMALL: longer}), [300], Compare(draws=100)).budgets
    assert (found.chosen.way.share, found.chosen.passages, found.chosen.context_tokens) == (0.0, 5, 900.0)


def test_the_best_k_is_chosen_on_development_and_scored_on_test() -> None:
    few, many = Setting(64, 0, "dense", 1), Setting(64, 0, "dense", 9)
    base = scored("ddtt", {few: ([0.5] * 4, 9.0), many: ([0.5] * 4, 9.0)})
    by_setting = {few: [1.0, 1.0, 0.0, 1.0], many: [0.0, 0.0, 1.0, 1.0]}
    found = {at: {**base.scores[at], "correctness": by_setting[at]} for at in by_setting}
    [turn] = choices(Scored(base.examples, found), [], Compare(draws=100)).turns
    assert (turn.best_k, turn.correctness.value, turn.correctness.n) == (1, 0.5, 2)


def test_where_more_passages_hurt_the_turn_says_by_how_much() -> None:
    few, many = Setting(64, 0, "dense", 1), Setting(64, 0, "dense", 9)
    examples = [example(at, "dev" if at < 2 else "test", f"c{at}") for at in range(8)]
    nothing = {"span_recall": [math.nan] * 8, "context_tokens": [9.0] * 8}
    by_setting = {few: {**nothing, "correctness": [1.0] * 8}, many: {**nothing, "correctness": [1.0, 0.0] * 4}}
    [turn] = choices(Scored(examples, by_setting), [], Compare(draws=100)).turns
    assert (turn.best_k, turn.most_k, turn.correctness.value) == (1, 9, 1.0)
    assert turn.difference is not None
    assert turn.difference.value == pytest.approx(-0.5)
