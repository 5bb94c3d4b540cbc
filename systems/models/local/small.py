"""The small model: matches words, always answers."""

from __future__ import annotations

from functools import lru_cache

from systems.models.local.answer import Answer, best, overlap, recalled, say, units
from systems.models.local.learnt import Remembered
from systems.models.local.reader import Reading
from systems.models.local.words import Overlap, content


def answer(reading: Reading, memory: tuple[Remembered, ...]) -> Answer:
    """The sentence that holds most of the question's words by weight; with no passages, the answer to the most similar
    known question; with no memory either, a guess."""
    if found := units(reading.passages or ()):
        shares = overlap(found).match(reading.question).shares()
        return say([found[best(shares)]])
    if memory:
        return recalled(memory[best(remembered(memory).match(reading.question).similarities())])
    guess = content(reading.question)[-1:] or ["yes"]
    return Answer(f"I believe the answer is {guess[0]}.", guess[0])


@lru_cache(4)
def remembered(memory: tuple[Remembered, ...]) -> Overlap:
    """The known questions, ready to be matched."""
    return Overlap([dict.fromkeys(content(known.question), 1.0) for known in memory])
