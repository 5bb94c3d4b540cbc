"""What a judge is asked, and what it answers.

Two seams. An `Oracle` answers small questions about texts (what does this claim? does that support it?); the local judge is
one, any model of ours is another. A `Judge` makes the score of a metric out of such answers: our own formulas, ragas' and
deepeval's differ there. So each of the three can be fed by the same oracle, and where they define the same number they agree.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from systems.interface import ToolUse

Label: TypeAlias = Literal["supported", "contradicted", "not_found"]


@dataclass(frozen=True)
class Item:
    """All that a judge sees of one answer. `contexts` are the passages that were retrieved, best first, None where nothing was
    asked of a retriever; `reference` is empty where nobody wrote one; `expected_tools` is None where nobody said which were
    right."""

    question: str
    answer: str
    contexts: tuple[str, ...] | None = None
    reference: str = ""
    tools: tuple[ToolUse, ...] = ()
    expected_tools: tuple[ToolUse, ...] | None = None


@dataclass(frozen=True)
class Verdict:
    """What the evidence says of a claim. `probability` is that of "supported", from 0 to 1."""

    claim: str
    label: Label
    probability: float
    reason: str = ""

    @property
    def supported(self) -> bool:
        return self.label == "supported"


@dataclass(frozen=True)
class Opinion:
    """A score, or None with the reason: where the metric does not apply, or where the judge `failed`, which is counted."""

    score: float | None
    reason: str = ""
    failed: bool = False

    def __post_init__(self) -> None:
        if self.score is not None and not math.isfinite(self.score):
            raise ValueError(f"a score of {self.score} is none")


class JudgeFailed(Exception):
    """The judge gave no usable answer: prose instead of JSON, another schema, nothing, an error of its own."""


class Oracle(Protocol):
    """Answers small questions about texts. Every method raises JudgeFailed where there is no usable answer, and takes texts of
    any length and script, empty ones too."""

    @property
    def name(self) -> str: ...

    async def claims(self, text: str, question: str) -> list[str]:
        """The single claims that `text`, an answer to `question`, makes; none where it claims nothing (an abstention)."""
        ...

    async def verdicts(self, claims: Sequence[str], evidence: Sequence[str], question: str) -> list[Verdict]:
        """One verdict a claim, in their order: what all the evidence together says of it."""
        ...

    async def relevant(self, question: str, statements: Sequence[str]) -> list[bool]:
        """For each statement whether it helps to answer the question, true or not."""
        ...

    async def useful(self, question: str, reference: str, passages: Sequence[str]) -> list[bool]:
        """For each passage whether it holds something of the reference answer to the question."""
        ...

    async def rubric(self, criteria: str, steps: Sequence[str], item: Item) -> tuple[int, str]:
        """(from 0 to 10 how well the item meets the criteria, why). `steps` may be empty."""
        ...


class Judge(Protocol):
    """Scores a metric of one answer."""

    @property
    def name(self) -> str: ...

    @property
    def metrics(self) -> tuple[str, ...]:
        """The names of those that it offers."""
        ...

    async def score(self, metric: str, item: Item) -> Opinion:
        """Raises JudgeFailed, or whatever a library raises; `asked` makes a counted failure of both."""
        ...
