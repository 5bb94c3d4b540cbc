"""Indexes: from a vector or from words to passages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from systems.build import build
from systems.errors import ConfigError, Fault
from systems.facts import Passage
from systems.retrieval.documents import Document, read_documents
from systems.retrieval.embedding import Embedder
from systems.retrieval.manifest import documents_of, label, read_manifest, table_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TIES = 16  # so many more than k are fetched at first, so that equal scores are cut off in an order of ours


@dataclass(frozen=True)
class Near:
    """How closely a vector index looks: at how many partitions, and at how many times k candidates by their full vectors
    (None: LanceDB's defaults). `exact` looks at every vector; without a vector index every search does."""

    probes: int | None = None
    refine: int | None = None
    exact: bool = False


@dataclass(frozen=True)
class Only:
    """Which documents are searched: those that have all the labels of `where` and none of `where_not`."""

    where: Mapping[str, str] = field(default_factory=dict)
    where_not: Mapping[str, str] = field(default_factory=dict)

    @property
    def sql(self) -> str:
        """The condition on a table's column `labels`; empty where nothing is left out."""
        needed = f"array_has_all(labels, [{_quoted(self.where)}])" if self.where else ""
        barred = f"NOT array_has_any(labels, [{_quoted(self.where_not)}])" if self.where_not else ""
        return " AND ".join(filter(None, (needed, barred)))


def _quoted(labels: Mapping[str, str]) -> str:
    return ", ".join("'" + label(key, value).replace("'", "''") + "'" for key, value in labels.items())


NEAR = Near()
EVERYTHING = Only()


class Index(Protocol):
    """Finds passages, best first."""

    @property
    def embedder(self) -> Embedder:
        """What turned the passages into vectors, and has to turn the query into one."""
        ...

    def search_text(self, query: str, k: int, only: Only = EVERYTHING) -> list[Passage]:
        """The k best by BM25 over the words of the query, stemmed; fewer where fewer share a word with it."""
        ...

    def search_vector(
        self, vector: NDArray[np.float32], k: int, only: Only = EVERYTHING, near: Near = NEAR
    ) -> list[Passage]:
        """The k nearest to a vector of unit length; the score is their cosine."""
        ...

    def document(self, id: str) -> Document:
        """The whole document that a passage is from."""
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

        self._read = read_manifest(self.manifest)
        self.embedder: Embedder = build(self._read["embedder"], kind="embedder").part
        if self.embedder.sha256 != self._read["embedder_sha256"]:
            raise ConfigError(Fault(str(self.manifest), "was made with another embedder", "run `dvc repro`"))
        self._table: Any = None  # there is none where nothing was indexed
        self._documents: dict[str, Document] | None = None
        if self._read["table"]:
            self._table = lancedb.connect(table_of(self._read, self.manifest, self.embedder)).open_table("chunks")

    async def close(self) -> None:
        """Let go of the table."""
        del self._table, self._documents

    def search_text(self, query: str, k: int, only: Only = EVERYTHING) -> list[Passage]:
        """As Index says. The query is words, whatever signs are in it: MatchQuery knows no query language."""
        from lancedb.query import MatchQuery

        if self._table is None:
            return []
        self._known(only)
        words = MatchQuery(query, "text")  # type: ignore[call-arg]  # its defaults are pydantic's
        return _best(lambda: _only(self._table.search(words, query_type="fts"), only), lambda row: row["_score"], k)

    def search_vector(
        self, vector: NDArray[np.float32], k: int, only: Only = EVERYTHING, near: Near = NEAR
    ) -> list[Passage]:
        """As Index says."""
        if self._table is None:
            return []

        self._known(only)

        def search() -> Any:
            found = _only(self._table.search(vector, query_type="vector").distance_type("dot"), only)
            if near.exact or only.sql:  # a vector index would look for what qualifies in the nearest partitions alone
                return found.bypass_vector_index()
            if self._read["ann"]:
                found = found.nprobes(near.probes) if near.probes else found
                found = found.refine_factor(near.refine) if near.refine else found
            return found

        return _best(search, lambda row: 1 - row["_distance"], k)

    def _known(self, only: Only) -> Only:
        """The labels that are asked for, if they can be meant: one that no document has is a misspelt one. Where no document has
        any label at all there is nothing to leave out, and nothing is."""
        labels: dict[str, list[str]] = self._read["labels"]
        wanted = [*only.where.items(), *(only.where_not.items() if labels else ())]
        faults = [
            Fault(f"{self.manifest}: label {key}={value}", "no document has it", f"labels: {labels or 'none'}")
            for key, value in wanted
            if value not in labels.get(key, ())
        ]
        if faults:
            raise ConfigError(faults)
        return only

    def document(self, id: str) -> Document:
        """As Index says. All documents are held in memory from the first one on that is asked for."""
        if self._documents is None:
            found = read_documents(documents_of(self._read, self.manifest))
            self._documents = {document.id: document for document in found}
        return self._documents[id]


def _only(search: Any, only: Only) -> Any:
    """The search among the rows that are asked for: labels are compared before anything is ranked."""
    return search.where(only.sql, prefilter=True) if only.sql else search


def _best(search: Callable[[], Any], score: Callable[[dict[str, Any]], float], k: int) -> list[Passage]:
    """The k best rows of a search, asked for so many that those of the k-th one's score are all there to be put in order.

    Scores are rounded before they are compared: their last bits differ between processors.
    """
    limit = k + TIES
    while True:
        rows = search().limit(limit).to_list()
        scores = [round(score(row), 5) for row in rows]
        if len(rows) < limit or min(scores) < sorted(scores, reverse=True)[k - 1]:
            break
        limit *= 4
    pairs = zip(rows, scores, strict=True)
    found = (Passage(row["document"], row["start"], row["end"], row["text"], row["title"], one) for row, one in pairs)
    return ordered(found)[:k]


def ordered(passages: Iterable[Passage]) -> list[Passage]:
    """Best first; equal scores by document and start."""
    return sorted(passages, key=lambda passage: (-passage.score, passage.document, passage.start))
