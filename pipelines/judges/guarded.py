"""Between every judge and its oracle: what the oracle says is checked, what it raises is a failure of the judge."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pipelines.judges.asked import NothingToJudge, reason_of
from pipelines.judges.judge import Item, JudgeFailed, Oracle, Verdict

T = TypeVar("T")


@dataclass(frozen=True)
class Guarded:
    """An oracle that is asked nothing which needs no answer, and that answers in the right number or raises JudgeFailed."""

    oracle: Oracle

    @property
    def name(self) -> str:
        return self.oracle.name

    async def claims(self, text: str, question: str) -> list[str]:
        if not text.strip():
            return []
        said = await _answer(self.oracle.claims(text, question))
        if not all(isinstance(claim, str) for claim in said):
            raise JudgeFailed("claims that are no text")
        return [claim for claim in said if claim.strip()]

    async def some_claims(self, text: str, question: str, whose: str) -> list[str]:
        """The claims; raises NothingToJudge where there are none. `whose`: "answer" or "reference"."""
        claims = await self.claims(text, question)
        if not claims:
            raise NothingToJudge(f"the {whose} claims nothing")
        return claims

    async def verdicts(self, claims: Sequence[str], evidence: Sequence[str], question: str) -> list[Verdict]:
        if not any(passage.strip() for passage in evidence):
            return [Verdict(claim, "not_found", 0.0, "there is no evidence") for claim in claims]
        if not claims:
            return []
        verdicts = _counted(await _answer(self.oracle.verdicts(claims, evidence, question)), claims)
        if not all(math.isfinite(verdict.probability) and 0 <= verdict.probability <= 1 for verdict in verdicts):
            raise JudgeFailed("a probability outside 0 to 1")
        return verdicts

    async def supported(self, claims: Sequence[str], evidence: Sequence[str], question: str) -> list[bool]:
        return [verdict.supported for verdict in await self.verdicts(claims, evidence, question)]

    async def relevant(self, question: str, statements: Sequence[str]) -> list[bool]:
        return _counted(await _answer(self.oracle.relevant(question, statements)), statements) if statements else []

    async def useful(self, question: str, reference: str, passages: Sequence[str]) -> list[bool]:
        return _counted(await _answer(self.oracle.useful(question, reference, passages)), passages) if passages else []

    async def rubric(self, criteria: str, steps: Sequence[str], item: Item) -> tuple[int, str]:
        score, why = await _answer(self.oracle.rubric(criteria, steps, item))
        if not 0 <= score <= 10:
            raise JudgeFailed("a score outside 0 to 10")
        return score, why


async def _answer(answer: Awaitable[T]) -> T:
    """The oracle's answer. Whatever it raises is its failure; the type says what kind."""
    try:
        return await answer
    except JudgeFailed:
        raise
    except Exception as error:
        raise JudgeFailed(reason_of(error)) from error


def _counted(answers: list[T], questions: Sequence[str]) -> list[T]:
    if len(answers) != len(questions):
        raise JudgeFailed("a wrong number of verdicts")
    return answers
