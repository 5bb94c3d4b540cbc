"""What `make bench` prints of limits."""

from collections.abc import AsyncGenerator

from pipelines.bench_limits import REQUEST, NoOp, overhead_s
from systems.interface import Call, Request
from systems.patterns.limit import Limit


class Idle(NoOp):
    """Burns time before it answers."""

    async def stream(self, request: Request, call: Call) -> AsyncGenerator[str, None]:
        sum(range(20_000))
        yield "word"


def test_time_that_a_wrapper_takes_is_in_its_overhead_and_a_limit_takes_little() -> None:
    bare = NoOp()
    assert overhead_s(bare, Idle(), REQUEST, 5, 20) > overhead_s(bare, Limit(bare, 1e9, 10_000), REQUEST, 5, 20)
