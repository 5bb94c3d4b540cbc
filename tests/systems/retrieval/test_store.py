from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from systems.errors import ConfigError
from systems.facts import Passage
from systems.retrieval.documents import Document, write_documents
from systems.retrieval.manifest import write_manifest
from systems.retrieval.store import Table

T = TypeVar("T")
CHUNKER = {"recursive": {"chunk_tokens": 32}}
TEXTS = {
    "kettle": "The kettle boils a litre of water in two minutes. Descale it monthly.",
    "refund": "Refunds are paid within ten days. Returned goods travel at our cost.",
    "shipping": "Parcels are shipped on weekdays and arrive in three days.",
}


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    write_documents(tmp_path / "documents.jsonl", [Document(name, name.title(), text) for name, text in TEXTS.items()])
    write_manifest(tmp_path / "documents.jsonl", CHUNKER, "minilm", tmp_path / "index.json")
    return tmp_path / "index.json"


def opened(manifest: Path, use: Callable[[Table], T]) -> T:
    async def main() -> T:
        table = Table(manifest)
        await table.open()
        try:
            return use(table)
        finally:
            await table.close()

    return asyncio.run(main())


def search(table: Table, query: str, k: int = 3) -> list[Passage]:
    return table.search_vector(table.embedder.embed([query])[0], k)


def by_meaning(manifest: Path, query: str) -> list[str]:
    return [found.document for found in opened(manifest, lambda table: search(table, query))]


def by_words(manifest: Path, query: str) -> list[str]:
    return [found.document for found in opened(manifest, lambda table: table.search_text(query, 3))]


def test_the_passage_that_says_it_is_first(manifest: Path) -> None:
    assert opened(manifest, lambda table: search(table, "When do I get my money back?"))[0].document == "refund"
    assert [found.document for found in opened(manifest, lambda table: table.search_text("boiling kettles", 3))] == [
        "kettle"
    ]


def test_a_passage_is_a_stretch_of_its_document(manifest: Path) -> None:
    for found in opened(manifest, lambda table: search(table, "parcel")):
        assert found.text == TEXTS[found.document][found.start : found.end]
        assert (found.title, found.score) == (found.document.title(), round(found.score, 5))


@pytest.mark.parametrize("query", ["", "  ", "?!", "the of and", "漢字", "xyzzy"])
def test_words_that_are_nowhere_find_nothing(manifest: Path, query: str) -> None:
    assert by_words(manifest, query) == []


def test_a_query_is_words_and_no_query_language(manifest: Path) -> None:
    query = 'title:refund AND NOT (kettle^9 "OR* ~2'
    assert {found.document for found in opened(manifest, lambda table: table.search_text(query, 5))} == {
        "refund",
        "kettle",
    }


def test_any_query_is_answered(manifest: Path) -> None:
    def ask_anything(table: Table) -> None:
        @settings(deadline=None, max_examples=30)
        @given(st.text())
        def ask(query: str) -> None:
            assert len(table.search_text(query, 2)) <= 2

        ask()

    opened(manifest, ask_anything)


def test_equal_scores_are_ordered_by_document(tmp_path: Path) -> None:
    write_documents(tmp_path / "d.jsonl", [Document(name, "", "the same words") for name in "cadbe"])
    write_manifest(tmp_path / "d.jsonl", CHUNKER, "minilm", tmp_path / "index.json")
    assert by_meaning(tmp_path / "index.json", "words") == [*"abc"]
    assert by_words(tmp_path / "index.json", "words") == [*"abc"]


def test_a_missing_table_is_made_again_the_same(manifest: Path, cache: Path) -> None:
    def answers(table: Table) -> list[Any]:
        return [search(table, "refund"), table.search_text("days", 3)]

    before = opened(manifest, answers)
    shutil.rmtree(cache / "tables")
    assert opened(manifest, answers) == before


def test_changed_documents_are_named(manifest: Path, cache: Path) -> None:
    shutil.rmtree(cache / "tables")
    write_documents(manifest.with_name("documents.jsonl"), [Document("a", "", "other text")])
    with pytest.raises(ConfigError, match=r"documents\.jsonl: has changed .*index\.json.*run `dvc repro`"):
        opened(manifest, type)


