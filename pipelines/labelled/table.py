"""Any table of labelled texts: JSON Lines, or a CSV file with a header. A README.md beside it can be its card, with `columns`.

Where a table has several columns that could be one of ours, the first in NAMES is taken; `columns` in the card says otherwise. A
cluster is what the row says, or its evidence. Rows are "test" unless they say otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from pipelines.formats.card import card_beside
from pipelines.formats.columns import SPLITS
from pipelines.formats.tables import READERS
from pipelines.labelled.rows import ABSENT, Label, cluster_of, finished, label, line_of, needs_file, text, texts
from pipelines.labelled.sets import Labelled, LabelledSet
from systems.errors import ConfigError, Fault

# our name: what the column may be called where the card's `columns` does not say
NAMES = {
    "text": ("text", "claim", "response", "answer"),
    "evidence": ("evidence", "doc", "document", "context", "contexts", "passage", "passages", "knowledge"),
    "label": ("label",), "id": ("id",), "question": ("question", "query"), "cluster": ("cluster", "group"),
    "split": ("split",), "tags": ("tags",),
}  # fmt: skip
NEEDED = ("text", "evidence", "label")
LABELS: Mapping[str, Label] = {
    "supported": "supported", "contradicted": "contradicted", "not_found": "not_found", "unsupported": "unsupported",
    "1": "supported", "0": "unsupported", "true": "supported", "false": "unsupported", "yes": "supported", "no": "unsupported",
    "entailment": "supported", "contradiction": "contradicted", "neutral": "not_found",
    "SUPPORTS": "supported", "REFUTES": "contradicted", "NOT ENOUGH INFO": "not_found",
}  # fmt: skip


def read(path: Path) -> LabelledSet:
    """Read a table. Raises ConfigError with every fault, each with its line."""
    needs_file(path, f"a table: {' or '.join('*' + kind for kind in READERS)}")
    if path.suffix not in READERS:
        raise ConfigError(Fault(str(path), f"{path.suffix!r} is no table", f"expected {', '.join(READERS)}"))
    card = {"name": path.stem, "version": "unknown", "source": str(path), **card_beside(path)}
    faults: list[Fault] = []
    rows = list(READERS[path.suffix](path, faults))
    found = dict.fromkeys(key for _, row in rows for key in row)
    columns = _columns(card, found, path, faults) if rows else {}
    whole = all(name in columns for name in NEEDED)  # otherwise the missing column alone is said
    items = [(where, item) for where, row in rows if whole and (item := _item(row, columns, where, faults))]
    return finished(card, items, path, faults)


def _columns(card: Mapping[str, Any], found: Mapping[str, None], path: Path, faults: list[Fault]) -> dict[str, str]:
    """Our names with the table's, of those that are there."""
    given = card.get("columns") or {}
    there = f"columns found: {', '.join(found)}"
    if not isinstance(given, Mapping):
        faults.append(Fault(f"{path}: columns", f"{given!r} was given", "expected a mapping: {text: its name}"))
        given = {}
    columns = {name: next((one for one in known if one in found), "") for name, known in NAMES.items()}
    for name, column in given.items():
        if name not in NAMES:
            faults.append(Fault(f"{path}: columns.{name}", "no such column of ours", f"known: {', '.join(NAMES)}"))
        elif column not in found:
            faults.append(Fault(f"{path}: columns.{name}", f"no column is named {column!r}", there))
        columns[name] = column if name in NAMES and column in found else columns.get(name, "")
    for name in NEEDED:
        if not columns[name] and name not in given:
            what = f"no column is named {' or '.join(map(repr, NAMES[name]))}"
            faults.append(Fault(str(path), what, f"{there}; say in the card which it is: `columns: {{{name}: NAME}}`"))
    return {name: column for name, column in columns.items() if column}


def _item(row: Mapping[str, Any], columns: Mapping[str, str], where: str, faults: list[Fault]) -> Labelled | None:
    before = len(faults)

    def cell(name: str) -> Any:
        return row.get(columns[name], ABSENT if name in NEEDED else None) if name in columns else None

    def string(name: str) -> str:
        return text(cell(name), f"{where}: {name}", faults)

    verdict = label(_whole(cell("label")), LABELS, f"{where}: label", faults)
    evidence = texts(_list(cell("evidence")), f"{where}: evidence", faults)
    tags = _tags(cell("tags"), f"{where}: tags", faults)
    said, question, split = string("text"), string("question"), string("split").strip().lower() or "test"
    number = line_of(where)
    id, cluster = string("id") or number, string("cluster") or cluster_of(evidence, number)
    if split not in SPLITS:
        faults.append(Fault(f"{where}: split", f"{split!r} was given", f"known: {', '.join(SPLITS)}"))
    if verdict is None or len(faults) > before:
        return None
    return Labelled(id, said, evidence, verdict, cluster, question, SPLITS[split], tags)


def _whole(value: Any) -> Any:
    """A column of 1 and 0 that a library wrote beside an empty cell holds 1.0 and 0.0."""
    return {"1.0": "1", "0.0": "0"}.get(str(value), value)


def _list(value: Any) -> Any:
    """A cell of a CSV file can only hold a list as JSON."""
    if not isinstance(value, str) or not value.lstrip().startswith("["):
        return value
    try:
        decoded = from_json(value)
    except ValueError:
        return value  # a text may well start with a bracket
    return decoded if isinstance(decoded, list) and all(isinstance(one, str) for one in decoded) else value


def _tags(value: Any, where: str, faults: list[Fault]) -> tuple[str, ...]:
    decoded = _list(value)
    cut = decoded.split(",") if isinstance(decoded, str) else decoded
    return tuple(dict.fromkeys(one.strip() for one in texts(cut, where, faults)))
