"""Our own form: a folder with a card that has `kind: claims`, `passages.jsonl` (id, title, text) and `claims.jsonl`.

A claim's evidence is its passages, each with its title above it, as a retriever would bring them. Its tags are its part and its
kind, which says how it relates to the passages: a paraphrase, a changed number, an addition.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

from pipelines.formats.card import read_card
from pipelines.formats.reading import fault_of, json_rows
from pipelines.labelled.rows import finished
from pipelines.labelled.sets import Labelled, LabelledSet
from systems.errors import ConfigError, Fault

PASSAGES, CLAIMS = "passages.jsonl", "claims.jsonl"
Row = TypeVar("Row", "Passage", "Claim")
_STRICT: Any = {"extra": "forbid"}  # a misspelt field is a fault, not a silence


@dataclass(frozen=True)
class Passage:
    """A piece of evidence."""

    id: str
    title: str
    text: str

    __pydantic_config__ = _STRICT


@dataclass(frozen=True)
class Claim:
    """A claim with its label. `part` is the part of the set that it was written for, `kind` what was done to write it."""

    id: str
    cluster: str
    split: Literal["dev", "test"]
    part: str
    passages: tuple[str, ...]
    text: str
    label: Literal["supported", "contradicted", "not_found"]
    kind: str
    question: str = ""

    __pydantic_config__ = _STRICT


@dataclass(frozen=True)
class Contents:
    """What a folder holds."""

    card: Mapping[str, Any]
    passages: Mapping[str, Passage]
    claims: list[Claim] = field(repr=False)


def read(path: Path) -> LabelledSet:
    """Read a folder. Raises ConfigError with every fault of every file."""
    held = contents(path)
    items = [(claim.id, _labelled(claim, held.passages)) for claim in held.claims]
    return finished(held.card, items, path / CLAIMS, [])


def contents(path: Path) -> Contents:
    """The passages and claims of a folder as they stand there. Raises ConfigError with every fault of every file."""
    faults: list[Fault] = []
    try:
        card = read_card(path / "README.md")
    except ConfigError as error:
        card, faults = {}, list(error.faults)
    passages = {one.id: one for _, one in _rows(path / PASSAGES, Passage, faults)}
    claims = _rows(path / CLAIMS, Claim, faults)
    for where, claim in claims:
        for id in claim.passages:
            if id not in passages:
                faults.append(Fault(f"{where}: passages", f"no passage is named {id!r}", f"see {PASSAGES}"))
    if faults:
        raise ConfigError(faults)
    return Contents(card, passages, [claim for _, claim in claims])


def _rows(path: Path, row_type: type[Row], faults: list[Fault]) -> list[tuple[str, Row]]:
    from pydantic import TypeAdapter, ValidationError

    if not path.is_file():
        faults.append(Fault(str(path), "missing", "expected one object a line, as JSON"))
        return []
    adapter = TypeAdapter(row_type)
    rows: list[tuple[str, Row]] = []
    first: dict[str, str] = {}
    for where, values in json_rows(path, faults):
        try:
            row = adapter.validate_python(values)
        except ValidationError as error:
            faults += [fault_of(where, one) for one in error.errors()]
            continue
        if first.setdefault(row.id, where) != where:
            faults.append(Fault(f"{where}: id", f"{row.id!r} is taken", f"first used at {first[row.id]}"))
        rows.append((where, row))
    return rows


def _labelled(claim: Claim, passages: Mapping[str, Passage]) -> Labelled:
    evidence = tuple(f"{passages[id].title}\n\n{passages[id].text}" for id in claim.passages)
    tags = (claim.part, claim.kind)
    return Labelled(claim.id, claim.text, evidence, claim.label, claim.cluster, claim.question, claim.split, tags)
