"""The command: what it prints, and how it exits."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.main import main
from pipelines.params import load
from pipelines.paths import LOCAL_JUDGE
from pipelines.silence import SILENCE
from systems.interface import Response

COMMANDS = ("check", "ask", "eval", "compare", "gate", "show", "leaderboard", "datasets", "stage")


def stages(*names: str) -> None:
    for name in names:
        assert main(["stage", *name.split()]) == 0


def run_all() -> None:
    stages("prepare mini", "index none", "index mini-32", "tune")
    for row in load().runs:
        stages(f"run {row.variant} {row.dataset} {row.index}", f"score {row.variant} {row.dataset} {row.index}")
    stages("compare", "gate")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit:
        main([name, "--help"])
    assert exit.value.code == 0
    assert f"example: archbench {name}" in " ".join(capsys.readouterr().out.split())


def test_help_imports_nothing_heavy() -> None:
    code = "import sys; from pipelines.main import _parser; _parser().format_help(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"numpy", "pydantic", "yaml", "lancedb", "pandas", "asyncio"} & set(loaded)


def test_the_stages_lead_from_a_dataset_to_verdicts(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_all()
    figures = json.loads((project / "results" / "metrics.json").read_text())["mini"]
    assert set(figures) == {"bot", "rag", "dense"}
    assert figures["rag"]["correctness"] > figures["bot"]["correctness"]
    assert figures["bot"]["recall@5"] is None
    assert figures["rag"]["recall@5"] == 1
    capsys.readouterr()
    code = main(["gate", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert code == found["exit_code"] == {"pass": 0, "fail": 1, "undecided": 3}[found["gates"][0]["verdict"]]


def test_running_the_stages_again_gives_the_same_bytes(project: Path) -> None:
    run_all()
    before = {path: path.read_bytes() for path in sorted(Path("results").rglob("*")) if path.is_file()}
    for path in before.keys() - {LOCAL_JUDGE}:
        path.unlink()
    run_all()
    assert {path: path.read_bytes() for path in sorted(Path("results").rglob("*")) if path.is_file()} == before


def test_a_table_that_was_deleted_is_made_again(project: Path) -> None:
    stages("prepare mini", "index none", "index mini-32", "tune")
    for folder in (project / ".archbench" / "tables").iterdir():
        folder.rename(project / "gone")
    stages("run rag mini mini-32")
    assert sum(1 for _ in (project / "results/responses/rag/mini.jsonl").open()) == 6


def test_ask_streams_an_answer_and_draws_its_trace(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stages("prepare mini", "index none", "index mini-32", "tune")
    capsys.readouterr()
    assert main(["ask", "rag", "What does standard shipping cost?"]) == 0
    out = capsys.readouterr().out
    assert "4.90 euros" in out.splitlines()[0]
    assert "latency modelled" in out
    assert main(["ask", "rag", "What does standard shipping cost?", "--json"]) == 0
    assert "4.90 euros" in Response.from_json(capsys.readouterr().out).text


def test_eval_prints_every_figure_with_its_n(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stages("prepare mini", "index none", "index mini-32", "tune")
    capsys.readouterr()
    assert main(["eval", "rag", "mini", "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["correctness"]["n"] == 4
    assert main(["eval", "rag", "mini", "--limit", "2", "--split", "all"]) == 0
    assert "2 examples of mini" in capsys.readouterr().out


def test_a_table_without_documents_is_for_closed_book_systems_only(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stages("prepare mini", "index none", "index mini-32", "tune")
    Path("q.csv").write_text("question,answer\nWhat does standard shipping cost?,4.90 euros\n")
    capsys.readouterr()
    assert main(["eval", "bot", "csv:q.csv", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["correctness"]["n"] == 1
    assert main(["eval", "rag", "csv:q.csv"]) == 2
    assert "dataset 'q': has no documents, so nothing can be retrieved from it" in capsys.readouterr().err


def test_a_dry_run_asks_nothing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stages("prepare mini", "index none", "index mini-32", "tune")
    capsys.readouterr()
    assert main(["eval", "rag", "mini", "--dry-run"]) == 0
    assert "4 would be asked" in capsys.readouterr().out
    assert main(["eval", "rag", "mini"]) == 0
    capsys.readouterr()
    assert main(["eval", "rag", "mini", "--dry-run"]) == 0
    assert "4 are answered in the journal; 0 would be asked" in capsys.readouterr().out


def test_compare_prints_paired_differences(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_all()
    capsys.readouterr()
    assert main(["compare", "rag", "bot", "mini", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["metrics"]
    assert found["correctness"]["value"] > 0
    assert found["correctness"]["n"] == 4
    assert found["recall@5"] is None
    assert all(one["p"] <= one["p_holm"] <= 1 for one in found.values() if one)
    assert found["correctness"]["detectable"] is None
    assert "with fewer than 6 the test never rejects" in found["correctness"]["reason"]
    assert main(["compare", "rag", "bot", "mini"]) == 0
    out = capsys.readouterr().out
    assert "p (Holm): adjusted for the" in out
    assert "with fewer than 6 the test never rejects" in out


def test_show_finds_a_response_by_the_start_of_its_id(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_all()
    path = "results/responses/rag/mini.jsonl"
    ids = [json.loads(line)["id"] for line in Path(path).read_text().splitlines()]
    capsys.readouterr()
    assert main(["show", path, ids[3][:6]]) == 0
    assert ids[3] in capsys.readouterr().out
    assert main(["show", path, "q3"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("q3: What does standard shipping cost?")
    assert "right: 4.90 euros" in out
    assert main(["show", path, "zzz"]) == 2


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["ask", "rga", "?"], "no variant is named 'rga'; known: bot, dense, rag"),
        (["eval", "rag", "nowhere"], "known: mini"),
        (["eval", "rag", "squad:none.json"], "none.json: no such file or folder"),
        (
            ["eval", "rag", "qasper:x"],
            "no such format; known: beir, chroma, csv, folder, hf, hotpot, jsonl, smart, squad",
        ),
        (["eval", "rag", "mini", "--index", "mini-99"], "no index is named 'mini-99'; known: mini-32, none"),
        (["compare", "bott", "rag", "mini"], "no variant is named 'bott'"),
        (["compare", "rag", "rag", "mini"], "compare: 'rag' against itself; another variant, or --baseline REV"),
        (["compare", "rag", "bot", "mini", "--metric", "faithfulness.ragas"], "results/ holds: --baseline REV"),
        (["eval", "bot", "mini", "--index", "mini-32"], "has chunks, and 'bot' retrieves nothing"),
        (["ask", "rag", "?", "--index", "none"], "is empty, and 'rag' retrieves"),
        (["ask", "bot", "\udcff?"], "question: character 0 is no text"),
        (["show", "params.yaml"], "params.yaml:1: no response"),
        (["stage", "score", "rag", "mini", "mini-32"], "run `dvc repro`"),
        (["show", "nothing.jsonl"], "nothing.jsonl: not made yet"),
        (["stage", "index", "mini-99"], "no index is named 'mini-99'"),
        (["stage", "index"], "0 arguments; expected ['name']"),
        (["gate"], "run `dvc repro`"),
        (["leaderboard"], "run `dvc repro`"),
        (["ask", "rag", "?"], "run `dvc repro"),
    ],
)
def test_wrong_input_exits_2_and_says_what_is_allowed(
    project: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], error: str
) -> None:
    assert main(arguments) == 2
    assert error in capsys.readouterr().err


@pytest.mark.parametrize("limit", ["0", "-1", "many"])
def test_a_limit_that_is_no_positive_number_is_wrong_input(project: Path, limit: str) -> None:
    with pytest.raises(SystemExit) as exit:
        main(["eval", "rag", "mini", "--limit", limit])
    assert exit.value.code == 2


def test_a_full_disk_exits_4_and_keeps_what_was_answered(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from pipelines.journal import Journal

    stages("prepare mini", "index none", "index mini-32", "tune")
    append, room = Journal.append, [3]

    def full(self: Journal, response: Response) -> None:
        if not room[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        room[0] -= 1
        append(self, response)

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "append", full)
        assert main(["stage", "run", "rag", "mini", "mini-32"]) == 4
    assert "No space left on device" in capsys.readouterr().err
    assert main(["stage", "run", "rag", "mini", "mini-32"]) == 0
    assert "3 asked now, 3 from the journal" in capsys.readouterr().out


def test_no_library_may_phone_home() -> None:
    assert SILENCE["RAGAS_DO_NOT_TRACK"] == "true"
    assert {"DEEPEVAL_TELEMETRY_OPT_OUT", "ORT_DISABLE_TELEMETRY", "DVC_NO_ANALYTICS"} <= set(SILENCE)


def test_the_hub_is_asked_only_where_the_user_says_so(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for given, found in ((None, "1"), ("0", "0")):
        monkeypatch.setattr(os, "environ", {"HF_HUB_OFFLINE": given} if given else {})
        main(["check"])
        assert os.environ["HF_HUB_OFFLINE"] == found
        assert os.environ["HF_HUB_DISABLE_TELEMETRY"] == "1"
