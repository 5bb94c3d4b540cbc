"""What the local models have learnt, from development splits alone: the questions that they remember, and when `large` says
that it does not know.

For the threshold a question is put to the model's evidence score with what dense retrieval finds, and again with the relevant
chunks taken out: the passages hold an answer in the first case (if retrieval found them) and none in the second.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipelines.data import Example, read_examples
from pipelines.metrics.retrieval import covered
from pipelines.params import Params, named
from pipelines.paths import MEMORY, PREPARED, THRESHOLD
from systems.build import build
from systems.errors import ConfigError, Fault
from systems.facts import Passage
from systems.models.local import large
from systems.models.local.learnt import fit_threshold
from systems.retrieval.chunking import Chunk
from systems.retrieval.documents import read_documents
from systems.retrieval.embedding import Embedder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PASSAGES = 5
DIGITS = 4  # beyond these a processor's last bits would show


def stage(params: Params) -> str:
    """The `tune` stage: returns a line that says what was done."""
    spec = named(params.indexes, params.local.passages_from, "index")
    memory = "".join((PREPARED / name / "memory.jsonl").read_text(encoding="utf-8") for name in params.local.reads)
    MEMORY.parent.mkdir(parents=True, exist_ok=True)
    MEMORY.write_text(memory, encoding="utf-8")
    examples = [e for e in read_examples(PREPARED / spec.dataset / "examples.jsonl") if e.split == "dev"]
    if not examples:
        raise ConfigError(
            Fault("local.passages_from", f"{spec.dataset!r} has no development split", "nothing to tune on")
        )
    embedder = build(spec.embedder, kind="embedder").part
    chunker = build(spec.chunker, kind="chunker").part
    documents = read_documents(PREPARED / spec.dataset / "documents.jsonl")
    cases = passage_cases(examples, [chunk for document in documents for chunk in chunker.chunks(document)], embedder)
    learnt = {
        "schema": 1,
        "passages": round(fit_threshold(*zip(*cases, strict=True)), DIGITS),
        "trained_on": {
            "dataset": spec.dataset,
            "split": "dev",
            "examples": len(examples),
            "sha256": hashlib.sha256(repr(examples).encode()).hexdigest()[:16],
            "cases": len(cases),
            "with_an_answer": sum(answerable for _, answerable in cases),
        },
    }
    THRESHOLD.write_text(json.dumps(learnt, indent=1) + "\n", encoding="utf-8")
    return f"{THRESHOLD}: {learnt['passages']} from {len(cases)} cases; {MEMORY}: {memory.count(chr(10))} questions"


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
