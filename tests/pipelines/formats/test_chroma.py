"""Chroma's evaluation of chunking: what is read from good folders, and what is said of bad ones."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipelines.data import Dataset, read

SHARED = Path("../shared/data/chroma_chunking")
TEXT = "First line.\r\n Second line, é.\rThird.\n"


def reference(content: str = " Second line", **change: Any) -> dict[str, Any]:
    start = TEXT.find(content)
    return {"content": content, "start_index": start, "end_index": start + len(content), **change}


def folder(
    path: Path, *rows: tuple[str, Any, str], header: tuple[str, ...] = ("question", "references", "corpus_id")
) -> Path:
    (path / "corpora").mkdir(parents=True)
    (path / "corpora" / "wiki.md").write_bytes(TEXT.encode())
    with (path / "questions_df.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        for question, references, corpus in rows:
            writer.writerow((question, references if isinstance(references, str) else json.dumps(references), corpus))
    return path


def test_references_are_spans_of_the_corpus_as_it_was_published(
    tmp_path: Path, spans_stand: Callable[[Dataset], None]
) -> None:
    both = [reference(), reference("Third")]
    dataset = read("chroma", folder(tmp_path / "c", ("What?", both, "wiki"), ("And?", [reference("é")] * 2, "wiki")))
    assert dataset.documents[0].labels == {"corpus": "wiki"}
    assert [[gold.text for gold in example.gold] for example in dataset.examples] == [[" Second line", "Third"], ["é"]]
    assert [(example.cluster, example.has_reference) for example in dataset.examples] == [("1", False), ("2", False)]
    spans_stand(dataset)


def test_every_bad_reference_is_one_fault_with_its_line(
    tmp_path: Path, faults: Callable[[str, Path], list[str]]
) -> None:
    path = folder(
        tmp_path / "c",
        ("What\nis?", [reference(), reference(start_index=3)], "wiki"),
        ("Which?", [reference(end_index=999), {"content": "x"}], "wiki"),
        ("Far?", [reference(end_index=999)], "wiki"),
        ("", "[", "finance"),
        ("None?", [], "wiki"),
    )
    assert [line.split("; ")[0] for line in faults("chroma", path)] == [
        "DATA/questions_df.csv:2: references.1: ' Second line' was given for 3 to 25",
        "DATA/questions_df.csv:4: references: 1.start_index: missing",
        "DATA/questions_df.csv:4: references: 1.end_index: missing",
        "DATA/questions_df.csv:5: references.0: the span 13 to 999 was given",
        "DATA/questions_df.csv:6: question: is empty",
        "DATA/questions_df.csv:6: corpus_id: there is no corpora/finance.md",
        "DATA/questions_df.csv:6: references: '[' was given",
        "DATA/questions_df.csv:7: references: is empty",
    ]


def test_columns_that_are_not_there_are_said_with_those_that_are(
    tmp_path: Path, faults: Callable[[str, Path], list[str]]
) -> None:
    path = folder(tmp_path / "c", ("What?", [reference()], "wiki"), header=("query", "references", "corpus"))
    assert faults("chroma", path) == [
        "DATA/questions_df.csv:1: no column question, corpus_id; columns found: query, references, corpus"
    ]


def test_a_folder_without_corpora_and_one_without_questions_say_so(
    tmp_path: Path, faults: Callable[[str, Path], list[str]]
) -> None:
    assert "DATA/questions_df.csv: no such file" in faults("chroma", tmp_path)[0]
    path = folder(tmp_path / "c", ("What?", [reference()], "wiki"))
    (path / "corpora" / "wiki.md").unlink()
    assert faults("chroma", path)[0] == "DATA/corpora: holds no corpus; expected *.md files"
    (path / "corpora" / "wiki.md").write_bytes(b"\xff")
    assert "byte 0xff at offset 0 is not UTF-8" in faults("chroma", path)[0]
    (path / "corpora" / "wiki.md").write_bytes(b"")
    assert "DATA/corpora/wiki.md: is empty" in faults("chroma", path)[0]


@pytest.mark.skipif(not SHARED.is_dir(), reason=f"{SHARED} is not on this machine")
def test_the_public_data_is_read_whole_and_every_span_is_exact(spans_stand: Callable[[Dataset], None]) -> None:
    dataset = read("chroma", SHARED)
    assert (len(dataset.documents), len(dataset.examples)) == (2, 241)
    assert sum(len(example.gold) for example in dataset.examples) == 392
    spans_stand(dataset)
