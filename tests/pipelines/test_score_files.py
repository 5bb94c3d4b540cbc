"""Score files, what judges add to them, and rows brought into one order."""

from pathlib import Path

import pytest

from pipelines.score_files import Scores, aligned, parsed, run_scores
from systems.errors import ConfigError

HEAD = "example,cluster,split,repeat,tags"


def scores(*rows: str, metrics: str = "correctness") -> Scores:
    return parsed("\n".join([f"{HEAD},{metrics}", *rows]), "here")


def write(folder: str, text: str) -> None:
    path = Path(folder) / "a" / "mini.csv"
    path.parent.mkdir(parents=True)
    path.write_text(text)


def test_what_judges_say_is_joined_by_example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write("results/scores", f"{HEAD},correctness\nx,c,test,0,,1\ny,c,test,0,,0\nz,d,dev,0,,1\n")
    assert run_scores("a", "mini").metrics == ["correctness"]
    write("results/judged", f"{HEAD},faithfulness.ragas\ny,c,test,0,,0.5\nz,d,dev,0,,1\n")
    found = run_scores("a", "mini")
    assert found.metrics == ["correctness", "faithfulness.ragas"]
    assert list(found.columns["faithfulness.ragas"]) == ["", "0.5"]


def test_a_judged_example_without_scores_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write("results/scores", f"{HEAD},correctness\nx,c,test,0,,1\n")
    write("results/judged", f"{HEAD},faithfulness.ragas\nw,c,test,0,,0.5\n")
    with pytest.raises(ConfigError, match=r"1 judged examples have no scores, e\.g\. 'w'"):
        run_scores("a", "mini")


def test_rows_are_paired_by_example_and_repeat_whatever_their_order() -> None:
    a = scores("x,c,test,0,,1", "x,c,test,1,,0", "y,c,test,0,,1")
    b = scores("y,c,test,0,,0", "x,c,test,1,,1", "x,c,test,0,,0")
    assert aligned(b, to=a).keys == ["x", "x#1", "y"]
    assert list(aligned(b, to=a).columns["correctness"]) == ["0", "1", "0"]


@pytest.mark.parametrize("rows", [["x,c,test,0,,1"], ["x,c,test,0,,1", "z,c,test,0,,1"]])
def test_other_examples_are_refused(rows: list[str]) -> None:
    with pytest.raises(ConfigError, match="of different examples"):
        aligned(scores(*rows), to=scores("x,c,test,0,,1", "y,c,test,0,,1"))


def test_an_example_that_stands_twice_and_a_share_beyond_1_are_refused() -> None:
    with pytest.raises(ConfigError, match="here:3: the example 'x' stands in line 2, too"):
        scores("x,c,test,0,,1", "x,c,test,0,,1")
    with pytest.raises(ConfigError, match="here:2: correctness is 7; a share: from 0 to 1"):
        scores("x,c,test,0,,7")


def test_what_is_no_csv_is_refused() -> None:
    with pytest.raises(ConfigError, match="is no CSV"):
        scores("x,c,test,0,,1\rx")


@pytest.mark.parametrize("cell", ["nan", "inf", "-inf", "yes", "1,2"])
def test_a_cell_that_is_no_number_is_refused(cell: str) -> None:
    with pytest.raises(ConfigError, match="here:2: "):
        scores(f"x,c,test,0,,{cell}")


def test_no_rows_are_no_fault() -> None:
    assert scores().metrics == []
    assert scores("x,c,dev,0,,1").values("correctness") == ([], [])
