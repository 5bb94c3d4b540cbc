from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.clock import run
from systems.build import build
from systems.errors import ConfigError
from systems.facts import Passage
from systems.interface import Call, Request, Response, respond
from systems.retrieval.documents import Document, write_documents
from systems.retrieval.manifest import write_manifest
from systems.retrieval.reranking import Mmr
from systems.retrieval.retrievers import fused

TEXTS = {"refund": "Refunds are paid within ten days.", "kettle": "The kettle boils water."}
OLD = {"status": "old", "language": "en", "note": "it's = ' quoted"}
Made = Callable[..., dict[str, Any]]


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """Makes an index of documents; returns what to give to `build`."""

    def make(*documents: Document, chunker: Any = "recursive", ann: Any = None) -> dict[str, Any]:
        write_documents(tmp_path / "d.jsonl", documents)
        write_manifest(tmp_path / "d.jsonl", chunker, "minilm", tmp_path / "index.json", ann=ann)
        return {"index": {"table": {"manifest": str(tmp_path / "index.json")}}}

    return make


@pytest.fixture
def given_index(made: Made) -> dict[str, Any]:
    return made(*(Document(name, "", text) for name, text in TEXTS.items()))


def retrieve(given: dict[str, Any], description: Any, query: str, charges: dict[str, float] | None = None) -> Any:
    """What a retriever finds, how long it took on the virtual clock, and its name."""

    async def main() -> Any:
        async with build(description, kind="retriever", given=given) as retriever:
            call = Call.now("c", charges=charges or {})
            return await retriever.retrieve(query, call), call.elapsed_s, retriever.name

    return run(main())


def found(given: dict[str, Any], description: Any, query: str) -> list[Passage]:
    passages: list[Passage] = retrieve(given, description, query)[0]
    return passages


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
        ({"status": "new", "language": "de"}, ""),
        ({"status": "' OR true OR '"}, ""),
    ],
)
def test_only_documents_with_all_the_labels_are_found(
    made: Made, name: str, where: dict[str, str], documents: str
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
        ({"where_not": {"status": "') OR true OR ('"}}, "abc"),
    ],
)
def test_documents_with_one_of_the_barred_labels_are_not_found(
    made: Made, name: str, fields: dict[str, dict[str, str]], documents: str
) -> None:
    passages = found(made(*KETTLES), {name: {"top_k": 3, **fields}}, "water in a kettle")
    assert sorted(passage.document for passage in passages) == list(documents)


def test_a_filter_leaves_no_less_than_k(made: Made) -> None:
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


def test_a_weight_of_nothing_leaves_a_ranking_out(made: Made) -> None:
    given = made(*KETTLES)
    for weight, alone in (("dense_weight", "bm25"), ("bm25_weight", "dense")):
        hybrid = found(given, {"hybrid": {"top_k": 3, weight: 0}}, "two litres")
        assert [p.document for p in hybrid] == [p.document for p in found(given, {alone: {"top_k": 3}}, "two litres")]


REPEATS = [
    Document("a", "", "Refunds are paid within ten days."),
    Document("b", "", "Refunds are paid within ten days!"),
    Document("c", "", "Returned goods travel at our cost."),
    Document("d", "", "The kettle boils water."),
]


@pytest.mark.parametrize(("relevance", "documents"), [(1.0, "ba"), (0.5, "bc")])
def test_mmr_passes_over_what_repeats(made: Made, relevance: float, documents: str) -> None:
    mmr = {"mmr": {"retriever": {"dense": {"top_k": 3}}, "top_k": 2, "relevance": relevance}}
    assert [p.document for p in found(made(*REPEATS), mmr, "When are refunds paid for returned goods?")] == [*documents]


def test_mmr_of_nothing_is_nothing(made: Made) -> None:
    assert found(made(*REPEATS), {"mmr": {"retriever": "bm25"}}, "xyzzy") == []


GUIDE = "# Kettle\n\n" + "\n\n".join(
    f"## Part {name}\n\nTo {name} a kettle, read this. Then wait for {at} minutes. It is done." for at, name in
    enumerate(["clean", "fill", "mend", "sell"])
)  # fmt: skip


def test_a_parent_is_the_large_passage_around_what_was_found(made: Made) -> None:
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


def test_search_answers_with_the_best_passage_and_spends_nothing(given_index: dict[str, Any]) -> None:
    def ask(question: str, **fields: Any) -> Response:
        async def main() -> Response:
            async with build({"search": {"retriever": "bm25", **fields}}, given=given_index) as system:
                return await respond(system, Request(question), Call.now("c"))

        return run(main())

    response = ask("Are refunds paid?")
    assert (response.text, response.cost_usd, response.model_calls) == (TEXTS["refund"], 0, [])
    assert [one.document for one in response.citations] == ["refund"]
    assert ask("xyzzy").text == "I could not find anything about this."
    bare = ask("Are refunds paid?", texts=False)
    assert bare.text == TEXTS["refund"]
    assert [(one.document, one.start, one.text) for one in bare.contexts or ()] == [("refund", 0, "")]


MANY = [Document(f"{at:03}", "", f"article {at} of the kettle") for at in range(300)]


