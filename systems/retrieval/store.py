"""Indexes. A manifest says what an index is made of; its LanceDB table is a cache, made again when it is missing."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from systems.build import build
from systems.errors import ConfigError, Fault
from systems.facts import Passage
from systems.paths import cache_dir
from systems.retrieval.chunking import Chunk, Chunker
from systems.retrieval.documents import read_documents
from systems.retrieval.embedding import Embedder, Progress
from systems.tokens import count_tokens

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

SCHEMA = 1  # of a manifest
LAYOUT = 1  # of a table: to be raised whenever make_table changes, since tables are kept on disk
ROWS_FOR_VECTOR_INDEX = 20_000  # below, looking at every row takes milliseconds and misses nothing
TIES = 16  # so many more than k are fetched, so that equal scores are cut off in an order of ours


class Index(Protocol):
    """Finds passages, best first."""

    @property
    def embedder(self) -> Embedder:
        """What turned the passages into vectors, and has to turn the query into one."""
        ...

    def search_text(self, query: str, k: int) -> list[Passage]:
        """The k best by BM25 over the words of the query, stemmed; fewer where fewer share a word with it."""
        ...

    def search_vector(self, vector: NDArray[np.float32], k: int) -> list[Passage]:
        """The k nearest to a vector of unit length; the score is their cosine."""
        ...


@dataclass(eq=False)
class Table:
    """The index that a manifest describes. Equal scores are ordered by document and start."""

    manifest: Path

    async def open(self) -> None:
        """Open the table, or make it from the manifest when it is not in the cache.

        Raises ConfigError when the manifest is none or what it was made from has changed, OSError when the disk fails.
        """
        import lancedb

        manifest = read_manifest(self.manifest)
        self.embedder: Embedder = build(manifest["embedder"], kind="embedder").part
        if self.embedder.sha256 != manifest["embedder_sha256"]:
            raise ConfigError(Fault(str(self.manifest), "was made with another embedder", "run `dvc repro`"))
        self._table: Any = None  # there is none where nothing was indexed
        if name := manifest["table"]:
            if not (folder := table_folder(name)).exists():
                make_table(folder, _chunks_of(manifest, self.manifest), self.embedder)
            self._table = lancedb.connect(folder).open_table("chunks")

    async def close(self) -> None:
        """Let go of the table."""
        del self._table

    def search_text(self, query: str, k: int) -> list[Passage]:
        """As Index says. The query is words, whatever signs are in it: MatchQuery knows no query language."""
        from lancedb.query import MatchQuery

        if self._table is None:
            return []
        words = MatchQuery(query, "text")  # type: ignore[call-arg]  # its defaults are pydantic's
        rows = self._table.search(words, query_type="fts").limit(k + TIES).to_list()
        return _best(((row["_score"], row) for row in rows), k)

    def search_vector(self, vector: NDArray[np.float32], k: int) -> list[Passage]:
        """As Index says."""
        if self._table is None:
            return []
        rows = self._table.search(vector, query_type="vector").distance_type("dot").limit(k + TIES).to_list()
        return _best(((1 - row["_distance"], row) for row in rows), k)


def _best(found: Iterable[tuple[float, dict[str, Any]]], k: int) -> list[Passage]:
    """Scores are rounded before they are compared: their last bits differ between processors."""
    passages = [
        Passage(row["document"], row["start"], row["end"], row["text"], row["title"], round(score, 5))
        for score, row in found
    ]
    return sorted(passages, key=lambda passage: (-passage.score, passage.document, passage.start))[:k]


def write_manifest(
    documents: Path | None, chunker: Any, embedder: Any, out: Path, progress: Progress | None = None
) -> dict[str, Any]:
    """Chunk the documents, make their table, write the manifest to `out` and return it.

    `chunker` and `embedder` are descriptions of parts. Without documents it is the index of a closed-book system: no
    chunks and no table. `progress` hears of each chunk that has its vector.
    """
    made: Embedder = build(embedder, kind="embedder").part
    chunks = _chunks(documents, chunker) if documents else []
    chunks_sha256 = _chunks_sha256(chunks)
    name = hashlib.sha256(f"{LAYOUT} {chunks_sha256} {made.sha256}".encode()).hexdigest()[:16] if chunks else None
    if name and not (folder := table_folder(name)).exists():
        make_table(folder, chunks, made, progress)
    manifest = {
        "schema": SCHEMA,
        "documents": documents and documents.as_posix(),
        "documents_sha256": documents and _file_sha256(documents),
        "chunker": chunker,
        "embedder": embedder,
        "embedder_sha256": made.sha256,
        "chunks": len(chunks),
        "chunks_sha256": chunks_sha256,
        "tokens": sum(count_tokens(chunk.text) for chunk in chunks),
        "table": name,
    }
    part = out.with_suffix(".part")
    part.write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    part.replace(out)
    return manifest


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


def make_table(folder: Path, chunks: list[Chunk], embedder: Embedder, progress: Progress | None = None) -> None:
    """Make a LanceDB database with one table, `chunks`. It appears whole or not at all, whoever else makes it too."""
    import lancedb
    from lancedb.index import FTS, IvfFlat

    rows = _rows(chunks, embedder.embed([chunk.text for chunk in chunks], progress))
    with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
        unfinished = Path(temporary, "table")
        try:
            table = lancedb.connect(unfinished).create_table("chunks", rows)
            table.create_index("text", config=FTS(language="English", stem=True, remove_stop_words=True, num_workers=1))
            if len(chunks) >= ROWS_FOR_VECTOR_INDEX:
                table.create_index("vector", config=IvfFlat(distance_type="dot"))
            os.replace(unfinished, folder)
        except (OSError, RuntimeError) as error:  # a RuntimeError is what LanceDB makes of a full disk
            if not folder.exists():
                raise OSError(f"{folder}: {error}") from error


def _rows(chunks: list[Chunk], vectors: NDArray[np.float32]) -> pa.Table:
    import pyarrow as pa

    columns: dict[str, Any] = {field.name: [getattr(chunk, field.name) for chunk in chunks] for field in fields(Chunk)}
    return pa.table(
        {**columns, "vector": pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), vectors.shape[1])}
    )


def _chunks(documents: Path, chunker: Any) -> list[Chunk]:
    cutting: Chunker = build(chunker, kind="chunker").part
    return [chunk for document in read_documents(documents) for chunk in cutting.chunks(document)]


def _chunks_of(manifest: dict[str, Any], path: Path) -> list[Chunk]:
    """The manifest's chunks, cut again. Raises ConfigError when they would be others than they were."""
    documents = Path(manifest["documents"])
    if not documents.is_file():
        raise ConfigError(Fault(str(documents), f"no such file; {path} was made from it", "run `dvc repro`"))
    if (found := _file_sha256(documents)) != manifest["documents_sha256"]:
        what = f"has changed since {path} was made: its sha256 is {found}, not {manifest['documents_sha256']}"
        raise ConfigError(Fault(str(documents), what, "run `dvc repro`"))
    chunks = _chunks(documents, manifest["chunker"])
    if _chunks_sha256(chunks) != manifest["chunks_sha256"]:
        raise ConfigError(Fault(str(path), f"its chunker cuts {documents} differently now", "run `dvc repro`"))
    return chunks


def _chunks_sha256(chunks: list[Chunk]) -> str:
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(json.dumps(astuple(chunk)).encode())
    return digest.hexdigest()


def _file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
