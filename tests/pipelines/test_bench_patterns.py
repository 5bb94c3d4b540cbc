"""The benchmark of the patterns."""

from pipelines.bench_patterns import CONFIGURED, overheads
from systems.build import PARTS


def test_every_pattern_is_measured() -> None:
    assert CONFIGURED.keys() | {"provider_limit", "queue"} == PARTS["wrapper"].keys()  # bench_limits measures these
    assert overheads(rounds=2, requests=5).keys() == {*CONFIGURED, "all together"}
