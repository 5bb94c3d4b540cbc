"""The rate limit: whom it counts, and the buckets in this process and in a Redis."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Callable, Coroutine
from dataclasses import replace
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from pipelines.clock import run
from pipelines.own_redis import OwnRedis
from systems.build import build
from systems.errors import ConfigError
from systems.facts import Intervened
from systems.interface import Call, Request, Response, System, respond
from systems.patterns import buckets
from systems.patterns.buckets import InProcess, InRedis
from systems.patterns.limit import Limit

BOT = {"chatbot": {"model": {"scripted": {"behaviour": "right", "otherwise": "here"}}}}


class Echo:
    name = "echo"

    async def stream(self, request: Request, call: Call) -> AsyncGenerator[str, None]:
        yield request.question


def described(**fields: Any) -> Any:
    return {"chain": [{"limit": {"per_minute": 6, "burst": 2, **fields}}, BOT]}


def said(response: Response) -> list[str]:
    return [fact.what for fact in response.facts if isinstance(fact, Intervened)]


async def ask(system: System, later_s: float = 0.0, **call: Any) -> Response:
    """Ask, `later_s` seconds after now on the clock of the call."""
    clock = asyncio.get_running_loop().time
    shifted = replace(Call.now("id", **call), clock=lambda: clock() + later_s)
    return await respond(system, Request("hello"), shifted)


@pytest.mark.parametrize("by", ["user", "key", "tenant"])
def test_it_counts_those_together_that_it_is_told_to_and_nobody_else(by: str) -> None:
    asks: dict[str, Any] = {"user": "ann", "credential": "sesame", "tenant": "north"}
    differ = {"user": "user", "key": "credential", "tenant": "tenant"}[by]

    async def main() -> None:
        limit = Limit(Echo(), per_minute=1, burst=1, by=cast("Any", by))
        assert (await ask(limit, **asks)).text == "hello"
        same: dict[str, Any] = {**asks, **{name: "another" for name in ("user", "credential") if name != differ}}
        assert (await ask(limit, **same)).failed
        assert not (await ask(limit, **{**asks, differ: "another"})).failed

    run(main())


def test_two_tenants_may_have_a_user_of_one_name() -> None:
    async def main() -> None:
        limit = Limit(Echo(), per_minute=1, burst=1)
        assert not (await ask(limit, tenant="north")).failed
        assert not (await ask(limit, tenant="south")).failed

    run(main())


def test_callers_without_a_key_share_one_bucket() -> None:
    async def main() -> None:
        limit = Limit(Echo(), per_minute=1, burst=1, by="key")
        assert [(await ask(limit, user=user)).failed for user in "ab"] == [False, True]

    run(main())


def test_no_key_is_in_a_response_or_in_memory() -> None:
    async def main() -> None:
        limit = Limit(Echo(), per_minute=1, burst=1, by="key")
        for _ in range(2):
            assert "sesame" not in (await ask(limit, credential="sesame")).to_json()
        assert "sesame" not in repr(vars(cast("InProcess", limit._buckets)))

    run(main())


def test_a_chain_holds_a_limit_of_each_kind_the_wider_outside() -> None:
    one, two, three = ({"limit": {"per_minute": 1, "burst": 1, "by": by}} for by in ("tenant", "key", "user"))
    assert build({"chain": [one, two, three, BOT]}).part.name.startswith("limit(limit(limit(")
    for wrong in ([three, two], [two, one], [one, one]):
        with pytest.raises(ConfigError, match="cannot stand outside"):
            build({"chain": [*wrong, BOT]})


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"per_minute": 0}, "per_minute: 0 was given"),
        ({"per_minute": float("inf")}, "per_minute: inf was given"),
        ({"per_minute": float("nan")}, "per_minute: nan was given"),
        ({"burst": 0}, "burst: 0 was given"),
        ({"by": "moon"}, "by: 'moon' was given"),
        ({"store": "http://here"}, "store: no URL of a Redis"),
        ({"store": "redis://:sesame@here"}, "set ARCHBENCH_REDIS_PASSWORD in the environment"),
        ({"store": "redis://here", "store_wait_s": 0}, "store_wait_s: 0 was given"),
    ],
)
def test_a_wrong_field_is_a_fault_that_names_it_and_no_password(fields: dict[str, Any], where: str) -> None:
    with pytest.raises(ConfigError) as caught:
        build(described(**fields))
    assert where in str(caught.value)
    assert "sesame" not in str(caught.value)


def test_two_variants_that_describe_one_limit_share_its_buckets_until_both_are_closed() -> None:
    async def main() -> list[bool]:
        async with build(described()) as one, build(described()) as two:
            before = [(await ask(system)).failed for system in (one, two, one)]
        async with build(described()) as again:
            return [*before, (await ask(again)).failed]

    assert run(main()) == [False, False, True, False]


# One simple model of a bucket, for both stores: it is filled at every tick, for everybody. Rates and ticks are powers of two,
# so that sums are exact and the two agree to the last bit.

WHO = ("a", "b", "c")
Take = Callable[[str, float], float]


class Buckets(RuleBasedStateMachine):
    take_at: Take  # from the store under test, at a time

    @initialize(per_minute=st.sampled_from([15, 60, 240]), burst=st.integers(1, 4))
    def start(self, per_minute: int, burst: int) -> None:
        self.rate, self.burst = per_minute / 60, burst
        self.tokens = dict.fromkeys(WHO, float(burst))
        self.now_s = 1000.0
        self.take_at = self.store(per_minute, burst)

    def store(self, per_minute: float, burst: int) -> Take:
        raise NotImplementedError

    @rule(who=st.sampled_from(WHO))
    def take(self, who: str) -> None:
        wait_s = self.take_at(who, self.now_s)
        assert wait_s == (0 if self.tokens[who] >= 1 else (1 - self.tokens[who]) / self.rate)
        self.tokens[who] -= wait_s == 0

    @rule(quarters=st.integers(1, 40))
    def pass_time(self, quarters: int) -> None:
        self.now_s += quarters / 4
        self.tokens = {who: min(self.burst, held + quarters / 4 * self.rate) for who, held in self.tokens.items()}

    @rule(quarters=st.integers(1, 400))
    def jump_back(self, quarters: int) -> None:
        """Gives nothing and takes nothing, but what came since a bucket was last looked at, and fills it from the next look."""
        for who in WHO:
            self.take(who)
        self.now_s -= quarters / 4
        for who in WHO:
            self.take(who)


def at_once(work: Coroutine[Any, Any, float]) -> float:
    """The result of what waits for nothing."""
    with pytest.raises(StopIteration) as done:
        work.send(None)
    return float(done.value.value)


def call_at(now_s: float) -> Call:
    call = Call("id", clock=lambda: now_s, sleep=asyncio.sleep, arrived_s=0)
    with call.child("limit") as inner:
        return inner


def test_buckets_in_this_process_do_as_the_model_does() -> None:
    class Here(Buckets):
        def store(self, per_minute: float, burst: int) -> Take:
            held = InProcess(per_minute, burst)
            return lambda who, now_s: at_once(held.take(who, call_at(now_s)))

    run_state_machine_as_test(Here, settings=settings(max_examples=100, deadline=None))


def test_buckets_in_redis_do_as_the_model_does_on_the_clock_of_the_server(
    redis: OwnRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The script is given a clock that the test can set, in place of the server's; all else is as it is."""
    settable = buckets.SCRIPT.replace("redis.call('TIME')", "redis.call('HMGET', 'clock', 's', 'us')")
    assert settable != buckets.SCRIPT
    monkeypatch.setattr(buckets, "SCRIPT", settable)

    class There(Buckets):
        def store(self, per_minute: float, burst: int) -> Take:
            self.runner = asyncio.Runner()
            self.held = InRedis(per_minute, burst, "user", redis.url, wait_s=5)
            self.runner.run(self.held.open())
            assert self.held.client
            self.runner.run(cast("Any", self.held.client.flushdb()))
            return lambda who, now_s: self.runner.run(self.at(who, now_s))

        async def at(self, who: str, now_s: float) -> float:
            assert self.held.client
            times = {"s": int(now_s // 1), "us": int(now_s % 1 * 1e6)}
            await self.held.client.hset("clock", mapping=cast("Any", times))
            call = call_at(0)
            wait_s = await self.held.take(who, call)
            assert not call.spans[0].facts
            return wait_s

        def teardown(self) -> None:
            if hasattr(self, "runner"):
                self.runner.run(self.held.close())
                self.runner.close()

    calm = settings(max_examples=80, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(There, settings=calm)


@pytest.mark.parametrize("virtual", [False, True])
def test_processes_that_share_a_redis_share_one_limit_and_nothing_slips_through_at_once(
    redis: OwnRedis, virtual: bool
) -> None:
    """Two objects, each with connections of its own, stand for two processes."""

    async def main() -> int:
        limits = [Limit(Echo(), 0.001, 10, store=redis.url, store_wait_s=5) for _ in range(2)]
        for limit in limits:
            await limit.open()
        responses = await asyncio.gather(*(ask(limit) for limit in limits * 40))
        assert not any("this process" in what for response in responses for what in said(response))
        for limit in limits:
            await limit.close()
        return sum(not response.failed for response in responses)

    assert run(main(), virtual) == 10


def test_neither_a_key_nor_a_user_is_in_redis_and_a_full_bucket_is_forgotten(redis: OwnRedis) -> None:
    async def main() -> None:
        for by in ("key", "user"):
            async with build(described(by=by, store=redis.url, per_minute=60, burst=2)) as system:
                await ask(system, credential="sesame", user="ann")
                client = cast("Any", system._buckets.client)
                [key] = await client.keys(f"archbench:limit:{by}:*")
                assert not {b"sesame", b"ann"} & set(key.split(b":"))
                assert key.endswith(hashlib.sha256(repr(("sesame",)).encode()).hexdigest().encode()) == (by == "key")
                assert set(await client.hgetall(key)) == {b"tokens", b"since"}
                assert 0 < await client.pttl(key) <= 2000

    run(main(), virtual=False)


def test_a_redis_that_is_away_stops_nobody_each_process_counts_and_says_so(redis: OwnRedis) -> None:
    redis.stop()

    async def main() -> list[Response]:
        async with build(described(store=redis.url)) as system:
            return [await ask(system) for _ in range(3)]

    first, second, third = run(main(), virtual=False)
    assert said(first) == ["counted in this process alone: its store gives no answer: ConnectionError"]
    assert said(second) == ["counted in this process alone: its store gave no answer of late"]
    assert [one.failed for one in (first, second, third)] == [False, False, True]


def test_a_redis_that_comes_back_is_used_again_a_second_later(redis: OwnRedis) -> None:
    redis.stop()

    async def main() -> None:
        async with build(described(store=redis.url)) as system:
            assert said(await ask(system))
            redis.start()
            assert said(await ask(system, later_s=0.5))
            assert not said(await ask(system, later_s=1.5))

    run(main(), virtual=False)


def test_a_clock_that_goes_back_does_not_keep_the_store_away_for_longer(redis: OwnRedis) -> None:
    redis.stop()

    async def main() -> None:
        async with build(described(store=redis.url)) as system:
            assert said(await ask(system, later_s=1000))
            redis.start()
            assert not said(await ask(system))

    run(main(), virtual=False)


def test_a_redis_that_restarts_in_the_middle_is_not_noticed_but_for_full_buckets(redis: OwnRedis) -> None:
    async def main() -> list[Response]:
        async with build(described(store=redis.url)) as system:
            before = [await ask(system) for _ in range(3)]
            redis.stop()
            redis.start()
            return [*before, await ask(system)]

    responses = run(main(), virtual=False)
    assert [response.failed for response in responses] == [False, False, True, False]
    assert not said(responses[-1])


def test_a_redis_that_hangs_costs_one_bounded_wait_and_no_answer_goes_to_the_wrong_question(redis: OwnRedis) -> None:
    async def main() -> None:
        async with build(described(store=redis.url, store_wait_s=0.05)) as system:
            assert not said(await ask(system, user="ann"))
            redis.freeze()
            [hung] = said(hanging := await ask(system, user="ann"))
            assert hung == "counted in this process alone: its store gives no answer: TimeoutError"
            assert 0.05 <= hanging.latency_s < 1
            assert (await ask(system, user="ann")).latency_s < 0.05
            redis.thaw()
            later = [await ask(system, later_s=2, user=user) for user in ("ben", "ben", "ben", "cyn")]
            assert [response.failed for response in later] == [False, False, True, False]
            assert not any("this process" in what for response in later for what in said(response))

    run(main(), virtual=False)


def test_nothing_is_lost_while_a_redis_goes_and_comes(redis: OwnRedis) -> None:
    async def main() -> None:
        async with build(described(store=redis.url, per_minute=60_000, burst=1000)) as system:
            for _ in range(3):
                asked = [asyncio.create_task(ask(system, later_s=2)) for _ in range(50)]
                await asyncio.sleep(0)
                redis.stop()
                asked += [asyncio.create_task(ask(system, later_s=4)) for _ in range(50)]
                responses = await asyncio.gather(*asked)
                assert {response.text for response in responses} == {"here"}
                redis.start()
                system._buckets.away_since_s = None
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(main(), virtual=False)


def test_a_closed_limit_leaves_no_connection(redis: OwnRedis) -> None:
    async def main() -> None:
        watching = InRedis(60, 1, "user", redis.url, wait_s=5)
        await watching.open()
        assert watching.client
        async with build(described(store=redis.url)) as system:
            await asyncio.gather(*(ask(system) for _ in range(5)))
            assert len(await watching.client.client_list()) > 1
        assert len(await watching.client.client_list()) == 1
        await watching.close()

    run(main(), virtual=False)
