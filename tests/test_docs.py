"""What the documents show can be copied."""

import re
from pathlib import Path
from typing import Any

import pytest

from pipelines.clock import run
from pipelines.data import Example
from systems.build import PARTS, build
from systems.interface import Call, Request, Response, respond


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
    import yaml

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
