"""The names of what judges score: `faithfulness.ragas`, `rubric:concise.mine`. The scores themselves come from the judge stage.

Beside each column stands `<metric>.<judge>.judge_failed`: 1 where the judge gave no usable answer, so that nobody takes an
empty cell for "does not apply".
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipelines.data import Example
from pipelines.judges.asked import NEEDS, RUBRIC
from pipelines.metrics.metric import Metric
from systems.interface import Response

_NAME = re.compile(rf"({'|'.join(NEEDS)}|{RUBRIC}\w[\w-]*)\.(\w[\w-]*?)(\.judge_failed)?", re.ASCII)
_OF_A_RANKING = ("context_precision", "context_recall", "noise_sensitivity")


@dataclass(frozen=True, repr=False)
class Judged(Metric):
    """What `judge` says of an answer by the metric named `base`."""

    base: str
    judge: str

    label = "judged"

    @property
    def name(self) -> str:
        return f"{self.base}.{self.judge}"

    def applies(self, example: Example) -> bool:
        """Whether the example has the reference that the metric compares with; an abstention is none for what was retrieved."""
        if "reference" in NEEDS.get(self.base, ()) and not example.answer.strip():
            return False
        return example.answerable or self.base not in _OF_A_RANKING

    def __call__(self, example: Example, response: Response) -> float | None:
        raise TypeError(f"{self.name} is scored by the judge stage: results/judged/")


class JudgedOfRetrieval(Judged):
    """As above, and it says nothing of a run that retrieves nothing."""

    of_retrieval = True


class JudgedNoise(JudgedOfRetrieval):
    """The share of claims that retrieval led astray."""

    better = "lower"
    worst = 1.0


class JudgedTools(Judged):
    """Says nothing where nobody wrote down which tools are right; no dataset does so yet."""

    def applies(self, example: Example) -> bool:
        return False


class JudgeFailures(Judged):
    """1 where the judge gave no usable answer."""

    better = "lower"
    worst = None

    @property
    def name(self) -> str:
        return f"{self.base}.{self.judge}.judge_failed"


def judged(name: str) -> Judged | None:
    """The judged metric of this name; None where the name is not made like one."""
    parts = _NAME.fullmatch(name)
    if not parts:
        return None
    kind: type[Judged] = Judged
    if parts[3]:
        kind = JudgeFailures
    elif parts[1] == "noise_sensitivity":
        kind = JudgedNoise
    elif parts[1].startswith("tool_call"):
        kind = JudgedTools
    elif "contexts" in NEEDS.get(parts[1], ()):
        kind = JudgedOfRetrieval
    return kind(parts[1], parts[2])
