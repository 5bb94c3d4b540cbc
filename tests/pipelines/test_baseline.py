"""Scores at a git revision: what is compared, and what is refused, with the reason."""

import csv
import json
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest

from pipelines.main import main

METRICS = ["correctness", "faithfulness", "recall@5", "latency_s", "ttft_s", "cost_usd", "failed"]
GATE = "  - {metric: failed, variant: rag, at_most: 0.9}\n"
AGAINST = "  - {metric: correctness, variant: rag, against: baseline, at_least: -0.3}\n"


def write(variant: str, right: float, n: int = 120, prefix: str = "q") -> None:
    path = Path("results/scores") / variant / "mini.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = random.Random(1)
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["example", "cluster", "split", "repeat", "tags", *METRICS])
        for at in range(n):
            scored = [int(rng.random() < right), 0.5, 1, 1 + rng.random(), 0.5, 0.001, 0]
            writer.writerow([f"{prefix}{at:03}", f"c{at // 4}", "test", 0, "even" if at % 2 == 0 else "odd", *scored])


def lock(examples: str = "aa", judges: str = "bb", answers: str = "ee") -> None:
    def entry(path: str, md5: str) -> dict[str, str]:
        return {"path": path, "hash": "md5", "md5": md5}

    scored = {
        "deps": [
            entry("pipelines/judges", judges),
            entry("pipelines/metrics", "1"),
            entry("results/responses/x", examples),
        ],
        "outs": [entry("results/scores/rag/mini.csv", "2")],
    }
    run = {"outs": [entry("results/responses/rag/mini.jsonl", answers)]}
    prepared = {"outs": [entry("results/prepared/mini/examples.jsonl", examples)]}
    Path("dvc.lock").write_text(
        json.dumps({"stages": {"prepare@mini": prepared, "run@row1": run, "score@row1": scored}})
    )


def git(*arguments: str) -> None:
    name = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *name, *arguments], check=True, capture_output=True)


@pytest.fixture
def repository(project: Path) -> Path:
    """A repository whose first commit, tagged `old`, holds scores of `rag`; now they are better."""
    write("rag", 0.4)
    lock()
    (project / ".gitignore").write_text(".archbench\n")
    git("init", "-q")
    git("add", "-A")
    git("commit", "-qm", "first")
    git("tag", "old")
    write("rag", 0.6)
    return project


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    capsys.readouterr()
    code = main(arguments)
    out, err = capsys.readouterr()
    return code, out, err


