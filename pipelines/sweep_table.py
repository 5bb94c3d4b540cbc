"""The table of a sweep: a row for each way of cutting, retrieving and how many passages, with what was measured there."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipelines.compare import cells_of, figures_in, headings
from pipelines.data import made
from pipelines.stats import Estimate

LABELS = ("chunk_tokens", "overlap_tokens", "retriever", "top_k")


@dataclass(frozen=True)
class Cell:
    """What one retriever found in the first `top_k` of chunks that were cut so; None for what was not measured there."""

    chunk_tokens: int
    overlap_tokens: int
    retriever: str
    top_k: int
    figures: Mapping[str, Estimate | None]


def write_table(cells: Sequence[Cell], path: Path) -> None:
    """A row a cell; each figure in four columns, as in the leaderboard."""
    names = list(dict.fromkeys(name for cell in cells for name in cell.figures))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*LABELS, *headings(names)])
        for cell in cells:
            writer.writerow([*(getattr(cell, label) for label in LABELS), *cells_of(names, cell.figures)])


def read_table(path: Path) -> list[Cell]:
    """What write_table wrote; the number of clusters is not kept there and reads as 0."""
    with made(path).open(newline="", encoding="utf-8") as file:
        return [
            Cell(
                int(row["chunk_tokens"]),
                int(row["overlap_tokens"]),
                row["retriever"],
                int(row["top_k"]),
                figures_in(row),
            )
            for row in csv.DictReader(file)
        ]
