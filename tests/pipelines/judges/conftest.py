"""Judges that are good, and judges that are not. Importing ragas and deepeval takes seconds: once a session."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from pipelines.judges.asked import asked
from pipelines.judges.judge import Item, Judge, Opinion
from pipelines.judges.llm import Llm
from pipelines.judges.own import Own
from pipelines.judges.replies import Replies
from pipelines.judges.rubrics import Rubric
from systems.interface import Call, Prompt, ToolUse

RUBRICS = {"brief": Rubric("The answer is brief.", ("Count the sentences.",))}
Judges = Callable[[Any], dict[str, Judge]]


@dataclass(eq=False)
class Saying:
    """A model that says one text after another, the last for ever; an exception is raised instead of said."""

    texts: Sequence[str | Exception | ToolUse]
    name: str = "saying"
    heard: list[Prompt] = field(default_factory=list)

    async def stream(self, prompt: Prompt, call: Call) -> AsyncGenerator[str | ToolUse, None]:
        said = self.texts[min(len(self.heard), len(self.texts) - 1)]
        self.heard.append(prompt)
        if isinstance(said, Exception):
            raise said
        yield said


@pytest.fixture(scope="session")
def judges() -> Judges:
    """Every judge there is, by name, over one oracle, or over one model."""
    from pipelines.judges.deepeval import Deepeval
    from pipelines.judges.ragas import Ragas

    def over(by: Any) -> dict[str, Judge]:
        own = Own(Llm(by), RUBRICS) if isinstance(by, Replies) else Own(by, RUBRICS)
        return {"own": own, "ragas": Ragas(by), "deepeval": Deepeval(by, RUBRICS)}

    return over


def ask(judge: Judge, metric: str, item: Item) -> Opinion:
    return asyncio.run(asked(judge, metric, item))
