"""Models that run in this process: no key, no network, the same answer every time. Weak but real: docs/local-models.md."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Literal

from systems.facts import ModelCall
from systems.interface import Call, Prompt, ToolUse
from systems.models.local.answer import Answer
from systems.models.local.large import answer as large_answer
from systems.models.local.learnt import Learnt
from systems.models.local.medium import answer as medium_answer
from systems.models.local.reader import read
from systems.models.local.schema import fill
from systems.models.local.small import answer as small_answer
from systems.models.prices import cost_usd
from systems.retrieval.embedding import Embedder
from systems.tokens import count_tokens

MESSAGE_TOKENS = 4  # what a chat format adds to each message
WORD_CHARS = 24  # a chunk is a word, or this much of one that is longer


@dataclass(frozen=True)
class Profile:
    """How long a tier takes and what it costs: assumptions, in the order of hosted models of its class.

    The answer begins after `ttft_s` plus `input_token_s` for each token of the prompt and then comes at `tokens_per_s`;
    both times are multiplied by a lognormal factor with median 1, drawn once a call. The price is that of `priced_as`.
    """

    priced_as: str
    ttft_s: float
    input_token_s: float
    tokens_per_s: float
    jitter_sigma: float = 0.25


PROFILES = {
    "small": Profile("gpt-5-nano", ttft_s=0.25, input_token_s=20e-6, tokens_per_s=120),
    "medium": Profile("gpt-4o-mini", ttft_s=0.40, input_token_s=30e-6, tokens_per_s=90),
    "large": Profile("gpt-5-mini", ttft_s=0.60, input_token_s=40e-6, tokens_per_s=60),
}


@dataclass(eq=False)
class Local:
    """Answers from the passages in the prompt, or from memory where it offers none. Asks for no tools, though it reads
    what tools have said. Fills `response_schema` with its answer. Its time passes on the call's clock; its cost is that
    of the model it is priced as. Raises ConfigError where what it has learnt cannot be read.
    """

    tier: Literal["small", "medium", "large"]
    learnt: Learnt
    embedder: Embedder

    @property
    def name(self) -> str:
        return self.tier

    async def stream(self, prompt: Prompt, call: Call) -> AsyncGenerator[str | ToolUse, None]:
        profile = PROFILES[self.tier]
        input_tokens = sum(count_tokens(message.content) + MESSAGE_TOKENS for message in prompt.messages)
        text = self._say(prompt)
        jitter = call.rng.lognormvariate(0, profile.jitter_sigma)
        output_tokens, finish = 0, "stop"
        try:
            await call.sleep((profile.ttft_s + profile.input_token_s * input_tokens) * jitter)
            for chunk in re.findall(rf"\s*\S{{1,{WORD_CHARS}}}", text):
                tokens = count_tokens(chunk)
                if output_tokens + tokens > prompt.max_tokens:
                    finish = "length"
                    break
                await call.sleep(tokens / profile.tokens_per_s * jitter)
                output_tokens += tokens
                yield chunk
        except (GeneratorExit, asyncio.CancelledError):
            finish = "cancelled"
            raise
        finally:
            cost = cost_usd(profile.priced_as, input_tokens, output_tokens)
            model = f"local-{self.tier}"
            call.record(
                ModelCall(model, input_tokens, output_tokens, cost, profile.priced_as, "modelled", finish=finish)
            )

    def _say(self, prompt: Prompt) -> str:
        answer = self._answer(prompt)
        if prompt.response_schema is None:
            return answer.text
        return json.dumps(fill(prompt.response_schema, answer), ensure_ascii=False)

    def _answer(self, prompt: Prompt) -> Answer:
        reading = read(prompt.messages)
        match self.tier:
            case "small":
                return small_answer(reading, self.learnt.known)
            case "medium":
                return medium_answer(reading, self.learnt.known, self.embedder)
            case "large":
                return large_answer(reading, self.learnt.known, self.learnt.enough, self.embedder)
