"""The way in: keys and the rate limit."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.clock import run
from systems.errors import RateLimited
from systems.facts import Intervened
from systems.interface import Call, Request, Response, respond
from systems.patterns.gateway import Gateway
from systems.patterns.limit import Limit

KEY = hashlib.sha256(b"sesame").hexdigest()


class Echo:
    name = "echo"

    async def stream(self, request: Request, call: Call) -> AsyncGenerator[str, None]:
        yield request.question


def ask(system: Gateway | Limit, **call: object) -> Response:
    async def main() -> Response:
        return await respond(system, Request("hello"), Call.now("id", **call))

    return run(main())


def test_a_known_key_is_let_through() -> None:
    assert ask(Gateway(Echo(), ("0" * 64, KEY)), credential="sesame").text == "hello"


@pytest.mark.parametrize("credential", [None, "", "Sesame", KEY])
def test_any_other_key_is_rejected_and_the_refusal_is_a_fact(credential: str | None) -> None:
    response = ask(Gateway(Echo(), (KEY,)), credential=credential)
    assert response.error == "Rejected: the key is missing or unknown"
    assert isinstance(response.facts[0], Intervened)


def test_no_key_reaches_a_response() -> None:
    for key in ("sesame", "wrong-secret"):
        assert key not in ask(Gateway(Echo(), (KEY,)), credential=key).to_json()


def test_a_key_in_the_clear_is_refused_as_configuration() -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        Gateway(Echo(), ("sesame",))


def test_a_gateway_without_keys_lets_nobody_in() -> None:
    assert ask(Gateway(Echo(), ()), credential="").failed


async def outcomes(limit: Limit, times: list[tuple[float, str]]) -> list[float | None]:
    """For each (time, user): None when let through, else the seconds to wait."""
    waits: list[float | None] = []
    for at_s, user in times:
        await asyncio.sleep(at_s - asyncio.get_running_loop().time())
        try:
            call = Call.now("id", user=user)
            with call.child("request") as inner:
                async for _ in limit.stream(Request("?"), inner):
                    pass
            waits.append(None)
        except RateLimited as refusal:
            waits.append(refusal.retry_after_s)
    return waits


def test_a_burst_is_let_through_and_the_next_told_when_to_come_back() -> None:
    limit = Limit(Echo(), per_minute=60, burst=2)
    assert run(outcomes(limit, [(0, "a"), (0, "a"), (0, "a"), (1, "a"), (1, "a")])) == [None, None, 1.0, None, 1.0]


def test_one_user_does_not_use_up_the_limit_of_another() -> None:
    limit = Limit(Echo(), per_minute=1, burst=1)
    assert run(outcomes(limit, [(0, "a"), (0, "b"), (0, "a")])) == [None, None, 60.0]


@given(
    st.lists(st.floats(0, 300), min_size=1, max_size=60).map(sorted),
    st.floats(1, 120),
    st.integers(1, 5),
)
def test_in_no_window_are_more_let_through_than_burst_plus_rate(
    times: list[float], per_minute: float, burst: int
) -> None:
    waits = run(outcomes(Limit(Echo(), per_minute, burst), [(at_s, "a") for at_s in times]))
    passed = [at_s for at_s, wait in zip(times, waits, strict=True) if wait is None]
    for first, start in enumerate(passed):
        for last in range(first, len(passed)):
            assert last - first + 1 <= burst + (passed[last] - start) * per_minute / 60 + 1e-6


@given(st.lists(st.floats(0, 60), min_size=1, max_size=30).map(sorted), st.floats(1, 120), st.integers(1, 3))
def test_whoever_comes_back_when_told_is_let_through(times: list[float], per_minute: float, burst: int) -> None:
    limit = Limit(Echo(), per_minute, burst)

    async def main() -> None:
        for at_s in times:
            await asyncio.sleep(at_s - asyncio.get_running_loop().time())
            [wait] = await outcomes(limit, [(asyncio.get_running_loop().time(), "a")])
            if wait is not None:
                assert await outcomes(limit, [(asyncio.get_running_loop().time() + wait + 1e-6, "a")]) == [None]

    run(main())
