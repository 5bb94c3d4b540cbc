"""What others have published of public sets, with source and setting; pipelines/benchmarks.py measures the same here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Published:
    """A figure of somebody else's, over so many documents and questions. `system` names ours that it stands beside;
    `comparable` says whether it can be compared where the sizes are the same."""

    system: str
    figure: str
    value: float
    source: str
    comparable: str
    documents: int
    questions: int

    def compares(self, documents: int, questions: int) -> str:
        """Whether it can be compared with figures over this many. Documents may differ by one in a hundred: empty ones are left
        out by some."""
        if questions != self.questions or abs(documents - self.documents) > self.documents / 100:
            theirs = f"{self.documents:,} documents and {self.questions:,} questions there"
            return f"no: {theirs}, {documents:,} and {questions:,} here"
        return self.comparable


@dataclass(frozen=True)
class Benchmark:
    """A public set: its format (and a part of its name, where a format has several sets), how documents are cut, what is asked,
    how deep, and by which figures it is scored."""

    name: str
    format: str
    chunkers: Mapping[str, Any]
    retrievers: Mapping[str, Any]
    top_k: int
    figures: tuple[str, ...]
    note: str = ""
    match: str = ""
    published: tuple[Published, ...] = ()


WHOLE: Mapping[str, Any] = {"documents": "document"}
ALL_THREE: Mapping[str, Any] = {"bm25": "bm25", "dense": "dense", "hybrid": {"hybrid": {"candidates": 100}}}
CHROMA = "Smith & Troynikov 2024. Evaluating Chunking Strategies for Retrieval. https://research.trychroma.com/evaluating-chunking"
BEIR = "Thakur et al. 2021. BEIR: A Heterogeneous Benchmark for Zero-shot Evaluation of Information Retrieval. arXiv 2104.08663"
MTEB = "Muennighoff et al. 2022. MTEB: Massive Text Embedding Benchmark. arXiv 2210.07316, result files of all-MiniLM-L6-v2"
HIPPO = (
    "Gutiérrez et al. 2024. HippoRAG: Neurobiologically Inspired Long-Term Memory for LLMs. arXiv 2405.14831, table 2"
)


def _chroma(
    chunks: str, figures: tuple[float, float, float], comparable: str, documents: int = 5, questions: int = 472
) -> tuple[Published, ...]:
    names = ("span_recall@5", "span_precision@5", "span_iou@5")
    return tuple(
        Published(f"dense, {chunks}", name, value, CHROMA, comparable, documents, questions)
        for name, value in zip(names, figures, strict=True)
    )


# Of the study's figures for each corpus those of finance (97 questions) and wikitext (144), weighted by questions.
TWO_CORPORA = "nearly: found among five corpora there, two here; tokens and splitter differ"
ALL_CORPORA = "nearly: tokens and splitter differ"
OTHER_EMBEDDER = "no: text-embedding-3-large"


def _hops(name: str, match: str, documents: int, recall_at_2: float, recall_at_5: float) -> Benchmark:
    why = "no: passages there, sentences here"
    theirs = {"recall@2": recall_at_2, "recall@5": recall_at_5}
    return Benchmark(
        name=f"{name}, paragraphs pooled",
        format="hotpot",
        match=match,
        chunkers=WHOLE,
        retrievers=ALL_THREE,
        top_k=10,
        figures=("recall@2", "recall@5", "ndcg@10"),
        note="Recall of supporting sentences, over the paragraphs of all questions.",
        published=tuple(
            Published("bm25, documents", figure, value, HIPPO, why, documents, 1000) for figure, value in theirs.items()
        ),
    )


def _squad(name: str, match: str, note: str) -> Benchmark:
    return Benchmark(
        name=f"{name}, paragraphs pooled",
        format="squad",
        match=match,
        chunkers=WHOLE,
        retrievers=ALL_THREE,
        top_k=10,
        figures=("recall@1", "recall@5", "mrr"),
        note=note,
    )


def _beir(name: str, documents: int, questions: int, bm25: float, minilm: float) -> Benchmark:
    return Benchmark(
        name=f"BEIR {name}",
        format="beir",
        match=name.lower(),
        chunkers=WHOLE,
        retrievers=ALL_THREE,
        top_k=100,
        figures=("ndcg@10", "recall@100"),
        published=(
            Published("bm25, documents", "ndcg@10", bm25, BEIR, "nearly: another analyser", documents, questions),
            Published("dense, documents", "ndcg@10", minilm, MTEB, "yes: the same weights", documents, questions),
        ),
    )


BENCHMARKS: tuple[Benchmark, ...] = (
    Benchmark(
        name="Cranfield 1400",
        format="smart",
        chunkers=WHOLE,
        retrievers=ALL_THREE,
        top_k=100,
        figures=("ndcg@10", "map", "recall@100"),
        note=(
            "Graded: 4 for a complete answer to 1 for minimum interest. The judgement -1, one a query, is left out, as others"
            " leave it out, though its document tends to rank high. No reviewed figure for this setting was found."
        ),
    ),
    Benchmark(
        name="Chroma chunking evaluation",
        format="chroma",
        chunkers={
            f"{kind} {n}": {kind: {"chunk_tokens": n}} for kind in ("recursive", "tokens") for n in (100, 200, 400, 800)
        },
        retrievers={"dense": "dense", "bm25": "bm25"},
        top_k=5,
        figures=("span_recall@5", "span_precision@5", "span_iou@5"),
        note="Chunks do not overlap; all corpora are in one table, as in the study. MiniLM sees the first 256 tokens of a chunk.",
        published=(
            *_chroma("recursive 200", (0.746, 0.059, 0.058), TWO_CORPORA, 2, 241),
            *_chroma("tokens 200", (0.766, 0.039, 0.039), TWO_CORPORA, 2, 241),
            *_chroma("recursive 200", (0.757, 0.065, 0.065), ALL_CORPORA),
            *_chroma("tokens 200", (0.766, 0.041, 0.041), ALL_CORPORA),
            *_chroma("recursive 400", (0.895, 0.036, 0.036), OTHER_EMBEDDER),
            *_chroma("tokens 400", (0.892, 0.027, 0.027), OTHER_EMBEDDER),
        ),
    ),
    _hops("HotpotQA", "hotpot", 9_221, 0.554, 0.722),
    _hops("2WikiMultihopQA", "2wiki", 6_119, 0.518, 0.619),
    _squad(
        "PolicyQA",
        "policyqa",
        "The same question is asked of 20 policies and does not say of which: a search in all of them cannot know.",
    ),
    _squad(
        "SQuAD format", "", "The gold paragraph among those of all articles. No reviewed figure for this was found."
    ),
    _beir("SciFact", 5_183, 300, 0.665, 0.645),
    _beir("NFCorpus", 3_633, 323, 0.325, 0.316),
    _beir("FiQA", 57_638, 648, 0.236, 0.369),
    _beir("SCIDOCS", 25_657, 1_000, 0.158, 0.216),
)
