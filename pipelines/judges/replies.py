"""Ask a model for JSON of a given schema: one try, one more where the first was no such JSON, and then it is a failure."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from pipelines.judges.asked import reason_of
from pipelines.judges.judge import JudgeFailed
from systems.facts import ModelCall
from systems.interface import Call, Message, Model, Prompt, ToolUse

Reply = TypeVar("Reply", bound=BaseModel)
AGAIN = "That was not JSON of the schema that was asked for. Answer again: the JSON alone, nothing before or after it."
KEPT = 2000  # characters of a bad answer that the model is shown again


@dataclass
class Replies:
    """A model that fills schemas. Counts what it was asked and how often again; tokens and cost as the model says.

    Texts of more than `most_characters` are not cut, which would judge something else: they are refused.
    """

    model: Model
    deadline_s: float = 120.0
    most_characters: int = 200_000
    asked: int = 0
    asked_again: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float | None = 0.0  # None where any price is unknown

    async def fill(self, messages: Sequence[Message], schema: type[Reply], max_tokens: int = 4096) -> Reply:
        """The model's answer as `schema`. Raises JudgeFailed where there is none after a second try."""
        characters = sum(len(message.content) for message in messages)
        if characters > self.most_characters:
            raise JudgeFailed(f"too long to judge: more than {self.most_characters} characters")
        said = await self._ask(messages, schema, max_tokens)
        try:
            return schema.model_validate_json(said)
        except ValidationError:
            self.asked_again += 1
            again = [*messages, Message("assistant", said[:KEPT] or "(nothing)"), Message("user", AGAIN)]
        try:
            return schema.model_validate_json(said := await self._ask(again, schema, max_tokens))
        except ValidationError as error:
            raise JudgeFailed(_what_came(said, error)) from None

    async def _ask(self, messages: Sequence[Message], schema: type[BaseModel], max_tokens: int) -> str:
        self.asked += 1
        prompt = Prompt(tuple(messages), response_schema=schema_of(schema), max_tokens=max_tokens)
        call = Call.now(hashlib.sha256(repr(prompt.messages).encode()).hexdigest()[:16])
        try:
            async with asyncio.timeout(self.deadline_s):
                with call.child(self.model.name) as inner:
                    return await _text(self.model, prompt, inner)
        except TimeoutError:
            raise JudgeFailed("no answer in time") from None
        except Exception as error:  # a ServiceError, or whatever else the model raises
            raise JudgeFailed(reason_of(error)) from error
        finally:
            self._count(call)

    def _count(self, call: Call) -> None:
        for fact in (fact for span in call.spans for fact in span.facts if isinstance(fact, ModelCall)):
            self.input_tokens += fact.input_tokens
            self.output_tokens += fact.output_tokens
            known = self.cost_usd is not None and fact.cost_usd is not None
            self.cost_usd = (self.cost_usd or 0) + (fact.cost_usd or 0) if known else None


_FENCE = re.compile(r"^```(?:json)?\s*\n(.*)\n```$", re.DOTALL)  # many models wrap what is otherwise right


async def _text(model: Model, prompt: Prompt, call: Call) -> str:
    chunks = []
    async with aclosing(model.stream(prompt, call)) as stream:
        async for chunk in stream:
            if isinstance(chunk, ToolUse):
                raise JudgeFailed("a call of a tool instead of JSON")
            chunks.append(chunk)
    return _FENCE.sub(r"\1", "".join(chunks).strip())


def _what_came(said: str, error: ValidationError) -> str:
    """What stood there instead, in one of a few words, so that failures can be counted by them."""
    if not said:
        return "nothing instead of JSON"
    return "prose instead of JSON" if error.errors()[0]["type"] == "json_invalid" else "JSON of another schema"


@lru_cache(maxsize=64)  # making one takes longer than a whole judgement by the local judge
def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """The JSON schema of a pydantic model."""
    return model.model_json_schema()
