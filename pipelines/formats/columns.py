"""Rows of any table as examples and documents: which column is what, and what its values mean.

A distinct context is a document. Gold is the answer's span where the row says where it starts (as SQuAD's `answers`, a struct
of texts and starts, does: the first answer's, since the others are other people's for the same question), otherwise the whole
context. A row with contexts and no column of answers is a question for retrieval only; one whose cell of answers is empty
cannot be answered. A cluster is what the row says, or its title (questions on one article are not independent), or its first
context, or itself. Rows are "test" unless they say otherwise: what others call train or validation is for tuning, our "dev".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic_core import from_json

from pipelines.data import Example, Gold
from systems.errors import ConfigError, Fault
from systems.retrieval.documents import Document

# our name: what the column may be called where the card's `columns` does not say
NAMES = {
    "question": ("question", "query"), "answer": ("answer",), "answers": ("answers",),
    "context": ("context", "contexts", "passage"), "title": ("title",), "id": ("id",), "cluster": ("cluster",),
    "split": ("split",), "tags": ("tags",),
}  # fmt: skip
SPLITS: Mapping[str, Literal["dev", "test"]] = {
    "test": "test", "dev": "dev", "train": "dev", "val": "dev", "valid": "dev", "validation": "dev",
}  # fmt: skip


@dataclass
class _Table:
    """What has been read so far."""

    columns: Mapping[str, str]
    found: dict[str, None] = field(default_factory=dict)
    documents: dict[tuple[str, str], Document] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)

    def value(self, row: Mapping[str, Any], name: str) -> Any:
        """The row's value for our name of a column; None where there is none, or nothing in it."""
        columns = [self.columns[name]] if name in self.columns else NAMES[name]
        value = next((row[column] for column in columns if row.get(column) is not None), None)
        return None if isinstance(value, str) and not value.strip() else value

    def has(self, row: Mapping[str, Any], name: str) -> bool:
        return any(column in row for column in ([self.columns[name]] if name in self.columns else NAMES[name]))

    def document(self, title: str, text: str) -> Document:
        """The document with this text under this title, made where it is new."""
        if (title, text) not in self.documents:
            number = self.counts[title] = self.counts.get(title, -1) + 1
            self.documents[title, text] = Document(f"{title or 'context'}/{number}", title, text)
        return self.documents[title, text]


def contents(
    rows: Iterable[tuple[str, Mapping[str, Any]]], card: Mapping[str, Any], where: str, faults: list[Fault]
) -> tuple[list[Document], list[Example]]:
    """The documents and examples in `rows`, each given with its place. Keeps every fault."""
    table = _Table(_columns(card, where, faults))
    examples = []
    found: list[Fault] = []  # of single rows: when a whole column is missing, that alone is said
    for number, (place, row) in enumerate(rows, 1):
        table.found.update(dict.fromkeys(row))
        if example := _example(row, number, table, place, found):
            examples.append(example)
    faults += _missing(table, where) if table.found else []
    faults += [one for one in found if "question" not in _absent(table) or ": question" not in one.where]
    documents = list(table.documents.values())
    return documents, examples


def _columns(card: Mapping[str, Any], where: str, faults: list[Fault]) -> Mapping[str, str]:
    """The card's mapping from our names to the table's."""
    given = card.get("columns") or {}
    if not isinstance(given, dict):
        faults.append(Fault(f"{where}: columns", f"{given!r} was given", "expected a mapping: {question: its name}"))
        return {}
    for name, column in given.items():
        if name not in NAMES:
            faults.append(Fault(f"{where}: columns.{name}", "no such column of ours", f"known: {', '.join(NAMES)}"))
        elif not isinstance(column, str):
            faults.append(Fault(f"{where}: columns.{name}", f"{column!r} was given", "expected a column's name"))
    return {name: column for name, column in given.items() if name in NAMES and isinstance(column, str)}


def _absent(table: _Table) -> list[str]:
    """Our names whose column no row has, though the card names it or every table needs it."""
    return [name for name in dict.fromkeys(["question", *table.columns]) if not table.has(table.found, name)]


def _missing(table: _Table, where: str) -> list[Fault]:
    columns = f"columns found: {', '.join(table.found)}"
    faults = []
    for name in _absent(table):
        if name in table.columns:
            faults.append(Fault(f"{where}: columns.{name}", f"no column is named {table.columns[name]!r}", columns))
        else:
            help = f"{columns}; say in the card which it is: `columns: {{{name}: NAME}}`"
            faults.append(Fault(where, f"no column is named {' or '.join(map(repr, NAMES[name]))}", help))
    if not faults and not any(table.has(table.found, name) for name in ("answer", "answers", "context")):
        faults.append(Fault(where, "no column of answers and none of contexts: nothing can be scored", columns))
    return faults


