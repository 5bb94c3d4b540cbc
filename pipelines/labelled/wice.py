"""WiCE (Kamoi et al. 2023, arXiv:2303.01432): sentences of Wikipedia, and people's verdict whether the web page that each cites
supports it. JSON Lines.

A claim that is supported in part is unsupported: a judge that is asked about the whole has to say no. The raw label is a tag. The
evidence is one page, cut into sentences that belong together, so it is one passage. One claim stands over several chunks of its
page; a cluster is the claim, `meta.id`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipelines.formats.reading import json_rows
from pipelines.labelled.rows import (
    ABSENT,
    Label,
    card_of,
    finished,
    label,
    line_of,
    needs_file,
    text,
    texts,
    with_columns,
)
from pipelines.labelled.sets import Labelled, LabelledSet
from systems.errors import Fault

LABELS: Mapping[str, Label] = {
    "supported": "supported", "partially_supported": "unsupported", "not_supported": "unsupported",
}  # fmt: skip


def read(path: Path) -> LabelledSet:
    """Read a file of WiCE. Raises ConfigError with every fault, each with its line."""
    needs_file(path, "WiCE's JSON Lines")
    faults: list[Fault] = []
    rows = with_columns(json_rows(path, faults), ("label", "claim", "evidence", "meta"), path, faults)
    items = [(where, item) for where, row in rows if (item := _item(row, where, faults))]
    card = card_of(path, "https://github.com/ryokamoi/wice", license="texts CC BY-SA 4.0, labels ODC-BY 1.0")
    return finished(card, items, path, faults)


def _item(row: Mapping[str, Any], where: str, faults: list[Fault]) -> Labelled | None:
    before = len(faults)
    verdict = label(row.get("label", ABSENT), LABELS, f"{where}: label", faults)
    claim = text(row.get("claim", ABSENT), f"{where}: claim", faults)
    sentences = texts(row.get("evidence", ABSENT), f"{where}: evidence", faults)
    meta = row.get("meta")
    cluster = text(meta.get("id", ABSENT) if isinstance(meta, Mapping) else ABSENT, f"{where}: meta.id", faults)
    if verdict is None or len(faults) > before:
        return None
    evidence = (" ".join(sentences),) if sentences else ()
    return Labelled(f"{cluster}/{line_of(where)}", claim, evidence, verdict, cluster, tags=(str(row["label"]),))
