"""The table of a sweep: what was written is read."""

from pathlib import Path

import pytest

from pipelines.stats import Estimate
from pipelines.sweep_table import Cell, read_table, write_table
from systems.errors import ConfigError

RECALL = Estimate(0.5, 0.25, None, 188, 0)
CELLS = [
    Cell(64, 0, "bm25", 5, {"span_recall": RECALL, "cost_usd": None}),
    Cell(
        64, 8, "hybrid", 10, {"span_recall": Estimate(0.75, 0.5, 1.0, 188, 0), "cost_usd": Estimate(1e-5, 0, 1, 9, 0)}
    ),
]


def test_a_table_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_table(CELLS, tmp_path / "sweep.csv")
    assert read_table(tmp_path / "sweep.csv") == CELLS


def test_its_columns_are_those_of_the_leaderboard(tmp_path: Path) -> None:
    write_table(CELLS, tmp_path / "sweep.csv")
    assert (tmp_path / "sweep.csv").read_text() == (
        "chunk_tokens,overlap_tokens,retriever,top_k,"
        "span_recall,span_recall.low,span_recall.high,span_recall.n,cost_usd,cost_usd.low,cost_usd.high,cost_usd.n\n"
        "64,0,bm25,5,0.5,0.25,,188,,,,0\n"
        "64,8,hybrid,10,0.75,0.5,1,188,1e-05,0,1,9\n"
    )


def test_a_figure_that_some_cells_lack_is_none_there(tmp_path: Path) -> None:
    write_table([CELLS[1], Cell(64, 0, "bm25", 5, {"span_recall": RECALL})], tmp_path / "sweep.csv")
    assert read_table(tmp_path / "sweep.csv") == [CELLS[1], CELLS[0]]


def test_a_table_that_is_not_there_says_what_makes_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="not made yet"):
        read_table(tmp_path / "sweep.csv")
