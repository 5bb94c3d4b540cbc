"""Our own format: a folder with a card (`README.md`, YAML between `---` lines, then prose), `documents/*.md` and
`questions.jsonl`, one Example a line. Where the card has `rows`, its questions are a table instead: `rows: questions.csv`, or
`rows: hf:owner/name@revision`. A document's id is its file name, its title the first heading, its labels the front matter."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipelines.data import Dataset, Example, example_adapter, read_text
from pipelines.formats.card import holds_claims, read_card
from pipelines.formats.hub import hub_contents
from pipelines.formats.pages import read_pages
from pipelines.formats.tables import READERS, table_contents
from systems.errors import ConfigError, Fault
from systems.retrieval.documents import Document


def read(path: Path) -> Dataset:
    """Read a folder. Raises ConfigError with every fault of every file."""
    if holds_claims(path):
        raise ConfigError(
            Fault(str(path), "holds labelled claims: no system answers them", "a judge is checked on them")
        )
    faults: list[Fault] = []
    card = _collect(faults, read_card, path / "README.md") or {}
    if rows := card.get("rows"):
        documents, examples = _table(path, str(rows), card, faults)
    else:
        pages = read_pages(path / "documents", faults)
        if not any((path / "documents").glob("*.md")):
            faults.append(Fault(str(path / "documents"), "holds no documents", "expected *.md files"))
        documents, examples = list(pages.values()), _examples(path / "questions.jsonl", pages, faults)
    if faults:
        raise ConfigError(faults)
    return Dataset(str(card["name"]), card, documents, examples)


def _table(path: Path, rows: str, card: Mapping[str, Any], faults: list[Fault]) -> tuple[list[Document], list[Example]]:
    """The documents and examples of the table that the card's `rows` names."""
    if rows.startswith("hf:"):
        documents, examples = _collect(faults, hub_contents, rows.removeprefix("hf:"), card, faults) or ([], [])
        return documents or list(read_pages(path / "documents", faults).values()), examples
    file = path / rows
    where = f"{path / 'README.md'}: rows"
    if file.suffix not in READERS:
        known = f"expected a file ({', '.join('*' + kind for kind in READERS)}) or hf:owner/name@revision"
        faults.append(Fault(where, f"{rows!r} was given", known))
    elif not file.is_file():
        faults.append(Fault(where, f"there is no {rows} beside the card", "expected a file in the folder"))
    else:
        return table_contents(file, file.suffix, card, faults)
    return [], []


def _collect(faults: list[Fault], function: Any, *arguments: Any) -> Any:
    """Call, and keep the faults that are raised instead of stopping at the first."""
    try:
        return function(*arguments)
    except ConfigError as error:
        faults.extend(error.faults)
        return None


def _examples(path: Path, documents: Mapping[str, Document], faults: list[Fault]) -> list[Example]:
    if not path.is_file():
        faults.append(Fault(str(path), "missing", "expected one question a line, as JSON"))
        return []
    examples: list[Example] = []
    seen: dict[str, int] = {}
    lines = (_collect(faults, read_text, path) or "").split("\n")
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        found: list[Fault] = []
        where = f"{path}:{number}"
        if example := _example(line, where, found):
            found += _span_faults(example, documents, where)
            if example.id in seen:
                found.append(
                    Fault(f"{where}: id", f"{example.id!r} is taken", f"first used on line {seen[example.id]}")
                )
            seen.setdefault(example.id, number)
            examples.append(example)
        faults.extend(found)
    return examples


def _example(line: str, where: str, faults: list[Fault]) -> Example | None:
    from pydantic import ValidationError

    try:
        return example_adapter().validate_python(json.loads(line))
    except json.JSONDecodeError as error:
        faults.append(Fault(f"{where}:{error.colno}", f"not JSON: {error.msg}", "expected one object on one line"))
    except ValidationError as error:
        for one in error.errors():
            place = ".".join(str(step) for step in one["loc"]) or "line"
            given = "missing" if one["type"] == "missing" else f"{str(one['input'])[:60]!r} was given"
            faults.append(Fault(f"{where}: {place}", given, one["msg"]))
    return None


def _span_faults(example: Example, documents: Mapping[str, Document], where: str) -> list[Fault]:
    """A span has to lie in a document that exists, and its text has to be what stands there."""
    faults = []
    for at, gold in enumerate(example.gold):
        here = f"{where}: gold.{at}"
        document = documents.get(gold.document)
        if document is None:
            faults.append(Fault(f"{here}.document", f"no document is named {gold.document!r}", "see documents/*.md"))
        elif not 0 <= gold.start < gold.end <= len(document.text):
            allowed = f"0 <= start < end <= {len(document.text)}, the length of {gold.document!r}"
            faults.append(Fault(here, f"the span {gold.start} to {gold.end} was given", allowed))
        elif document.text[gold.start : gold.end] != gold.text:
            stands = document.text[gold.start : gold.end]
            faults.append(Fault(f"{here}.text", f"{gold.text[:50]!r} was given", f"there stands {stands[:50]!r}"))
    if bool(example.answers) != bool(example.gold):
        faults.append(Fault(where, "one of answers and gold is empty", "both, or neither where it cannot be answered"))
    return faults
