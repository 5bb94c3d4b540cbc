"""The judge's card is read back as it was measured."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from pipelines.agreement import agreement
from pipelines.judge_card import Row
from pipelines.judge_rows import left_out, read_rows
from systems.errors import ConfigError

JUDGED = agreement([0.9, 0.2, 0.7, 0.4] * 5, [True, False, False, True] * 5, [str(at) for at in range(20)])
ROWS = [
    Row("begin", "left out", ["wice"], JUDGED, {"words": JUDGED, "similar": JUDGED}),
    Row("natural", "left out", ["wice"], JUDGED, {}),
    Row("natural", "test", ["wice", "natural"], JUDGED, {}),
]


def card(path: Path, content: object) -> Path:
    path.write_text(json.dumps(content))
    return path


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    assert read_rows(card(tmp_path / "card.json", {"rows": [asdict(row) for row in ROWS]})) == ROWS


def test_of_each_set_the_judge_that_never_saw_it() -> None:
    assert left_out(ROWS) == {"begin": ROWS[0], "natural": ROWS[1]}


def test_the_card_of_this_project_is_one() -> None:
    rows = left_out(read_rows())
    assert "natural" in rows
    assert all(set(row.baselines) == {"words", "similar"} for row in rows.values())
    assert all(sum(one.n for one in row.judge.bins) == row.judge.n for row in rows.values())


@pytest.mark.parametrize(
    "content", [{}, [], {"rows": [{"set": "begin"}]}, {"rows": [{**asdict(ROWS[1]), "judge": {}}]}]
)
def test_what_is_no_card_is_refused_by_name(tmp_path: Path, content: object) -> None:
    with pytest.raises(ConfigError, match=r"card\.json: is no card of a judge"):
        read_rows(card(tmp_path / "card.json", content))


def test_a_card_that_is_not_there_says_what_makes_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="dvc repro"):
        read_rows(tmp_path / "card.json")
