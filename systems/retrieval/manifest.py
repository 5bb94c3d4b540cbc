"""Manifests: what an index is made of. The LanceDB table that a manifest names is a cache, made again when it is missing."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from dataclasses import astuple, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from systems.build import build
from systems.errors import ConfigError, Fault
from systems.paths import cache_dir
from systems.retrieval.ann import Ann
from systems.retrieval.chunking import Chunk, Chunker
from systems.retrieval.documents import Document, read_documents
from systems.retrieval.embedding import Embedder, Progress
from systems.tokens import count_tokens

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

SCHEMA = 3  # of a manifest
LAYOUT = 2  # of a table: to be raised whenever make_table changes, since tables are kept on disk


def write_manifest(
    documents: Path | None, chunker: Any, embedder: Any, out: Path, progress: Progress | None = None, ann: Any = None
) -> dict[str, Any]:
    """Chunk the documents, make their table, write the manifest to `out` and return it.

    `chunker`, `embedder` and `ann` are descriptions of parts. Without documents it is the index of a closed-book system: no
    chunks and no table. `progress` hears of each chunk that has its vector. Raises ConfigError where there are too few chunks
    for `ann`.
    """
    made: Embedder = build(embedder, kind="embedder").part
    labels = dict[str, list[str]]()
    chunks = _chunks(documents, chunker, labels) if documents else []
    chunks_sha256 = _chunks_sha256(chunks, labels)
    described = f"{LAYOUT} {chunks_sha256} {made.sha256} {build(ann, kind='ann').fingerprint if ann else ''}"
    name = hashlib.sha256(described.encode()).hexdigest()[:16] if chunks else None
    if name and not (folder := table_folder(name)).exists():
        make_table(folder, chunks, labels, made, _ann(ann), progress, where=f"indexes.{out.stem}.ann")
    manifest = {
        "schema": SCHEMA,
        "documents": documents and documents.as_posix(),
        "documents_sha256": documents and _file_sha256(documents),
        "chunker": chunker,
        "embedder": embedder,
        "embedder_sha256": made.sha256,
        "ann": ann,
        "labels": _known(labels),
        "chunks": len(chunks),
        "chunks_sha256": chunks_sha256,
        "tokens": sum(count_tokens(chunk.text) for chunk in chunks),
        "table": name,
    }
    part = out.with_suffix(".part")
    part.write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    part.replace(out)
    return manifest


def _known(labels: dict[str, list[str]]) -> dict[str, list[str]]:
    """Every label of the documents: the values of each key."""
    found: dict[str, set[str]] = {}
    for pairs in labels.values():
        for key, value in map(json.loads, pairs):
            found.setdefault(key, set()).add(value)
    return {key: sorted(values) for key, values in sorted(found.items())}


def read_manifest(path: Path) -> dict[str, Any]:
    """What write_manifest wrote. Raises ConfigError when it is not that."""
    try:
        manifest: dict[str, Any] = json.loads(path.read_bytes())
        found = manifest["schema"]
    except FileNotFoundError:
        raise ConfigError(Fault(str(path), "no such file", "an index's manifest: run `dvc repro`")) from None
    except (ValueError, TypeError, KeyError):
        raise ConfigError(Fault(str(path), "is no manifest of an index", "run `dvc repro`")) from None
    if found != SCHEMA:
        raise ConfigError(Fault(str(path), f"has schema {found!r}, not {SCHEMA}", "run `dvc repro`"))
    return manifest


def table_folder(name: str) -> Path:
    """Where the table of that name is kept."""
    return cache_dir("tables") / name


def table_of(manifest: dict[str, Any], path: Path, embedder: Embedder) -> Path:
    """The folder of the manifest's table, which is made when it is not in the cache. Raises ConfigError where the documents
    or the chunker have changed since the manifest was written."""
    folder = table_folder(manifest["table"])
    if not folder.exists():
        labels = dict[str, list[str]]()
        chunks = _chunks(documents_of(manifest, path), manifest["chunker"], labels)
        if _chunks_sha256(chunks, labels) != manifest["chunks_sha256"]:
            what = f"its chunker cuts {manifest['documents']} differently now"
            raise ConfigError(Fault(str(path), what, "run `dvc repro`"))
        make_table(folder, chunks, labels, embedder, _ann(manifest["ann"]))
    return folder


def documents_of(manifest: dict[str, Any], path: Path) -> Path:
    """The documents that the manifest at `path` was made from. Raises ConfigError where they are gone or have changed."""
    documents = Path(manifest["documents"])
    if not documents.is_file():
        raise ConfigError(Fault(str(documents), f"no such file; {path} was made from it", "run `dvc repro`"))
    if (found := _file_sha256(documents)) != manifest["documents_sha256"]:
        what = f"has changed since {path} was made: its sha256 is {found}, not {manifest['documents_sha256']}"
        raise ConfigError(Fault(str(documents), what, "run `dvc repro`"))
    return documents


def label(key: str, value: str) -> str:
    """How a document's label stands in a table: no two labels are written alike."""
    return json.dumps([key, value], ensure_ascii=False)


