"""The stage that tries the patterns under faults."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pipelines import params as params_file
from pipelines.check_reliability import reliability_faults
from pipelines.params import Compare
from pipelines.reliability import broken, run, schedule
from pipelines.reliability_arithmetic import let_through, predict
from pipelines.reliability_runs import ENDS, SETUPS, calls, described
from pipelines.reliability_spec import Kinds, Outage, Reliability, Schedule
from systems.errors import ConfigError

CHANCE: Kinds = {"rate_limited": 0.05, "server_error": 0.05, "timeout": 0.05, "cut": 0.02}
SPEC = Reliability(
    question="What?",
    first={"scripted": {"behaviour": "slow", "ttft_s": 0.3, "per_chunk_s": 0.05, "otherwise": "One two three four five."}},
    second={"scripted": {"behaviour": "slow", "ttft_s": 0.6, "per_chunk_s": 0.05, "otherwise": "Six seven."}},
    schedule=Schedule(CHANCE, calls=1000),
    outage=Outage({"server_error": 0.5, "timeout": 0.5}, from_min=1, for_min=2, until_min=4),
)  # fmt: skip
COMPARE = Compare(draws=200)


def test_the_same_block_gives_the_same_bytes(tmp_path: Path) -> None:
    small = replace(SPEC, schedule=Schedule(CHANCE, calls=100))
    for name in ("one", "two"):
        run(small, COMPARE, tmp_path / name)
    files = sorted(file.name for file in (tmp_path / "one").iterdir())
    assert files == sorted(file.name for file in (tmp_path / "two").iterdir())
    assert {"report.md", "load.csv", "availability.png", "outage.svg", "outage.csv"} <= set(files)
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name


def test_what_is_measured_lies_near_what_arithmetic_predicts() -> None:
    for one in schedule(SPEC, COMPARE):
        sigma = (one.predicted.availability * (1 - one.predicted.availability) / 1000) ** 0.5
        assert abs(one.availability.value - one.predicted.availability) < 4 * sigma, one.setup
        assert abs(one.asked_first.value - one.predicted.asked) < 0.06, one.setup


def test_the_first_attempt_of_a_call_meets_the_same_fault_in_every_setup() -> None:
    bare, retried = (calls(SPEC, described(SPEC, SETUPS[name], CHANCE), 2, 300) for name in ("bare", "+ retry"))
    assert [one.id for one in bare] == [one.id for one in retried]
    assert all(with_retry.answered for alone, with_retry in zip(bare, retried, strict=True) if alone.answered)
    assert any(one.end == "failed" for one in bare)


def test_in_an_outage_nobody_is_answered_bare_and_most_are_with_all_patterns() -> None:
    minutes, _ = broken(SPEC)
    during = {
        setup: [one for one in minutes if one.setup == setup and one.minute in (1, 2)] for setup in ("bare", "all")
    }
    assert all(one.ends["failed"] == one.n for one in during["bare"])
    assert all(one.ends["second"] > 0.7 * one.n for one in during["all"])
    assert all(set(one.ends) == set(ENDS) and sum(one.ends.values()) == one.n for one in minutes)


def test_every_setup_of_the_outage_gets_the_same_calls() -> None:
    minutes, loads = broken(SPEC)
    by_setup = {setup: [one.n for one in minutes if one.setup == setup] for setup in ("bare", "+ retry", "all")}
    assert by_setup["bare"] == by_setup["+ retry"] == by_setup["all"]
    assert len({one.calls for one in loads}) == 1


def test_retries_in_an_outage_stay_within_their_budget_and_a_breaker_spares_the_first_model() -> None:
    _, loads = broken(SPEC)
    bare, retry, whole = loads
    assert bare.asked_first == bare.calls
    assert bare.calls < retry.asked_first <= retry.most
    assert whole.asked_first < bare.calls / 4


def test_the_formulas_are_right_where_the_answer_is_known() -> None:
    found = predict({"server_error": 0.5}, 3, 1.0)
    assert found["bare"].availability == 0.5
    assert found["+ retry"].availability == 1 - 0.5**3
    assert found["+ retry"].asked == 1.75
    assert found["+ fallback"].availability == 0.75
    assert predict({}, 3, 1.0)["all"].availability == 1.0


@pytest.mark.parametrize(("share", "through"), [(0.0, 1.0), (1.0, 0.0)])
def test_a_breaker_lets_all_through_where_nothing_fails_and_nothing_where_all_does(
    share: float, through: float
) -> None:
    assert let_through({"server_error": share}, 5, 30, 2) == through


def test_a_breaker_that_opens_at_one_failure_rests_as_long_as_the_formula_says() -> None:
    at_once = {"scripted": {"behaviour": "right"}}  # no time in which a probe could be under way
    spec = replace(SPEC, first=at_once, breaker={"failures": 1, "rest_s": 5})
    chance = {"server_error": 0.1}
    made = calls(spec, described(spec, ("breaker",), chance), 2, 10_000)
    sent = sum(one.asked_first for one in made) / len(made)
    assert sent == pytest.approx(let_through(chance, 1, 5, 2), abs=0.03)


BAD = {
    "retry: {attempts: 0}": "reliability.retry.attempts",
    "retry: {tries: 3}": "reliability.retry.tries",
    "breaker: {rest_s: -1}": "reliability.breaker.rest_s",
    "breaker: {rate: 0.5}": "reliability.breaker.rate",
    "faults: {chance: {cut: 1}}": "reliability.faults.chance",
    "timeout: {}": "reliability.timeout",
    "seed: often": "reliability.seed",
    "patience: 3": "reliability.patience",
    "question: ' '": "reliability.question",
    "first: {scripted: {behaviour: lazy}}": "reliability.first.scripted.behaviour",
    "schedule: {chance: {cut: 0.9, timeout: 0.9}}": "reliability.schedule",
    "schedule: {chance: {lightning: 0.1}}": "reliability.schedule.chance.lightning",
    "outage: {chance: {timeout: 1}, from_min: 5, for_min: 9, until_min: 10}": "reliability.outage",
}


@pytest.mark.parametrize(("line", "place"), BAD.items())
def test_each_bad_value_is_a_fault_with_its_place(project: Path, line: str, place: str) -> None:
    block = {
        "question": "question: Why?",
        "first": "first: {scripted: {behaviour: right}}",
        "second": "second: {scripted: {behaviour: wrong}}",
        "schedule": "schedule: {chance: {cut: 0.1}}",
        "outage": "outage: {chance: {timeout: 1}}",
    }
    block[line.partition(":")[0]] = line
    with (project / "params.yaml").open("a") as file:
        file.write("\nreliability:\n" + "".join(f"  {one}\n" for one in block.values()))
    params, faults = params_file.load_what_can_be(project / "params.yaml")
    assert params is not None
    places = [fault.where for fault in (*faults, *reliability_faults(params))]
    assert any(one.endswith(place) or f"{place}." in one for one in places), places


def test_without_the_block_the_stage_says_what_is_missing(project: Path) -> None:
    from pipelines.reliability import stage

    with pytest.raises(ConfigError, match=r"reliability: missing in params\.yaml"):
        stage(params_file.load(project / "params.yaml"))
