"""The provider limit: a minute's allowances, a concurrency that adapts, first come first served."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from pipelines.clock import VirtualLoop, run
from systems.build import build
from systems.errors import ConfigError, RateLimited, ServiceError, Transient
from systems.facts import Intervened, ModelCall
from systems.interface import Call, Message, Prompt, Tool, ToolUse
from systems.patterns.job import outcome
from systems.patterns.provider_limit import Allowance, ProviderLimit

PLENTY = 1e9


class Answers:
    """Takes its time, then says the prompt's words; a word that names an error raises it. Notes when each began."""

    name = "answers"

    def __init__(self, output_tokens: int | None = None, takes_s: float = 1) -> None:
        self.output_tokens, self.takes_s = output_tokens, takes_s
        self.began: list[tuple[str, float]] = []
        self.open = self.most = 0

    async def stream(self, prompt: Prompt, call: Call) -> AsyncGenerator[str | ToolUse, None]:
        self.began.append((call.id, call.clock()))
        self.open += 1
        self.most = max(self.most, self.open)
        try:
            await call.sleep(self.takes_s)
            for word in prompt.messages[0].content.split():
                if word in ERRORS:
                    raise ERRORS[word]
                yield word
        finally:
            self.open -= 1
            if self.output_tokens is not None:
                call.record(ModelCall("answers", tokens(prompt), self.output_tokens, None))


ERRORS: dict[str, ServiceError] = {
    "slowly": RateLimited("slowly"),
    "later": RateLimited("later", retry_after_s=20),
    "never": RateLimited("never", retry_after_s=1e12),
    "past": RateLimited("past", retry_after_s=-5),
    "down": Transient("down"),
}


def tokens(prompt: Prompt) -> int:
    return len(prompt.messages[0].content) // 4 + 1


def limit(inner: Any, requests: float = PLENTY, tokens: float = PLENTY, concurrency: int = 100) -> ProviderLimit:
    return ProviderLimit(inner, requests, tokens, concurrency)


async def ask(limit: ProviderLimit, id: str, text: str = "word", **more: Any) -> tuple[str, Call]:
    """What came (the error's text where one did), and the call with its spans."""
    call = Call.now(id, **more)
    pieces, error = await outcome(limit, Prompt((Message("user", text),)), call)
    return (str(error) if error else "".join(map(str, pieces))), call


def facts(call: Call) -> list[str]:
    return [fact.what for span in call.spans for fact in span.facts if isinstance(fact, Intervened)]


def clean(limit: ProviderLimit) -> bool:
    idle = (limit.running, limit._in_line, limit._tokens_in_line, limit._line.locked()) == (0, 0, 0, False)
    return idle and asyncio.all_tasks() == {asyncio.current_task()}


async def settle() -> None:
    for _ in range(8):
        await asyncio.sleep(0)


def test_requests_beyond_a_minutes_worth_wait_in_order_and_each_wait_is_a_fact() -> None:
    async def main() -> None:
        answers = Answers()
        limited = limit(answers, requests=3)
        asked = await asyncio.gather(*(ask(limited, str(at)) for at in range(5)))
        assert answers.began == [("0", 0), ("1", 0), ("2", 0), ("3", 20), ("4", 40)]
        assert [facts(call) for _, call in asked] == [
            [], [], [],
            ["waited 20.000 s for requests a minute"],
            ["waited 40.000 s for requests a minute"],
        ]  # fmt: skip
        assert clean(limited)

    run(main())


def test_tokens_are_estimated_before_and_corrected_by_what_the_call_took() -> None:
    """Prompts of 10 tokens by the estimate; the first took 70 more for its answer, so the next waits for those."""

    async def main() -> None:
        answers = Answers(output_tokens=70)
        limited = limit(answers, tokens=60)
        await ask(limited, "0", "x" * 36)
        assert limited._tokens.left == pytest.approx(60 - 80 + 1)  # a second has passed
        _, call = await ask(limited, "1", "x" * 36)
        assert answers.began[1][1] == pytest.approx(1 + 20 + 10 - 1)
        assert facts(call) == ["waited 29.000 s for tokens a minute"]

    run(main())