@pytest.mark.parametrize(
    ("content", "what"), [("{", "is no manifest"), ("[]", "is no manifest"), ('{"schema": 1}', "has schema 1, not 3")]
)
def test_a_file_that_is_no_manifest_is_named(tmp_path: Path, content: str, what: str) -> None:
    (tmp_path / "index.json").write_text(content)
    with pytest.raises(ConfigError, match=rf"index\.json: {what}"):
        opened(tmp_path / "index.json", type)


def test_a_missing_manifest_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"index\.json: no such file"):
        opened(tmp_path / "index.json", type)


@pytest.mark.parametrize("failure", [KeyboardInterrupt(), RuntimeError("LanceError(IO): No space left on device")])
def test_a_table_that_was_not_finished_is_not_there(
    manifest: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, failure: BaseException
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise failure

    shutil.rmtree(cache / "tables")
    with monkeypatch.context() as patch:
        patch.setattr("lancedb.table.LanceTable.create_index", fail)
        with pytest.raises((OSError, KeyboardInterrupt)):
            opened(manifest, type)
    assert list((cache / "tables").iterdir()) == []
    assert by_meaning(manifest, "refund")


def test_an_index_of_nothing_finds_nothing(tmp_path: Path) -> None:
    made = write_manifest(None, None, "minilm", tmp_path / "index.json")
    assert (made["chunks"], made["table"], made["documents"]) == (0, None, None)
    assert (
        opened(tmp_path / "index.json", lambda table: [*table.search_text("refund", 3), *search(table, "refund")]) == []
    )


def test_the_same_documents_make_the_same_manifest(manifest: Path) -> None:
    before = manifest.read_bytes()
    write_manifest(manifest.with_name("documents.jsonl"), CHUNKER, "minilm", manifest)
    assert manifest.read_bytes() == before
    assert json.loads(before)["chunks"] == len(TEXTS)


def test_another_chunk_size_is_another_table(manifest: Path) -> None:
    other = write_manifest(
        manifest.with_name("documents.jsonl"), {"recursive": {"chunk_tokens": 8}}, "minilm", manifest
    )
    assert other["chunks"] > len(TEXTS)
    assert opened(manifest, lambda table: len(search(table, "days", 100))) == other["chunks"]


def test_there_is_a_vector_index_where_one_is_asked_for(tmp_path: Path) -> None:
    def indexed(table: Table) -> set[str]:
        return {column for index in table._table.list_indices() for column in index.columns}

    write_documents(tmp_path / "d.jsonl", [Document(f"{n:03}", "", f"article number {n}") for n in range(300)])
    tables = set()
    for ann, columns in ((None, {"text"}), ("ivf_flat", {"text", "vector"})):
        made = write_manifest(tmp_path / "d.jsonl", CHUNKER, "minilm", tmp_path / "index.json", ann=ann)
        assert opened(tmp_path / "index.json", indexed) == columns
        assert by_meaning(tmp_path / "index.json", "article number 7")[0] == "007"
        tables.add(made["table"])
    assert len(tables) == 2


def test_labels_are_part_of_what_an_index_is_made_of(tmp_path: Path) -> None:
    tables = set()
    for labels in ({}, {"status": "old"}, {"status": "new"}):
        write_documents(tmp_path / "d.jsonl", [Document("a", "", "the same words", labels)])
        tables.add(write_manifest(tmp_path / "d.jsonl", CHUNKER, "minilm", tmp_path / "index.json")["table"])
    assert len(tables) == 3


def test_a_whole_document_can_be_had_and_changed_ones_cannot(manifest: Path) -> None:
    assert opened(manifest, lambda table: table.document("kettle")).text == TEXTS["kettle"]
    write_documents(manifest.with_name("documents.jsonl"), [Document("kettle", "", "other text")])
    with pytest.raises(ConfigError, match=r"documents\.jsonl: has changed"):
        opened(manifest, lambda table: table.document("kettle"))


def test_making_and_asking_a_table_prints_nothing(manifest: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write_manifest(manifest.with_name("documents.jsonl"), {"recursive": {"chunk_tokens": 9}}, "minilm", manifest)
    opened(manifest, lambda table: [search(table, "refund"), table.search_text("refund", 3)])
    assert capfd.readouterr() == ("", "")
