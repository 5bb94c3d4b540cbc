"""Gates over score files: absolute, against a variant, and what cannot be judged."""

import csv
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipelines.gate import NO_BASELINE, Judged, judge_all, read_verdicts, stage
from pipelines.params import Compare, Gate, Judging, Params, Row, Source
from systems.errors import ConfigError

METRICS = ("correctness", "latency_s", "cost_usd", "failed")


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


TOO_FEW = "1 cluster: too few for an interval; 6 are needed"


def write(variant: str, cell: Callable[[int, random.Random], tuple[Any, ...]], n: int = 120, each: int = 4) -> None:
    path = Path("results/scores") / variant / "mini.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = random.Random(variant)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["example", "cluster", "split", "repeat", "tags", *METRICS])
        for at in range(n):
            writer.writerow([f"q{at}", f"c{at // each}", "test", 0, "", *cell(at, rng)])


def some(right: float, cost: float = 0.001, slow: float = 0.0) -> Callable[[int, random.Random], tuple[Any, ...]]:
    def cell(at: int, rng: random.Random) -> tuple[Any, ...]:
        return int(rng.random() < right), 1 + slow + rng.random(), cost, 0

    return cell


def params(*gates: Gate) -> Params:
    return Params(
        datasets={"mini": Source("folder", Path("datasets/mini"))},
        indexes={},
        variants={"a": {}, "b": {}},
        runs=(Row("a", "mini", "i"), Row("b", "mini", "i")),
        metrics=METRICS,
        local=None,  # type: ignore[arg-type]
        compare=Compare(draws=400),
        judge=Judging(columns=("faithfulness.ragas",)),
        gates=gates,
    )


def one(**fields: Any) -> Judged:
    [judged] = judge_all(params(Gate(variant="a", **fields)))
    return judged


@pytest.mark.parametrize(
    ("fields", "verdict"),
    [
        ({"metric": "correctness", "at_least": 0.5}, "pass"),
        ({"metric": "correctness", "at_least": 0.95}, "fail"),
        ({"metric": "latency_p95_s", "at_most": 2.5}, "pass"),
        ({"metric": "cost_per_correct_usd", "at_most": 0.0005}, "fail"),
        ({"metric": "correctness", "against": "b", "at_least": 0.1}, "pass"),
        ({"metric": "correctness", "against": "b", "at_most": 0.1}, "fail"),
        ({"metric": "latency_p95_s", "against": "b", "at_most": -0.5}, "pass"),
        ({"metric": "latency_p50_s", "against": "b", "at_most": -2.0}, "fail"),
        ({"metric": "cost_per_correct_usd", "against": "b", "at_most": -0.001}, "pass"),
        ({"metric": "failed", "against": "b", "at_most": 0.2}, "pass"),
        ({"metric": "failed", "against": "b", "at_most": 0.0}, "undecided"),
    ],
)
def test_every_kind_of_figure_is_judged_by_itself_and_against_a_variant(fields: dict[str, Any], verdict: str) -> None:
    write("a", some(0.8))
    write("b", some(0.4, cost=0.002, slow=1.0))
    judged = one(**fields)
    assert judged.verdict == verdict
    assert judged.n == 120


def test_what_is_undecided_says_why_and_what_would_decide() -> None:
    write("a", some(0.8))
    judged = one(metric="correctness", at_least=0.78)
    assert (judged.verdict, judged.reason) == ("undecided", "the interval holds the bound")
    assert judged.needed_n is not None
    assert judged.needed_n > 120


@pytest.mark.parametrize("against", [None, "b"])
def test_one_cluster_is_undecided(against: str | None) -> None:
    write("a", some(0.8), each=1000)
    write("b", some(0.4), each=1000)
    judged = one(metric="correctness", at_least=0.1, against=against)
    assert (judged.verdict, judged.reason, judged.low) == ("undecided", TOO_FEW, None)


def test_one_example_is_undecided() -> None:
    write("a", some(0.8), n=1)
    assert one(metric="latency_p95_s", at_most=9.0).reason == TOO_FEW


def test_where_all_scores_are_equal_shares_stay_undecided_near_the_end_and_amounts_are_what_they_are() -> None:
    write("a", lambda at, rng: (1, 2.0, 0.001, 0))
    assert one(metric="correctness", at_least=0.99).verdict == "undecided"
    assert one(metric="correctness", at_least=0.80).verdict == "pass"
    assert one(metric="latency_p95_s", at_most=2.0).verdict == "pass"
    assert one(metric="cost_usd", at_most=0.0009).verdict == "fail"


def test_without_a_value_the_reason_is_said() -> None:
    write("a", lambda at, rng: (0, 1.0, "", 0))
    write("b", lambda at, rng: (0, 1.0, "", 0))
    for fields in ({"metric": "cost_usd"}, {"metric": "cost_per_correct_usd"}):
        assert one(**fields, at_most=1.0).reason == "no example has this metric"
        assert one(**fields, at_most=1.0, against="b").reason == "no example has it from both"


def test_other_examples_are_refused() -> None:
    write("a", some(0.8))
    write("b", some(0.4), n=90)
    with pytest.raises(ConfigError, match=r"of different examples: 30 in the first only \(q90, q91, q92\)"):
        one(metric="correctness", at_least=0.0, against="b")


def test_all_faults_of_gates_are_raised_together() -> None:
    with pytest.raises(ConfigError) as error:
        judge_all(params(Gate("corectness", "a", at_least=0.1), Gate("failed", "c", at_least=3.0)))
    assert {fault.where for fault in error.value.faults} == {
        "gates.0.metric",
        "gates.1.at_least",
        "gates.1.variant",
    }


def test_a_judges_metric_that_the_run_was_not_scored_by_is_refused() -> None:
    write("a", some(0.8))
    with pytest.raises(ConfigError, match="a was not scored by it on mini"):
        one(metric="faithfulness.ragas", at_least=0.1)


def test_what_judges_add_can_be_gated() -> None:
    write("a", some(0.8))
    path = Path("results/judged/a/mini.csv")
    path.parent.mkdir(parents=True)
    rows = [f"q{at},c{at // 4},test,0,,{at % 2}" for at in range(120)]
    path.write_text("\n".join(["example,cluster,split,repeat,tags,faithfulness.ragas", *rows]))
    assert one(metric="faithfulness.ragas", at_least=0.1).value == 0.5


def test_the_stage_keeps_no_clock_and_no_revision() -> None:
    write("a", some(0.8))
    gates = (Gate("failed", "a", at_most=0.5), Gate("correctness", "a", at_least=0.0, against="baseline"))
    stage(params(*gates))
    first = Path("results/gates.json").read_bytes()
    stage(params(*gates))
    assert Path("results/gates.json").read_bytes() == first
    kept = read_verdicts()
    assert [judged.verdict for judged in kept] == ["pass", "undecided"]
    assert kept[1].reason == NO_BASELINE
