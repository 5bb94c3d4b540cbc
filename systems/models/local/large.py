"""The large model: words and embeddings, the best sentences together, and silence where nothing supports an answer.

Both kinds of evidence are on one scale, so they are added as they are: the share of the question's words by weight lies
between 0 and 1, and so does, but for unrelated texts a little below 0, the cosine of MiniLM's vectors. They are not
standardised within a prompt: the sum also decides whether to answer, and the best of ten unrelated sentences would look as
good as a real answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from systems.models.local.answer import Answer, Unit, best, overlap, recalled, say, units
from systems.models.local.embedded import EMBEDDED, cosines
from systems.models.local.learnt import Remembered
from systems.models.local.reader import Passage, Reading
from systems.models.local.small import remembered

if TYPE_CHECKING:
    from systems.retrieval.embedding import Embedder

UNSUPPORTED = "I do not know: the passages do not say."
UNKNOWN = "I do not know."


def answer(reading: Reading, memory: tuple[Remembered, ...], enough: float, embedder: Embedder) -> Answer:
    """Up to two sentences of the passages, or an abstention where the support is below what is enough; with no passages
    the answer to the nearest known question, however far."""
    if reading.passages is None:
        if not memory:
            return Answer(UNKNOWN)
        return recalled(memory[best(_memory_scores(reading.question, memory, embedder))])
    found, held, nearness = _evidence(reading.question, units(reading.passages), embedder)
    sums = [sum(words.values()) + cosine for words, cosine in zip(held, nearness, strict=True)]
    if not found or max(sums) < enough:
        return Answer(UNSUPPORTED)
    first = best(sums)
    others = [at for at in range(len(found)) if at != first]
    chosen = [found[first]]
    if others:
        second = others[best([sums[at] for at in others])]
        # The second is worth saying if it is ahead of the first in either kind of evidence.
        if held[second].keys() - held[first].keys() or nearness[second] > nearness[first]:
            chosen.append(found[second])
    return say(chosen)


def support(question: str, passages: Sequence[str], embedder: Embedder) -> float:
    """How well the passages (title line first, if any) support an answer: the evidence for the best sentence, about 0 to
    2; -1 with nothing to read."""
    _, held, nearness = _evidence(question, units(map(Passage, passages)), embedder)
    return max((sum(words.values()) + cosine for words, cosine in zip(held, nearness, strict=True)), default=-1.0)


def _evidence(
    question: str, found: list[Unit], embedder: Embedder
) -> tuple[list[Unit], list[dict[str, float]], list[float]]:
    """The sentences that match best by their words; for each, the share of the question that they bring, and its cosine."""
    match = overlap(found).match(question)
    shares = match.shares()
    close = sorted(sorted(range(len(found)), key=lambda at: -shares[at])[:EMBEDDED])
    asked = sum(match.asked.values()) or 1.0
    held = [{word: weight / asked for word, weight in match.held[at].items()} for at in close]
    chosen = [found[at] for at in close]
    return chosen, held, cosines(question, [unit.in_context for unit in chosen], embedder)


def _memory_scores(question: str, memory: tuple[Remembered, ...], embedder: Embedder) -> list[float]:
    alike = remembered(memory).match(question).similarities()
    nearness = cosines(question, [known.question for known in memory], embedder)
    return [words + cosine for words, cosine in zip(alike, nearness, strict=True)]