def make_table(
    folder: Path,
    chunks: list[Chunk],
    labels: dict[str, list[str]],
    embedder: Embedder,
    ann: Ann | None = None,
    progress: Progress | None = None,
    where: str = "ann",
) -> None:
    """Make a LanceDB database with one table, `chunks`; `labels` are those of each document. It appears whole or not at all,
    whoever else makes it too. Raises ConfigError, naming `where`, for an `ann` that these vectors cannot have."""
    import lancedb
    from lancedb.index import FTS

    if ann and len(chunks) < ann.rows_needed:
        what = f"{len(chunks)} chunks are too few for {type(ann).__name__}"
        raise ConfigError(Fault(where, what, f"it takes {ann.rows_needed}; without an ann every chunk is looked at"))
    rows = _rows(chunks, labels, embedder.embed([chunk.text for chunk in chunks], progress))
    with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
        unfinished = Path(temporary, "table")
        try:
            table = lancedb.connect(unfinished).create_table("chunks", rows)
            table.create_index("text", config=FTS(language="English", stem=True, remove_stop_words=True, num_workers=1))
            if ann:
                try:
                    table.create_index("vector", config=ann.config())
                except (ValueError, RuntimeError) as error:
                    if "No space left" in str(error):
                        raise
                    raise ConfigError(Fault(where, " ".join(str(error).split())[:300], "")) from error
            os.replace(unfinished, folder)
        except (OSError, RuntimeError) as error:  # a RuntimeError is what LanceDB makes of a full disk
            if not folder.exists():
                raise OSError(f"{folder}: {error}") from error


def _rows(chunks: list[Chunk], labels: dict[str, list[str]], vectors: NDArray[np.float32]) -> pa.Table:
    import pyarrow as pa

    columns: dict[str, Any] = {field.name: [getattr(chunk, field.name) for chunk in chunks] for field in fields(Chunk)}
    of_documents = pa.array([labels.get(chunk.document, []) for chunk in chunks], pa.list_(pa.string()))
    by_row = pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), vectors.shape[1])
    return pa.table({**columns, "labels": of_documents, "vector": by_row})


def _chunks(documents: Path, chunker: Any, labels: dict[str, list[str]]) -> list[Chunk]:
    """The chunks of all documents; the labels of those that have some are put into `labels`."""
    cutting: Chunker = build(chunker, kind="chunker").part

    def cut(document: Document) -> list[Chunk]:
        if document.labels:
            labels[document.id] = [label(key, value) for key, value in sorted(document.labels.items())]
        return cutting.chunks(document)

    return [chunk for document in read_documents(documents) for chunk in cut(document)]


def _ann(description: Any) -> Ann | None:
    made: Ann | None = build(description, kind="ann").part if description else None
    return made


def _chunks_sha256(chunks: list[Chunk], labels: dict[str, list[str]]) -> str:
    digest = hashlib.sha256(json.dumps(labels, sort_keys=True).encode())
    for chunk in chunks:
        digest.update(json.dumps(astuple(chunk)).encode())
    return digest.hexdigest()


def _file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
