"""What tests of whole systems share."""

from collections.abc import AsyncGenerator

import pytest

from systems.interface import Call, Prompt, ToolUse
from systems.models.scripted import Scripted


@pytest.fixture
def prompts(monkeypatch: pytest.MonkeyPatch) -> list[Prompt]:
    """Every prompt that a scripted model is sent, in order."""
    sent: list[Prompt] = []
    stream = Scripted.stream

    def overheard(self: Scripted, prompt: Prompt, call: Call) -> AsyncGenerator[str | ToolUse, None]:
        sent.append(prompt)
        return stream(self, prompt, call)

    monkeypatch.setattr(Scripted, "stream", overheard)
    return sent
