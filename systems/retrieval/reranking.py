"""Retrievers around another: they choose among what it found, or give more than it found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from annotated_types import Ge, Le

from systems.facts import Passage
from systems.interface import Call
from systems.retrieval.chunking import Chunk, Chunker
from systems.retrieval.retrievers import Retriever, TopK
from systems.retrieval.store import Index


def _no_more_than(retriever: Retriever, top_k: int) -> None:
    """Raises ValueError where more is asked for than the retriever inside ever finds."""
    found = getattr(retriever, "top_k", top_k)
    if found < top_k:
        raise ValueError(f"top_k {top_k} is more than the {found} that {retriever.name} finds: give that a top_k, too")


@dataclass(eq=False)
class Mmr:
    """Maximal marginal relevance (Carbonell & Goldstein 1998, https://doi.org/10.1145/290941.291025): from what `retriever`
    found, one passage after the other that is near to the question and far from those already chosen.

    The next is that with the highest relevance * cos(question, passage) - (1 - relevance) * max cos(passage, chosen); with a
    `relevance` of 1 the nearest come first, whatever they repeat.
    """

    retriever: Retriever
    index: Index
    top_k: TopK = 5
    relevance: Annotated[float, Ge(0), Le(1)] = 0.5

    def __post_init__(self) -> None:
        _no_more_than(self.retriever, self.top_k)

    @property
    def name(self) -> str:
        return f"mmr({self.retriever.name})"

    async def retrieve(self, query: str, call: Call) -> list[Passage]:
        found = await self.retriever.retrieve(query, call)
        if not found:
            return []
        await call.charge("mmr")
        vectors = self.index.embedder.embed([query, *(passage.text for passage in found)])
        near = (vectors[1:] @ vectors[0]).round(5).tolist()
        alike = (vectors[1:] @ vectors[1:].T).round(5).tolist()
        chosen: list[int] = []
        left = list(range(len(found)))
        while left and len(chosen) < self.top_k:
            best = max(left, key=lambda at: (self._gain(near[at], [alike[at][other] for other in chosen]), -at))
            chosen.append(best)
            left.remove(best)
        return [found[at] for at in chosen]

    def _gain(self, near: float, alike: list[float]) -> float:
        return round(self.relevance * near - (1 - self.relevance) * max(alike, default=0.0), 5)


@dataclass(eq=False)
class Parent:
    """Small chunks are found, the larger passages that hold them are given: the chunks of the same documents that `chunker` cuts,
    each once, in the order in which the best small chunk of each was found, up to `top_k`."""

    retriever: Retriever
    index: Index
    chunker: Chunker
    top_k: TopK = 5
    _cut: dict[str, list[Chunk]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        _no_more_than(self.retriever, self.top_k)

    @property
    def name(self) -> str:
        return f"parent({self.retriever.name})"

    async def retrieve(self, query: str, call: Call) -> list[Passage]:
        parents: dict[tuple[str, int], Passage] = {}
        for small in await self.retriever.retrieve(query, call):
            chunk = self._around(small)
            found = Passage(chunk.document, chunk.start, chunk.end, chunk.text, chunk.title, small.score)
            parents.setdefault((chunk.document, chunk.start), found)
        return list(parents.values())[: self.top_k]

    def _around(self, small: Passage) -> Chunk:
        """The large chunk that shares most with a small one; the first of equals."""
        if small.document not in self._cut:
            self._cut[small.document] = self.chunker.chunks(self.index.document(small.document))
        return max(self._cut[small.document], key=lambda one: min(one.end, small.end) - max(one.start, small.start))
