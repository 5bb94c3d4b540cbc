"""The breaker against a model of it so simple that it can be read at once, and one probe at a time whatever happens."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Coroutine
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from systems.errors import CircuitOpen, RateLimited, Rejected, ServiceError, Transient
from systems.facts import Intervened
from systems.interface import Call
from systems.patterns.breaker import Breaker

ENDINGS: dict[str, Exception | None] = {
    "answered": None,
    "failed": Transient("down"),
    "limited": RateLimited("busy"),
    "rejected": Rejected("no"),
    "a bug": ZeroDivisionError("bug"),
}
PROBE = "half open: this call is the probe"


class Waiting:
    """Says one thing, then ends in the way that the test has set for this call."""

    name = "waiting"

    async def stream(self, request: Any, call: Call) -> AsyncGenerator[str, None]:
        yield "one"
        if error := ENDINGS[request["ending"]]:
            raise error


def step(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine that waits for nothing, with no loop."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    raise AssertionError("it waits")


class Driver:
    """Calls in flight through a breaker, begun and ended one by one on a clock that the test sets."""

    def __init__(self, breaker: Breaker[Any, Any]) -> None:
        self.breaker, self.now_s = breaker, 1000.0
        self.in_flight: list[tuple[Any, dict[str, str], Call]] = []

    def begin(self) -> bool:
        """Was it let through?"""
        call = Call("id", clock=lambda: self.now_s, sleep=asyncio.sleep, arrived_s=0)
        with call.child("request") as here:
            request = {"ending": "answered"}
            stream = self.breaker.stream(request, here)
            try:
                assert step(anext(stream)) == "one"
            except CircuitOpen:
                return False
        self.in_flight.append((stream, request, here))
        return True

    def end(self, which: int, ending: str) -> None:
        stream, request, _ = self.in_flight.pop(which % len(self.in_flight))
        if ending == "left":
            step(stream.aclose())
            return
        if ending == "cancelled":
            with pytest.raises(asyncio.CancelledError):
                step(stream.athrow(asyncio.CancelledError()))
            return
        request["ending"] = ending
        try:
            step(anext(stream))
        except (StopAsyncIteration, ServiceError, ZeroDivisionError):
            return
        raise AssertionError("it goes on")

    @property
    def probes(self) -> int:
        return sum(
            isinstance(fact, Intervened) and fact.what == PROBE
            for *_, call in self.in_flight
            for span in call.spans
            for fact in span.facts
        )


def driven(**fields: Any) -> Driver:
    return Driver(Breaker(Waiting(), **{"failures": 3, "rest_s": 10, **fields}))


def opened(**fields: Any) -> Driver:
    driver = driven(**fields)
    for _ in range(3):
        driver.begin()
        driver.end(0, "failed")
    return driver


def test_it_opens_after_so_many_failures_in_a_row() -> None:
    driver = driven()
    for ending in ("failed", "failed", "answered", "failed", "failed"):
        assert driver.begin()
        driver.end(0, ending)
    assert driver.begin()
    driver.end(0, "failed")
    assert not driver.begin()


@pytest.mark.parametrize("ending", ["limited", "left", "cancelled", "a bug"])
def test_what_says_nothing_about_the_service_neither_counts_nor_forgives(ending: str) -> None:
    driver = driven()
    for one in ("failed", ending, "failed", ending, ending, ending, "failed"):
        assert driver.begin()
        driver.end(0, one)
    assert not driver.begin()


def test_whoever_refuses_is_there() -> None:
    driver = driven()
    for one in ("failed", "failed", "rejected", "failed", "failed"):
        assert driver.begin()
        driver.end(0, one)
    assert driver.begin()


def test_open_it_refuses_until_it_has_rested_and_then_lets_one_through() -> None:
    driver = opened()
    driver.now_s += 9.9
    assert not driver.begin()
    driver.now_s += 0.2
    assert [driver.begin() for _ in range(3)] == [True, False, False]


def test_a_probe_that_is_answered_closes_it_and_one_that_fails_opens_it_for_another_rest() -> None:
    driver = opened()
    driver.now_s += 11
    assert driver.begin()
    driver.end(0, "failed")
    driver.now_s += 9
    assert not driver.begin()
    driver.now_s += 2
    assert driver.begin()
    driver.end(0, "answered")
    assert all(driver.begin() for _ in range(5))


@pytest.mark.parametrize("ending", ["left", "cancelled", "limited", "a bug"])
def test_a_probe_that_brings_no_news_makes_room_for_the_next(ending: str) -> None:
    driver = opened()
    driver.now_s += 11
    for _ in range(3):
        assert [driver.begin(), driver.begin()] == [True, False]
        driver.end(0, ending)


def test_late_news_from_before_it_opened_changes_nothing() -> None:
    driver = driven()
    for _ in range(2):
        driver.begin()
    for _ in range(3):
        driver.begin()
        driver.end(2, "failed")
    driver.now_s += 11
    assert driver.begin()  # the probe
    driver.end(0, "answered")
    driver.end(0, "failed")
    assert [driver.begin(), driver.probes] == [False, 1]


def test_it_opens_at_a_share_of_failures_among_enough_calls_of_late() -> None:
    driver = driven(failures=100, rate=0.5, min_calls=4, window_s=60)
    for ending in ("failed", "failed", "answered"):
        driver.begin()
        driver.end(0, ending)
    driver.now_s += 59
    assert driver.begin()
    driver.end(0, "answered")
    assert not driver.begin()  # 2 of 4


def test_what_is_longer_ago_than_the_window_is_forgotten() -> None:
    driver = driven(failures=100, rate=0.5, min_calls=4, window_s=60)
    for ending in ("failed", "failed", "answered"):
        driver.begin()
        driver.end(0, ending)
    driver.now_s += 60
    for ending in ("answered", "answered", "failed", "answered"):
        assert driver.begin()
        driver.end(0, ending)
    assert driver.begin()  # 1 of 4


def test_a_clock_that_jumps_backwards_does_not_lock_it() -> None:
    driver = opened()
    driver.now_s -= 900
    assert not driver.begin()
    driver.now_s += 10.5
    assert driver.begin()


def test_what_failed_before_the_clock_jumped_back_is_not_of_late() -> None:
    driver = driven(failures=100, rate=0.5, min_calls=4, window_s=60)
    for ending in ("failed", "failed"):
        driver.begin()
        driver.end(0, ending)
    driver.now_s -= 500
    for ending in ("answered", "failed"):
        driver.begin()
        driver.end(0, ending)
    assert driver.begin()


def test_a_new_run_starts_closed() -> None:
    driver = opened()
    asyncio.run(driver.breaker.open())
    assert driver.begin()


class Simple(RuleBasedStateMachine):
    """The breaker beside a model that keeps plain lists. 6 s rest, 3 in a row, or half of at least 5 within 20 s."""

    def __init__(self) -> None:
        super().__init__()
        self.driver = driven(failures=3, rate=0.5, min_calls=5, window_s=20, rest_s=6)
        self.opened_s: float | None = None
        self.let_in: list[str] = []  # for each call in flight: "closed <period>" or "probe <period>"
        self.period = 0
        self.news: list[tuple[float, bool]] = []

    @rule()
    def begin(self) -> None:
        if self.opened_s is None:
            expected, kind = True, "closed"
        else:
            rested = self.driver.now_s >= self.opened_s + 6
            expected, kind = rested and f"probe {self.period}" not in self.let_in, "probe"
        assert self.driver.begin() == expected
        if expected:
            self.let_in.append(f"{kind} {self.period}")

    @precondition(lambda self: self.let_in)
    @rule(which=st.integers(0, 9), ending=st.sampled_from([*ENDINGS, *["failed"] * 4, "left", "cancelled"]))
    def end(self, which: int, ending: str) -> None:
        kind, period = self.let_in.pop(which % len(self.let_in)).split()
        self.driver.end(which, ending)
        if int(period) != self.period or ending not in ("answered", "failed", "rejected"):
            return
        if kind == "probe":
            self.turn(self.driver.now_s if ending == "failed" else None)
            return
        self.news.append((self.driver.now_s, ending == "failed"))
        late = [failed for at_s, failed in self.news if at_s > self.driver.now_s - 20]
        in_a_row = [failed for _, failed in self.news[-3:]]
        if in_a_row == [True] * 3 or (len(late) >= 5 and sum(late) >= len(late) / 2):
            self.turn(self.driver.now_s)

    def turn(self, opened_s: float | None) -> None:
        self.opened_s, self.period, self.news = opened_s, self.period + 1, []

    @rule(seconds=st.sampled_from([0.5, 2, 5, 6, 21]))
    def wait(self, seconds: float) -> None:
        self.driver.now_s += seconds

    @precondition(lambda self: self.opened_s is not None)
    @rule(seconds=st.sampled_from([1, 7, 500]))
    def jump_back(self, seconds: float) -> None:
        self.driver.now_s -= seconds
        assert self.opened_s is not None
        if self.driver.begin():
            assert self.driver.now_s >= self.opened_s + 6
            self.let_in.append(f"probe {self.period}")
        self.opened_s = min(self.opened_s, self.driver.now_s)

    def teardown(self) -> None:
        while self.driver.in_flight:
            self.driver.end(0, "left")


TestBreakerAgainstASimpleModel = Simple.TestCase
TestBreakerAgainstASimpleModel.settings = settings(max_examples=150, stateful_step_count=60, deadline=None)


def most_probes(breaker_class: type[Breaker[Any, Any]], seed: int) -> int:
    """The most probes that were in flight at once in a random interleaving of beginnings, endings and waits."""
    rng = random.Random(seed)
    driver = Driver(breaker_class(Waiting(), failures=2, rest_s=3))
    most = 0
    for _ in range(25):
        does = rng.random()
        if does < 0.5:
            driver.begin()
        elif does < 0.8 and driver.in_flight:
            ending = rng.choice(["failed", "failed", "failed", "answered", "left", "cancelled", "limited"])
            driver.end(rng.randrange(100), ending)
        else:
            driver.now_s += rng.choice([1, 4, 4, -2])
        most = max(most, driver.probes)
    while driver.in_flight:
        driver.end(0, "left")
    return most


def check_one_probe_at_a_time(breaker_class: type[Breaker[Any, Any]], seeds: range) -> None:
    for seed in seeds:
        assert most_probes(breaker_class, seed) <= 1, f"seed {seed}"


def test_no_more_than_one_probe_is_in_flight_in_ten_thousand_random_interleavings() -> None:
    check_one_probe_at_a_time(Breaker, range(10_000))
    assert sum(most_probes(Breaker, seed) for seed in range(200)) > 50  # and probes there are


def test_a_breaker_that_lets_two_probes_through_fails_this_check_and_the_simple_model() -> None:
    class TwoProbes(Breaker[Any, Any]):
        def _enter(self, call: Call) -> int:
            self._probing = False
            return super()._enter(call)

    class NeverGivenBack(Breaker[Any, Any]):
        def _leave(self, era: int, failed: bool | None, call: Call) -> None:
            if failed is not None:
                super()._leave(era, failed, call)

    with pytest.raises(AssertionError, match="seed"):
        check_one_probe_at_a_time(TwoProbes, range(100))
    for broken in (TwoProbes, NeverGivenBack):

        class Broken(Simple):
            def __init__(self, broken: type[Breaker[Any, Any]] = broken) -> None:
                super().__init__()
                fields: dict[str, Any] = {"failures": 3, "rate": 0.5, "min_calls": 5, "window_s": 20, "rest_s": 6}
                self.driver = Driver(broken(Waiting(), **fields))

        Broken.TestCase.settings = settings(
            TestBreakerAgainstASimpleModel.settings, max_examples=500, derandomize=True, phases=[Phase.generate]
        )
        with pytest.raises((AssertionError, ExceptionGroup)):
            Broken.TestCase("runTest").runTest()


def test_every_turn_and_every_refusal_is_a_fact_of_the_call_that_met_it(ask: Any, script: Any) -> None:
    def did(**call: Any) -> list[str]:
        return [fact.what for fact in ask(breaker, **call).facts if isinstance(fact, Intervened)]

    breaker = Breaker(script([Transient("down")], [Transient("still")], ["well"]), failures=1, rest_s=1e-9)
    assert did() == ["opened, failures in a row: 1"]
    breaker.rest_s = 5
    assert did() == ["refused: open for another 5.000 s"]
    breaker.rest_s = 0
    assert did() == [PROBE, "opened: the probe failed"]
    assert did() == [PROBE, "closed"]
    assert did() == []
