"""Cut documents into chunks, embed them, build the table; the stage's out is the manifest that says what the table holds."""

from __future__ import annotations

from pipelines.params import Params, named
from pipelines.run import INDEXES, PREPARED
from systems.retrieval.store import write_manifest


def stage(params: Params, name: str) -> str:
    """The `index` stage: returns a line that says what was done."""
    INDEXES.mkdir(parents=True, exist_ok=True)
    spec = named(params.indexes, name, "index")
    documents = PREPARED / spec.dataset / "documents.jsonl" if spec.chunker else None
    manifest = write_manifest(documents, spec.chunker, spec.embedder, INDEXES / f"{name}.json")
    return f"{INDEXES / name}.json: {manifest['chunks']} chunks"