@pytest.mark.parametrize("kind", ["ivf_flat", "ivf_pq", "ivf_hnsw_sq"])
def test_an_approximate_search_that_looks_everywhere_finds_what_exact_search_does(made: Made, kind: str) -> None:
    exact = found(made(*MANY), {"dense": {"top_k": 5}}, "the kettle of article 7")
    approximate = made(*MANY, ann={kind: {"partitions": 4}})
    everywhere = {"dense": {"top_k": 5, "probes": 4, "refine": 20}}
    assert found(approximate, {"dense": {"top_k": 5, "exact": True}}, "the kettle of article 7") == exact
    nearest = found(approximate, everywhere, "the kettle of article 7")
    assert len({one.document for one in nearest} & {one.document for one in exact}) >= 4


def test_an_index_that_cannot_be_trained_on_so_few_chunks_is_a_fault(made: Made) -> None:
    with pytest.raises(ConfigError, match=r"indexes\.index\.ann: 3 chunks are too few for IvfPq; it takes 256"):
        made(*KETTLES, ann="ivf_pq")


def test_importing_retrievers_is_light() -> None:
    heavy = "'lancedb', 'numpy', 'onnxruntime', 'pandas', 'semchunk', 'tokenizers'"
    code = f"import sys, systems.retrieval.reranking; print({{{heavy}}} & sys.modules.keys())"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "set()\n"


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
def test_fewer_passages_are_the_first_of_more(made: Made, description: dict[str, dict[str, Any]]) -> None:
    given = made(
        Document("guide", "Guide", GUIDE), *KETTLES, *REPEATS[2:3], chunker={"sentences": {"chunk_tokens": 12}}
    )
    ((name, fields),) = description.items()
    many = found(given, {name: {**fields, "top_k": 6}}, "How long does a kettle take?")
    assert len(many) > 3
    for k in (1, 2, 3):
        assert found(given, {name: {**fields, "top_k": k}}, "How long does a kettle take?") == many[:k]


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


def test_weights_move_the_fused_order() -> None:
    dense, words = [A, B, C], [C, B, A]
    orders = [[one.document for one in fused([(weight, dense), (1.0, words)], 60.0)] for weight in (0.2, 5.0)]
    assert orders == [["c", "b", "a"], ["a", "b", "c"]]


def test_a_hybrid_passes_its_weights_and_candidates_on(made: Made) -> None:
    given = made(*KETTLES, *REPEATS[2:3], Document("z", "", "litres of two"))
    query = "two litres of water in a kettle"
    dense, words = (found(given, {name: {"top_k": 5}}, query) for name in ("dense", "bm25"))
    for weight in (0.1, 1.0, 9.0):
        hybrid = found(given, {"hybrid": {"top_k": 5, "dense_weight": weight, "candidates": 5}}, query)
        assert hybrid == fused([(weight, dense), (1.0, words)], 60.0)


def test_more_than_the_retriever_inside_finds_is_a_fault(given_index: dict[str, Any]) -> None:
    for name, more in (("mmr", {}), ("parent", {"chunker": "document"})):
        with pytest.raises(ConfigError, match="top_k 6 is more than the 5 that dense finds"):
            build({name: {"retriever": "dense", "top_k": 6, **more}}, kind="retriever", given=given_index)


@pytest.mark.parametrize("name", ["bm25", "dense"])
def test_however_many_scores_are_equal_they_are_ordered_by_document(made: Made, name: str) -> None:
    given = made(*(Document(f"s{at:03}", "", "the same kettle") for at in reversed(range(60))))
    assert [one.document for one in found(given, {name: {"top_k": 2}}, "kettle")] == ["s000", "s001"]


def test_a_search_of_few_partitions_misses_what_one_of_all_finds(made: Made) -> None:
    given = made(*MANY, ann={"ivf_flat": {"partitions": 32}})
    queries = [f"article {at} of the kettle" for at in range(0, 300, 30)]
    exact, one, every = (
        [{p.document for p in found(given, {"dense": {"top_k": 10, **fields}}, query)} for query in queries]
        for fields in ({"exact": True}, {"probes": 1}, {"probes": 32})
    )
    assert every == exact
    assert one != exact


def test_a_filter_finds_what_qualifies_wherever_a_vector_index_keeps_it(made: Made) -> None:
    labelled = [Document(d.id, "", d.text, {"kind": "rare"} if at % 60 == 0 else {}) for at, d in enumerate(MANY)]
    given = made(*labelled, ann={"ivf_flat": {"partitions": 32}})
    dense = {"dense": {"top_k": 5, "where": {"kind": "rare"}, "probes": 1}}
    assert len(found(given, dense, "article 7 of the kettle")) == 5


def test_labels_that_look_alike_are_not_the_same(made: Made) -> None:
    given = made(Document("x", "", "a kettle", {"a": "b=c"}), Document("y", "", "a kettle", {"a=b": "c"}))
    assert [one.document for one in found(given, {"bm25": {"where": {"a=b": "c"}}}, "kettle")] == ["y"]


def test_an_index_that_these_vectors_cannot_have_is_a_fault_with_its_place(made: Made) -> None:
    with pytest.raises(ConfigError, match=r"indexes\.index\.ann: "):
        made(*MANY, ann={"ivf_pq": {"sub_vectors": 7}})
