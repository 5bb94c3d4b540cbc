"""A small calibrated model: features to a probability by logistic regression, its few coefficients kept as JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ROUNDED = 6  # significant digits that are kept: beyond them a processor's last bits would show
CERTAIN = 1e-4  # no probability is nearer to 0 or 1: nobody is surer than their labels


@dataclass(frozen=True)
class Logistic:
    """p = 1 / (1 + exp(-(intercept + sum of coefficient x feature))), features as they are, not standardised."""

    coefficients: Mapping[str, float]
    intercept: float

    def __call__(self, values: Mapping[str, float]) -> float:
        logit = self.intercept + sum(factor * values[name] for name, factor in self.coefficients.items())
        return min(1 - CERTAIN, max(CERTAIN, 1 / (1 + math.exp(-min(30.0, max(-30.0, logit))))))

    def of_rows(self, rows: NDArray[np.float64], names: Sequence[str]) -> NDArray[np.float64]:
        """The probability of each row, whose columns are `names`."""
        import numpy as np

        factors = np.array([self.coefficients.get(name, 0.0) for name in names])
        logits = np.clip(self.intercept + rows @ factors, -30, 30)
        return np.asarray(np.clip(1 / (1 + np.exp(-logits)), CERTAIN, 1 - CERTAIN))

    def as_json(self) -> dict[str, Any]:
        return {"intercept": self.intercept, "coefficients": dict(self.coefficients)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Logistic:
        return cls({name: float(value) for name, value in data["coefficients"].items()}, float(data["intercept"]))


def fit(
    rows: NDArray[np.float64],
    names: Sequence[str],
    positive: NDArray[np.bool_],
    weights: NDArray[np.float64],
    strength: float,
) -> Logistic:
    """Fit by weighted maximum likelihood with an L2 penalty on the standardised coefficients (scikit-learn's `C` is `strength`,
    for weights whose mean is 1)."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    mean = np.average(rows, axis=0, weights=weights)
    scale = np.sqrt(np.average((rows - mean) ** 2, axis=0, weights=weights))
    scale[scale < 1e-9] = 1.0
    model = LogisticRegression(C=strength, max_iter=5000, tol=1e-8)
    model.fit((rows - mean) / scale, positive, sample_weight=weights / weights.mean())
    factors = model.coef_[0] / scale
    intercept = model.intercept_[0] - float(factors @ mean)
    return Logistic(dict(zip(names, map(_rounded, factors), strict=True)), _rounded(intercept))


def _rounded(value: float) -> float:
    return float(f"{value:.{ROUNDED}g}")
