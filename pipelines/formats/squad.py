"""SQuAD 1.1 and 2.0 JSON (Rajpurkar et al. 2016, 2018): a document is a paragraph, the gold passage is the whole paragraph.

A cluster is an article. All of it is "test": nothing of ours is tuned on public data.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Annotated, Any

from annotated_types import MinLen
from pydantic import Field, TypeAdapter, ValidationError
from pydantic_core import from_json

from pipelines.data import Dataset, Example, Gold, read_text
from pipelines.formats.reading import fault_of, place
from systems.errors import ConfigError, Fault
from systems.retrieval.documents import Document

Text = Annotated[str, MinLen(1)]
Label = Annotated[str, MinLen(1), Field(coerce_numbers_to_str=True)]  # some files number their questions
ID = re.compile(r"data\.\d+\.paragraphs\.\d+\.qas\.\d+\.id")


@dataclass(frozen=True)
class _Answer:
    text: Text


@dataclass(frozen=True)
class _Question:
    id: Label
    question: Text
    answers: list[_Answer]
    is_impossible: bool = False


@dataclass(frozen=True)
class _Paragraph:
    context: Text
    qas: list[_Question]


@dataclass(frozen=True)
class _Article:
    paragraphs: list[_Paragraph]
    title: Label | None = None


@dataclass(frozen=True)
class _File:
    data: list[_Article]
    version: Label = "unknown"


def read(path: Path) -> Dataset:
    """Read a SQuAD file. Raises ConfigError with every fault of the file, each with its place in the JSON."""
    if not path.is_file():
        raise ConfigError(Fault(str(path), "is no file", "expected a file of SQuAD JSON"))
    text = read_text(path)
    try:
        taken = list(_taken_ids(path, from_json(text)))
    except ValueError as error:
        raise ConfigError(Fault(str(path), f"not JSON: {error}")) from None
    try:
        file = TypeAdapter(_File).validate_json(text)
    except ValidationError as error:
        raise ConfigError([*(fault_of(str(path), one) for one in error.errors()), *taken]) from None
    if taken:
        raise ConfigError(taken)
    card = {"name": path.stem, "version": file.version, "source": "SQuAD", "language": "en"}
    return Dataset(path.stem, card, *_contents(file))


def _taken_ids(path: Path, data: Any) -> Iterator[Fault]:
    first: dict[str, str] = {}
    for steps, value in _values(data):
        where = place(steps)
        if value is not None and ID.fullmatch(where) and first.setdefault(str(value), where) != where:
            yield Fault(f"{path}: {where}", f"{value!r} is taken", f"first used at {first[str(value)]}")


def _values(node: Any, where: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Everything in a JSON value that is no list or object, with its place."""
    if not isinstance(node, dict | list):
        yield where, node
        return
    for key, child in node.items() if isinstance(node, dict) else enumerate(node):
        yield from _values(child, (*where, key))


def _contents(file: _File) -> tuple[list[Document], list[Example]]:
    documents: list[Document] = []
    examples: list[Example] = []
    numbers: defaultdict[str, Iterator[int]] = defaultdict(count)  # two articles may share a title
    for at, article in enumerate(file.data):
        title = article.title or f"article {at}"
        for paragraph in article.paragraphs:
            document = Document(f"{title}/{next(numbers[title])}", title.replace("_", " "), paragraph.context)
            documents.append(document)
            examples += [_example(question, document, title) for question in paragraph.qas]
    return documents, examples


def _example(question: _Question, document: Document, title: str) -> Example:
    answers = () if question.is_impossible else tuple(dict.fromkeys(answer.text for answer in question.answers))
    gold = (Gold(document.id, 0, len(document.text), document.text),) if answers else ()
    return Example(
        id=question.id,
        question=question.question,
        answer=answers[0] if answers else "The paragraph does not say.",
        answers=answers,
        gold=gold,
        cluster=title,
        split="test",
        tags=("single-passage",) if answers else ("unanswerable",),
    )
