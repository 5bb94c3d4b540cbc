"""HotpotQA's JSON (Yang et al. 2018), which 2WikiMultihopQA (Ho et al. 2020) shares: questions with ten paragraphs each.

The documents are the paragraphs of all questions together, each once; same title and other text is another document
("Title#2"). Its text is its sentences in a row, with a space where none stands between two. Gold are the supporting sentences.
Both data sets name sentences that their paragraphs do not have: such a fact is skipped, and a question that is left without any
keeps its answer and says nothing about retrieval. So does an empty paragraph, which is no document. All of it is "test", and a
question is a cluster of its own: they are written about different pairs of articles.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeAlias

from annotated_types import Ge, MinLen
from pydantic import AliasChoices, Field, TypeAdapter, ValidationError

from pipelines.data import Dataset, Example, Gold, read_text
from pipelines.formats.reading import fault_of
from systems.errors import ConfigError, Fault
from systems.retrieval.documents import Document

Text: TypeAlias = Annotated[str, MinLen(1)]
Sentences: TypeAlias = Sequence[tuple[int, int]]  # where each starts and ends in the paragraph


@dataclass(frozen=True)
class _Question:
    id: Annotated[str, MinLen(1), Field(validation_alias=AliasChoices("_id", "id"))]
    question: Text
    answer: Text
    supporting_facts: list[tuple[str, Annotated[int, Ge(0)]]]
    context: list[tuple[Text, list[str]]]
    type: str | None = None
    level: str | None = None


def read(path: Path) -> Dataset:
    """Read a file. Raises ConfigError with every fault of the file, each with its place in the JSON."""
    if not path.is_file():
        raise ConfigError(Fault(str(path), "is no file", "expected a file of HotpotQA's JSON"))
    try:
        questions = TypeAdapter(list[_Question]).validate_json(read_text(path))
    except ValidationError as error:
        raise ConfigError(fault_of(str(path), one) for one in error.errors()) from None
    if taken := list(_taken_ids(path, questions)):
        raise ConfigError(taken)
    pool = _Pool()
    examples = [_example(question, pool) for question in questions]
    return Dataset(path.stem, {"name": path.stem, "version": "unknown", "source": "HotpotQA", "language": "en"},
                   pool.documents, examples)  # fmt: skip


def _taken_ids(path: Path, questions: Sequence[_Question]) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for at, question in enumerate(questions):
        if first.setdefault(question.id, at) != at:
            yield Fault(f"{path}: {at}._id", f"{question.id!r} is taken", f"first used at {first[question.id]}._id")


class _Pool:
    """The paragraphs of all questions, each once."""

    def __init__(self) -> None:
        self.documents: list[Document] = []
        self._known: dict[tuple[str, str], Document] = {}
        self._taken: set[str] = set()

    def add(self, title: str, text: str) -> Document:
        if (title, text) not in self._known:
            number, id = 1, title
            while id in self._taken:
                number += 1
                id = f"{title}#{number}"
            self._taken.add(id)
            self._known[title, text] = Document(id, title, text)
            self.documents.append(self._known[title, text])
        return self._known[title, text]


def _example(question: _Question, pool: _Pool) -> Example:
    paragraphs: dict[str, list[tuple[Document, Sentences]]] = {}
    for title, given in question.context:
        text, sentences = _joined(given)
        if text.strip():
            paragraphs.setdefault(title, []).append((pool.add(title, text), sentences))
    return Example(
        id=question.id,
        question=question.question,
        answer=question.answer,
        answers=(question.answer,),
        gold=tuple(dict.fromkeys(_gold(question, paragraphs))),
        cluster=question.id,
        split="test",
        tags=tuple(tag for tag in (question.type, question.level) if tag),
    )


def _gold(question: _Question, paragraphs: dict[str, list[tuple[Document, Sentences]]]) -> Iterator[Gold]:
    for title, at in question.supporting_facts:
        for document, sentences in paragraphs.get(title, ()):
            if at < len(sentences) and sentences[at][0] < sentences[at][1]:
                start, end = sentences[at]
                yield Gold(document.id, start, end, document.text[start:end])
                break


def _joined(sentences: Sequence[str]) -> tuple[str, Sentences]:
    """The paragraph, and where each sentence's first and last visible characters are in it."""
    text, spans = "", []
    for sentence in sentences:
        if text and sentence and not text[-1].isspace() and not sentence[0].isspace():
            text += " "
        start = len(text) + len(sentence) - len(sentence.lstrip())
        spans.append((start, max(start, len(text) + len(sentence.rstrip()))))
        text += sentence
    return text, spans
