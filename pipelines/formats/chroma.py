"""Chroma's evaluation of chunking (Smith & Troynikov 2024): corpora/*.md and questions_df.csv (question, references, corpus_id).

A document is a whole corpus, labelled corpus=<id>; gold are the references, as character spans, each checked against what stands
there. Nobody wrote answers down, so the questions are for retrieval only. All of it is "test". A cluster is a question, not
a corpus: the five corpora are chosen kinds of text, not a sample of kinds, and the questions are about passages drawn
anywhere in long texts; an interval is over other questions on the same corpora.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from pipelines.data import Dataset, Example, Gold
from pipelines.formats.reading import csv_rows, fault_of, whole_text
from systems.errors import ConfigError, Fault
from systems.retrieval.documents import Document

COLUMNS = ("question", "references", "corpus_id")


@dataclass(frozen=True)
class _Reference:
    content: str
    start_index: int
    end_index: int


def read(path: Path) -> Dataset:
    """Read a folder. Raises ConfigError with every fault, each with its file and line."""
    questions = path / "questions_df.csv"
    if not questions.is_file():
        raise ConfigError(Fault(str(questions), "no such file", "expected corpora/*.md and questions_df.csv"))
    faults: list[Fault] = []
    documents = {file.stem: _document(file, faults) for file in sorted((path / "corpora").glob("*.md"))}
    if not documents:
        faults.append(Fault(str(path / "corpora"), "holds no corpus", "expected *.md files"))
    examples = []
    for number, (where, row) in enumerate(csv_rows(questions, faults), 1):
        if missing := [name for name in COLUMNS if name not in row]:
            what = f"no column {', '.join(missing)}"
            faults.append(Fault(f"{questions}:1", what, f"columns found: {', '.join(row)}"))
            break
        examples.append(_example(str(number), row, documents, where, faults))
    if faults:
        raise ConfigError(faults)
    name = path.resolve().name
    card = {"name": name, "version": "unknown", "source": "Chroma chunking evaluation", "language": "en"}
    return Dataset(name, card, list(documents.values()), examples)


def _document(path: Path, faults: list[Fault]) -> Document:
    text = ""
    try:
        text = whole_text(path)
        if not text.strip():
            faults.append(Fault(str(path), "is empty", "expected a text"))
    except ConfigError as error:
        faults += error.faults
    return Document(path.stem, path.stem, text, {"corpus": path.stem})


def _example(
    id: str, row: Mapping[str, Any], documents: Mapping[str, Document], where: str, faults: list[Fault]
) -> Example:
    gold: list[Gold] = []
    document = documents.get(row["corpus_id"])
    if not row["question"].strip():
        faults.append(Fault(f"{where}: question", "is empty", "expected a question"))
    if document is None:
        known = f"known: {', '.join(documents) or 'none'}"
        faults.append(Fault(f"{where}: corpus_id", f"there is no corpora/{row['corpus_id']}.md", known))
    try:
        references = TypeAdapter(list[_Reference]).validate_json(row["references"])
        if not references:
            faults.append(Fault(f"{where}: references", "is empty", "expected what the question is about"))
        if document and document.text:
            gold = [_gold(one, document, f"{where}: references.{at}", faults) for at, one in enumerate(references)]
    except ValidationError as error:
        faults += [fault_of(f"{where}: references", one) for one in error.errors()]
    return Example(id, row["question"], "", (), tuple(dict.fromkeys(gold)), cluster=id, split="test")


def _gold(reference: _Reference, document: Document, where: str, faults: list[Fault]) -> Gold:
    start, end = reference.start_index, reference.end_index
    stands = document.text[max(0, start) : max(0, end)]
    if not 0 <= start < end <= len(document.text):
        allowed = f"0 <= start < end <= {len(document.text)}, the length of {document.id!r}"
        faults.append(Fault(where, f"the span {start} to {end} was given", allowed))
    elif stands != reference.content:
        what = f"{reference.content[:50]!r} was given for {start} to {end}"
        faults.append(Fault(where, what, f"there stands {stands[:50]!r}"))
    return Gold(document.id, start, end, reference.content)
