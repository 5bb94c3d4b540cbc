"""A model that does what it is told: the double that tests of systems and patterns are written with."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass, field
from itertools import cycle
from typing import Annotated, Literal

from annotated_types import Ge, Gt

from systems.errors import Transient
from systems.facts import ModelCall
from systems.interface import Call, Prompt, ToolUse
from systems.models.prices import cost_usd
from systems.tokens import count_tokens


@dataclass(eq=False)
class Scripted:
    """A model that sees its prompt and follows a script. It knows no token limit and fills no response schema.

    right     says what `answers` holds for the text in the last message, else `otherwise`
    wrong     says `wrong_answer`, whatever is asked
    slow      as right, but waits `ttft_s`, then `per_chunk_s` before each word
    failing   raises Transient after `chunks_before_failure` words; if `failing_calls` is set, on so many first calls
              only, then as right
    looping   asks for its first tool for ever; with no tools, repeats `otherwise` for ever, a word every `per_chunk_s`

    `answers` maps a piece of a question, in any case, to an answer; where several stand in the message, the one that
    ends last counts, since the question comes after the passages. The price is that of `priced_as`, unknown without it.
    """

    behaviour: Literal["right", "wrong", "slow", "failing", "looping"]
    answers: dict[str, str] = field(default_factory=dict)
    otherwise: str = "I do not know."
    wrong_answer: str = "Forty-two bananas."
    ttft_s: Annotated[float, Ge(0)] = 5.0
    per_chunk_s: Annotated[float, Gt(0)] = 0.5
    chunks_before_failure: Annotated[int, Ge(0)] = 0
    failing_calls: Annotated[int, Ge(0)] | None = None
    priced_as: str | None = None
    _calls: int = field(default=0, init=False, repr=False)

    @property
    def name(self) -> str:
        return f"scripted-{self.behaviour}"

    async def open(self) -> None:
        """Start the script over."""
        self._calls = 0

    async def stream(self, prompt: Prompt, call: Call) -> AsyncGenerator[str | ToolUse, None]:
        self._calls += 1
        fails = self.behaviour == "failing" and (self.failing_calls is None or self._calls <= self.failing_calls)
        input_tokens = sum(count_tokens(message.content) for message in prompt.messages)
        output_tokens, finish = 0, "stop"
        try:
            if self.behaviour == "looping" and prompt.tools:
                asked_before = sum(message.role == "tool" for message in prompt.messages)
                finish = "tool_calls"
                yield ToolUse(f"call-{asked_before}", prompt.tools[0].name, "{}")
                return
            if self.behaviour == "slow":
                await call.sleep(self.ttft_s)
            for said, word in enumerate(self._words(prompt)):
                if fails and said == self.chunks_before_failure:
                    break
                if self.behaviour in ("slow", "looping"):
                    await call.sleep(self.per_chunk_s)
                output_tokens += count_tokens(word)
                yield word
            if fails:
                finish = "error"
                raise Transient("scripted to fail")
        except (GeneratorExit, asyncio.CancelledError):
            finish = "cancelled"
            raise
        finally:
            cost = cost_usd(self.priced_as, input_tokens, output_tokens) if self.priced_as else None
            call.record(
                ModelCall(self.name, input_tokens, output_tokens, cost, self.priced_as, "modelled", finish=finish)
            )

    def _words(self, prompt: Prompt) -> Iterable[str]:
        if self.behaviour == "looping":
            return cycle(re.findall(r"\S+\s*", self.otherwise + " "))
        if self.behaviour == "wrong":
            return re.findall(r"\S+\s*", self.wrong_answer)
        return re.findall(r"\S+\s*", self._answer(prompt.messages[-1].content if prompt.messages else ""))

    def _answer(self, asked: str) -> str:
        ends = {piece: end for piece in self.answers if (end := asked.casefold().rfind(piece.casefold())) >= 0}
        return (
            self.answers[max(ends, key=lambda piece: (ends[piece] + len(piece), len(piece)))]
            if ends
            else self.otherwise
        )
