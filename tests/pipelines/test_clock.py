"""The virtual-time loop."""

import asyncio
import socket
import time

from hypothesis import given
from hypothesis import strategies as st

from pipelines.clock import run


def test_sleeping_an_hour_takes_no_real_time() -> None:
    async def main() -> float:
        await asyncio.sleep(3600)
        return asyncio.get_running_loop().time()

    started = time.monotonic()
    assert run(main()) == 3600
    assert time.monotonic() - started < 10


@given(st.lists(st.floats(0, 100), min_size=1, max_size=20))
def test_sleepers_wake_in_the_order_of_their_times(delays: list[float]) -> None:
    woke: list[float] = []

    async def sleeper(delay: float) -> None:
        await asyncio.sleep(delay)
        woke.append(delay)

    async def main() -> None:
        async with asyncio.TaskGroup() as tasks:
            for delay in delays:
                tasks.create_task(sleeper(delay))

    run(main())
    assert woke == sorted(woke)


def test_a_timeout_fires_at_its_virtual_time() -> None:
    async def main() -> float:
        try:
            async with asyncio.timeout(5):
                await asyncio.sleep(10)
        except TimeoutError:
            pass
        return asyncio.get_running_loop().time()

    assert run(main()) == 5


def test_time_does_not_jump_while_a_thread_is_at_work() -> None:
    async def main() -> tuple[bool, float]:
        loop = asyncio.get_running_loop()
        thread = loop.run_in_executor(None, time.sleep, 0.05)
        await asyncio.wait([thread, asyncio.create_task(asyncio.sleep(1000))], return_when=asyncio.FIRST_COMPLETED)
        return thread.done(), loop.time()

    done, at_s = run(main())
    assert done
    assert at_s < 900


def test_time_does_not_jump_while_a_socket_is_awaited() -> None:
    async def main() -> tuple[bytes, float]:
        loop = asyncio.get_running_loop()
        here, there = socket.socketpair()
        with here, there:
            here.setblocking(False)
            reading = asyncio.create_task(loop.sock_recv(here, 1))
            timer = asyncio.create_task(asyncio.sleep(1000))
            await asyncio.sleep(0)
            answer = loop.run_in_executor(None, there.send, b"x")
            await asyncio.wait([reading, timer], return_when=asyncio.FIRST_COMPLETED)
            await answer
            timer.cancel()
            return reading.result(), loop.time()

    received, at_s = run(main())
    assert received == b"x"
    assert at_s < 900


def test_the_real_clock_can_be_asked_for() -> None:
    async def main() -> bool:
        return asyncio.get_running_loop().time() > 0

    assert run(main(), virtual=False)