def test_where_no_model_call_is_recorded_the_estimate_stands() -> None:
    async def main() -> None:
        limited = limit(Answers(), tokens=60)
        await ask(limited, "0", "x" * 36)
        assert limited._tokens.left == 50

    run(main())


def test_tools_and_text_of_any_script_count_in_the_estimate() -> None:
    async def main() -> list[float]:
        left = []
        for prompt in (
            Prompt((Message("user", "水" * 4),)),
            Prompt((Message("user", "\ud800"),), (Tool("t", "d" * 100, {}),)),
        ):
            limited = limit(Answers(), tokens=60)
            await outcome(limited, prompt, Call.now("x"))
            left.append(limited._tokens.left)
        return left

    chinese, tool = run(main())
    assert chinese == 60 - 4
    assert tool < 60 - 25


def test_a_prompt_larger_than_a_minutes_tokens_goes_when_the_allowance_is_full_and_leaves_a_debt() -> None:
    async def main() -> None:
        answers = Answers()
        limited = limit(answers, tokens=60)
        await asyncio.gather(
            ask(limited, "small", "x" * 36), ask(limited, "huge", "x" * 716), ask(limited, "next", "x" * 36)
        )
        assert answers.began == [("small", 0), ("huge", 10), ("next", 10 + 120 + 10)]

    run(main())


def test_concurrency_halves_once_for_refusals_that_were_under_way_together_and_grows_back_one_a_round() -> None:
    async def main() -> None:
        limited = limit(Answers(), concurrency=8)
        await asyncio.gather(*(ask(limited, str(at), "slowly") for at in range(8)))
        assert limited.allowed == 4
        await ask(limited, "again", "slowly")
        assert limited.allowed == 2
        for expected in (2.5, 2.9, 2.9 + 1 / 2.9):
            await ask(limited, "well")
            assert limited.allowed == pytest.approx(expected)
        for _ in range(3):
            await ask(limited, "again", "slowly")
        assert limited.allowed == 1
        for _ in range(100):
            await ask(limited, "well")
        assert limited.allowed == 8

    run(main())


def test_only_a_refusal_for_the_rate_halves() -> None:
    async def main() -> None:
        limited = limit(Answers(), concurrency=8)
        await ask(limited, "x", "down")
        assert limited.allowed == 8

    run(main())


def test_no_more_run_at_once_than_are_allowed_and_the_others_wait_for_a_place() -> None:
    async def main() -> None:
        answers = Answers()
        limited = limit(answers, concurrency=2)
        asked = await asyncio.gather(*(ask(limited, str(at)) for at in range(5)))
        assert answers.most == 2
        assert [at_s for _, at_s in answers.began] == [0, 0, 1, 1, 2]
        assert facts(asked[4][1]) == ["waited 2.000 s for a place"]

    run(main())


@pytest.mark.parametrize(("refusal", "wait_s"), [("later", 20), ("never", 60), ("past", 0), ("slowly", 0)])
def test_whoever_comes_next_waits_as_long_as_the_provider_says_and_a_minute_at_most(refusal: str, wait_s: int) -> None:
    async def main() -> None:
        answers = Answers()
        limited = limit(answers)
        await ask(limited, "x", refusal)
        _, call = await ask(limited, "y", deadline_s=100.0)
        assert answers.began[1][1] == 1 + wait_s
        assert facts(call) == ([f"waited {wait_s}.000 s for what the provider asked for"] if wait_s else [])

    run(main())


def test_the_minute_counts_from_the_refusal_not_from_who_comes_next() -> None:
    async def main() -> None:
        answers = Answers()
        limited = limit(answers)
        await ask(limited, "x", "never")
        await asyncio.sleep(30)
        await ask(limited, "y")
        assert answers.began[1][1] == 1 + 60

    run(main())


