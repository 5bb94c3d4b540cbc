"""Retrievers: from a question to passages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Protocol

from annotated_types import Ge

from systems.facts import Passage
from systems.interface import Call
from systems.retrieval.store import Index


class Retriever(Protocol):
    """Finds what may hold the answer."""

    @property
    def name(self) -> str: ...

    async def retrieve(self, query: str, call: Call) -> list[Passage]:
        """The passages found, best first. Modelled time passes on the call; nothing is recorded."""
        ...


@dataclass(eq=False)
class Dense:
    """The `top_k` passages whose vectors are nearest to the question's."""

    index: Index
    top_k: Annotated[int, Ge(1)] = 5

    @property
    def name(self) -> str:
        return "dense"

    async def retrieve(self, query: str, call: Call) -> list[Passage]:
        await call.charge("embed_query")
        [vector] = self.index.embedder.embed([query])
        await call.charge("search_dense")
        return self.index.search_vector(vector, self.top_k)


@dataclass(eq=False)
class Bm25:
    """The `top_k` passages that share the most telling words with the question (Robertson & Zaragoza, 2009)."""

    index: Index
    top_k: Annotated[int, Ge(1)] = 5

    @property
    def name(self) -> str:
        return "bm25"

    async def retrieve(self, query: str, call: Call) -> list[Passage]:
        await call.charge("search_bm25")
        return self.index.search_text(query, self.top_k)
