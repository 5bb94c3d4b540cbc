"""What tests of patterns share."""

from collections.abc import AsyncGenerator, Callable, Iterator
from typing import Any

import pytest

from pipelines.clock import run
from pipelines.own_redis import MISSING, OwnRedis
from systems.interface import Call, Request, Response, respond


class Script:
    """A service that plays a list a call, the last one for ever: says texts, sleeps numbers, raises errors, records facts."""

    def __init__(self, *plays: list[Any], name: str = "script") -> None:
        self.plays, self.name, self.asked = plays, name, 0

    async def stream(self, request: Any, call: Call) -> AsyncGenerator[Any, None]:
        self.asked += 1
        for step in self.plays[min(self.asked, len(self.plays)) - 1]:
            if isinstance(step, Exception):
                raise step
            if isinstance(step, int | float):
                await call.sleep(step)
            elif hasattr(step, "fact"):
                call.record(step)
            else:
                yield step


@pytest.fixture
def script() -> type[Script]:
    return Script


@pytest.fixture
def ask() -> Callable[..., Response]:
    """Asks a system one thing on a virtual clock of its own."""

    def ask_it(system: Any, id: str = "id", question: str = "?", **call: Any) -> Response:
        async def main() -> Response:
            return await respond(system, Request(question), Call.now(id, **call))

        return run(main())

    return ask_it


@pytest.fixture
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnRedis]:
    """Running; a socket's path may not be long, so not in the test's own folder."""
    if not OwnRedis.installed():
        pytest.skip(MISSING)
    server = OwnRedis(tmp_path_factory.mktemp("r"))
    server.start()
    yield server
    server.stop()
