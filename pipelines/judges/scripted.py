"""An oracle whose verdicts are given: the double that tests are written with, and a way to try a metric without a model."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pipelines.judges.judge import Item, Label, Verdict
from pipelines.prose import sentences

OVERLAP = 0.6  # of a claim's words, from which on the default calls it supported


@dataclass(frozen=True)
class Scripted:
    """Says what it was told, and goes by overlapping words where it was told nothing: no judgement, only a stand-in.

    `claims_of` maps a text to its claims, `says` a pair of a claim and its evidence (passages joined by a line break) to
    the verdict, `helps` a statement or a passage to whether it is relevant or useful; `mark` is the rubric's.
    """

    claims_of: Mapping[str, Sequence[str]] = field(default_factory=dict)
    says: Mapping[tuple[str, str], Label] = field(default_factory=dict)
    helps: Mapping[str, bool] = field(default_factory=dict)
    mark: int = 5
    name: str = "scripted"

    async def claims(self, text: str, question: str) -> list[str]:
        return list(self.claims_of.get(text, sentences(text)))

    async def verdicts(self, claims: Sequence[str], evidence: Sequence[str], question: str) -> list[Verdict]:
        place = "\n".join(evidence)
        labels = [self.says.get((claim, place)) or _by_overlap(claim, place) for claim in claims]
        return [
            Verdict(claim, label, float(label == "supported"), "as the script says")
            for claim, label in zip(claims, labels, strict=True)
        ]

    async def relevant(self, question: str, statements: Sequence[str]) -> list[bool]:
        return [self.helps.get(said, bool(_words(said) & _words(question))) for said in statements]

    async def useful(self, question: str, reference: str, passages: Sequence[str]) -> list[bool]:
        return [self.helps.get(passage, _overlaps(reference, passage)) for passage in passages]

    async def rubric(self, criteria: str, steps: Sequence[str], item: Item) -> tuple[int, str]:
        return self.mark, "as the script says"


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


def _by_overlap(claim: str, evidence: str) -> Label:
    return "supported" if _overlaps(claim, evidence) else "not_found"


def _overlaps(claim: str, evidence: str) -> bool:
    wanted = _words(claim)
    return bool(wanted) and len(wanted & _words(evidence)) / len(wanted) >= OVERLAP
