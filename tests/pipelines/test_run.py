"""Asking every question of a dataset."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from pipelines import run as running
from pipelines.data import Example, examples_by_request
from pipelines.params import Settings
from pipelines.run import answer_all, arrivals
from systems.build import Built, build
from systems.interface import Call, Request, Response, respond

SETTINGS = Settings(seed=1, arrivals_per_s=5.0, deadline_s=30.0)
SLOW = {"chatbot": {"model": {"scripted": {"behaviour": "slow"}}}}


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCHBENCH_CACHE", str(tmp_path / "cache"))


def requests(n: int) -> dict[str, Request]:
    found = [Request(f"question {at}?") for at in range(n)]
    return {request.id(): request for request in found}


def read(path: Path) -> list[Response]:
    return [Response.from_json(line) for line in path.read_bytes().splitlines()]


def test_every_request_gets_one_response_sorted_by_id(tmp_path: Path) -> None:
    asked = requests(20)
    assert answer_all(build(SLOW), asked, SETTINGS, tmp_path / "r.jsonl") == 20
    assert [response.id for response in read(tmp_path / "r.jsonl")] == sorted(asked)


def test_a_second_run_asks_nothing_and_writes_the_same_bytes(tmp_path: Path) -> None:
    answer_all(build(SLOW), requests(10), SETTINGS, tmp_path / "a.jsonl")
    assert answer_all(build(SLOW), requests(10), SETTINGS, tmp_path / "b.jsonl") == 0
    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()


@pytest.mark.parametrize("before", [1, 7, 19])
def test_a_run_that_was_cut_off_gives_the_bytes_of_one_that_was_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: int
) -> None:
    answer_all(build(SLOW), requests(20), SETTINGS, tmp_path / "whole.jsonl")
    monkeypatch.setenv("ARCHBENCH_CACHE", str(tmp_path / "other"))
    answered: list[str] = []

    async def dies(system: object, request: Request, call: Call) -> Response:
        if len(answered) == before:
            raise RuntimeError("killed")
        answered.append(call.id)
        return await respond(system, request, call)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(running, "respond", dies)
        with pytest.raises(RuntimeError, match="killed"):
            answer_all(build(SLOW), requests(20), SETTINGS, tmp_path / "part.jsonl")
    assert not (tmp_path / "part.jsonl").exists()
    journal = next((tmp_path / "other" / "journal").iterdir())
    finished = journal.read_bytes().count(b"\n")
    asked_again = answer_all(build(SLOW), requests(20), SETTINGS, tmp_path / "part.jsonl")
    assert asked_again == 20 - finished
    assert (tmp_path / "part.jsonl").read_bytes() == (tmp_path / "whole.jsonl").read_bytes()


def test_other_settings_ask_anew(tmp_path: Path) -> None:
    answer_all(build(SLOW), requests(5), SETTINGS, tmp_path / "r.jsonl")
    assert answer_all(build(SLOW), requests(5), replace(SETTINGS, seed=2), tmp_path / "r.jsonl") == 5


def test_nothing_of_an_example_but_its_question_reaches_a_system(tmp_path: Path) -> None:
    seen: list[str] = []

    class Spy:
        name = "spy"

        async def stream(self, request: Request, call: Call):  # type: ignore[no-untyped-def]
            seen.append(repr((request, call)))
            yield "x"

    example = Example("SECRET-ID", "Q?", "SECRET-ANSWER", ("SECRET",), (), "SECRET-CLUSTER", "test", ("SECRET-TAG",))
    spy = Built(Spy(), [], "spy")
    answer_all(spy, {example.request.id(): example.request}, SETTINGS, tmp_path / "r.jsonl")
    assert len(seen) == 1
    assert "SECRET" not in seen[0]
    assert "test" not in seen[0]


def test_arrivals_are_seeded_ordered_and_about_as_fast_as_asked() -> None:
    times = [at for _, at in arrivals([str(n) for n in range(2000)], SETTINGS)]
    assert times == sorted(times)
    assert times == [at for _, at in arrivals([str(n) for n in range(2000)], SETTINGS)]
    assert 350 < times[-1] < 450


def test_two_examples_with_the_same_words_share_a_response() -> None:
    one = Example("1", "Same?", "a", ("a",), (), "c", "test")
    by_request = examples_by_request([one, replace(one, id="2"), replace(one, id="3", question="Other?")])
    assert sorted(len(found) for found in by_request.values()) == [1, 2]


def test_a_response_says_what_made_it(tmp_path: Path) -> None:
    built = build(SLOW)
    answer_all(built, requests(1), SETTINGS, tmp_path / "r.jsonl")
    made_by = json.loads((tmp_path / "r.jsonl").read_text())["made_by"]
    assert made_by["system"] == built.fingerprint


def test_latency_and_deadline_count_from_the_scheduled_arrival_however_late_the_asking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = requests(3)
    monkeypatch.setattr(running, "arrivals", lambda ids, settings: zip(ids, (40.0, 34.0, 15.0), strict=True))
    answer_all(build(SLOW), asked, SETTINGS, tmp_path / "r.jsonl")
    found = {response.id: response for response in read(tmp_path / "r.jsonl")}
    in_time, late, too_late = (found[id] for id in asked)
    assert late.latency_s == in_time.latency_s + 6
    assert in_time.ttft_s is not None
    assert late.ttft_s == in_time.ttft_s + 6
    assert (too_late.latency_s, too_late.error) == (30.0, "Transient: the deadline passed")