def _example(row: Mapping[str, Any], number: int, table: _Table, where: str, faults: list[Fault]) -> Example | None:
    before = len(faults)

    def text(name: str) -> str:
        value = table.value(row, name)
        if isinstance(value, int | float) and name in ("id", "cluster", "title", "answer"):  # some number them
            return str(value)
        if value is not None and not isinstance(value, str):
            faults.append(Fault(f"{where}: {name}", f"{str(value)[:60]!r} was given", "expected a string"))
            return ""
        return value or ""

    question, title, split = text("question"), text("title"), text("split") or "test"
    if not question and not any(one.where == f"{where}: question" for one in faults[before:]):
        faults.append(Fault(f"{where}: question", "is empty or missing", "expected a question"))
    if split.lower() not in SPLITS:
        faults.append(Fault(f"{where}: split", f"{split!r} was given", f"known: {', '.join(SPLITS)}"))
    id = text("id") or str(number)
    if table.ids.setdefault(id, where) != where:
        faults.append(Fault(f"{where}: id", f"{id!r} is taken", f"first used at {table.ids[id]}"))
    try:
        contexts = _texts(table.value(row, "context"), f"{where}: context")
        tags = _texts(table.value(row, "tags"), f"{where}: tags", ",")
        answers, start = _answers(table.value(row, "answers"), f"{where}: answers")
    except ConfigError as error:
        faults += error.faults
        return None
    answer = text("answer") or (answers[0] if answers else "")
    answers = answers or ((answer,) if answer else ())
    documents = list(dict.fromkeys(table.document(title, one).id for one in contexts))
    asked = table.has(row, "answer") or table.has(row, "answers")
    spans: tuple[Gold, ...] = ()
    if contexts and (answers or not asked):
        spans = _gold([table.document(title, one) for one in dict.fromkeys(contexts)], answers, start, where, faults)
    elif not asked and not contexts:
        faults.append(Fault(where, "neither an answer nor a context", "nothing can be scored"))
    if len(faults) > before:
        return None
    if not answer and not spans:
        answer = "The context does not say." if contexts else "There is no answer."
    cluster = text("cluster") or title or (documents[0] if documents else id)
    return Example(id, question, answer, answers, spans, cluster, SPLITS[split.lower()], tags)


def _gold(
    documents: list[Document], answers: tuple[str, ...], start: int | None, where: str, faults: list[Fault]
) -> tuple[Gold, ...]:
    if start is None or len(documents) != 1:
        return tuple(Gold(one.id, 0, len(one.text), one.text) for one in documents)
    [document], end = documents, start + len(answers[0])
    stands = document.text[max(0, start) : max(0, end)]
    if stands != answers[0]:
        what = f"{answers[0][:50]!r} was given for {start} to {end}"
        faults.append(Fault(f"{where}: answers", what, f"there stands {stands[:50]!r}"))
    return (Gold(document.id, start, end, stands),)


def _answers(value: Any, where: str) -> tuple[tuple[str, ...], int | None]:
    """The answers, and where the first starts where that is said: a list, one string, or SQuAD's struct of texts and starts."""
    value = _decoded(value, where)
    if not isinstance(value, Mapping):
        return _texts(value, where), None
    starts = value.get("answer_start") or []
    texts = value.get("text")
    if not isinstance(texts, list) or not isinstance(starts, list) or len(starts) not in (0, len(texts)):
        allowed = "expected {text: [...], answer_start: [...]}, of one length"
        raise ConfigError(Fault(where, f"{str(dict(value))[:60]!r} was given", allowed))
    if not all(isinstance(one, int) for one in starts):
        raise ConfigError(Fault(f"{where}.answer_start", f"{str(starts)[:60]!r} was given", "expected whole numbers"))
    said = _texts(texts, f"{where}.text")
    first = next((start for text, start in zip(texts, starts, strict=False) if said and text == said[0]), None)
    return said, first


def _texts(value: Any, where: str, separator: str = "") -> tuple[str, ...]:
    """One string, or several: a list, or JSON of one in a cell. Empty ones are none. Others are cut at the separator."""
    value = _decoded(value, where)
    if isinstance(value, str):
        value = value.split(separator) if separator else [value]
    if value is None:
        return ()
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        raise ConfigError(Fault(where, f"{str(value)[:60]!r} was given", "expected a string or a list of strings"))
    return tuple(dict.fromkeys(one.strip() if separator else one for one in value if one.strip()))


def _decoded(value: Any, where: str) -> Any:
    """A cell of a CSV file can only hold a list or a struct as JSON."""
    if not isinstance(value, str) or not value.lstrip().startswith(("[", "{")):
        return value
    try:
        return from_json(value)
    except ValueError:
        return value  # a text may well start with a bracket