def test_whose_turn_cannot_come_before_the_deadline_is_refused_at_once_with_the_time_it_would_take() -> None:
    async def main() -> None:
        limited = limit(Answers(), requests=1)
        first = asyncio.create_task(ask(limited, "0"))
        second = asyncio.create_task(ask(limited, "1"))
        await settle()
        call = Call.now("2", deadline_s=100.0)
        with call.child("x") as inner, pytest.raises(RateLimited) as refused:
            await anext(limited.stream(Prompt((Message("user", "x"),)), inner))
        assert (refused.value.retry_after_s, call.elapsed_s) == (120, 0)
        assert facts(call) == ["refused: no turn before the deadline"]
        text, in_time = await ask(limited, "3", deadline_s=130.0)
        assert (text, in_time.elapsed_s) == ("word", 121)
        await asyncio.gather(first, second)
        assert clean(limited)

    run(main())


def test_a_turn_that_does_not_come_though_it_could_have_is_waited_for_until_the_deadline_and_no_longer() -> None:
    async def main() -> None:
        limited = limit(Answers(), concurrency=1)
        first = asyncio.create_task(ask(limited, "0"))
        await settle()
        call = Call.now("1", deadline_s=0.5)
        with call.child("x") as inner, pytest.raises(RateLimited, match="before the deadline"):
            await anext(limited.stream(Prompt((Message("user", "x"),)), inner))
        assert call.elapsed_s == 0.5
        assert facts(call) == ["refused: no turn before the deadline", "waited 0.500 s for a place"]
        await first
        assert clean(limited)

    run(main())


@pytest.mark.parametrize("steps", range(24))
@pytest.mark.parametrize("limits", [{"concurrency": 1}, {"requests": 1.0}, {"tokens": 2.0}])
def test_a_caller_that_is_cut_off_at_any_step_frees_its_turn(steps: int, limits: dict[str, Any]) -> None:
    async def main() -> None:
        answers = Answers()
        limited = limit(answers, **limits)
        others = [asyncio.create_task(ask(limited, "before"))]
        cut = asyncio.create_task(ask(limited, "cut"))
        await asyncio.sleep(0)
        others.append(asyncio.create_task(ask(limited, "behind")))
        for step in range(steps):
            await asyncio.sleep(step % 3 * 8 if "concurrency" not in limits else step % 3 / 3)
        cut.cancel()
        await asyncio.wait([cut])
        assert [text for text, _ in await asyncio.gather(*others)] == ["word", "word"]
        assert answers.open == 0
        assert clean(limited)

    run(main())


def test_a_reader_that_stops_in_the_middle_pays_for_what_was_used_and_frees_its_place() -> None:
    async def main() -> None:
        limited = limit(Answers(output_tokens=50), tokens=60)
        with Call.now("x").child("read") as call:
            stream = limited.stream(Prompt((Message("user", "one two"),)), call)
            assert await anext(stream) == "one"
            await stream.aclose()
        assert limited._tokens.left == pytest.approx(60 - 50 - 2 + 1)  # a second has passed
        assert clean(limited)

    run(main())


def test_a_clock_that_jumps_back_gives_nothing_and_holds_nobody_for_more_than_a_minute() -> None:
    allowance = Allowance(60)
    assert allowance.wait_s(60, 1000) == 0
    allowance.left -= 60
    assert allowance.wait_s(1, 500) == 1
    assert allowance.wait_s(1, 501) == 0

    async def main() -> None:
        limited = limit(Answers())
        limited._held_until_s = 1e9
        await ask(limited, "x")
        assert asyncio.get_running_loop().time() == 61

    run(main())


def test_a_clock_far_from_its_start_does_not_make_it_wait_for_ever() -> None:
    async def main() -> None:
        await asyncio.sleep(5e6 + 0.1)
        limited = limit(Answers(), requests=7, tokens=11)
        await asyncio.gather(*(ask(limited, str(at)) for at in range(20)))

    run(main())


