"""What every reader of labelled sets does with rows: fields of one type, labels that are known, ids that are there once."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias

from pipelines.labelled.sets import Labelled, LabelledSet
from systems.errors import ConfigError, Fault

Label: TypeAlias = Literal["supported", "contradicted", "not_found", "unsupported"]
Rows: TypeAlias = Iterable[tuple[str, dict[str, Any]]]  # each with its place, `file:line`
ABSENT = object()


def needs_file(path: Path, what: str) -> None:
    """Raises ConfigError where `path` is a folder."""
    if not path.is_file():
        raise ConfigError(Fault(str(path), "is no file", f"expected {what}"))


def with_columns(
    rows: Rows, needed: Sequence[str], path: Path, faults: list[Fault]
) -> list[tuple[str, dict[str, Any]]]:
    """The rows, unless no row at all has one of the columns that are needed: that is said once then, not for every row."""
    kept = list(rows)
    found = dict.fromkeys(key for _, row in kept for key in row)
    absent = [name for name in needed if name not in found]
    if absent and kept:
        faults.append(Fault(str(path), f"no column {', '.join(absent)}", f"columns found: {', '.join(found)}"))
        return []
    return kept


def text(value: Any, where: str, faults: list[Fault]) -> str:
    """A cell's text. An empty one is data, as null is; a number is written out, since some answers are numbers."""
    if value is None:
        return ""
    number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not isinstance(value, str) and not number:
        given = "missing" if value is ABSENT else f"{str(value)[:60]!r} was given"
        faults.append(Fault(where, given, "expected a string"))
        return ""
    return str(value)


def texts(value: Any, where: str, faults: list[Fault]) -> tuple[str, ...]:
    """One passage or a list of them, without those that are empty."""
    if isinstance(value, str) or value is None:
        value = [value or ""]
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        given = "missing" if value is ABSENT else f"{str(value)[:60]!r} was given"
        faults.append(Fault(where, given, "expected a string or a list of strings"))
        return ()
    return tuple(one for one in value if one.strip())


def label(value: Any, known: Mapping[str, Label], where: str, faults: list[Fault]) -> Label | None:
    """What a label means, whatever its case and however its words are joined."""
    plain = " ".join(str(value).casefold().replace("_", " ").replace("-", " ").split())
    for name, meaning in known.items():
        if plain == name.casefold().replace("_", " "):
            return meaning
    given = "missing" if value is ABSENT else f"{str(value)[:60]!r} was given"
    faults.append(Fault(where, given, f"known: {', '.join(known)}"))
    return None


def asked(turn: str) -> str:
    """A turn of a conversation where it is a question; nothing where it is not."""
    return turn.strip() if turn.rstrip().endswith("?") else ""


def cluster_of(evidence: Sequence[str], otherwise: str) -> str:
    """Texts over the same passages are not independent. What has none stands alone."""
    joined = "\n".join(evidence)
    return hashlib.sha256(joined.encode()).hexdigest()[:12] if joined.strip() else otherwise


def line_of(where: str) -> str:
    """The line's number in a place."""
    return where.rpartition(":")[2]


def card_of(path: Path, source: str, **more: Any) -> dict[str, Any]:
    """What is known of a public file."""
    return {"name": path.stem, "version": "unknown", "language": "en", "source": source, **more}


def finished(
    card: Mapping[str, Any], items: Iterable[tuple[str, Labelled]], path: Path, faults: list[Fault]
) -> LabelledSet:
    """The set of these items, each with its place. Raises ConfigError with all faults, and where nothing can be calibrated."""
    kept: list[Labelled] = []
    first: dict[str, str] = {}
    for where, item in items:
        if first.setdefault(item.id, where) != where:
            faults.append(Fault(f"{where}: id", f"{item.id!r} is taken", f"first used at {first[item.id]}"))
        kept.append(item)
    if not faults and not kept:
        faults.append(Fault(str(path), "holds no labelled text", "an empty set calibrates nothing"))
    elif not faults and len({item.supported for item in kept}) == 1:
        found = ", ".join(sorted({item.label for item in kept}))
        what = f"all {len(kept):,} labels are {found}: nothing to calibrate on"
        faults.append(Fault(str(path), what, "expected some that are supported and some that are not"))
    if faults:
        raise ConfigError(faults)
    return LabelledSet(str(card["name"]), card, kept)
