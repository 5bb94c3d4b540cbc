"""What the documents show can be copied."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from pipelines import params
from pipelines.check_gates import gate_faults
from pipelines.clock import run
from pipelines.data import Example
from pipelines.main import main
from systems.build import PARTS, build
from systems.interface import Call, Request, Response, respond

GATING = Path("docs/gating.md").read_text()


def example_of(page: str) -> dict[str, Any]:
    """The names that the page's block of Python defines, run as it stands."""
    [code] = re.findall(r"```python\n(.*?)```", Path(page).read_text(), re.DOTALL)
    names: dict[str, Any] = {"__name__": "systems.of_the_page"}
    exec(code, names)
    return names


def test_the_system_of_the_page_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    import systems.chatbot

    monkeypatch.setattr(systems.chatbot, "Echo", example_of("docs/systems.md")["Echo"], raising=False)
    monkeypatch.setitem(PARTS["system"], "echo", "systems.chatbot:Echo")
    model = {"scripted": {"behaviour": "right", "otherwise": "quietly said"}}
    system = build({"echo": {"model": model, "shout": True}}).part

    async def main() -> Response:
        return await respond(system, Request("?"), Call.now("id"))

    assert run(main()).text == "QUIETLY SAID"


def test_the_metric_of_the_page_scores() -> None:
    brief = example_of("docs/metrics.md")["Brief"]()
    example = Example("1", "?", "a", ("a",), (), "c", "test")
    assert repr(brief) == "brief"
    assert [brief(example, Response("i", "word " * n, 1, 1, ())) for n in (30, 31)] == [1, 0]


def test_the_judges_of_the_page_are_judges_and_score_its_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    from pipelines.judges.build import ORACLES, describe
    from pipelines.judges.rubrics import Rubric
    from pipelines.metrics.judged import judged
    from pipelines.run import learnt

    monkeypatch.setitem(ORACLES, "local", ORACLES["scripted"])  # which reads no calibration
    [block] = re.findall(r"```yaml\n(.*?)```", Path("docs/metrics.md").read_text(), re.DOTALL)
    shown = yaml.safe_load(block)
    rubrics = {name: Rubric(**rubric) for name, rubric in shown["judge"]["rubrics"].items()}
    judges = {name: describe(name, one, rubrics, {"learnt": learnt()}) for name, one in shown["judges"].items()}
    for column in shown["judge"]["columns"]:
        metric = judged(column)
        assert metric
        assert metric.base in judges[metric.judge].metrics


def test_the_patterns_of_the_page_can_be_built() -> None:
    from pipelines.run import learnt

    models, faults = re.findall(r"```yaml\n(.*?)```", Path("docs/patterns.md").read_text(), re.DOTALL)
    steady = yaml.safe_load(models)["models"]["steady"]
    built = build(steady, "model", given={"learnt": learnt()}).part
    assert built.name == "fallback(retry(breaker(timeout(large))), small)"
    chain = {"chain": [yaml.safe_load(faults), {"scripted": {"behaviour": "wrong"}}]}
    assert build(chain, "model").part.windows[0].to_s == 360


def block(language: str, containing: str) -> str:
    """The one block of docs/gating.md in this language that holds these words."""
    [code] = [code for code in re.findall(rf"```{language}\n(.*?)```", GATING, re.DOTALL) if containing in code]
    return str(code)


def test_the_gates_of_the_page_are_gates(tmp_path: Path) -> None:
    text = Path("params.yaml").read_text()
    (tmp_path / "params.yaml").write_text(text[: text.index("gates:  ")] + block("yaml", "waiver:"))
    loaded = params.load(tmp_path / "params.yaml")
    assert [gate.level for gate in loaded.gates].count("warn") == 1
    assert list(gate_faults(loaded)) == []


@pytest.mark.parametrize(("bound", "code"), [(0.9, 0), (0.05, 0), (-1, 1)])
def test_the_shell_example_of_the_page_runs_as_it_stands(project: Path, bound: float, code: int) -> None:
    """With the stages already run, and `dvc` therefore a word that does nothing: the gate passes, is undecided, or fails."""
    gate = "metric: failed, variant: rag, at_most: 0.9"
    other = gate.replace("0.9", str(bound)) if bound > 0 else "metric: recall@5, variant: rag, at_most: 0.1"
    (project / "params.yaml").write_text((project / "params.yaml").read_text().replace(gate, other))
    scores = project / "results" / "scores" / "rag" / "mini.csv"  # of enough clusters for an interval
    scores.parent.mkdir(parents=True)
    rows = [f"q{at},c{at},test,0,,0,1" for at in range(40)]
    scores.write_text("\n".join(["example,cluster,split,repeat,tags,failed,recall@5", *rows, ""]))
    (project / "bin").mkdir()
    command = f'#!/bin/sh\nPYTHONPATH="{Path(__file__).parents[1]}" exec "{sys.executable}" -m pipelines.main "$@"\n'
    for name, script in (("archbench", command), ("dvc", "#!/bin/sh\n")):
        (project / "bin" / name).write_text(script)
        (project / "bin" / name).chmod(0o755)
    commit = "git -c user.name=a -c user.email=a@b.c -c commit.gpgsign=false commit -q --allow-empty -m"
    before = f'set -e; PATH="{project}/bin:$PATH"; git init -q; git add results; {commit} 1; {commit} 2\n'
    ran = subprocess.run(["bash", "-c", before + block("sh", "dvc repro")], capture_output=True, text=True)
    assert ran.returncode == code, ran.stderr
    assert ("undecided: gates.md says" in ran.stdout) == (bound == 0.05)
    assert ElementTree.parse("gates.xml").getroot().attrib["tests"] == "1"
    assert "against HEAD^" in Path("gates.md").read_text()


def test_the_workflow_of_the_page_calls_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    workflow = yaml.safe_load(block("yaml", "runs-on"))
    steps = workflow["jobs"]["gates"]["steps"]
    [line] = [line for step in steps for line in step.get("run", "").splitlines() if line.startswith("archbench gate")]
    with pytest.raises(SystemExit):
        main(["gate", "--help"])
    assert set(re.findall(r"--\w+", line)) <= set(re.findall(r"--\w+", capsys.readouterr().out))
    assert "secrets." not in GATING
