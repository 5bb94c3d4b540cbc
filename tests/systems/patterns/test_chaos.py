"""All patterns around each other, every kind of fault around the model or the system: what holds whatever happens."""

from __future__ import annotations

import asyncio
from typing import Any, get_args

import pytest

from pipelines.clock import run
from systems.build import build
from systems.facts import Intervened, ModelCall
from systems.interface import Call, Request, Response, respond
from systems.patterns.faults import Kind

KINDS = get_args(Kind)
CALLS, CALLS_A_S, TROUBLE_S = 200, 2, 60
MODEL = {"scripted": {"behaviour": "slow", "ttft_s": 0.6, "per_chunk_s": 0.05, "priced_as": "gpt-5-nano"}}
APOLOGY = "I cannot answer just now."
AROUND: list[Any] = [
    {"fallback": {"apology": APOLOGY}},
    {"retry": {"attempts": 3}},
    {"hedge": {"after_s": 2, "safe": True}},
    {"breaker": {"rest_s": 5}},
    {"timeout": {"first_s": 4, "total_s": 30}},
]


def described(place: str, faults: Any) -> Any:
    if place == "model":
        return {"chatbot": {"model": {"chain": [*AROUND, {"faults": faults}, MODEL]}}}
    return {"chain": [*AROUND, {"faults": faults}, {"chatbot": {"model": MODEL}}]}


def responses(description: Any, seed: int) -> list[Response]:
    """One after the other and at once, two a second, a minute of trouble and what comes after it."""

    async def main() -> list[Response]:
        async with build(description) as system:

            async def one(at: int) -> Response:
                await asyncio.sleep(at / CALLS_A_S)
                now_s = asyncio.get_running_loop().time()
                return await respond(system, Request(f"{at}"), Call.now(f"{seed}-{at}", deadline_s=now_s + 60))

            answered = await asyncio.gather(*map(one, range(CALLS)))
            assert asyncio.all_tasks() == {asyncio.current_task()}
            return answered

    return run(main())


def facts_of(response: Response, pattern: str) -> list[str]:
    return [fact.what for fact in response.facts if isinstance(fact, Intervened) and fact.pattern == pattern]


@pytest.mark.parametrize("chance", [0.3, 1.0])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("place", ["model", "system"])
def test_every_request_ends_in_an_answer_or_an_honest_apology_and_service_comes_back(
    place: str, kind: str, chance: float
) -> None:
    description = described(place, {"windows": [{"from_s": 0, "to_s": TROUBLE_S, "chance": {kind: chance}}]})
    for seed in range(3):
        got = responses(description, seed)
        struck = sum(len(facts_of(response, "faults")) for response in got)
        assert (struck > 0) == (kind != "wrong_arguments"), f"seed {seed}"  # these models ask for no tool
        for response in got:
            why = f"seed {seed}, call {response.id}: {response}"
            assert all(span.status != "open" for span in response.spans), why
            if response.failed:  # only what was cut off when its reader had begun to read
                assert kind == "cut", why
                assert response.text, why
            else:
                assert (response.text == APOLOGY) == ("apology" in facts_of(response, "fallback")), why
                assert response.text == APOLOGY or response.text.endswith("I do not know."), why
            assert response.latency_s <= 60, why
        after = got[(TROUBLE_S + 20) * CALLS_A_S :]
        assert {response.text for response in after} == {"I do not know."}, f"seed {seed}"
        assert [fact for response in after for fact in response.facts if not isinstance(fact, ModelCall)] == []


@pytest.mark.parametrize("place", ["model", "system"])
def test_a_seed_replays_exactly(place: str) -> None:
    description = described(place, {"chance": dict.fromkeys(KINDS, 0.1)})
    once, again, other = (responses(description, seed) for seed in (1, 1, 2))
    assert [response.to_json() for response in once] == [response.to_json() for response in again]
    assert [facts_of(response, "faults") for response in once] != [facts_of(response, "faults") for response in other]
