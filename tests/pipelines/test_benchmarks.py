"""Our figures beside published ones."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import ir_measures
import pytest
from ir_measures import AP, R, nDCG

from pipelines import params as params_file
from pipelines.data import load
from pipelines.evaluate import evaluate, evaluation_of
from pipelines.main import main
from pipelines.params import IndexSpec
from pipelines.published import BENCHMARKS
from pipelines.score import read_responses

CRANFIELD = Path(__file__).parents[3] / "shared" / "data" / "cranfield"
TEXTS = ["Lamps give light.", "Kettles boil water.", "Mowers cut grass.", "Refunds take ten days."]


@pytest.fixture
def scifact(project: Path) -> Path:
    """A folder in BEIR's format with the name of one of its sets; the project is prepared."""
    for stage in ("prepare mini", "index none", "index mini-32", "tune"):
        assert main(["stage", *stage.split()]) == 0
    folder = project / "scifact"
    (folder / "qrels").mkdir(parents=True)
    corpus = [{"_id": f"d{at}", "title": "", "text": text} for at, text in enumerate(TEXTS)]
    queries = [{"_id": "q0", "text": "What gives light?"}, {"_id": "q1", "text": "Which machine boils water?"}]
    for name, rows in (("corpus", corpus), ("queries", queries)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq0\td0\t1\nq1\td1\t2\n")
    return folder


def test_ours_stand_beside_theirs(scifact: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["benchmarks", f"beir:{scifact}", "--json"]) == 0
    [result] = json.loads(capsys.readouterr().out)
    found = {(one["system"], one["figure"]): one for one in result["measured"]}
    assert set(found) == {
        (f"{r}, documents", f) for r in ("bm25", "dense", "hybrid") for f in ("ndcg@10", "recall@100")
    }
    bm25 = found["bm25, documents", "ndcg@10"]
    assert (bm25["estimate"]["value"], bm25["estimate"]["n"], bm25["published"]["value"]) == (1.0, 2, 0.665)
    assert bm25["comparable"] == "no: 5,183 documents and 300 questions there, 4 and 2 here"
    assert found["hybrid, documents", "ndcg@10"]["published"] is None
    assert result["tiers"] == []  # there are no answers to be right about


def test_a_set_with_answers_is_put_to_the_three_local_models(
    scifact: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paragraphs = [
        {"context": text, "qas": [{"id": text, "question": f"{text}?", "answers": [{"text": text.split()[-1]}]}]}
        for text in TEXTS
    ]
    articles = [{"title": f"t{at}", "paragraphs": [one]} for at, one in enumerate(paragraphs)]
    (tmp_path / "own.json").write_text(json.dumps({"data": articles}))
    out = tmp_path / "page.md"
    assert main(["benchmarks", f"squad:{tmp_path / 'own.json'}", "--write", str(out)]) == 0
    text = out.read_text()
    for tier in ("small", "medium", "large"):
        assert f"| {tier} " in text
    assert "proves" not in text
    assert "prove the machinery" in text


def test_without_a_set_what_is_published_is_listed(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["benchmarks"]) == 0
    out = capsys.readouterr().out
    assert "Thakur et al. 2021" in out
    assert "Smith & Troynikov 2024" in out


def test_every_name_is_looked_at_before_anything_is_measured(scifact: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["benchmarks", f"beir:{scifact}", "beir:nowhere", "mini"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "nowhere: no such file or folder" in said.err
    assert "dataset 'mini': no benchmark is known of it; known: smart:" in said.err


def test_a_published_figure_compares_only_where_the_sizes_are_the_same() -> None:
    [dense] = [p for one in BENCHMARKS if one.match == "scifact" for p in one.published if p.system.startswith("dense")]
    assert dense.value == 0.645
    assert dense.compares(5183, 300) == dense.compares(5170, 300) == "yes: the same weights"
    for documents, questions in ((5183, 299), (4000, 300), (3, 2)):
        assert dense.compares(documents, questions).startswith("no: ")


def test_the_figures_of_the_chroma_study_are_those_of_its_corpora() -> None:
    [chroma] = [one for one in BENCHMARKS if one.format == "chroma"]
    found = {(p.system, p.figure, p.documents): p.value for p in chroma.published}
    assert found["dense, recursive 200", "span_recall@5", 2] == 0.746
    assert found["dense, recursive 200", "span_recall@5", 5] == 0.757
    assert found["dense, tokens 200", "span_precision@5", 2] == 0.039


def test_every_published_figure_is_of_something_that_is_measured() -> None:
    for benchmark in BENCHMARKS:
        systems = {f"{name}, {cut}" for cut in benchmark.chunkers for name in benchmark.retrievers}
        for published in benchmark.published:
            assert published.system in systems, benchmark.name
            assert published.figure in benchmark.figures, benchmark.name
            assert published.comparable.split(":")[0] in ("yes", "nearly", "no"), benchmark.name
            assert 0 < published.value < 1


@pytest.mark.skipif(not CRANFIELD.exists(), reason="the Cranfield collection is not beside this checkout")
def test_on_cranfield_the_figures_are_those_of_ir_measures(project: Path) -> None:
    whole = load(f"smart:{CRANFIELD}")
    documents = whole.documents[:150]  # the first ones, so that a test does not embed them all
    ids = {document.id for document in documents}
    here = [replace(one, gold=tuple(gold for gold in one.gold if gold.document in ids)) for one in whole.examples]
    dataset = replace(whole, documents=documents, examples=[one for one in here if one.gold])
    params = replace(params_file.load(), metrics=("ndcg@10", "map", "recall@100"))
    search = {"search": {"retriever": {"bm25": {"top_k": 100}}, "texts": False}}
    ready = evaluation_of("search", search, dataset, dataset.examples, IndexSpec("cranfield", "document"))
    ours = {name: figure.value for name, figure in evaluate(ready, params).items() if figure}
    ranked: dict[str, dict[str, float]] = {}
    by_request = {example.request.id(): example for example in dataset.examples}
    for response in read_responses(ready.responses):
        found = {one.document: -float(rank) for rank, one in enumerate(response.contexts or ())}
        ranked[by_request[response.id].id] = found
    qrels = {one.id: {gold.document: int(gold.grade) for gold in one.gold} for one in dataset.examples}
    theirs = ir_measures.calc_aggregate([nDCG @ 10, AP, R @ 100], qrels, ranked)
    assert len(ranked) == len(dataset.examples) > 50
    assert [ours["ndcg@10"], ours["map"], ours["recall@100"]] == pytest.approx(
        [theirs[nDCG @ 10], theirs[AP], theirs[R @ 100]], abs=5e-5
    )
