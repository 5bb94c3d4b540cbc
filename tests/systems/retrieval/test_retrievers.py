from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipelines.clock import run
from systems.build import build
from systems.errors import ConfigError
from systems.interface import Call
from systems.retrieval.documents import Document, write_documents
from systems.retrieval.store import write_manifest

TEXTS = {"refund": "Refunds are paid within ten days.", "kettle": "The kettle boils water."}


@pytest.fixture
def given_index(tmp_path: Path) -> dict[str, Any]:
    write_documents(tmp_path / "d.jsonl", [Document(name, "", text) for name, text in TEXTS.items()])
    write_manifest(tmp_path / "d.jsonl", {"tokens": {}}, "minilm", tmp_path / "index.json")
    return {"index": {"table": {"manifest": str(tmp_path / "index.json")}}}


@pytest.mark.parametrize(
    ("name", "charges", "takes_s"),
    [
        ("dense", {"embed_query": 0.5, "search_dense": 0.25, "search_bm25": 9.0}, 0.75),
        ("bm25", {"embed_query": 9.0, "search_dense": 9.0, "search_bm25": 0.125}, 0.125),
    ],
)
def test_a_retriever_finds_and_takes_its_modelled_time(
    given_index: dict[str, Any], name: str, charges: dict[str, float], takes_s: float
) -> None:
    async def main() -> None:
        async with build({name: {"top_k": 1}}, kind="retriever", given=given_index) as retriever:
            call = Call.now("c", charges=charges)
            [found] = await retriever.retrieve("Are refunds paid?", call)
            assert (found.document, call.elapsed_s, retriever.name) == ("refund", takes_s, name)

    run(main())


def test_top_k_is_at_least_one(given_index: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=r"retriever\.dense\.top_k.*greater than or equal to 1"):
        build({"dense": {"top_k": 0}}, kind="retriever", given=given_index)


def test_retrievers_of_one_index_share_its_table(given_index: dict[str, Any]) -> None:
    dense, bm25 = (build(name, kind="retriever", given=given_index).part for name in ("dense", "bm25"))
    assert dense.index is bm25.index


def test_a_retriever_can_be_opened_again(given_index: dict[str, Any]) -> None:
    async def main() -> None:
        built = build("bm25", kind="retriever", given=given_index)
        for _ in range(2):
            async with built as retriever:
                assert await retriever.retrieve("kettle", Call.now("c"))

    asyncio.run(main())


def test_importing_retrievers_is_light() -> None:
    heavy = "'lancedb', 'numpy', 'onnxruntime', 'pandas', 'semchunk', 'tokenizers'"
    code = f"import sys, systems.retrieval.retrievers; print({{{heavy}}} & sys.modules.keys())"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "set()\n"
