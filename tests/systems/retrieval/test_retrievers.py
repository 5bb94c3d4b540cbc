from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from typing import Any, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.clock import run
from systems.build import build
from systems.errors import ConfigError
from systems.facts import Passage
from systems.interface import Call, Request, Response, respond
from systems.retrieval.documents import Document
from systems.retrieval.retrievers import fused

Made: TypeAlias = Callable[..., dict[str, Any]]
Found: TypeAlias = Callable[[dict[str, Any], Any, str], list[Passage]]
OLD = {"status": "old", "language": "en", "note": "it's = ' quoted"}


def retrieve(given: dict[str, Any], description: Any, query: str, charges: dict[str, float] | None = None) -> Any:
    """What a retriever finds, how long it took on the virtual clock, and its name."""

    async def main() -> Any:
        async with build(description, kind="retriever", given=given) as retriever:
            call = Call.now("c", charges=charges or {})
            return await retriever.retrieve(query, call), call.elapsed_s, retriever.name

    return run(main())


ALL = {"embed_query": 0.5, "search_dense": 0.25, "search_bm25": 0.125, "mmr": 1.0}


@pytest.mark.parametrize(
    ("description", "takes_s", "name"),
    [
        ({"dense": {"top_k": 1}}, 0.75, "dense"),
        ({"bm25": {"top_k": 1}}, 0.125, "bm25"),
        ({"hybrid": {"top_k": 1}}, 0.875, "hybrid"),
        ({"hybrid": {"top_k": 1, "bm25_weight": 0}}, 0.75, "hybrid"),
        ({"mmr": {"retriever": "bm25", "top_k": 1}}, 1.125, "mmr(bm25)"),
        ({"parent": {"retriever": "dense", "chunker": "document", "top_k": 1}}, 0.75, "parent(dense)"),
    ],
)
def test_a_retriever_finds_and_takes_its_modelled_time(
    given_index: dict[str, Any], description: Any, takes_s: float, name: str
) -> None:
    [passage], took_s, named = retrieve(given_index, description, "Are refunds paid?", ALL)
    assert (passage.document, took_s, named) == ("refund", takes_s, name)


@pytest.mark.parametrize(
    ("description", "fault"),
    [
        ({"dense": {"top_k": 0}}, r"retriever\.dense\.top_k.*greater than or equal to 1"),
        ({"hybrid": {"top_k": 60}}, "candidates 50 must be at least top_k 60"),
        ({"hybrid": {"dense_weight": 0, "bm25_weight": 0}}, "both 0: one must count"),
        ({"hybrid": {"dense_weight": -1}}, "greater than or equal to 0"),
        ({"mmr": {"retriever": "dense", "relevance": 1.5}}, "less than or equal to 1"),
        ({"parent": {"retriever": "dense"}}, r"parent\.chunker: missing"),
        ({"dense": {"where": {"status": 3}}}, r"dense\.where\.status: 3 was given"),
    ],
)
def test_settings_that_make_no_sense_are_faults(given_index: dict[str, Any], description: Any, fault: str) -> None:
    with pytest.raises(ConfigError, match=fault):
        build(description, kind="retriever", given=given_index)


def test_retrievers_of_one_index_share_its_table(given_index: dict[str, Any]) -> None:
    dense, bm25 = (build(name, kind="retriever", given=given_index).part for name in ("dense", "bm25"))
    assert dense.index is bm25.index


def test_a_retriever_can_be_opened_again(given_index: dict[str, Any]) -> None:
    async def main() -> None:
        built = build("bm25", kind="retriever", given=given_index)
        for _ in range(2):
            async with built as retriever:
                assert await retriever.retrieve("kettle", Call.now("c"))

    asyncio.run(main())


KETTLES = [
    Document("a", "", "The kettle boils one litre of water.", OLD),
    Document("b", "", "The kettle boils two litres of water.", {"status": "new", "language": "en"}),
    Document("c", "", "The kettle boils three litres of water."),
]


@pytest.mark.parametrize("name", ["bm25", "dense", "hybrid"])
@pytest.mark.parametrize(
    ("where", "documents"),
    [
        ({}, "abc"),
        ({"language": "en"}, "ab"),
        ({"status": "new"}, "b"),
        (OLD, "a"),
        ({"status": "new", "note": "it's = ' quoted"}, ""),
    ],
)
def test_only_documents_with_all_the_labels_are_found(
    found: Found, made: Made, name: str, where: dict[str, str], documents: str
) -> None:
    passages = found(made(*KETTLES), {name: {"top_k": 3, "where": where}}, "water in a kettle")
    assert sorted(passage.document for passage in passages) == list(documents)


@pytest.mark.parametrize("name", ["bm25", "dense", "hybrid"])
@pytest.mark.parametrize(
    ("fields", "documents"),
    [
        ({"where_not": {"status": "old"}}, "bc"),
        ({"where_not": {"status": "old", "language": "en"}}, "c"),
        ({"where_not": {"status": "new"}, "where": {"language": "en"}}, "a"),
    ],
)
def test_documents_with_one_of_the_barred_labels_are_not_found(
    found: Found, made: Made, name: str, fields: dict[str, dict[str, str]], documents: str
) -> None:
    passages = found(made(*KETTLES), {name: {"top_k": 3, **fields}}, "water in a kettle")
    assert sorted(passage.document for passage in passages) == list(documents)


@pytest.mark.parametrize(
    "fields", [{"where": {"staus": "old"}}, {"where_not": {"status": "odl"}}, {"where": {"a": "') OR ('"}}]
)
@pytest.mark.parametrize("name", ["bm25", "dense"])
def test_a_label_that_no_document_has_is_a_fault_that_lists_those_there_are(
    made: Made, found: Found, name: str, fields: dict[str, dict[str, str]]
) -> None:
    with pytest.raises(ConfigError, match=r"no document has it; labels: \{'language': \['en'\], 'note': .*'status': "):
        found(made(*KETTLES), {name: fields}, "water")


