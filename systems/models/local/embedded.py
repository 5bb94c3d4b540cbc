"""Evidence by meaning: how near texts are to a question by their embeddings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from systems.retrieval.embedding import Embedder

EMBEDDED = 256  # so many sentences of a prompt are embedded: it takes long


def cosines(question: str, texts: Sequence[str], embedder: Embedder) -> list[float]:
    """Rounded to five places: further ones depend on the processor, and answers must not."""
    if not texts:
        return []
    vectors = embedder.embed([question, *texts])
    return [round(float(cosine), 5) for cosine in vectors[1:] @ vectors[0]]
