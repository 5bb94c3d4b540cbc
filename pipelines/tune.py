"""When should a local model say that it does not know? Thresholds for that, from the development split alone.

A question is put to the model's evidence score with what dense retrieval finds, and again with the relevant chunks taken
out: the passages hold an answer in the first case (if retrieval found them) and none in the second. The memory's threshold
comes from the known questions: each finds itself, and, when it is left out, only others.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipelines.data import Example, read_examples
from pipelines.metrics.retrieval import covered
from pipelines.params import Params, named
from pipelines.run import LEARNT, PREPARED
from systems.build import build
from systems.facts import Passage
from systems.models.local import large
from systems.models.local.learnt import Learnt, Remembered, fit_threshold
from systems.retrieval.chunking import Chunk
from systems.retrieval.documents import read_documents
from systems.retrieval.embedding import Embedder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

OUT = LEARNT / "thresholds.json"
PASSAGES = 5
DIGITS = 4  # beyond these a processor's last bits would show


def stage(params: Params) -> str:
    """The `tune` stage: returns a line that says what was done."""
    name = params.local.reads[0]
    spec = named(params.indexes, params.local.passages_from, "index")
    embedder = build(spec.embedder, kind="embedder").part
    chunker = build(spec.chunker, kind="chunker").part
    chunks = [
        chunk for document in read_documents(PREPARED / name / "documents.jsonl") for chunk in chunker.chunks(document)
    ]
    examples = [e for e in read_examples(PREPARED / name / "examples.jsonl") if e.split == "dev"]
    passages = passage_cases(examples, chunks, embedder)
    memory = memory_cases(Learnt((LEARNT / f"{name}.memory.jsonl",)).known, embedder)
    learnt = {
        "schema": 1,
        "passages": round(fit_threshold(*zip(*passages, strict=True)), DIGITS),
        "memory": round(fit_threshold(*zip(*memory, strict=True)), DIGITS),
        "trained_on": {
            "dataset": name,
            "split": "dev",
            "examples": len(examples),
            "sha256": hashlib.sha256(repr(examples).encode()).hexdigest()[:16],
            "cases": {"passages": len(passages), "memory": len(memory)},
        },
    }
    OUT.write_text(json.dumps(learnt, indent=1) + "\n", encoding="utf-8")
    return f"{OUT}: passages {learnt['passages']}, memory {learnt['memory']}"


def passage_cases(examples: Sequence[Example], chunks: Sequence[Chunk], embedder: Embedder) -> list[tuple[float, bool]]:
    """(support score, do the passages hold an answer) for each question with what it finds, and with the relevant left out."""
    vectors = embedder.embed([chunk.text for chunk in chunks])
    queries = embedder.embed([example.question for example in examples])
    cases = []
    for example, query in zip(examples, queries, strict=True):
        found = nearest(query, vectors, chunks, PASSAGES + 10)
        relevant = [bool(covered(passage, example.gold)) for passage in found]
        texts = [passage.text for passage in found]
        cases.append((large.support(example.question, texts[:PASSAGES], embedder), any(relevant[:PASSAGES])))
        if any(relevant[:PASSAGES]):
            without = [text for text, hit in zip(texts, relevant, strict=True) if not hit][:PASSAGES]
            cases.append((large.support(example.question, without, embedder), False))
    return cases


def nearest(query: NDArray[np.float32], vectors: NDArray[np.float32], chunks: Sequence[Chunk], k: int) -> list[Passage]:
    """The `k` chunks nearest to the query, by cosine."""
    order = (-(vectors @ query)).argsort(kind="stable")[:k]
    found = [chunks[at] for at in order]
    return [Passage(chunk.document, chunk.start, chunk.end, f"{chunk.title}\n{chunk.text}") for chunk in found]


def memory_cases(memory: Sequence[Remembered], embedder: Embedder) -> list[tuple[float, bool]]:
    """(support score, does the memory know it) for each known question, with itself in the memory and without."""
    cases = []
    for at, known in enumerate(memory):
        others = [*memory[:at], *memory[at + 1 :]]
        cases.append((large.memory_support(known.question, list(memory), embedder), True))
        cases.append((large.memory_support(known.question, others, embedder), False))
    return cases
