"""SMART folders: what is read from good ones, and what is said of bad ones."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.data import Dataset, read

CRANFIELD = Path("../shared/data/cranfield")
CORPUS = """.I 1
.T
wings in a
slipstream .
.A
brenckman,m.
.W
wings in a
slipstream .
  the body of the first .
.I 2
.T
another title
.W
a body
.W
and more of it
.I 3
.T
.W
"""
QUERIES = "\n.I 004\n.W\nwhat of\nwings\n.I 001\n.W\nwhat of bodies\n"
QRELS = "1 1 2 \n\n1 2 -1\n2 2 4\n2 3 1\n"


def folder(path: Path, corpus: str = CORPUS, queries: str = QUERIES, qrels: str = QRELS) -> Path:
    path.mkdir()
    (path / "c.all.3").write_text(corpus)
    (path / "c.qry").write_text(queries)
    (path / "cqrel").write_text(qrels)
    (path / "cqrel.readme").write_text("about the qrels")
    return path


def test_a_title_that_the_body_repeats_stands_once(tmp_path: Path) -> None:
    first, second = read("smart", folder(tmp_path / "s")).documents
    assert first.title == "wings in a slipstream ."
    assert first.text == "wings in a\nslipstream .\n  the body of the first ."
    assert second.text == "another title a body\nand more of it"


def test_qrels_count_queries_by_their_place_and_grade_by_cleverdons_codes(tmp_path: Path) -> None:
    first, second = read("smart", folder(tmp_path / "s")).examples
    assert (first.id, first.question, second.question) == ("1", "what of wings", "what of bodies")
    assert [(gold.document, gold.grade) for gold in first.gold] == [("1", 3.0)]
    assert [(gold.document, gold.grade) for gold in second.gold] == [("2", 1.0)]


@pytest.mark.parametrize(("code", "grade"), [(1, 4), (2, 3), (3, 2), (4, 1), (5, None), (0, None), (-1, None)])
def test_the_best_code_has_the_highest_grade_and_no_interest_none(tmp_path: Path, code: int, grade: int | None) -> None:
    [*_, example] = read("smart", folder(tmp_path / "s", qrels=f"1 1 2\n2 2 4\n2 1 {code}\n")).examples
    assert {gold.document: gold.grade for gold in example.gold}.get("1") == grade


def test_an_empty_document_is_left_out_and_so_is_what_was_judged_of_it(tmp_path: Path) -> None:
    dataset = read("smart", folder(tmp_path / "s"))
    assert dataset.card["empty"] == ["3"]
    assert {document.id for document in dataset.documents} == {"1", "2"}
    assert all(gold.document != "3" for example in dataset.examples for gold in example.gold)


def test_every_bad_line_is_said_at_once(tmp_path: Path, faults: Callable[[str, Path], list[str]]) -> None:
    corpus = CORPUS + ".I 2\n.W\nagain\n.I\n.W\nx\n.I 5\nlost words\n"
    qrels = "1 1\n1 1 6\n1 x y\n1 1 2\n1 1 3\n"
    path = folder(tmp_path / "s", corpus, ".I 1\n.W\n", qrels)
    assert [line.split("; ")[0] for line in faults("smart", path)] == [
        "DATA/c.all.3:21: the id '2' is taken",
        "DATA/c.all.3:24: `.I` names no id",
        "DATA/c.all.3:28: 'lost words' is in no section",
        "DATA/c.qry:1: query 1 asks nothing",
        "DATA/cqrel:1: '1 1' was given",
        "DATA/cqrel:2: '1 1 6' was given",
        "DATA/cqrel:3: '1 x y' was given",
        "DATA/cqrel:5: query '1' and document '1' are judged twice, differently",
    ]


def test_unknown_queries_and_documents_are_named(tmp_path: Path, faults: Callable[[str, Path], list[str]]) -> None:
    assert faults("smart", folder(tmp_path / "s", qrels="3 1 1\n0 1 1\n1 9 1\n")) == [
        "DATA/cqrel:1: there is no query 3; c.qry holds 2, counted from 1",
        "DATA/cqrel:2: there is no query 0; c.qry holds 2, counted from 1",
        "DATA/cqrel:3: no document has the id '9'; see c.all.3",
    ]


def test_missing_and_doubled_files_are_said_together(tmp_path: Path, faults: Callable[[str, Path], list[str]]) -> None:
    (tmp_path / "a.qry").touch()
    (tmp_path / "b.qry").touch()
    assert [line.split("; ")[0] for line in faults("smart", tmp_path)] == [
        "DATA/*.all*: no such file",
        "DATA/*.qry: several: a.qry, b.qry",
        "DATA/*qrel*: no such file",
    ]


def test_what_is_no_smart_file_is_said_once(tmp_path: Path, faults: Callable[[str, Path], list[str]]) -> None:
    [said] = faults("smart", folder(tmp_path / "s", corpus='{"id": 1}\n{"id": 2}\n'))
    assert said == "DATA/c.all.3:1: '{\"id\": 1}' stands before the first record; expected `.I 1`"


@pytest.mark.skipif(not CRANFIELD.is_dir(), reason=f"{CRANFIELD} is not on this machine")
def test_cranfield_is_read_whole(spans_stand: Callable[[Dataset], None]) -> None:
    dataset = read("smart", CRANFIELD)
    grades = [gold.grade for example in dataset.examples for gold in example.gold]
    # 1,612 of interest in the qrels (128, 387, 734, 363), of which one names the empty document 995.
    assert (len(dataset.documents), len(dataset.examples)) == (1398, 225)
    assert [grades.count(grade) for grade in (4, 3, 2, 1)] == [128, 387, 733, 363]
    assert dataset.card["empty"] == ["471", "995"]
    spans_stand(dataset)
