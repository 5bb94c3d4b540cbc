"""What a local model came up with, before it becomes the text of an answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from systems.models.local.learnt import Remembered
from systems.models.local.reader import Passage
from systems.models.local.sentences import Sentence, sentences
from systems.models.local.words import Overlap, content

LENT = 0.5  # what a word counts that a sentence only has from a heading above it


@dataclass(frozen=True)
class Answer:
    """`text` is what to say, citations included; `evidence` the words it rests on, empty where nothing is claimed."""

    text: str
    evidence: str = ""


@dataclass(frozen=True)
class Unit:
    """A sentence of one of the passages, and the number of that passage."""

    sentence: Sentence
    number: int | None

    @property
    def words(self) -> dict[str, float]:
        """The stems it can be found by, and what each counts."""
        lent = dict.fromkeys(content(" ".join(self.sentence.headings)), LENT)
        return lent | dict.fromkeys(content(self.sentence.text), 1.0)

    @property
    def in_context(self) -> str:
        """The sentence with the nearest heading before it, as it is embedded."""
        return ": ".join([*self.sentence.headings[-1:], self.sentence.text])


def units(passages: Iterable[Passage]) -> list[Unit]:
    """Everything in the passages that an answer can be made of; the same sentence once."""
    found: dict[str, Unit] = {}
    for passage in passages:
        for sentence in sentences(passage.text):
            found.setdefault(sentence.text, Unit(sentence, passage.number))
    return list(found.values())


def overlap(found: Sequence[Unit]) -> Overlap:
    return Overlap([unit.words for unit in found])


def say(found: Sequence[Unit]) -> Answer:
    """The sentences one after the other, each passage cited once, after the last sentence in a row that is from it."""
    parts: list[str] = []
    for unit, following in zip(found, [*found[1:], None], strict=True):
        parts.append(unit.sentence.text)
        if unit.number is not None and (following is None or following.number != unit.number):
            parts.append(f"[{unit.number}]")
    return Answer(" ".join(parts), " ".join(unit.sentence.text for unit in found))


def recalled(known: Remembered) -> Answer:
    """The answer to a known question, as it is remembered."""
    return Answer(known.answer, known.answer)


def best(scores: Sequence[float]) -> int:
    """The place of the highest score; the first of equals."""
    return max(range(len(scores)), key=lambda at: (scores[at], -at))
