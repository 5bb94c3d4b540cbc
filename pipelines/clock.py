"""The virtual-time event loop: when nothing can run before a timer, time jumps to that timer.

A modelled model *sleeps* its latency, which costs nothing, and queues, retries and percentiles come out as they would on a
real clock. While anything real is pending (a socket, a thread) the loop waits for it on the real clock instead.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from typing import Any, TypeVar, TypeVarTuple

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class _JumpingSelector(selectors.DefaultSelector):
    """A selector that, asked to wait for a timer with nothing real pending, moves the clock instead of waiting."""

    now_s = 0.0
    in_threads = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        # One file is always registered: the pipe by which threads wake the loop.
        real = self.in_threads or len(self.get_map()) > 1 or timeout is None
        if not real and timeout and timeout > 0:
            self.now_s += timeout
            timeout = 0
        started = time.monotonic()
        events = super().select(timeout)
        if real:
            self.now_s += time.monotonic() - started
        return events


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose time starts at 0 and passes only where something sleeps, or where something real is waited for."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now_s

    def run_in_executor(self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts) -> asyncio.Future[T]:
        """As in asyncio; time does not jump before the thread is done."""
        self._jumping.in_threads += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._thread_done)
        return future

    async def shutdown_default_executor(self, *timeout: float | None) -> None:
        """As in asyncio; time does not jump while threads are joined, or joining them would time out at once."""
        self._jumping.in_threads += 1
        try:
            await super().shutdown_default_executor(*timeout)
        finally:
            self._jumping.in_threads -= 1

    def _thread_done(self, _: Any) -> None:
        self._jumping.in_threads -= 1


def run(main: Coroutine[Any, Any, T], virtual: bool = True) -> T:
    """Run a coroutine to its end on a virtual clock, or on the real one."""
    with asyncio.Runner(loop_factory=VirtualLoop if virtual else None) as runner:
        return runner.run(main)
