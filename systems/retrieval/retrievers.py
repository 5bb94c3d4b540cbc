"""Retrievers: from a question to passages. Those that work on what others found are in reranking.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Protocol

from annotated_types import Ge, Gt
from pydantic import AllowInfNan

from systems.facts import Passage
from systems.interface import Call
from systems.retrieval.store import Index, Near, Only, ordered

TopK = Annotated[int, Ge(1)]
Labels = Mapping[str, str]
Weight = Annotated[float, Ge(0), AllowInfNan(False)]


class Retriever(Protocol):
    """Finds what may hold the answer."""

    @property
    def name(self) -> str: ...

    async def retrieve(self, query: str, call: Call) -> list[Passage]:
        """The passages found, best first. Modelled time passes on the call; nothing is recorded."""
        ...


@dataclass(eq=False)
class Dense:
    """The `top_k` passages whose vectors are nearest to the question's, in documents with all the labels of `where` and
    none of `where_not`.

    Over an index with a vector index (`ann`): `probes` partitions are searched, and `refine` times as many candidates
    compared by their full vectors; `exact` searches all.
    """

    index: Index
    top_k: TopK = 5
    where: Labels = field(default_factory=dict)
    where_not: Labels = field(default_factory=dict)
    probes: Annotated[int, Ge(1)] | None = None
    refine: Annotated[int, Ge(1)] | None = None
    exact: bool = False

    @property
    def name(self) -> str:
        return "dense"

    async def retrieve(self, query: str, call: Call) -> list[Passage]:
        await call.charge("embed_query")
        [vector] = self.index.embedder.embed([query])
        await call.charge("search_dense")
        near = Near(self.probes, self.refine, self.exact)
        return self.index.search_vector(vector, self.top_k, Only(self.where, self.where_not), near)


@dataclass(eq=False)
class Bm25:
    """The `top_k` passages that share the most telling words with the question (Robertson & Zaragoza, 2009), in documents with
    all the labels of `where` and none of `where_not`."""

    index: Index
    top_k: TopK = 5
    where: Labels = field(default_factory=dict)
    where_not: Labels = field(default_factory=dict)

    @property
    def name(self) -> str:
        return "bm25"

    async def retrieve(self, query: str, call: Call) -> list[Passage]:
        await call.charge("search_bm25")
        return self.index.search_text(query, self.top_k, Only(self.where, self.where_not))


@dataclass(eq=False)
class Hybrid:
    """The first `candidates` of dense and of BM25 retrieval, fused by their ranks; a weight of 0 leaves one out."""

    index: Index
    top_k: TopK = 5
    where: Labels = field(default_factory=dict)
    where_not: Labels = field(default_factory=dict)
    dense_weight: Weight = 1.0
    bm25_weight: Weight = 1.0
    rrf_k: Annotated[float, Gt(0), AllowInfNan(False)] = 60.0
    candidates: TopK = 50
    exact: bool = False

    def __post_init__(self) -> None:
        if self.candidates < self.top_k:
            raise ValueError(f"candidates {self.candidates} must be at least top_k {self.top_k}")
        if not self.dense_weight + self.bm25_weight:
            raise ValueError("dense_weight and bm25_weight are both 0: one must count")

    @property
    def name(self) -> str:
        return "hybrid"

    async def retrieve(self, query: str, call: Call) -> list[Passage]:
        parts: list[tuple[float, Retriever]] = [
            (self.dense_weight, Dense(self.index, self.candidates, self.where, self.where_not, exact=self.exact)),
            (self.bm25_weight, Bm25(self.index, self.candidates, self.where, self.where_not)),
        ]
        rankings = [(weight, await part.retrieve(query, call)) for weight, part in parts if weight]
        return fused(rankings, self.rrf_k)[: self.top_k]


def fused(rankings: Sequence[tuple[float, Sequence[Passage]]], rrf_k: float) -> list[Passage]:
    """Reciprocal rank fusion: a passage scores the sum of weight / (rrf_k + rank) over the rankings that hold it (Cormack et
    al. 2009, https://doi.org/10.1145/1571941.1572114)."""
    scores: dict[Passage, float] = {}
    for weight, ranking in rankings:
        for rank, passage in enumerate(ranking, 1):
            same = replace(passage, score=0.0)
            scores[same] = scores.get(same, 0.0) + weight / (rrf_k + rank)
    return ordered(replace(passage, score=float(f"{score:.12g}")) for passage, score in scores.items())