def found(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    code, out, err = said(capsys, "compare", "rag", "mini", "--baseline", "old", "--json", *arguments)
    assert code == 0, err
    return json.loads(out)


def test_a_run_is_compared_with_itself_at_a_revision(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    values = found(capsys)
    assert (values["a"], values["b"]) == ("rag", "rag at old")
    correctness, moved = values["metrics"]["correctness"], values["moves"]["correctness"]
    assert correctness["n"] == 120
    assert correctness["value"] == pytest.approx((len(moved["gained"]) - len(moved["lost"])) / 120)
    assert correctness["value"] > 0
    assert values["metrics"]["cost_per_correct_usd"]["value"] < 0
    assert set(values["tags"]) == {"even", "odd"}
    assert [tag["n"] for tag in values["tags"].values()] == [60, 60]
    for tag in values["tags"].values():
        assert tag["p"] <= tag["p_holm"] <= min(1, 2 * tag["p"])
    smallest = min(values["tags"].values(), key=lambda tag: tag["p"])
    assert smallest["p_holm"] == pytest.approx(min(1, 2 * smallest["p"]))
    code, out, _ = said(capsys, "compare", "rag", "mini", "--baseline", "old", "--margin", "0.05")
    assert code == 0
    for words in (
        "correctness gained: ",
        "correctness by tag",
        "not worse by more than 0.05: yes",
        "B is rag as committed at old",
    ):
        assert words in out


def test_nothing_changed_is_no_difference_and_no_flips(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write("rag", 0.4)
    values = found(capsys)
    assert (values["metrics"], values["moves"], values["tags"]) == ({}, {}, {})
    assert {*METRICS, "cost_per_correct_usd"} == set(values["same"])
    _, out, _ = said(capsys, "compare", "rag", "mini", "--baseline", "old", "--margin", "0.001")
    assert "nothing differs: every score is the same on every example" in out
    assert "the same within 0.001: yes" in out
    assert len(out.splitlines()) < 8


def test_another_variant_now_is_held_against_b_at_the_revision(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write("dense", 0.9)
    code, out, _ = said(capsys, "compare", "dense", "rag", "mini", "--baseline", "old", "--json")
    assert code == 0
    assert json.loads(out)["b"] == "rag at old"


def test_other_code_that_scored_is_said_and_compared(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lock(judges="cc")
    notes = found(capsys)["notes"]
    assert any("scored by other code since: pipelines/judges;" in note for note in notes)
    lock()
    assert not any("other code" in note for note in found(capsys)["notes"])


def make_incompatible(how: str) -> None:
    if how == "version":
        card = Path("datasets/mini/README.md")
        card.write_text(card.read_text().replace("version: 1", "version: 2"))
    elif how == "examples":
        lock(examples="dd")
    elif how == "ids":
        write("rag", 0.6, prefix="r")
    else:
        write("rag", 0.6, n=119)


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("version", "the baseline has another dataset version: mini 1, here 2"),
        ("examples", "the baseline has other examples of mini, though both are version 1"),
        ("ids", "scores of different examples: 120 in the first only (r000, r001, r002); 120 in the second only (q000"),
        ("fewer", "scores of different examples: 1 in the second only (q119)"),
    ],
)
def test_incompatible_data_is_said_and_not_compared(
    repository: Path, capsys: pytest.CaptureFixture[str], how: str, reason: str
) -> None:
    make_incompatible(how)
    code, out, err = said(capsys, "compare", "rag", "mini", "--baseline", "old")
    assert (code, out) == (2, "")
    assert reason in err
    with Path("params.yaml").open("a") as file:
        file.write(AGAINST)
    code, out, _ = said(capsys, "gate", "--baseline", "old", "--json")
    last = json.loads(out)["gates"][-1]
    assert (code, last["verdict"], last["value"]) == (3, "undecided", None)
    assert reason in last["reason"]


def test_every_reason_is_named_at_once(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_incompatible("version")
    make_incompatible("ids")
    _, _, err = said(capsys, "compare", "rag", "mini", "--baseline", "old")
    assert "another dataset version" in err
    assert "of different examples" in err


@pytest.mark.parametrize("rev", ["nowhere", "--help", "old:params.yaml", "HEAD~99", ""])
def test_an_unknown_revision_is_wrong_input(repository: Path, capsys: pytest.CaptureFixture[str], rev: str) -> None:
    for words in (["compare", "rag", "mini"], ["gate"]):
        code, _, err = said(capsys, *words, f"--baseline={rev}")
        assert code == 2, rev
        assert f"git knows no commit {rev!r}" in err


def test_a_run_that_the_revision_does_not_have_is_said(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write("bot", 0.4)
    code, _, err = said(capsys, "compare", "bot", "mini", "--baseline", "old")
    assert code == 2
    assert "bot at old: old has no results/scores/bot/mini.csv" in err


def test_outside_of_a_repository_it_is_said(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(project.parent))
    write("rag", 0.4)
    code, _, err = said(capsys, "gate", "--baseline", "HEAD")
    assert code == 2
    assert "git reads no repository here" in err
    monkeypatch.setenv("PATH", "")
    assert "there is no git here" in said(capsys, "gate", "--baseline", "HEAD")[2]


def test_a_committed_file_that_is_no_score_file_is_said(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for content, reason in (("a,b\n1,2\n", "is no score file"), ("nan", "")):
        text = content if reason else Path("results/scores/rag/mini.csv").read_text().replace(",0.5,", ",nan,", 1)
        Path("results/scores/rag/mini.csv").write_text(text)
        git("commit", "-qam", "broken")
        write("rag", 0.6)
        code, _, err = said(capsys, "compare", "rag", "mini", "--baseline", "HEAD")
        assert code == 2
        assert (reason or "'nan'; expected a finite number") in err


@pytest.mark.parametrize(("now", "verdict", "code"), [(0.6, "pass", 0), (0.4, "pass", 0), (0.0, "fail", 1)])
def test_a_gate_against_a_baseline_judges_the_difference(
    repository: Path, capsys: pytest.CaptureFixture[str], now: float, verdict: str, code: int
) -> None:
    Path("params.yaml").write_text(Path("params.yaml").read_text().replace(GATE, AGAINST))
    write("rag", now)
    found, out, _ = said(capsys, "gate", "--baseline", "old", "--on", "2026-01-01", "--json")
    values = json.loads(out)
    assert (found, values["gates"][0]["verdict"]) == (code, verdict)
    assert (values["on"], values["baseline"], len(values["commit"])) == ("2026-01-01", "old", 40)
    gate = {"metric": "correctness", "variant": "rag", "dataset": "mini", "against": "baseline"}
    assert values["gates"][0].items() >= {**gate, "at_least": -0.3, "at_most": None}.items()


@pytest.mark.parametrize(
    ("answers", "right", "verdict"),
    [("ee", 1.0, "pass"), ("ff", 1.0, "undecided"), ("ee", 0.99, "undecided")],
)
def test_only_the_same_answers_with_the_same_scores_are_exactly_no_difference(
    repository: Path, capsys: pytest.CaptureFixture[str], answers: str, right: float, verdict: str
) -> None:
    gate = AGAINST.replace("at_least: -0.3", "at_least: -0.01")
    Path("params.yaml").write_text(Path("params.yaml").read_text().replace(GATE, gate))
    write("rag", 1.0)
    git("commit", "-qam", "all right")
    write("rag", right)
    lock(answers=answers)
    _, out, _ = said(capsys, "gate", "--baseline", "HEAD", "--json")
    [found] = json.loads(out)["gates"]
    assert found["verdict"] == verdict
    assert (found["reason"] == "nothing changed: the same answers") == (verdict == "pass")


@pytest.mark.parametrize(("day", "code"), [("2026-01-31", 0), ("2026-02-01", 1)])
def test_the_day_of_the_waiver_is_an_input_and_the_files_are_written(
    repository: Path, capsys: pytest.CaptureFixture[str], day: str, code: int
) -> None:
    waiver = "waiver: {owner: ada, until: '2026-01-31', reason: a new corpus}"
    gate = f"  - {{metric: correctness, variant: rag, at_least: 0.9, {waiver}}}\n"
    Path("params.yaml").write_text(Path("params.yaml").read_text().replace(GATE, gate))
    files = ["--junit", "gates.xml", "--markdown", "gates.md"]
    found, out, err = said(capsys, "gate", "--on", day, "--github", *files)
    assert found == code
    assert ("waived by ada until 2026-01-31: a new corpus" in out) == (code == 0)
    assert ("the waiver by ada expired on 2026-01-31" in out) == (code == 1)
    assert f"judged on {day}" in out
    assert ("::error" in out) == (code == 1)
    assert Path("gates.xml").read_text().startswith("<testsuites")
    assert Path("gates.md").read_text().startswith(f"### Gates: {err.strip().splitlines()[-1]}")


@pytest.mark.parametrize(
    "arguments",
    [
        ["rag", "mini"],
        ["mini"],
        ["a", "b", "c", "mini", "--baseline", "old"],
        ["rag", "mini", "--baseline", "old", "--limit", "3"],
    ],
)
def test_other_numbers_of_names_are_wrong_input(
    repository: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert said(capsys, "compare", *arguments)[0] == 2


def test_an_unknown_metric_is_wrong_input(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = said(capsys, "compare", "rag", "mini", "--baseline", "old", "--metric", "corectness")
    assert code == 2
    assert "no metric is named 'corectness'; known: correctness, cost_per_correct_usd" in err
