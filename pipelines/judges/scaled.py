"""An oracle whose probabilities are calibrated on labels of the user's: `calibration: FILE` in a judge's description."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipelines.judges.judge import Item, Label, Oracle, Verdict
from pipelines.judges.logistic import Logistic
from systems.errors import ConfigError, Fault

SCHEMA = 1
SURE = 0.01  # a probability of 0 or 1 has no logit


def logit(p: float) -> float:
    p = min(1 - SURE, max(SURE, p))
    return math.log(p / (1 - p))


def read(path: Path) -> Logistic:
    """What `archbench judge calibrate --out` wrote. Raises ConfigError where it is something else."""
    expected = "expected what `archbench judge calibrate --out` writes"
    try:
        data = json.loads(path.read_bytes())
        if data["schema"] == SCHEMA and set(data["coefficients"]) == {"logit"}:
            found = Logistic.from_json(data)
            if math.isfinite(found.intercept) and 0 < found.coefficients["logit"] < math.inf:
                return found
    except OSError as error:
        raise ConfigError(Fault(str(path), error.strerror or "cannot be read", expected)) from None
    except (ValueError, KeyError, AttributeError, TypeError):
        pass
    raise ConfigError(Fault(str(path), f"no calibration of schema {SCHEMA}", expected))


@dataclass(frozen=True)
class Scaled:
    """The same oracle, its verdicts by calibrated probabilities."""

    oracle: Oracle
    scaling: Logistic

    @property
    def name(self) -> str:
        return self.oracle.name

    async def claims(self, text: str, question: str) -> list[str]:
        return await self.oracle.claims(text, question)

    async def verdicts(self, claims: Sequence[str], evidence: Sequence[str], question: str) -> list[Verdict]:
        return [self._scaled(one) for one in await self.oracle.verdicts(claims, evidence, question)]

    def _scaled(self, verdict: Verdict) -> Verdict:
        probability = self.scaling({"logit": logit(verdict.probability)})
        label: Label = "supported" if probability >= 0.5 else "not_found" if verdict.supported else verdict.label
        return replace(verdict, probability=probability, label=label)

    async def relevant(self, question: str, statements: Sequence[str]) -> list[bool]:
        return await self.oracle.relevant(question, statements)

    async def useful(self, question: str, reference: str, passages: Sequence[str]) -> list[bool]:
        return await self.oracle.useful(question, reference, passages)

    async def rubric(self, criteria: str, steps: Sequence[str], item: Item) -> tuple[int, str]:
        return await self.oracle.rubric(criteria, steps, item)
