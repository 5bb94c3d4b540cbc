"""The medium model: compares embeddings, always answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from systems.models.local.answer import Answer, best, recalled, say, units
from systems.models.local.embedded import EMBEDDED, cosines
from systems.models.local.learnt import Remembered
from systems.models.local.reader import Reading

if TYPE_CHECKING:
    from systems.retrieval.embedding import Embedder

GUESS = Answer("My guess is yes.", "yes")


def answer(reading: Reading, memory: tuple[Remembered, ...], embedder: Embedder) -> Answer:
    """The sentence nearest to the question in meaning, of the first that there are, since the best passage comes first;
    with no passages, the answer to the nearest known question; with no memory either, a guess."""
    if found := units(reading.passages or ())[:EMBEDDED]:
        nearness = cosines(reading.question, [unit.in_context for unit in found], embedder)
        return say([found[best(nearness)]])
    if memory:
        return recalled(memory[best(cosines(reading.question, [known.question for known in memory], embedder))])
    return GUESS
