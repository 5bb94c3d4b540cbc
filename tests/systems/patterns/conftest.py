"""A Redis of the tests' own."""

from collections.abc import Iterator

import pytest

from pipelines.own_redis import MISSING, OwnRedis


@pytest.fixture
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnRedis]:
    """Running; a socket's path may not be long, so not in the test's own folder."""
    if not OwnRedis.installed():
        pytest.skip(MISSING)
    server = OwnRedis(tmp_path_factory.mktemp("r"))
    server.start()
    yield server
    server.stop()
