"""The documents of a folder: Markdown files, whose names are their ids. Front matter, where there is some, holds labels."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pipelines.data import read_text
from pipelines.formats.card import labels_and_text
from systems.errors import ConfigError, Fault
from systems.retrieval.documents import Document


def read_pages(folder: Path, faults: list[Fault]) -> dict[str, Document]:
    """The documents in `folder`, by id. Keeps every fault of every file."""
    documents: dict[str, Document] = {}
    for path in sorted(folder.glob("*.md")):
        try:
            documents[path.stem] = _page(path)
        except ConfigError as error:
            faults += error.faults
    return documents


def _page(path: Path) -> Document:
    labels: Mapping[str, str]
    labels, text = labels_and_text(read_text(path), path)
    first = text.split("\n", 1)[0]
    if not first.startswith("# ") or not first[2:].strip():
        what = f"{first[:60]!r} is no title" + (", the line after the front matter" if labels else "")
        raise ConfigError(Fault(f"{path}:1", what, "expected a line like '# Returns'"))
    return Document(path.stem, first[2:].strip(), text, labels)