def test_two_variants_that_describe_one_limit_around_one_model_share_it() -> None:
    scripted = {"scripted": {"behaviour": "right", "otherwise": "here"}}
    limits = {"provider_limit": {"requests_per_minute": 1, "tokens_per_minute": 1000, "concurrency": 1}}
    model = {"chain": [limits, scripted]}
    one, two = build({"chatbot": {"model": model}}), build({"rag": {"retriever": "bm25", "model": model}}, given=GIVEN)
    assert one.part.model is two.part.model
    assert one.part.model.name == "provider_limit(scripted-right)"


GIVEN = {"index": {"table": {"manifest": "m.json"}}}


@pytest.mark.parametrize("field", ["requests_per_minute", "tokens_per_minute", "concurrency"])
@pytest.mark.parametrize("value", [0, -1, float("inf"), float("nan")])
def test_a_limit_of_nothing_or_without_end_is_refused(field: str, value: float) -> None:
    fields = {"requests_per_minute": 1, "tokens_per_minute": 1, "concurrency": 1, field: value}
    with pytest.raises(ConfigError, match=rf"{field}: {value} was given"):
        build({"chain": [{"provider_limit": fields}, {"scripted": {"behaviour": "right"}}]}, kind="model")


def test_it_stands_around_a_model_only() -> None:
    fields = {"requests_per_minute": 1, "tokens_per_minute": 1, "concurrency": 1}
    with pytest.raises(ConfigError, match="cannot stand around a system"):
        build({"chain": [{"provider_limit": fields}, {"chatbot": {"model": {"scripted": {"behaviour": "right"}}}}]})


class Held:
    """Each call waits to be told how it ends."""

    name = "held"

    def __init__(self) -> None:
        self.began: list[str] = []
        self.ends: dict[str, asyncio.Future[int]] = {}

    async def stream(self, prompt: Prompt, call: Call) -> AsyncGenerator[str | ToolUse, None]:
        self.began.append(call.id)
        end = self.ends[call.id] = asyncio.get_running_loop().create_future()
        try:
            more = await end
            call.record(ModelCall("held", tokens(prompt), more, None))
            yield "here"
        finally:
            del self.ends[call.id]


