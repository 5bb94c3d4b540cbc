"""Labelled sets and the formats that they come in: texts with evidence and a verdict, mostly people's, whether it supports them.

A set is the name of a folder in `datasets/` whose card has `kind: claims`, the path of such a folder, or `format:path` for public
data in its own format. A format is a function from a path to a LabelledSet, imported when used.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, cast

from pipelines.data import HOME
from pipelines.formats.card import holds_claims
from systems.errors import ConfigError, Fault

LABELLED_FORMATS = {
    "begin": "pipelines.labelled.begin:read",
    "claims": "pipelines.labelled.table:read",
    "halueval": "pipelines.labelled.halueval:read",
    "ragtruth": "pipelines.labelled.ragtruth:read",
    "wice": "pipelines.labelled.wice:read",
}
_FOLDER = "pipelines.labelled.folder:read"


@dataclass(frozen=True)
class Labelled:
    """A text, the passages it is held against, and the verdict. "unsupported" is one that does not say which of the two it is:
    contradicted, or not found. Items of one cluster are not independent. Text and evidence may be empty: files have such rows."""

    id: str
    text: str
    evidence: tuple[str, ...]
    label: Literal["supported", "contradicted", "not_found", "unsupported"]
    cluster: str
    question: str = ""
    split: Literal["dev", "test"] = "test"
    tags: tuple[str, ...] = ()

    @property
    def supported(self) -> bool:
        return self.label == "supported"


@dataclass(frozen=True)
class LabelledSet:
    """Labelled texts, and the card: name, version, licence, source."""

    name: str
    card: Mapping[str, Any]
    items: list[Labelled] = field(repr=False)

    @cached_property
    def sha256(self) -> str:
        """A content hash of everything that a figure depends on."""
        return hashlib.sha256(repr(self.items).encode()).hexdigest()[:16]


def load(name: str) -> LabelledSet:
    """Read a set by name or by `format:path`. Raises ConfigError with every fault in its files."""
    format_name, _, path = name.partition(":")
    if path:
        return read(format_name, Path(path))
    folder = Path(name) if Path(name, "README.md").is_file() else HOME / name
    if not holds_claims(folder):
        known = ", ".join(sorted(one.name for one in HOME.glob("*") if holds_claims(one))) or "none"
        what = "no folder in datasets/ with `kind: claims` in its card"
        raise ConfigError(Fault(f"labelled set {name!r}", what, f"known: {known}; or FORMAT:PATH with {_formats()}"))
    return _call(_FOLDER, folder)


def read(format_name: str, path: Path) -> LabelledSet:
    """Read the set at `path` in the named format."""
    if format_name not in LABELLED_FORMATS:
        raise ConfigError(Fault(f"format {format_name!r}", "no such format of labelled sets", f"known: {_formats()}"))
    if not path.exists():
        raise ConfigError(Fault(str(path), "no such file or folder", f"expected data in the format {format_name!r}"))
    return _call(LABELLED_FORMATS[format_name], path)


def _formats() -> str:
    return ", ".join(sorted(LABELLED_FORMATS))


def _call(reader: str, path: Path) -> LabelledSet:
    module, _, function = reader.partition(":")
    return cast(LabelledSet, getattr(import_module(module), function)(path))
