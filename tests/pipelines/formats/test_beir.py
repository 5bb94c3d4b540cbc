"""BEIR folders: what is read from good ones, and what is said of bad ones."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.data import read

CORPUS = [
    {"_id": "d1", "title": "Lamps", "text": "A lamp gives light."},
    {"_id": "d2", "title": "", "text": "Kettles boil."},
    {"_id": "d3", "text": "Untitled."},
]
QUERIES = [{"_id": "q1", "text": "What gives light?"}, {"_id": "q2", "text": "Unjudged?"}]
QRELS = "query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td2\t0\n"


def folder(path: Path, corpus: list[object] | None = None, queries: list[object] | None = None, **qrels: str) -> Path:
    (path / "qrels").mkdir(parents=True)
    (path / "corpus.jsonl").write_text("\n".join(json.dumps(row) for row in corpus or CORPUS))
    (path / "queries.jsonl").write_text("\n".join(json.dumps(row) for row in queries or QUERIES))
    for name, text in (qrels or {"test": QRELS}).items():
        (path / "qrels" / f"{name}.tsv").write_text(text)
    return path


def test_a_document_is_title_and_text_and_gold_is_the_whole_of_it_with_its_grade(tmp_path: Path) -> None:
    dataset = read("beir", folder(tmp_path / "b"))
    assert [document.text for document in dataset.documents] == [
        "Lamps A lamp gives light.",
        "Kettles boil.",
        "Untitled.",
    ]
    [example] = dataset.examples
    assert [(gold.document, gold.start, gold.end, gold.grade) for gold in example.gold] == [("d1", 0, 25, 2.0)]
    assert (example.id, example.cluster, example.split, example.has_reference) == ("q1", "q1", "test", False)


def test_a_query_without_anything_relevant_is_left_out(tmp_path: Path) -> None:
    qrels = f"{QRELS}q2\td1\t0\nq2\td2\t-1\n"
    assert [example.id for example in read("beir", folder(tmp_path / "b", test=qrels)).examples] == ["q1"]


def test_the_qrels_are_those_of_test_or_else_the_only_ones(tmp_path: Path) -> None:
    other = QRELS.replace("d1\t2", "d2\t1").replace("d2\t0", "d1\t0")
    both = read("beir", folder(tmp_path / "both", train=other, test=QRELS))
    only = read("beir", folder(tmp_path / "only", train=other))
    assert [dataset.examples[0].gold[0].document for dataset in (both, only)] == ["d1", "d2"]


def test_several_qrels_without_test_are_a_fault_that_lists_them(
    tmp_path: Path, faults: Callable[[str, Path], list[str]]
) -> None:
    path = folder(tmp_path / "b", dev=QRELS, train=QRELS)
    assert faults("beir", path) == ["DATA/qrels/*.tsv: several: dev.tsv, train.tsv; expected one"]


def test_a_folder_that_lacks_all_three_says_all_three(tmp_path: Path, faults: Callable[[str, Path], list[str]]) -> None:
    assert [line.split(": ")[0] for line in faults("beir", tmp_path)] == [
        "DATA/corpus.jsonl",
        "DATA/queries.jsonl",
        "DATA/qrels/*.tsv",
    ]


def test_every_bad_line_of_every_file_is_said_at_once(tmp_path: Path, faults: Callable[[str, Path], list[str]]) -> None:
    corpus = [
        *CORPUS,
        {"_id": "d1", "text": "again"},
        {"id": "d5", "text": "x"},
        {"_id": "d6", "title": " ", "text": ""},
        3,
    ]
    queries = [*QUERIES, {"_id": "q3", "text": 7}, {"_id": "q4", "text": " "}]
    path = folder(tmp_path / "b", corpus, queries, test=f"{QRELS}q1\td1\n\nq1\td1\t1\nq1\td1\tnan\nq9\td9\t1\n")
    with (path / "corpus.jsonl").open("a") as file:
        file.write('\n{"_id": "d8"')
    said = faults("beir", path)
    assert [line.split("; ")[0] for line in said] == [
        "DATA/corpus.jsonl:4: _id: 'd1' is taken",
        "DATA/corpus.jsonl:5: _id: missing",
        "DATA/corpus.jsonl:7: '3' was given",
        "DATA/corpus.jsonl:8: not JSON: EOF while parsing an object at line 1 column 12",
        "DATA/queries.jsonl:3: text: '7' was given",
        "DATA/queries.jsonl:4: text: query 'q4' asks nothing",
        "DATA/qrels/test.tsv:4: 'q1\\td1' was given",
        "DATA/qrels/test.tsv:6: query 'q1' and document 'd1' are judged twice, differently",
        "DATA/qrels/test.tsv:7: 'q1\\td1\\tnan' was given",
    ]
    assert said[0].endswith("first used at DATA/corpus.jsonl:1")


def test_ids_that_nothing_has_are_named_with_their_line(
    tmp_path: Path, faults: Callable[[str, Path], list[str]]
) -> None:
    assert faults("beir", folder(tmp_path / "b", test=f"{QRELS}q9\td9\t1\n")) == [
        "DATA/qrels/test.tsv:4: no query has the id 'q9'; see queries.jsonl",
        "DATA/qrels/test.tsv:4: no document has the id 'd9'; see corpus.jsonl",
    ]


def test_qrels_without_their_header_are_a_fault(tmp_path: Path, faults: Callable[[str, Path], list[str]]) -> None:
    [said] = faults("beir", folder(tmp_path / "b", test="q1\td1\t1\n"))
    assert said == "DATA/qrels/test.tsv:1: 'q1\\td1\\t1' was given; expected query-id<tab>corpus-id<tab>score"


def test_a_line_in_another_encoding_is_named_once(tmp_path: Path, faults: Callable[[str, Path], list[str]]) -> None:
    path = folder(tmp_path / "b")
    (path / "corpus.jsonl").write_bytes(
        '{"_id": "d1", "text": "Café"}\n{"_id": "d2", "text": "Thé"}\n'.encode("latin-1")
    )
    [said] = faults("beir", path)
    assert said == "DATA/corpus.jsonl:1: byte 0xe9 at offset 26 of the line is not UTF-8; save the file as UTF-8"


@pytest.mark.parametrize("text", ["x" * 10_000_000, "ภาษาไทยไม่เว้นวรรค" * 1000, "中文没有空格" * 1000])
def test_a_text_without_spaces_is_read_whole(tmp_path: Path, text: str) -> None:
    dataset = read("beir", folder(tmp_path / "b", [{"_id": "d1", "text": text}, CORPUS[1]]))
    assert dataset.examples[0].gold[0].text == text


def test_an_empty_document_is_left_out_with_what_judges_it_and_named_in_the_card(tmp_path: Path) -> None:
    corpus: list[object] = [*CORPUS, {"_id": "d4", "title": " ", "text": "\n"}]
    dataset = read("beir", folder(tmp_path / "b", corpus, test=f"{QRELS}q1\td4\t1\n"))
    assert dataset.card["empty"] == ["d4"]
    assert [document.id for document in dataset.documents] == ["d1", "d2", "d3"]
    assert [gold.document for example in dataset.examples for gold in example.gold] == ["d1"]
