"""The stage that lets judges score every run."""

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest

from pipelines import judge, params
from pipelines.judges.judge import Item, Opinion
from pipelines.main import main
from pipelines.opinions import Opinions, key_of
from systems.errors import ConfigError

JUDGES = """
judges:
  words: {llm: {model: {scripted: {behaviour: wrong}}}}
  ragas: {ragas: {by: scripted}}
  deepeval: {deepeval: {by: scripted}}
judge:
  columns: [faithfulness.ragas, faithfulness.deepeval, answer_correctness.ragas, noise_sensitivity.ragas, faithfulness.words,
            "rubric:brief.deepeval"]
  rubrics: {brief: {criteria: The answer is brief.}}
"""


@pytest.fixture
def judged(project: Path) -> Path:
    """A project whose variants have answered, and that names judges."""
    (project / "params.yaml").write_text((project / "params.yaml").read_text() + JUDGES)
    for call in ("prepare mini", "index none", "index mini-32", "tune", "run bot mini none", "run rag mini mini-32",
                 "run dense mini mini-32"):  # fmt: skip
        assert main(["stage", *call.split()]) == 0
    return project


def rows(variant: str) -> list[dict[str, str]]:
    with Path(f"results/judged/{variant}/mini.csv").open() as file:
        return list(csv.DictReader(file))


def test_every_column_is_judged_once_and_counted(judged: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stage", "judge"]) == 0
    assert "3 runs" in capsys.readouterr().out
    table = rows("dense")
    assert [row["example"] for row in table] == ["q1", "q2", "q3", "q4", "q5", "q6"]
    assert list(table[0])[:7] == ["example", "cluster", "split", "repeat", "tags", "faithfulness.ragas",
                                  "faithfulness.ragas.judge_failed"]  # fmt: skip
    assert [row["faithfulness.ragas"] for row in table] == [row["faithfulness.deepeval"] for row in table]
    assert any(row["faithfulness.ragas"] for row in table)
    assert not any(row["faithfulness.ragas"] for row in rows("bot"))  # it retrieves nothing
    assert table[5]["noise_sensitivity.ragas"] == ""  # the unanswerable one
    assert {row["rubric:brief.deepeval"] for row in table} == {"0.5"}
    first = {path: path.read_bytes() for path in Path("results/judged").rglob("*.*")}
    assert main(["stage", "judge"]) == 0
    assert " 0 asked now" in capsys.readouterr().out
    assert first == {path: path.read_bytes() for path in Path("results/judged").rglob("*.*")}


def test_a_judge_that_answers_in_prose_leaves_counted_failures_and_no_nan(judged: Path) -> None:
    assert main(["stage", "judge"]) == 0
    said = json.loads(Path("results/judged/failures.json").read_text())["faithfulness"]
    assert list(said["words"]["failed"]) == ["prose instead of JSON"]
    assert said["words"]["scored"] == 0
    assert said["ragas"]["failed"] == {}
    for row in rows("rag"):
        assert row["faithfulness.words"] == ""
        assert row["faithfulness.words.judge_failed"] in ("1", "")
        assert not {"nan", "inf", "None"} & {cell.lower() for cell in row.values()}


def test_a_failed_request_scores_the_worst(judged: Path) -> None:
    path = Path("results/responses/rag/mini.jsonl")
    lines = [{**json.loads(line), "error": "Transient: cut", "text": ""} for line in path.read_text().splitlines()]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert main(["stage", "judge"]) == 0
    for row in rows("rag"):
        assert (row["faithfulness.ragas"], row["faithfulness.words"], row["rubric:brief.deepeval"]) == ("0", "0", "0")
        assert row["noise_sensitivity.ragas"] == ("" if row["example"] == "q6" else "1")


def test_answers_that_no_run_gave_are_judged_by_the_same_columns(judged: Path) -> None:
    item = Item("What does it cost?", "It costs 5 euros.", ("It costs 5 euros.",), "It costs 5 euros.")
    (said,) = judge.judge_all(params.load(), [item])
    assert said["faithfulness.ragas"].score == said["answer_correctness.ragas"].score == 1.0
    assert said["faithfulness.words"].failed


def test_a_killed_stage_goes_on_where_it_stopped(
    judged: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    one = judge._one
    done: list[Any] = []

    async def killed(*question: Any) -> Opinion:
        if len(done) == 20:
            raise KeyboardInterrupt
        done.append(question)
        return await one(*question)

    monkeypatch.setattr(judge, "_one", killed)
    assert main(["stage", "judge"]) == 130
    assert not Path("results/judged").exists()
    monkeypatch.setattr(judge, "_one", one)
    assert main(["stage", "judge"]) == 0
    said = re.search(r"(\d+) asked now", capsys.readouterr().out)
    monkeypatch.setenv("ARCHBENCH_CACHE", str(judged / "other"))
    assert main(["stage", "judge"]) == 0
    whole = re.search(r"(\d+) asked now", capsys.readouterr().out)
    assert said
    assert whole
    assert int(whole[1]) - 20 < int(said[1]) <= int(whole[1]) - 20 + 8  # those that were under way


def test_a_bug_of_ours_stops_the_stage(
    judged: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("pipelines.judges.ragas._calls", None)
    monkeypatch.setattr("pipelines.judges.ragas._passages", None)
    assert main(["stage", "judge"]) == 4
    assert "TypeError" in capsys.readouterr().err


def test_without_columns_the_stage_writes_an_empty_count(judged: Path) -> None:
    text = Path("params.yaml").read_text()
    Path("params.yaml").write_text(text[: text.index("judges:")])
    assert main(["stage", "judge"]) == 0
    assert json.loads(Path("results/judged/failures.json").read_text()) == {}


def test_a_half_written_opinion_is_cut_off_and_asked_again(tmp_path: Path) -> None:
    key = key_of("judge", "faithfulness", Item("q", "a"))
    path = tmp_path / "opinions.jsonl"
    path.write_bytes(b'["one", 0.5, "", false]\n["' + key[:5].encode())
    with Opinions(path) as opinions:
        assert list(opinions.known) == ["one"]
    assert path.read_bytes() == b'["one", 0.5, "", false]\n'
    path.write_bytes(b"no opinion\n")
    with pytest.raises(ConfigError, match="no opinion stands there"), Opinions(path):
        pass


def test_an_opinion_hangs_on_all_that_the_judge_sees() -> None:
    item = Item("q", "a", ("c",), "r")
    keys = {
        key_of("judge", "faithfulness", item),
        key_of("other", "faithfulness", item),
        key_of("judge", "context_recall", item),
        key_of("judge", "faithfulness", Item("q", "a", ("d",), "r")),
        key_of("judge", "faithfulness", Item("q", "a", None, "r")),
        key_of("judge", "faithfulness", Item("q", "a", (), "r")),
        key_of("judge", "faithfulness", item, "a rubric"),
    }
    assert len(keys) == 7
