"""Labelled sets as the local judge sees them: a claim a row, its features, its label. No text of theirs is in such a table, so
that one made from public data can be kept here while the data is not.

`archbench judge measure FORMAT:PATH ...` writes them to results/judge/features/; `probe.csv` beside them holds what some of our
own claims measured at the same time, so that a table made by other code is noticed.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.judges.features import FEATURES, features
from pipelines.judges.texts import claims
from pipelines.paths import RESULTS
from systems.errors import ConfigError, Fault

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pipelines.labelled import Labelled, LabelledSet

FOLDER = RESULTS / "judge" / "features"
SOURCES = "sources.json"
PROBE = "probe.csv"
PROBED = 40  # claims of ours that are measured beside every public set
NAMES = tuple(FEATURES)
DIGITS = 4
ALIKE = 0.01  # by how much a feature may differ on another processor


@dataclass(frozen=True, eq=False)
class Table:
    """`rows`: float64 (claims, features); `item`, `cluster`: whose each row is; `supported`: the label of its item."""

    name: str
    item: Sequence[str]
    cluster: Sequence[str]
    supported: NDArray[np.bool_]
    rows: NDArray[np.float64]

    def column(self, feature: str) -> NDArray[np.float64]:
        return self.rows[:, NAMES.index(feature)]

    def items(self, probabilities: NDArray[np.float64]) -> tuple[list[float], list[bool], list[str]]:
        """(probability, label, cluster) of each item: it is supported as far as its least supported claim."""
        least: dict[str, tuple[float, bool, str]] = {}
        for item, cluster, label, p in zip(self.item, self.cluster, self.supported, probabilities, strict=True):
            least[item] = min(least.get(item, (2.0, False, "")), (float(p), bool(label), cluster))
        return [p for p, _, _ in least.values()], [y for _, y, _ in least.values()], [c for _, _, c in least.values()]

    def culprits(self) -> NDArray[np.bool_]:
        """The rows that say something of their label: all of a supported item, and of an unsupported one that of which least
        words are there, since nobody says which claim is the wrong one."""
        import numpy as np

        worst: dict[str, int] = {}
        found = self.column("words")
        for at, item in enumerate(self.item):
            if not self.supported[at] and (item not in worst or found[at] < found[worst[item]]):
                worst[item] = at
        kept = self.supported.copy()
        kept[np.array(list(worst.values()), dtype=int)] = True
        return kept


@dataclass(frozen=True)
class SourceFile:
    """Where a table's texts came from."""

    file: str
    licence: str
    sha256: str
    items: int
    clusters: int


def measure(items: Sequence[Labelled], name: str) -> Table:
    """Measure every claim of every item."""
    import numpy as np
    from tqdm import tqdm

    rows: list[tuple[Labelled, dict[str, float]]] = []
    for item in tqdm(items, desc=f"measuring {name}", unit="text", disable=None):
        for claim in claims(item.text) or [item.text]:
            rows.append((item, features(claim, item.evidence, item.question)))
    values = np.round(np.array([[found[feature] for feature in NAMES] for _, found in rows], dtype=float), DIGITS)
    return Table(
        name,
        [item.id for item, _ in rows],
        [item.cluster for item, _ in rows],
        np.array([item.supported for item, _ in rows]),
        values,
    )


def write(table: Table, folder: Path) -> None:
    """`<name>.csv`: item, cluster, supported, features. Items and clusters are numbered: their own names may quote the data."""
    folder.mkdir(parents=True, exist_ok=True)
    numbers = {name: str(at) for at, name in enumerate(dict.fromkeys(table.item))}
    groups = {name: str(at) for at, name in enumerate(dict.fromkeys(table.cluster))}
    with (folder / f"{table.name}.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["item", "cluster", "supported", *NAMES])
        for item, cluster, label, row in zip(table.item, table.cluster, table.supported, table.rows, strict=True):
            writer.writerow([numbers[item], groups[cluster], int(label), *(f"{value:g}" for value in row)])


def read(path: Path) -> Table:
    """What `write` wrote. Raises ConfigError where its columns are others."""
    import numpy as np

    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        rows = list(reader)
        expected = ["item", "cluster", "supported", *NAMES]
        if reader.fieldnames != expected or not rows:
            what = f"columns {', '.join(reader.fieldnames or ()) or 'none'}" if rows else "no rows"
            raise ConfigError(Fault(str(path), what, f"expected {', '.join(expected)}: measure the sets anew"))
    return Table(
        path.stem,
        [row["item"] for row in rows],
        [row["cluster"] for row in rows],
        np.array([row["supported"] == "1" for row in rows]),
        np.array([[float(row[name]) for name in NAMES] for row in rows]),
    )


def measure_public(sets: Mapping[str, LabelledSet], own: LabelledSet, folder: Path = FOLDER) -> Iterator[str]:
    """Measure public sets, given by the name of their table, write the tables, and say a line of each."""
    write(measure(own.items[:PROBED], PROBE.removesuffix(".csv")), folder)
    sources = read_sources(folder)
    for name, one in sets.items():
        table = measure(one.items, name)
        write(table, folder)
        sources[name] = SourceFile(
            one.name,
            str(one.card.get("license", "unknown")),
            one.sha256,
            len(one.items),
            len({item.cluster for item in one.items}),
        )
        yield f"{folder / name}.csv: {len(one.items)} texts, {len(table.rows)} claims"
    described = {name: asdict(source) for name, source in sorted(sources.items())}
    (folder / SOURCES).write_text(json.dumps(described, indent=1) + "\n", encoding="utf-8")


def read_sources(folder: Path = FOLDER) -> dict[str, SourceFile]:
    """What was measured so far."""
    path = folder / SOURCES
    described = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return {name: SourceFile(**source) for name, source in described.items()}


def read_public(own: LabelledSet, folder: Path = FOLDER) -> dict[str, Table]:
    """The tables of public sets. Raises ConfigError where code that measures otherwise made them."""
    import numpy as np

    then, now = read(folder / PROBE), measure(own.items[:PROBED], PROBE)
    if then.rows.shape != now.rows.shape or float(np.abs(then.rows - now.rows).max()) > ALIKE:
        off = [] if then.rows.shape != now.rows.shape else np.abs(then.rows - now.rows).max(axis=0) > ALIKE
        which = ", ".join(name for name, differs in zip(NAMES, off, strict=False) if differs) or "other claims"
        what = f"measured by other code: {which} of our own claims differ"
        raise ConfigError(Fault(str(folder), what, "`archbench judge measure` the public sets anew"))
    return {name: read(folder / f"{name}.csv") for name in read_sources(folder)}
