"""The local judge: keyless, deterministic. It reads words and vectors, not logic; docs/judges.md says how well it agrees with
labels, people's and others.

A claim is a sentence. Against the evidence it becomes some numbers (features.py), and a logistic model with few coefficients
makes a probability of them that it would be labelled supported. A second one says of the unsupported whether the evidence
rather contradicts them or does not speak of it. The coefficients and how they were found are in results/judge/local.json,
which the `calibrate` stage writes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, ClassVar

from pipelines.data import made
from pipelines.judges.features import features
from pipelines.judges.judge import Item, JudgeFailed, Label, Verdict
from pipelines.judges.logistic import Logistic
from pipelines.judges.states import sentence
from pipelines.judges.texts import claims, numbers, stated
from pipelines.paths import LOCAL_JUDGE
from systems.errors import ConfigError, Fault

SCHEMA = 1
PARTS = ("supported", "contradicted", "relevant")
VETOES = ("number_missing", "copy_differs")
HALVED = 0.5  # of a probability that one of them vetoes: it is then below the threshold, whatever else
LIKELY = 0.5  # from this probability on the label is given


@dataclass(frozen=True)
class Learnt:
    """What the `calibrate` stage found: the probability that a claim is supported, that an unsupported one is contradicted, and
    that a statement is relevant to a question."""

    supported: Logistic
    contradicted: Logistic
    relevant: Logistic


@cache
def learnt(path: Path = LOCAL_JUDGE) -> Learnt:
    """Read it. Raises ConfigError where it was not made yet, or is of another schema."""
    data: Mapping[str, Any] = json.loads(made(path).read_bytes())
    if data.get("schema") != SCHEMA:
        raise ConfigError(Fault(str(path), f"schema {data.get('schema')!r}", f"expected {SCHEMA}: run `dvc repro`"))
    supported, contradicted, relevant = (Logistic.from_json(data[part]) for part in PARTS)
    return Learnt(supported, contradicted, relevant)


@lru_cache(maxsize=16384)  # systems that answer alike are asked about alike
def verdict(claim: str, passages: tuple[str, ...], question: str = "") -> Verdict:
    """What the passages say of a claim."""
    if not any(passage.strip() for passage in passages):
        return Verdict(claim, "not_found", 0.0, "there is no evidence")
    values = features(claim, passages, question)
    known = learnt()
    probability = known.supported(values) * (HALVED if any(values[name] for name in VETOES) else 1.0)
    label: Label = "supported"
    if probability < LIKELY:
        label = "contradicted" if known.contradicted(values) >= LIKELY else "not_found"
    return Verdict(claim, label, round(probability, 4), _reason(claim, passages, values))


def _reason(claim: str, passages: Sequence[str], values: Mapping[str, float]) -> str:
    there = f"{values['words']:.0%} of the words, by weight, are there; nearest sentence {values['similar']:.2f}"
    missing = sorted(stated(claim) - frozenset[str]().union(*map(numbers, passages)))
    return there + (f"; not there: {', '.join(missing)}" if missing else "")


def likelihood(text: str, passages: Sequence[str], question: str = "") -> float:
    """The probability that all of a text is supported: that of its least supported claim. A text that claims nothing is read as
    one claim."""
    said = claims(text) or [text]
    return min(verdict(claim, tuple(passages), question).probability for claim in said)


@dataclass(frozen=True)
class Local:
    """The local judge as an oracle."""

    name: str = "local"
    learnt_file: ClassVar[Path] = LOCAL_JUDGE

    async def claims(self, text: str, question: str) -> list[str]:
        return claims(text)

    async def verdicts(self, claims: Sequence[str], evidence: Sequence[str], question: str) -> list[Verdict]:
        return [verdict(claim, tuple(evidence), question) for claim in claims]

    async def relevant(self, question: str, statements: Sequence[str]) -> list[bool]:
        return [relevance(question, statement) >= LIKELY for statement in statements]

    async def useful(self, question: str, reference: str, passages: Sequence[str]) -> list[bool]:
        said = claims(reference) or [reference]
        return [any(verdict(claim, (one,), question).supported for claim in said) for one in passages]

    async def rubric(self, criteria: str, steps: Sequence[str], item: Item) -> tuple[int, str]:
        raise JudgeFailed("the local judge cannot apply criteria in words")


def relevance(question: str, statement: str) -> float:
    """The probability that a statement is about what a question asks."""
    return learnt().relevant({"similar": similarity(question, statement)})


def similarity(a: str, b: str) -> float:
    """The cosine of two texts' vectors."""
    return float(sentence(a).vector @ sentence(b).vector)
