"""Plain search: no model. The answer is the best passage, as a search engine's first hit is."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace

from systems.facts import Cited, Retrieved
from systems.interface import Call, Request
from systems.retrieval.retrievers import Retriever

NOTHING = "I could not find anything about this."


@dataclass(eq=False)
class Search:
    """What any model on top of the same retriever has to beat, in quality and in cost.

    `texts=False` records where the passages stand and under which title, and leaves out what they say: enough to score
    retrieval, and so much smaller that many passages of many questions can be kept.
    """

    retriever: Retriever
    texts: bool = True

    @property
    def name(self) -> str:
        return f"search({self.retriever.name})"

    async def stream(self, request: Request, call: Call) -> AsyncGenerator[str, None]:
        with call.child("retrieve") as retrieving:
            found = await self.retriever.retrieve(request.question, retrieving)
            kept = tuple(found if self.texts else (replace(one, text="") for one in found))
            retrieving.record(Retrieved(request.question, kept))
        yield found[0].text if found else NOTHING
        call.record(Cited(kept[:1]))
