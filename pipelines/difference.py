"""Is A better than B? The paired difference of every metric and of the cost per correct answer, example by example."""

from __future__ import annotations

from pipelines.params import Compare
from pipelines.quantities import COST_PER_CORRECT, CostPerCorrect, Mean, Quantity
from pipelines.score_files import Scores, aligned
from pipelines.stats import Difference


def differences(a: Scores, b: Scores, settings: Compare) -> dict[str, Difference | None]:
    """A - B for each metric that both were scored by; None where no example has it from both.

    Raises ConfigError when the scores are of different examples.
    """
    b = aligned(b, to=a)
    return {one.name: one.between(a, b, settings) for one in compared(a, b)}


def compared(a: Scores, b: Scores) -> list[Quantity]:
    """What two runs are compared by: the means of what both were scored by, and the cost per correct answer."""
    means: list[Quantity] = [Mean(name) for name in a.metrics if name in b.columns]
    ratio = CostPerCorrect(COST_PER_CORRECT)
    return [*means, ratio] if ratio.scored(a) and ratio.scored(b) else means
