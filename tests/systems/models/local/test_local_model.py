from __future__ import annotations

import json
import math
from typing import Any, Literal

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.clock import run
from systems.facts import ModelCall
from systems.interface import Call, Message, Prompt
from systems.models.local.learnt import Learnt
from systems.models.local.model import MESSAGE_TOKENS, PROFILES, Local
from systems.tokens import count_tokens

TEXT = "Passages:\n\n[1] Returns\nYou may return a lamp within 30 days.\n\nQuestion: How long may I keep a lamp?"
PROMPT = Prompt((Message("system", "Be brief."), Message("user", TEXT)))
TIERS: list[Literal["small", "medium", "large"]] = ["small", "medium", "large"]


def ask(
    model: Local, prompt: Prompt = PROMPT, id: str = "call", stop_after: int | None = None
) -> tuple[list[str], Call]:
    """The chunks and the call; the stream is closed after `stop_after` chunks."""

    async def main() -> tuple[list[str], Call]:
        call = Call.now(id=id)
        chunks: list[str] = []
        with call.child("generate") as inner:
            stream = model.stream(prompt, inner)
            async for chunk in stream:
                chunks.append(str(chunk))
                if len(chunks) == stop_after:
                    await stream.aclose()
                    break
        return chunks, call

    return run(main())


def fact(call: Call) -> ModelCall:
    ((found,),) = [span.facts for span in call.spans]
    assert isinstance(found, ModelCall)
    return found


@pytest.fixture(params=TIERS)
def model(request: pytest.FixtureRequest, embedder: Any) -> Local:
    return Local(request.param, Learnt(), embedder)


def test_an_answer_is_paid_for_once_by_the_price_of_another_model(model: Local) -> None:
    chunks, call = ask(model)
    paid = fact(call)
    assert "".join(chunks) == "You may return a lamp within 30 days. [1]"
    assert (paid.model, paid.priced_as) == (f"local-{model.name}", PROFILES[model.tier].priced_as)
    assert (paid.timing, paid.finish) == ("modelled", "stop")
    assert paid.input_tokens == count_tokens("Be brief.") + count_tokens(TEXT) + 2 * MESSAGE_TOKENS
    assert paid.output_tokens == count_tokens("".join(chunks))
    assert paid.cost_usd is not None
    assert paid.cost_usd > 0


def test_the_same_call_gets_the_same_answer_in_the_same_time_and_another_one_another_time(model: Local) -> None:
    (first, one), (second, two), (third, three) = ask(model), ask(model), ask(model, id="other")
    assert first == second == third
    assert one.spans[0].end_s == two.spans[0].end_s != three.spans[0].end_s


def test_time_passes_as_the_profile_says(model: Local) -> None:
    _, call = ask(model)
    profile, paid = PROFILES[model.tier], fact(call)
    typical_s = profile.ttft_s + profile.input_token_s * paid.input_tokens + paid.output_tokens / profile.tokens_per_s
    assert abs(math.log(call.spans[0].end_s / typical_s)) < 4 * profile.jitter_sigma


def test_a_longer_prompt_takes_longer_to_the_first_token(model: Local) -> None:
    long = Prompt((Message("user", "Passages:\n" + "Lamps are sold here. " * 2000 + "\n\nQuestion: lamps?"),))
    (_, quick), (_, slow) = ask(model, stop_after=1), ask(model, long, stop_after=1)
    assert slow.spans[0].end_s > quick.spans[0].end_s


def test_what_was_said_before_the_stream_was_closed_is_paid_for_once(model: Local) -> None:
    chunks, call = ask(model, stop_after=3)
    assert (fact(call).finish, fact(call).output_tokens) == ("cancelled", count_tokens("".join(chunks)))


def test_a_call_that_is_cancelled_before_its_first_word_is_still_paid_for(model: Local) -> None:
    async def main() -> Call:
        import asyncio

        call = Call.now(id="call")
        with pytest.raises(TimeoutError), call.child("generate") as inner:
            async with asyncio.timeout(0.01):
                [chunk async for chunk in model.stream(PROMPT, inner)]
        return call

    paid = fact(run(main()))
    assert (paid.finish, paid.output_tokens) == ("cancelled", 0)
    assert paid.input_tokens > 0


@pytest.mark.parametrize("limit", [0, 1, 4])
def test_an_answer_is_no_longer_than_it_may_be(model: Local, limit: int) -> None:
    chunks, call = ask(model, Prompt(PROMPT.messages, max_tokens=limit))
    assert count_tokens("".join(chunks)) <= limit
    assert fact(call).finish == "length"


def test_with_a_schema_the_answer_is_json_that_fits_it(model: Local) -> None:
    schema = {"type": "object", "properties": {"days": {"type": "integer"}}, "required": ["days"]}
    chunks, _ = ask(model, Prompt(PROMPT.messages, response_schema=schema))
    value = json.loads("".join(chunks))
    jsonschema.validate(value, schema)
    assert value == {"days": 30}


@pytest.mark.parametrize(
    "text", ["", "   \n", "飞船" * 500, "x" * 100_000, "Where is it? " * 8_000, "[1]", "Question:"]
)
def test_any_text_gets_an_answer(model: Local, text: str) -> None:
    chunks, _ = ask(model, Prompt((Message("user", text),)))
    assert "".join(chunks).strip()


def test_an_empty_prompt_gets_an_answer(model: Local) -> None:
    assert ask(model, Prompt(()))[0]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(st.text(), st.text())
def test_any_prompt_gets_an_answer_that_is_paid_for_once(model: Local, system: str, user: str) -> None:
    chunks, call = ask(model, Prompt((Message("system", system), Message("user", user))))
    assert fact(call).output_tokens == sum(map(count_tokens, chunks))
