"""What a judge's errors do to a comparison of two systems: they make the difference smaller, and add noise of their own.

A judge who calls the share s of the supported answers supported (sensitivity) and the share t of the others unsupported
(specificity) shows a true share p as 1 - t + (s + t - 1) p, and so a difference d as (s + t - 1) d (Rogan & Gladen 1978,
https://doi.org/10.1093/oxfordjournals.aje.a112510; s + t - 1 is Youden's index, 1950). It takes s and t to be the same for
both systems: a system that copies its passages, or writes to please the judge, has others.

Of the variance V of one example's true difference, the judged one has (s + t - 1)² V and the noise of its verdicts (law of total
variance); a verdict's own is p s (1 - s) + (1 - p) t (1 - t). Since n grows with variance over effect², through the judge it is
1 + noise / ((s + t - 1)² V) times as many. How much noise stays in a paired difference hangs on how alike its errors are:
`alike` where both answers are right or both wrong it errs on both or on neither, which cancels; `independent`: it never does.
The rule of thumb 1 / (s + t - 1)² takes the judged scores to spread as the true ones do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.agreement import Agreement
from pipelines.power import detectable


@dataclass(frozen=True)
class Errors:
    """`sensitivity`, s: the recall of the supported; `specificity`, t: that of the unsupported."""

    sensitivity: float
    specificity: float

    @property
    def index(self) -> float:
        """What is left of a true difference of 1; 0 or less: nothing, or its opposite."""
        return self.sensitivity + self.specificity - 1

    @property
    def rule(self) -> float | None:
        """How many times as many examples, by rule of thumb; None where no number of them shows the difference."""
        return 1 / self.index**2 if self.index > 0 else None

    def noise(self, share: float) -> float:
        """The variance that the judge adds to a verdict, where this share of the answers is supported."""
        s, t = self.sensitivity, self.specificity
        return share * s * (1 - s) + (1 - share) * t * (1 - t)


@dataclass(frozen=True)
class Growth:
    """How many times as many examples a difference takes through a judge, by how its errors go together."""

    alike: float
    rule: float
    independent: float


def errors_of(judged: Agreement) -> Errors:
    return Errors(judged.sensitivity, judged.specificity)


def rule_limits(judged: Agreement) -> tuple[float | None, float | None]:
    """The rule of thumb at both ends of the interval of balanced accuracy, which is (1 + s + t - 1) / 2. None: no bound."""
    ends = (judged.balanced_accuracy.high, judged.balanced_accuracy.low)
    low, high = (None if end is None or end <= 0.5 else 1 / (2 * end - 1) ** 2 for end in ends)
    return low, high


def growth(errors: Errors, a: Sequence[float], b: Sequence[float], clusters: Sequence[str]) -> Growth | None:
    """For two systems with these true scores, right (1) or wrong (0); None where the judge cannot tell, or the data not say.

    V is n · se² of the mean difference, so that what clusters cost is in it; the judge's noise is each answer's own.
    """
    if any(score not in (0, 1) for score in (*a, *b)):
        raise ValueError("a score that is neither 0 nor 1: a judge's errors are those of right and wrong")
    se, n = detectable(a, b, clusters).se, len(a)
    if errors.rule is None or se is None:
        return None
    left = errors.index**2 * n * se**2
    differ = sum(one != other for one, other in zip(a, b, strict=True)) / n
    alike = 2 * differ * errors.noise(0.5)  # of the pairs that differ, one answer is right and one wrong
    independent = errors.noise(sum(a) / n) + errors.noise(sum(b) / n)
    return Growth(1 + alike / left, errors.rule, 1 + independent / left)