class Provider(RuleBasedStateMachine):
    """Against a model that looks every quarter of a second who may go. Rates and amounts are such that all sums are exact."""

    REQUESTS, TOKENS, CONCURRENCY = 60.0, 240.0, 4

    def __init__(self) -> None:
        super().__init__()
        self.loop = VirtualLoop()
        self.held = Held()
        self.limit = ProviderLimit(self.held, self.REQUESTS, self.TOKENS, self.CONCURRENCY)
        self.tasks: dict[str, asyncio.Task[Any]] = {}
        self.sizes: dict[str, int] = {}
        self.line: list[str] = []
        self.running: dict[str, int] = {}  # and how often it had been halved when it began
        self.began: list[str] = []
        self.requests, self.tokens = self.REQUESTS, self.TOKENS
        self.allowed, self.halved, self.hold_s = float(self.CONCURRENCY), 0, 0.0

    def go(self) -> None:
        """Whoever may go at this moment goes."""
        while self.line and len(self.running) < int(self.allowed) and self.hold_s <= 0:
            size = self.sizes[self.line[0]]
            if self.requests < 1 or self.tokens < min(size, self.TOKENS):
                break
            id = self.line.pop(0)
            self.running[id] = self.halved
            self.began.append(id)
            self.requests, self.tokens = self.requests - 1, self.tokens - size
        self.loop.run_until_complete(settle())

    @rule(size=st.sampled_from([1, 20, 100, 600]), many=st.sampled_from([1, 1, 1, 30]))
    def arrive(self, size: int, many: int) -> None:
        for _ in range(many):
            id = str(len(self.tasks))
            self.tasks[id] = self.loop.create_task(ask(self.limit, id, "x" * (size - 1) * 4))
            self.sizes[id] = size
            self.line.append(id)
        self.go()

    @precondition(lambda self: self.running)
    @rule(data=st.data(), more=st.sampled_from([0, 7, 200]))
    def answer(self, data: st.DataObject, more: int) -> None:
        id = data.draw(st.sampled_from(sorted(self.running)))
        self.held.ends[id].set_result(more)
        del self.running[id]
        self.tokens -= more
        self.allowed = min(self.CONCURRENCY, self.allowed + 1 / self.allowed)
        self.go()

    @precondition(lambda self: self.running)
    @rule(data=st.data(), refusal=st.sampled_from(["slowly", "later", "never", "past", "down"]))
    def fail(self, data: st.DataObject, refusal: str) -> None:
        id = data.draw(st.sampled_from(sorted(self.running)))
        self.held.ends[id].set_exception(ERRORS[refusal])
        if self.running.pop(id) == self.halved and refusal != "down":
            self.allowed, self.halved = max(1.0, self.allowed / 2), self.halved + 1
        self.hold_s = max(self.hold_s, {"later": 20.0, "never": 60.0}.get(refusal, 0.0))
        self.go()

    @precondition(lambda self: self.running or self.line)
    @rule(data=st.data())
    def give_up(self, data: st.DataObject) -> None:
        id = data.draw(st.sampled_from([*sorted(self.running), *self.line]))
        self.tasks[id].cancel()
        if id in self.line:
            self.line.remove(id)
        else:
            del self.running[id]
        self.go()

    @rule(quarters=st.sampled_from([1, 2, 4, 40]))
    def pass_time(self, quarters: int) -> None:
        for _ in range(quarters):
            self.loop.run_until_complete(asyncio.sleep(0.25))
            self.requests = min(self.REQUESTS, self.requests + self.REQUESTS / 240)
            self.tokens = min(self.TOKENS, self.tokens + self.TOKENS / 240)
            self.hold_s -= 0.25
            if self.line:
                self.go()

    @invariant()
    def it_is_as_in_the_model(self) -> None:
        assert self.held.began == self.began
        assert sorted(self.held.ends) == sorted(self.running)
        assert self.limit.running == len(self.running) <= self.CONCURRENCY
        assert self.limit.allowed == self.allowed
        assert self.limit._in_line == len(self.line)
        assert sum(not task.done() for task in self.tasks.values()) == len(self.running) + len(self.line)

    def teardown(self) -> None:
        for task in self.tasks.values():
            task.cancel()
        self.loop.run_until_complete(settle())
        assert not asyncio.all_tasks(self.loop)
        assert (self.limit.running, self.limit._in_line, self.limit._tokens_in_line) == (0, 0, 0)
        self.loop.close()


def test_a_correction_is_taken_off_a_full_minute_and_not_covered_by_what_came_since() -> None:
    """10 of 60 tokens are taken and are there again when the answer turns out 7 dearer: 53 are left, not 60."""

    async def main() -> None:
        limited = limit(Answers(output_tokens=7, takes_s=20), tokens=60)
        await ask(limited, "0", "x" * 36)
        assert limited._tokens.left == pytest.approx(60 - 7)

    run(main())


def test_it_does_as_a_simple_model_does_whatever_comes_answers_fails_or_gives_up() -> None:
    run_state_machine_as_test(Provider, settings=settings(max_examples=150, stateful_step_count=30, deadline=None))


@given(st.lists(st.floats(0, 200), min_size=1, max_size=60).map(sorted), st.integers(1, 60), st.integers(1, 4))
@settings(deadline=None)
def test_in_no_window_begin_more_than_the_provider_allows_and_all_are_answered(
    times: list[float], requests: int, concurrency: int
) -> None:
    async def main() -> list[float]:
        answers = Answers()
        limited = limit(answers, requests=requests, concurrency=concurrency)

        came: list[str] = []

        async def one(at: int, at_s: float) -> str:
            await asyncio.sleep(at_s)
            came.append(str(at))
            return (await ask(limited, str(at)))[0]

        assert set(await asyncio.gather(*(one(*at) for at in enumerate(times)))) == {"word"}
        assert [id for id, _ in answers.began] == came
        assert answers.most <= concurrency
        assert clean(limited)
        return [at_s for _, at_s in answers.began]

    began = run(main())
    for first, start in enumerate(began):
        for last in range(first, len(began)):
            assert last - first + 1 <= max(1, requests) + (began[last] - start) * requests / 60 + 1e-3
