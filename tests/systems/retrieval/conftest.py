"""What tests of retrieval share: an empty cache, indexes of a few documents, and what a retriever finds in them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from pipelines.clock import run
from systems.build import build
from systems.facts import Passage
from systems.interface import Call
from systems.retrieval.documents import Document, write_documents
from systems.retrieval.manifest import write_manifest

TEXTS = {"refund": "Refunds are paid within ten days.", "kettle": "The kettle boils water."}
Made: TypeAlias = Callable[..., dict[str, Any]]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test has an empty cache; the network itself is loaded once a process."""
    monkeypatch.setenv("ARCHBENCH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """Makes an index of documents; returns what to give to `build`."""

    def make(*documents: Document, chunker: Any = "recursive", ann: Any = None) -> dict[str, Any]:
        write_documents(tmp_path / "d.jsonl", documents)
        write_manifest(tmp_path / "d.jsonl", chunker, "minilm", tmp_path / "index.json", ann=ann)
        return {"index": {"table": {"manifest": str(tmp_path / "index.json")}}}

    return make


@pytest.fixture
def given_index(made: Made) -> dict[str, Any]:
    return made(*(Document(name, "", text) for name, text in TEXTS.items()))


@pytest.fixture
def found() -> Callable[[dict[str, Any], Any, str], list[Passage]]:
    """What a retriever finds in an index: found(given, description, query)."""

    async def retrieve(given: dict[str, Any], description: Any, query: str) -> list[Passage]:
        async with build(description, kind="retriever", given=given) as retriever:
            passages: list[Passage] = await retriever.retrieve(query, Call.now("c"))
            return passages

    return lambda given, description, query: run(retrieve(given, description, query))
