"""Ask a judge: what it needs, and what becomes of an answer that is none.

`asked` is the one way from an item to an opinion. What needs no judge is settled before one is asked, in the same way for all
of them: a missing reference, an empty answer. A judge's failure becomes an opinion without a score, with a reason that can be
counted; a bug of ours in a formula or an adapter is none of a judge's failures and is raised.
"""

from __future__ import annotations

import math
import os
import re
from pathlib import Path
from typing import Final

from pipelines.judges.judge import Item, Judge, JudgeFailed, Opinion

# What each metric needs beside an answer. A rubric needs nothing more.
NEEDS: Final[dict[str, tuple[str, ...]]] = {
    "faithfulness": ("contexts",),
    "answer_relevancy": ("question",),
    "context_precision": ("question", "contexts", "reference"),
    "context_recall": ("contexts", "reference"),
    "answer_correctness": ("reference",),
    "noise_sensitivity": ("contexts", "reference"),
    "tool_call_accuracy": ("expected_tools",),
    "tool_call_f1": ("expected_tools",),
}
RUBRIC: Final = "rubric:"  # how the name of a metric begins that is made of a rubric
_OF_CLAIMS = ("faithfulness", "answer_relevancy", "noise_sensitivity")
_LACKS = {
    "question": "no question",
    "contexts": "nothing was asked of a retriever",
    "reference": "no reference answer",
    "expected_tools": "nobody said which tools are right",
}
_HERE = Path(__file__).parent
_LONGEST = 160  # characters of a reason
_SECRET = re.compile(r"\b(?:sk|pk)-[\w-]{6,}|\bBearer\s+\S+|\b(?=\w*\d)[A-Za-z0-9_-]{20,}\b")


class NothingToJudge(Exception):
    """The metric says nothing of this item: the answer, or the reference, claims nothing."""


async def asked(judge: Judge, metric: str, item: Item) -> Opinion:
    """The judge's opinion of one answer by one metric; where it gives none, None with the reason. Never NaN.

    Raises ValueError where the judge does not offer the metric.
    """
    if metric not in judge.metrics:
        raise ValueError(f"{judge.name} offers no {metric!r}; it offers {', '.join(judge.metrics)}")
    if (settled := _settled(metric, item)) is not None:
        return settled
    try:
        opinion = await judge.score(metric, item)
    except NothingToJudge as nothing:
        return Opinion(None, str(nothing))
    except JudgeFailed as failure:
        return Opinion(None, reason_of(failure), failed=True)
    except Exception as error:
        if raised_by_us(error):
            raise
        return Opinion(None, reason_of(error), failed=True)
    if opinion.score is not None and not 0 <= opinion.score <= 1:
        return Opinion(None, "a score outside 0 to 1", failed=True)
    return opinion


def _settled(metric: str, item: Item) -> Opinion | None:
    """What can be said without a judge."""
    for need in NEEDS.get(metric, ()):
        given = getattr(item, need)
        if given is None or (isinstance(given, str) and not given.strip()):
            return Opinion(None, _LACKS[need])
    if not item.answer.strip():
        if metric in _OF_CLAIMS:
            return Opinion(None, "the answer is empty")
        if metric.startswith(RUBRIC):
            return Opinion(0.0, "the answer is empty")
    if item.contexts == () and metric in ("context_precision", "context_recall"):
        return Opinion(0.0, "nothing was found")
    return None


def reason_of(error: BaseException) -> str:
    """Why there is no score, short enough to be counted, and without anything that may be a key."""
    said = str(error).strip().split("\n")[0]
    if not isinstance(error, JudgeFailed):
        said = f"{type(error).__name__}: {said}" if said else type(error).__name__
    for name, value in os.environ.items():
        if name.endswith(("_KEY", "_TOKEN", "_SECRET")) and len(value) >= 6:
            said = said.replace(value, "…")
    return _SECRET.sub("…", said)[:_LONGEST]


def raised_by_us(error: BaseException) -> bool:
    """Whether an error comes out of a line of this folder: a bug, where a judge's own failures are JudgeFailed."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return trace is not None and Path(trace.tb_frame.f_code.co_filename).is_relative_to(_HERE)


def score_of(value: float) -> Opinion:
    """A library's number as an opinion. Raises JudgeFailed where it is none.

    Rounded to nine digits: ragas adds 1e-10 to a denominator, so that its perfect context precision is 0.9999999999.
    """
    if not math.isfinite(value):
        raise JudgeFailed(f"scored {value}")
    return Opinion(round(float(value), 9))
