"""Our own format: a folder with a card (`README.md`, YAML between `---` lines, then prose), `documents/*.md` and
`questions.jsonl`, one Example a line. A document's id is its file name, its title the first heading."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipelines.data import Dataset, Example, example_adapter, read_text
from systems.errors import ConfigError, Fault
from systems.retrieval.documents import Document


def read(path: Path) -> Dataset:
    """Read a folder. Raises ConfigError with every fault of every file."""
    faults: list[Fault] = []
    card = _collect(faults, _card, path / "README.md") or {}
    documents = [_collect(faults, _document, file) for file in sorted((path / "documents").glob("*.md"))]
    known = {document.id: document for document in documents if document}
    if not documents:
        faults.append(Fault(str(path / "documents"), "holds no documents", "expected *.md files"))
    examples = _examples(path / "questions.jsonl", known, faults)
    if faults:
        raise ConfigError(faults)
    return Dataset(str(card["name"]), card, list(known.values()), examples)


def _collect(faults: list[Fault], function: Any, *arguments: Any) -> Any:
    """Call, and keep the faults that are raised instead of stopping at the first."""
    try:
        return function(*arguments)
    except ConfigError as error:
        faults.extend(error.faults)
        return None


def _card(path: Path) -> Mapping[str, Any]:
    import yaml

    if not path.is_file():
        raise ConfigError(Fault(str(path), "missing", "a dataset needs a card: see datasets/README.md"))
    parts = read_text(path).split("---\n", 2)
    if len(parts) != 3 or parts[0].strip():
        raise ConfigError(Fault(f"{path}:1", "no YAML between two --- lines", "see datasets/README.md"))
    try:
        card = yaml.safe_load(parts[1])
    except yaml.YAMLError as error:
        raise ConfigError(Fault(str(path), f"the card is no YAML: {' '.join(str(error).split())}", "")) from None
    missing = [key for key in ("name", "version", "license", "language") if key not in (card or {})]
    if missing:
        raise ConfigError(Fault(str(path), f"the card lacks {', '.join(missing)}", "see datasets/README.md"))
    return dict(card)


def _document(path: Path) -> Document:
    text = read_text(path)
    first = text.split("\n", 1)[0]
    if not first.startswith("# ") or not first[2:].strip():
        raise ConfigError(Fault(f"{path}:1", f"{first[:60]!r} is no title", "expected a line like '# Returns'"))
    return Document(path.stem, first[2:].strip(), text)


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