def test_where_no_document_has_labels_there_is_nothing_to_leave_out(made: Made, found: Found) -> None:
    given = made(Document("a", "", "The kettle boils water."))
    assert len(found(given, {"bm25": {"where_not": {"status": "old"}}}, "kettle")) == 1
    with pytest.raises(ConfigError, match="no document has it; labels: none"):
        found(given, {"bm25": {"where": {"status": "old"}}}, "kettle")


def test_a_filter_leaves_no_less_than_k(found: Found, made: Made) -> None:
    many = [Document(f"n{at:02}", "", f"The kettle boils {at} litres.") for at in range(40)]
    wanted = [Document(f"w{at}", "", f"About {at} kettles.", {"status": "new"}) for at in range(5)]
    for name in ("bm25", "dense"):
        passages = found(made(*many, *wanted), {name: {"top_k": 5, "where": {"status": "new"}}}, "The kettle boils")
        assert len(passages) == 5, name


def passage(name: str) -> Passage:
    return Passage(name, 0, 9, name, score=len(name))


A, B, C = (passage(name) for name in "abc")


def test_ranks_are_fused_by_their_reciprocals() -> None:
    scores = {one.document: one.score for one in fused([(1.0, [A, B]), (1.0, [B, C])], 60.0)}
    assert scores == {"b": pytest.approx(1 / 62 + 1 / 61), "a": pytest.approx(1 / 61), "c": pytest.approx(1 / 62)}


RANKINGS = st.lists(st.permutations([A, B, C]).map(tuple), min_size=1, max_size=4)


@given(RANKINGS, st.integers(1, 100))
def test_fusing_equal_rankings_changes_nothing(rankings: list[tuple[Passage, ...]], rrf_k: int) -> None:
    once = rankings[0]
    same = fused([(1.0, once)] * len(rankings), float(rrf_k))
    assert [one.document for one in same] == [one.document for one in once]


@given(RANKINGS)
def test_the_order_of_rankings_does_not_matter(rankings: list[tuple[Passage, ...]]) -> None:
    def documents(order: list[tuple[Passage, ...]]) -> list[str]:
        return [one.document for one in fused([(1.0, ranking) for ranking in order], 60.0)]

    assert documents(rankings) == documents(rankings[::-1])


def test_a_weight_of_nothing_leaves_a_ranking_out(found: Found, made: Made) -> None:
    given = made(*KETTLES)
    for weight, alone in (("dense_weight", "bm25"), ("bm25_weight", "dense")):
        hybrid = found(given, {"hybrid": {"top_k": 3, weight: 0}}, "two litres")
        assert [p.document for p in hybrid] == [p.document for p in found(given, {alone: {"top_k": 3}}, "two litres")]


def test_weights_move_the_fused_order() -> None:
    dense, words = [A, B, C], [C, B, A]
    orders = [[one.document for one in fused([(weight, dense), (1.0, words)], 60.0)] for weight in (0.2, 5.0)]
    assert orders == [["c", "b", "a"], ["a", "b", "c"]]


def test_a_hybrid_passes_its_weights_and_candidates_on(found: Found, made: Made) -> None:
    given = made(*KETTLES, Document("z", "", "litres of two"))
    query = "two litres of water in a kettle"
    dense, words = (found(given, {name: {"top_k": 5}}, query) for name in ("dense", "bm25"))
    for weight in (0.1, 1.0, 9.0):
        hybrid = found(given, {"hybrid": {"top_k": 5, "dense_weight": weight, "candidates": 5}}, query)
        assert hybrid == fused([(weight, dense), (1.0, words)], 60.0)


@pytest.mark.parametrize("name", ["bm25", "dense"])
def test_however_many_scores_are_equal_they_are_ordered_by_document(found: Found, made: Made, name: str) -> None:
    given = made(*(Document(f"s{at:03}", "", "the same kettle") for at in reversed(range(60))))
    assert [one.document for one in found(given, {name: {"top_k": 2}}, "kettle")] == ["s000", "s001"]


def test_labels_that_look_alike_are_not_the_same(found: Found, made: Made) -> None:
    given = made(Document("x", "", "a kettle", {"a": "b=c"}), Document("y", "", "a kettle", {"a=b": "c"}))
    assert [one.document for one in found(given, {"bm25": {"where": {"a=b": "c"}}}, "kettle")] == ["y"]


def test_search_answers_with_the_best_passage_and_spends_nothing(given_index: dict[str, Any]) -> None:
    def ask(question: str, **fields: Any) -> Response:
        async def main() -> Response:
            async with build({"search": {"retriever": "bm25", **fields}}, given=given_index) as system:
                return await respond(system, Request(question), Call.now("c"))

        return run(main())

    response = ask("Are refunds paid?")
    assert (response.text, response.cost_usd, response.model_calls) == ("Refunds are paid within ten days.", 0, [])
    assert [one.document for one in response.citations] == ["refund"]
    assert ask("xyzzy").text == "I could not find anything about this."
    bare = ask("Are refunds paid?", texts=False)
    assert bare.text == "Refunds are paid within ten days."
    assert [(one.document, one.start, one.text) for one in bare.contexts or ()] == [("refund", 0, "")]


def test_importing_retrievers_is_light() -> None:
    heavy = "'lancedb', 'numpy', 'onnxruntime', 'pandas', 'semchunk', 'tokenizers'"
    code = f"import sys, systems.retrieval.reranking; print({{{heavy}}} & sys.modules.keys())"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "set()\n"
