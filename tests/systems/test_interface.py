"""Calls, spans, responses, and the one verb."""

import asyncio
from collections.abc import AsyncGenerator, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pipelines.clock import run
from systems.errors import RateLimited, Transient
from systems.facts import Cited, Intervened, ModelCall, Passage, Retrieved, Routed, ToolCalled
from systems.interface import Call, Request, Response, Span, respond


class Stub:
    """A system made of one function."""

    def __init__(self, body: Callable[[Call], AsyncGenerator[str, None]]) -> None:
        self.body = body

    @property
    def name(self) -> str:
        return "stub"

    def stream(self, request: Request, call: Call) -> AsyncGenerator[str, None]:
        return self.body(call)


def answer(body: Callable[[Call], AsyncGenerator[str, None]], **more: object) -> Response:
    async def main() -> Response:
        await asyncio.sleep(7)  # no call starts at the loop's zero
        return await respond(Stub(body), Request("?"), Call.now("id", **more))

    return run(main())


def test_times_count_from_the_scheduled_arrival() -> None:
    async def body(call: Call) -> AsyncGenerator[str, None]:
        await call.sleep(1)
        yield "a"
        await call.sleep(2)
        yield "b"

    response = answer(body, arrived_s=5.0)
    assert (response.text, response.ttft_s, response.latency_s) == ("ab", 3.0, 5.0)


def test_a_failure_after_the_first_piece_keeps_the_text_and_the_cost() -> None:
    async def body(call: Call) -> AsyncGenerator[str, None]:
        call.record(ModelCall("m", 10, 2, 0.5))
        yield "half"
        raise Transient("cut")

    response = answer(body)
    assert (response.failed, response.text, response.cost_usd) == (True, "half", 0.5)
    assert response.error == "Transient: cut"
    assert response.spans[0].status == "error"


def test_a_refusal_has_no_time_to_first_token() -> None:
    async def body(call: Call) -> AsyncGenerator[str, None]:
        raise RateLimited("slow down", retry_after_s=1)
        yield ""

    assert answer(body).ttft_s is None


def test_a_missed_deadline_is_a_failed_response_and_closes_the_system() -> None:
    closed = []

    async def body(call: Call) -> AsyncGenerator[str, None]:
        try:
            while True:
                await call.sleep(1)
                yield "."
        finally:
            closed.append(True)

    response = answer(body, deadline_s=7 + 3.5)
    assert (response.text, response.error, response.latency_s) == ("...", "Transient: the deadline passed", 3.5)
    assert closed == [True]


def test_a_bug_in_a_system_is_not_swallowed() -> None:
    async def body(call: Call) -> AsyncGenerator[str, None]:
        raise KeyError("bug")
        yield ""

    with pytest.raises(KeyError):
        answer(body)


def test_a_timeout_inside_a_system_is_not_taken_for_the_deadline() -> None:
    async def body(call: Call) -> AsyncGenerator[str, None]:
        raise TimeoutError
        yield ""

    with pytest.raises(TimeoutError):
        answer(body, deadline_s=1e9)


def test_spans_form_a_tree_with_facts_where_they_happened() -> None:
    async def body(call: Call) -> AsyncGenerator[str, None]:
        with call.child("a") as a, a.child("b") as b:
            b.record(Routed("x"))
        with call.child("a"):
            pass
        yield "."

    spans = answer(body).spans
    assert [(span.name, span.parent) for span in spans] == [("stub", None), ("a", 0), ("b", 1), ("a", 0)]
    assert spans[2].facts == [Routed("x")]
    assert {span.status for span in spans} == {"ok"}


def test_randomness_hangs_on_the_path_of_the_span_and_not_on_what_runs_beside_it() -> None:
    async def draws(order: list[str]) -> dict[str, float]:
        call = Call.now("id")
        found = {}
        for name in order:
            with call.child(name) as child:
                found[name] = child.rng.random()
        return found

    assert run(draws(["a", "b"])) == run(draws(["b", "a"]))
    first, second = run(draws(["a"])), run(draws(["a", "b"]))
    assert first["a"] != second["b"]


def test_a_fact_outside_any_span_is_a_bug() -> None:
    async def main() -> None:
        Call.now("id").record(Routed("x"))

    with pytest.raises(RuntimeError, match="outside a span"):
        run(main())


def test_a_credential_is_in_no_repr() -> None:
    async def main() -> str:
        return repr(Call.now("id", credential="sesame"))

    assert "sesame" not in run(main())


def test_one_unknown_price_makes_the_cost_unknown_and_none_makes_it_zero() -> None:
    known, unknown = ModelCall("m", 1, 1, 0.25), ModelCall("n", 1, 1, None)
    cost = [
        Response("i", "", 0, None, (Span("s", None, 0, facts=list(f)),)).cost_usd
        for f in ([known], [known, unknown], [])
    ]
    assert cost == [0.25, None, 0]


def test_contexts_are_none_without_retrieval_and_empty_when_nothing_was_found() -> None:
    nothing = Response("i", "", 0, None, ())
    found = Response("i", "", 0, None, (Span("s", None, 0, facts=[Retrieved("q", ())]),))
    assert (nothing.contexts, found.contexts) == (None, [])


passages = st.builds(Passage, st.text(), st.integers(0, 99), st.integers(0, 99), st.text(), st.text(), st.floats(-9, 9))
facts = st.one_of(
    st.builds(ModelCall, st.text(), st.integers(0, 9**9), st.integers(0, 9**9), st.none() | st.floats(0, 9)),
    st.builds(Retrieved, st.text(), st.tuples(passages)),
    st.builds(Cited, st.tuples(passages)),
    st.builds(Routed, st.text()),
    st.builds(ToolCalled, st.text(), st.text(), st.text(), st.none() | st.text()),
    st.builds(Intervened, st.text(), st.text()),
)
seconds = st.floats(0, 99)
spans = st.builds(Span, st.text(), st.none() | st.integers(0, 9), seconds, seconds, facts=st.lists(facts, max_size=3))
responses = st.builds(
    Response, st.text(), st.text(), seconds, st.none() | seconds, st.lists(spans, max_size=3).map(tuple)
)


@given(responses)
def test_a_response_comes_back_from_json_as_it_was_on_one_line(response: Response) -> None:
    line = response.to_json()
    assert Response.from_json(line) == response
    assert "\n" not in line


def test_a_response_of_another_schema_is_refused() -> None:
    line = Response("i", "", 0, None, ()).to_json()
    assert '"schema":1' in line
    with pytest.raises(ValidationError):
        Response.from_json(line.replace('"schema":1', '"schema":2'))


def test_a_request_is_named_by_its_content_and_repeat_alone() -> None:
    assert Request("a").id() == Request("a").id()
    assert len({Request("a").id(), Request("b").id(), Request("a").id(repeat=1)}) == 3
