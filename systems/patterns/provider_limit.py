"""What a provider lets through: requests and tokens a minute, and a concurrency that finds out how much it bears."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Annotated, ClassVar

from annotated_types import Ge, Gt, Lt

from systems.errors import RateLimited
from systems.facts import Intervened, ModelCall
from systems.interface import Call, Model, Prompt, ToolUse

MINUTE_S = 60.0
BYTES_A_TOKEN = 4  # of UTF-8, about right in most languages; what a call really took corrects it
SHORTEST_S = 1e-6  # a clock far from 0 cannot count less, and a wait of less would never end


class Allowance:
    """So much a minute, as providers count it: a minute's worth at most, refilled steadily. Corrections may put it in debt."""

    def __init__(self, per_minute: float) -> None:
        self.most, self.left, self.since_s = per_minute, per_minute, float("-inf")

    def refill(self, now_s: float) -> None:
        """What came since the last time, up to a minute's worth: before anything is taken, or a full minute would cover it."""
        if now_s > self.since_s > float("-inf"):
            self.left = min(self.most, self.left + (now_s - self.since_s) * self.most / MINUTE_S)
        self.since_s = now_s  # also where the clock went back: that gives nothing and costs nothing

    def wait_s(self, amount: float, now_s: float, ahead: float = 0.0) -> float:
        """Seconds until `amount` is there after what is `ahead`, or as much as there can be: what is larger goes into debt."""
        self.refill(now_s)
        return max(0.0, min(amount, self.most) + ahead - self.left) / self.most * MINUTE_S


