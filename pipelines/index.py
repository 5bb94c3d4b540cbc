"""Cut documents into chunks, embed them, build the table; the stage's out is the manifest that says what the table holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipelines.params import IndexSpec, Params, named
from pipelines.paths import INDEXES, PREPARED
from systems.errors import ConfigError, Fault
from systems.retrieval.manifest import write_manifest


def stage(params: Params, name: str) -> str:
    """The `index` stage: returns a line that says what was done."""
    INDEXES.mkdir(parents=True, exist_ok=True)
    spec = named(params.indexes, name, "index")
    documents = PREPARED / spec.dataset / "documents.jsonl" if spec.chunker else None
    if documents and documents.is_file() and not documents.stat().st_size:
        raise nothing_to_search(spec.dataset)
    manifest = make_index(documents, spec, INDEXES / f"{name}.json")
    return f"{INDEXES / name}.json: {manifest['chunks']} chunks"


def make_index(documents: Path | None, spec: IndexSpec, out: Path) -> dict[str, Any]:
    """Make the table that `spec` describes, with a progress bar, and write its manifest to `out`; without documents, an
    empty one."""
    from tqdm import tqdm

    with tqdm(desc=f"embedding {out.stem}", unit="chunk", disable=None) as bar:
        return write_manifest(documents, spec.chunker, spec.embedder, out, bar.update, spec.ann)


def nothing_to_search(dataset: str) -> ConfigError:
    """What is wrong where documents are to be cut and there are none."""
    allowed = "closed-book variants need none; others need a column of contexts, or documents/*.md beside the card"
    return ConfigError(Fault(f"dataset {dataset!r}", "has no documents, so nothing can be retrieved from it", allowed))
