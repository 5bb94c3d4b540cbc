"""From descriptions in params.yaml to judges, and every fault of them."""

import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.check import check
from pipelines.judges.build import KINDS, code_hash, describe
from pipelines.judges.rubrics import Rubric
from pipelines.metrics import metric
from pipelines.metrics.judged import JudgeFailures
from systems.errors import ConfigError

RUBRICS = {"brief": Rubric("The answer is brief.")}
GOOD = """
judges:
  ragas: {ragas: {by: scripted}}
  deepeval: {deepeval: {by: {scripted: {behaviour: wrong}}}}
  mine: {llm: {model: {local: {tier: small}}}}
judge:
  columns: [faithfulness.ragas, context_recall.deepeval, noise_sensitivity.mine, "rubric:brief.deepeval"]
  rubrics: {brief: {criteria: The answer is brief., steps: [Count the sentences.]}}
"""


def test_a_good_description_has_no_faults(project: Path) -> None:
    with (project / "params.yaml").open("a") as file:
        file.write(GOOD)
    assert check() == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("{ragas: {by", "{rages: {by", "judges.ragas: no judge is named 'rages'; known: local, llm, ragas, deepeval"),
        ("by: scripted}", "from: scripted}", "judges.ragas.ragas: {'from': 'scripted'} was given; fields: by"),
        ("by: scripted}", "by: gpt}", "judges.ragas.ragas.by: no part is named 'gpt'; known: local, scripted"),
        ("tier: small", "tier: huge", "judges.mine.llm.model.local.tier: 'huge' was given"),
        ("behaviour: wrong", "behavior: wrong", "judges.deepeval.deepeval.by.scripted.behavior: no such field"),
        (
            "faithfulness.ragas",
            "faithfulness.rages",
            "judge.columns.0: no judge is named 'rages'; known: deepeval, local, mine, ragas",
        ),
        (
            "faithfulness.ragas",
            "faithful.ragas",
            "judge.columns.0: 'faithful.ragas' is no <metric>.<judge>; metrics: faithf",
        ),
        ("faithfulness.ragas", "faithfulness", "judge.columns.0: 'faithfulness' is no <metric>.<judge>"),
        (
            "noise_sensitivity.mine",
            "noise_sensitivity.deepeval",
            "judge.columns.2: deepeval offers no 'noise_sensitivity'; it",
        ),
        ("brief.deepeval", "brief.ragas", "judge.columns.3: ragas offers no 'rubric:brief'; it offers: faithfulness"),
        ("rubric:brief", "rubric:long", "judge.columns.3: no rubric is named 'long'; known: brief"),
        (
            "context_recall.deepeval",
            "faithfulness.ragas",
            "judge.columns.1: 'faithfulness.ragas' stands twice; keep one",
        ),
        ("criteria: The answer is brief.,", "", "judge.rubrics.brief.criteria: missing"),
        ("criteria: The answer is brief.,", 'criteria: " ",', "judge.rubrics.brief.criteria: are empty"),
        ("steps: [Count", "stepps: [Count", "judge.rubrics.brief.stepps: no such field"),
        ("judges:\n", "judge_s:\n", "judge_s: no such key; is 'judges' meant?"),
    ],
)
def test_each_fault_is_named_where_it_stands(project: Path, old: str, new: str, fault: str) -> None:
    assert old in GOOD
    with (project / "params.yaml").open("a") as file:
        file.write(GOOD.replace(old, new))
    assert any(fault in str(one) for one in check()), [str(one) for one in check()]


def test_all_faults_are_named_at_once(project: Path) -> None:
    bad = (
        GOOD.replace("{ragas: {by", "{rages: {by")
        .replace("rubric:brief", "rubric:long")
        .replace("tier: small", "tier: huge")
    )
    with (project / "params.yaml").open("a") as file:
        file.write(bad)
    assert len(check()) == 3


def test_a_judged_metric_is_refused_among_those_that_need_no_judge(project: Path) -> None:
    text = (project / "params.yaml").read_text()
    (project / "params.yaml").write_text(text.replace("metrics: [", "metrics: [faithfulness.ragas, "))
    assert "metrics.0: 'faithfulness.ragas' is scored by a judge; list it under judge.columns" in str(check()[0])


def test_a_judges_fingerprint_hangs_on_its_description_and_its_model() -> None:
    descriptions = [
        {"ragas": {"by": "scripted"}},
        {"deepeval": {"by": "scripted"}},
        {"ragas": {"by": {"scripted": {"behaviour": "wrong"}}}},
        {"ragas": {"by": {"scripted": {"behaviour": "right"}}}},
        {"llm": {"model": {"scripted": {"behaviour": "wrong"}}}},
    ]
    assert len({describe("one", description, {}).fingerprint for description in descriptions}) == len(descriptions)
    assert describe("one", descriptions[0], {}).fingerprint == describe("other", descriptions[0], RUBRICS).fingerprint


def test_the_code_of_a_judge_is_what_it_imports_and_nothing_else() -> None:
    assert code_hash("pipelines.judges.own") != code_hash("pipelines.judges.own", "pipelines.judges.ragas")
    assert code_hash("pipelines.judges.own") == code_hash("pipelines.judges.own", "pipelines.judges.guarded")


def test_what_a_kind_says_that_it_offers_is_what_its_judge_offers(judges: object) -> None:
    from pipelines.judges.deepeval import Deepeval
    from pipelines.judges.ragas import Ragas
    from pipelines.judges.scripted import Scripted

    assert Ragas(Scripted()).metrics == KINDS["ragas"].metrics
    assert Deepeval(Scripted()).metrics == KINDS["deepeval"].metrics


def test_a_judge_is_opened_with_its_model_and_a_judge_without_one_offers_no_rubric() -> None:
    import asyncio

    async def opened() -> tuple[str, tuple[str, ...]]:
        described = describe("mine", {"llm": {"model": {"scripted": {"behaviour": "wrong"}}}}, RUBRICS)
        async with described as judge:
            assert judge.metrics == described.metrics
            return judge.name, judge.metrics

    name, metrics = asyncio.run(opened())
    assert name == "scripted-wrong"
    assert "rubric:brief" in metrics


def test_names_of_judged_metrics_say_what_compare_needs() -> None:
    assert metric("faithfulness.ragas").name == "faithfulness.ragas"
    assert (metric("faithfulness.ragas").better, metric("faithfulness.ragas").share) == ("higher", True)
    assert (metric("noise_sensitivity.mine").better, metric("noise_sensitivity.mine").worst) == ("lower", 1.0)
    assert metric("rubric:brief.mine").name == "rubric:brief.mine"
    failures = metric("faithfulness.ragas.judge_failed")
    assert isinstance(failures, JudgeFailures)
    assert (failures.name, failures.better) == ("faithfulness.ragas.judge_failed", "lower")
    with pytest.raises(ConfigError, match="no metric is named"):
        metric("recall.ragas")


def test_describing_a_judge_imports_no_library() -> None:
    code = (
        "import sys; from pipelines.judges.build import describe; describe('r', {'ragas': {'by': 'scripted'}}, {});"
        "sys.exit(sum(name in sys.modules for name in ('ragas', 'deepeval', 'langchain_core', 'openai')))"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
