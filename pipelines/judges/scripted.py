"""An oracle whose verdicts are given: the double that tests are written with, and a way to try a metric without a model."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pipelines.judges.judge import Item, Verdict
from pipelines.prose import sentences

OVERLAP = 0.6  # of a claim's words, from which on the default calls it supported


@dataclass(frozen=True)
class Scripted:
    """Says what it was told, and goes by overlapping words where it was told nothing: no judgement, only a stand-in.

    `claims_of` maps a text to its claims, `supports` a pair of a claim and its evidence (passages joined by a line break) to
    whether it is supported, `helps` a statement or a passage to whether it is relevant or useful; `mark` is the rubric's.
    """

    claims_of: Mapping[str, Sequence[str]] = field(default_factory=dict)
    supports: Mapping[tuple[str, str], bool] = field(default_factory=dict)
    helps: Mapping[str, bool] = field(default_factory=dict)
    mark: int = 5
    name: str = "scripted"

    async def claims(self, text: str, question: str) -> list[str]:
        return list(self.claims_of.get(text, sentences(text)))

    async def verdicts(self, claims: Sequence[str], evidence: Sequence[str], question: str) -> list[Verdict]:
        place = "\n".join(evidence)
        held = [self.supports.get((claim, place), _overlaps(claim, place)) for claim in claims]
        return [
            Verdict(claim, "supported" if yes else "not_found", float(yes), "as the script says")
            for claim, yes in zip(claims, held, strict=True)
        ]

    async def relevant(self, question: str, statements: Sequence[str]) -> list[bool]:
        return [self.helps.get(said, bool(_words(said) & _words(question))) for said in statements]

    async def useful(self, question: str, reference: str, passages: Sequence[str]) -> list[bool]:
        return [self.helps.get(passage, _overlaps(reference, passage)) for passage in passages]

    async def rubric(self, criteria: str, steps: Sequence[str], item: Item) -> tuple[int, str]:
        return self.mark, "as the script says"


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


def _overlaps(claim: str, evidence: str) -> bool:
    wanted = _words(claim)
    return bool(wanted) and len(wanted & _words(evidence)) / len(wanted) >= OVERLAP
