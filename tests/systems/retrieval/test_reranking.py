"""Retrievers around another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import pytest

from pipelines.clock import run
from systems.build import build
from systems.errors import ConfigError
from systems.facts import Passage
from systems.interface import Call
from systems.retrieval.documents import Document
from systems.retrieval.reranking import Mmr

Made: TypeAlias = Callable[..., dict[str, Any]]
Found: TypeAlias = Callable[[dict[str, Any], Any, str], list[Passage]]


REPEATS = [
    Document("a", "", "Refunds are paid within ten days."),
    Document("b", "", "Refunds are paid within ten days!"),
    Document("c", "", "Returned goods travel at our cost."),
    Document("d", "", "The kettle boils water."),
]


@pytest.mark.parametrize(("relevance", "documents"), [(1.0, "ba"), (0.5, "bc")])
def test_mmr_passes_over_what_repeats(found: Found, made: Made, relevance: float, documents: str) -> None:
    mmr = {"mmr": {"retriever": {"dense": {"top_k": 3}}, "top_k": 2, "relevance": relevance}}
    assert [p.document for p in found(made(*REPEATS), mmr, "When are refunds paid for returned goods?")] == [*documents]


def test_mmr_of_nothing_is_nothing(found: Found, made: Made) -> None:
    assert found(made(*REPEATS), {"mmr": {"retriever": "bm25"}}, "xyzzy") == []


GUIDE = "# Kettle\n\n" + "\n\n".join(
    f"## Part {name}\n\nTo {name} a kettle, read this. Then wait for {at} minutes. It is done." for at, name in
    enumerate(["clean", "fill", "mend", "sell"])
)  # fmt: skip


def test_a_parent_is_the_large_passage_around_what_was_found(found: Found, made: Made) -> None:
    given = made(Document("guide", "Guide", GUIDE), chunker={"sentences": {"chunk_tokens": 12}})
    small = found(given, {"bm25": {"top_k": 3}}, "mend a kettle")
    large = found(
        given, {"parent": {"retriever": {"bm25": {"top_k": 3}}, "chunker": "headings", "top_k": 2}}, "mend a kettle"
    )
    assert len({(one.document, one.start) for one in large}) == len(large) == 2
    assert large[0].text.startswith("## Part mend")
    assert large[0].text.endswith("It is done.")
    assert (large[0].start <= small[0].start, small[0].end <= large[0].end) == (True, True)
    assert large[0].text == GUIDE[large[0].start : large[0].end]


class Plain:
    """An index and a retriever with vectors and passages that are given by hand."""

    name, top_k = "plain", 9

    def __init__(self, vectors: dict[str, tuple[float, float]]) -> None:
        self.vectors = vectors
        self.embedder = self
        self.asked: list[str] = []

    async def retrieve(self, query: str, call: Call) -> list[Passage]:
        return [Passage(name, 0, 1, name) for name in self.vectors if name != query]

    def embed(self, texts: list[str]) -> Any:
        return np.array([self.vectors[text] for text in texts])


def test_mmr_weighs_nearness_against_the_likest_of_those_chosen() -> None:
    # After a and c: p is as far from both, r nearer to a and far from c. Only the likest counts, so p comes first.
    plain = Plain({"q": (1, 0), "a": (1, 0), "r": (0.94, 0.342), "p": (0.894, -0.447), "c": (0.6, -0.8)})
    assert run(_retrieved(Mmr(plain, plain, top_k=4, relevance=0.4))) == ["a", "c", "p", "r"]  # type: ignore[arg-type]


def test_of_equals_mmr_takes_the_one_that_was_found_first() -> None:
    plain = Plain({"q": (1.0, 0.0), "b": (0.6, 0.8), "a": (0.6, 0.8)})
    assert run(_retrieved(Mmr(plain, plain, top_k=1))) == ["b"]  # type: ignore[arg-type]


async def _retrieved(retriever: Any) -> list[str]:
    return [one.document for one in await retriever.retrieve("q", Call.now("c"))]


def test_more_than_the_retriever_inside_finds_is_a_fault(given_index: dict[str, Any]) -> None:
    for name, more in (("mmr", {}), ("parent", {"chunker": "document"})):
        with pytest.raises(ConfigError, match="top_k 6 is more than the 5 that dense finds"):
            build({name: {"retriever": "dense", "top_k": 6, **more}}, kind="retriever", given=given_index)


@pytest.mark.parametrize(
    "description",
    [
        {"bm25": {}},
        {"dense": {}},
        {"hybrid": {}},
        {"mmr": {"retriever": {"dense": {"top_k": 20}}}},
        {"parent": {"retriever": {"dense": {"top_k": 20}}, "chunker": {"sentences": {"chunk_tokens": 30}}}},
    ],
    ids=lambda description: next(iter(description)),
)
def test_fewer_passages_are_the_first_of_more(found: Found, made: Made, description: dict[str, dict[str, Any]]) -> None:
    given = made(Document("guide", "Guide", GUIDE), *REPEATS, chunker={"sentences": {"chunk_tokens": 12}})
    ((name, fields),) = description.items()
    many = found(given, {name: {**fields, "top_k": 6}}, "How long does a kettle take?")
    assert len(many) > 3
    for k in (1, 2, 3):
        assert found(given, {name: {**fields, "top_k": k}}, "How long does a kettle take?") == many[:k]
