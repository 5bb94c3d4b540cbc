"""BEGIN (Dziri et al. 2022, arXiv:2105.00071): replies of dialogue models, and people's verdict whether a snippet of knowledge
holds all that they say. Tab-separated, without quoting.

A generic reply ("I don't know much about it") says nothing that the snippet holds, and counts as unsupported: whoever wants to
leave these out finds the raw label among the tags. The message before the reply is a turn of a conversation: it is the question
only where it ends in a question mark.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pipelines.formats.reading import text_lines
from pipelines.labelled.rows import Label, asked, card_of, cluster_of, finished, label, line_of, needs_file, text
from pipelines.labelled.sets import Labelled, LabelledSet
from systems.errors import Fault

COLUMNS = ("model_name", "data_source", "knowledge", "message", "response", "begin_label")
LABELS: Mapping[str, Label] = {
    "Fully attributable": "supported", "Not fully attributable": "unsupported", "Generic": "unsupported",
}  # fmt: skip


def read(path: Path) -> LabelledSet:
    """Read a file of BEGIN. Raises ConfigError with every fault, each with its line."""
    needs_file(path, "BEGIN's tab-separated table")
    faults: list[Fault] = []
    items = [(where, item) for where, row in _rows(path, faults) if (item := _item(row, where, faults))]
    return finished(card_of(path, "https://github.com/google/BEGIN-dataset", license="CC BY 4.0"), items, path, faults)


def _rows(path: Path, faults: list[Fault]) -> Iterator[tuple[str, dict[str, Any]]]:
    header: list[str] = []
    for number, line in text_lines(path, faults):
        cells, where = line.rstrip("\r\n").split("\t"), f"{path}:{number}"
        if not line.strip():
            continue
        if not header:
            header = cells
            if absent := [name for name in COLUMNS if name not in header]:
                faults.append(Fault(where, f"no column {', '.join(absent)}", f"found: {line.rstrip()[:120]!r}"))
                return
        elif len(cells) != len(header):
            faults.append(Fault(where, f"{len(cells)} cells", f"expected {len(header)}: {', '.join(header)}"))
        else:
            yield where, dict(zip(header, cells, strict=True))


def _item(row: Mapping[str, Any], where: str, faults: list[Fault]) -> Labelled | None:
    verdict = label(row["begin_label"], LABELS, f"{where}: begin_label", faults)
    if verdict is None:
        return None
    response = text(row["response"], f"{where}: response", faults)
    evidence = (row["knowledge"],) if row["knowledge"].strip() else ()
    tags = (row["model_name"], row["data_source"], row["begin_label"])
    number = line_of(where)
    cluster = cluster_of(evidence, number)
    return Labelled(number, response, evidence, verdict, cluster, asked(row["message"]), tags=tags)
