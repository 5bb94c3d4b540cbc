"""Tables of questions: a CSV file with a header, or JSON Lines. A README.md beside it can be its card, with `columns`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipelines.data import Dataset, Example
from pipelines.formats.card import card_beside
from pipelines.formats.columns import contents
from pipelines.formats.pages import read_pages
from pipelines.formats.reading import csv_rows, json_rows
from systems.errors import ConfigError, Fault
from systems.retrieval.documents import Document

READERS = {".csv": csv_rows, ".jsonl": json_rows}


def read_csv(path: Path) -> Dataset:
    """Read a CSV file of questions. Raises ConfigError with every fault, each with its line."""
    return _read(path, ".csv")


def read_jsonl(path: Path) -> Dataset:
    """Read a JSON Lines file of questions. Raises ConfigError with every fault, each with its line."""
    return _read(path, ".jsonl")


def _read(path: Path, kind: str) -> Dataset:
    if not path.is_file():
        raise ConfigError(Fault(str(path), "is no file", f"expected a table: *{kind}"))
    card = {"name": path.stem, "version": "unknown", "source": str(path), **card_beside(path)}
    faults: list[Fault] = []
    documents, examples = table_contents(path, kind, card, faults)
    if faults:
        raise ConfigError(faults)
    return Dataset(str(card["name"]), card, documents, examples)


def table_contents(
    path: Path, kind: str, card: Mapping[str, Any], faults: list[Fault]
) -> tuple[list[Document], list[Example]]:
    """The documents and examples of a table. Where it has no contexts, the documents are those beside it, if any."""
    documents, examples = contents(READERS[kind](path, faults), card, str(path), faults)
    return documents or list(read_pages(path.parent / "documents", faults).values()), examples
