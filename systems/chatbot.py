"""The simple chatbot: the user's question goes to the model, the answer comes back."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from systems.interface import Call, Message, Model, Prompt, Request

INSTRUCTIONS = (
    "You answer customers' questions briefly and truthfully. If you do not know the answer, say that you do not know."
)


@dataclass(eq=False)
class Chatbot:
    """Closed-book: what the model does not know, the system does not know."""

    model: Model

    @property
    def name(self) -> str:
        return f"chatbot({self.model.name})"

    async def stream(self, request: Request, call: Call) -> AsyncGenerator[str, None]:
        prompt = Prompt((Message("system", INSTRUCTIONS), *request.history, Message("user", request.question)))
        with call.child("generate") as generating:
            async with aclosing(self.model.stream(prompt, generating)) as chunks:
                async for chunk in chunks:
                    if isinstance(chunk, str):
                        yield chunk