@dataclass(eq=False)
class ProviderLimit:
    """Keeps calls within `requests_per_minute` and `tokens_per_minute` of a provider, and `concurrency` at once at most.

    Calls wait, first come, first served. A prompt's tokens are estimated before and corrected by the ModelCall facts
    after. Each RateLimited halves the concurrency (calls that were under way together halve it once) and holds back
    whoever comes next for as long as the provider says, a minute at most; each answer raises it by one part in itself.
    Raises RateLimited where the deadline would come before the turn, at once where that can be foreseen.
    """

    inner: Model
    requests_per_minute: Annotated[float, Gt(0), Lt(float("inf"))]
    tokens_per_minute: Annotated[float, Gt(0), Lt(float("inf"))]
    concurrency: Annotated[int, Ge(1)]
    AROUND: ClassVar[tuple[str, ...]] = ("model",)
    LAYER: ClassVar[int] = 8
    running: int = field(default=0, init=False, repr=False)
    allowed: float = field(default=0.0, init=False, repr=False)  # at once, now

    def __post_init__(self) -> None:
        self._start()

    @property
    def name(self) -> str:
        return f"provider_limit({self.inner.name})"

    async def open(self) -> None:
        """Start with full allowances, as each run of the same requests has to."""
        self._start()

    def _start(self) -> None:
        self.running, self.allowed = 0, float(self.concurrency)
        self._requests, self._tokens = Allowance(self.requests_per_minute), Allowance(self.tokens_per_minute)
        self._line = asyncio.Lock()  # fair: its waiters are the line, its holder is the head
        self._freed = asyncio.Event()
        self._in_line, self._tokens_in_line = 0, 0.0
        self._halved = 0
        self._held_until_s = float("-inf")

    async def stream(self, prompt: Prompt, call: Call) -> AsyncGenerator[str | ToolUse, None]:
        estimate = _estimate(prompt)
        await self._admit(estimate, call)
        halved = self._halved
        try:
            with call.child(self.inner.name) as inner:
                try:
                    async with aclosing(self.inner.stream(prompt, inner)) as chunks:
                        async for chunk in chunks:
                            yield chunk
                except RateLimited as refusal:
                    self._slow_down(halved, refusal.retry_after_s or 0.0, call.clock())
                    raise
                finally:
                    if used := _used(inner):
                        self._tokens.refill(call.clock())
                        self._tokens.left -= used - estimate
            self.allowed = min(self.concurrency, self.allowed + 1 / self.allowed)
        finally:
            self.running -= 1
            self._freed.set()

    async def _admit(self, tokens: float, call: Call) -> None:
        """Wait for the turn and take what the call needs."""
        asked_s = call.clock()
        if self._in_line == 0 and self._short(tokens, asked_s) is None:
            return self._take(tokens)
        with call.child("wait") as waiting:
            why = "those before it"
            self._foresee(tokens, waiting)
            self._in_line, self._tokens_in_line = self._in_line + 1, self._tokens_in_line + tokens
            try:
                async with asyncio.timeout_at(call.deadline_s), self._line:
                    while short := self._short(tokens, call.clock()):
                        why, wait_s = short
                        self._freed.clear()
                        await (self._freed.wait() if wait_s is None else call.sleep(max(wait_s, SHORTEST_S)))
                    self._take(tokens)
            except TimeoutError:
                raise self._late(waiting, None) from None
            finally:
                self._in_line, self._tokens_in_line = self._in_line - 1, self._tokens_in_line - tokens
                if (waited_s := call.clock() - asked_s) > 0:
                    waiting.record(Intervened("provider_limit", f"waited {waited_s:.3f} s for {why}"))
        return None

    def _foresee(self, tokens: float, call: Call) -> None:
        """Refuse at once whose turn cannot come in time, while there is time to ask somebody else."""
        now_s = call.clock()
        wait_s = max(
            self._requests.wait_s(1, now_s, self._in_line),
            self._tokens.wait_s(tokens, now_s, self._tokens_in_line),
            self._held_until_s - now_s,
        )
        if call.deadline_s is not None and now_s + wait_s > call.deadline_s:
            raise self._late(call, wait_s)

    def _late(self, call: Call, wait_s: float | None) -> RateLimited:
        call.record(Intervened("provider_limit", "refused: no turn before the deadline"))
        return RateLimited("no turn with the provider before the deadline", retry_after_s=wait_s)

    def _short(self, tokens: float, now_s: float) -> tuple[str, float | None] | None:
        """What a call has to wait for, and how long (None: until another ends); nothing where it may go."""
        if self.running >= int(self.allowed):
            return "a place", None
        self._held_until_s = min(self._held_until_s, now_s + MINUTE_S)  # a clock that went back holds nobody for longer
        waits_s = {
            "requests a minute": self._requests.wait_s(1, now_s),
            "tokens a minute": self._tokens.wait_s(tokens, now_s),
            "what the provider asked for": self._held_until_s - now_s,
        }
        why = max(waits_s, key=lambda one: waits_s[one])
        return (why, waits_s[why]) if waits_s[why] > 0 else None

    def _take(self, tokens: float) -> None:
        self.running += 1
        self._requests.left -= 1
        self._tokens.left -= tokens

    def _slow_down(self, halved: int, retry_after_s: float, now_s: float) -> None:
        if halved == self._halved:  # else it began before the last time, and tells nothing new
            self._halved += 1
            self.allowed = max(1.0, self.allowed / 2)
        self._held_until_s = max(self._held_until_s, now_s + min(retry_after_s, MINUTE_S))


def _estimate(prompt: Prompt) -> float:
    texts = [message.content for message in prompt.messages]
    texts += [f"{tool.name}{tool.description}{tool.parameters}" for tool in prompt.tools]
    return sum(len(text.encode("utf-8", "replace")) for text in texts) / BYTES_A_TOKEN + 1


def _used(call: Call) -> int:
    """Tokens of all model calls in this span and below it; 0 where none was recorded: then the estimate stands."""
    inside = {call.span}
    used = 0
    for at in range(call.span or 0, len(call.spans)):
        span = call.spans[at]
        if at == call.span or span.parent in inside:
            inside.add(at)
            used += sum(fact.input_tokens + fact.output_tokens for fact in span.facts if isinstance(fact, ModelCall))
    return used
