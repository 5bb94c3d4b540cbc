"""How the local judge is fitted: each set and each label counts the same, and the penalty is the one that serves sets best that
were left out in turn. No set that a figure is reported on takes part in fitting what the figure is of."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipelines.judges.local import HALVED, VETOES
from pipelines.judges.logistic import Logistic, fit
from pipelines.measured import NAMES, Table

FITTED = tuple(name for name in NAMES if name not in VETOES)
STRENGTHS = (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1)  # scikit-learn's C: the lower, the nearer are coefficients to 0


def fitted(tables: Sequence[Table], features: Sequence[str] = FITTED) -> tuple[Logistic, float]:
    """(the model of these sets, the strength that was chosen): that with the least mean log loss over sets left out in turn."""
    strength = STRENGTHS[0]
    if len(tables) > 1:
        losses = {
            one: np.mean([_left_out(tables, at, one, features) for at in range(len(tables))]) for one in STRENGTHS
        }
        strength = min(losses, key=lambda one: (round(float(losses[one]), 4), one))
    return fit_on(tables, strength, features), strength


def fit_on(tables: Sequence[Table], strength: float, features: Sequence[str] = FITTED) -> Logistic:
    kept = [table.culprits() for table in tables]
    rows = np.concatenate([table.rows[which] for table, which in zip(tables, kept, strict=True)])
    positive = np.concatenate([table.supported[which] for table, which in zip(tables, kept, strict=True)])
    weights = np.concatenate([balanced(table.supported[which]) for table, which in zip(tables, kept, strict=True)])
    columns = [NAMES.index(name) for name in features]
    return fit(rows[:, columns], features, positive, weights, strength)


def probabilities(model: Logistic, table: Table) -> NDArray[np.float64]:
    """The probability of every row, halved where there is a veto: a fit that is held near 0 gives a feature of 1 or 0 too little
    to say, and a wrong figure or a negation in a sentence that is otherwise there is what nobody wants to have overlooked."""
    vetoed = np.any([table.column(name) > 0 for name in VETOES], axis=0)
    return np.asarray(model.of_rows(table.rows, NAMES) * np.where(vetoed, HALVED, 1.0))


def balanced(positive: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Weights that sum to 1/2 over each label. Raises ValueError where there is one label only."""
    if positive.all() or not positive.any():
        raise ValueError("only one kind of label: nothing to learn")
    return np.asarray(np.where(positive, 0.5 / positive.sum(), 0.5 / (~positive).sum()))


def _left_out(tables: Sequence[Table], at: int, strength: float, features: Sequence[str]) -> float:
    """The log loss on one set of what the others taught, each label counting half."""
    model = fit_on([*tables[:at], *tables[at + 1 :]], strength, features)
    p, y, _ = tables[at].items(probabilities(model, tables[at]))
    label = np.array(y)
    loss = -np.log(np.where(label, p, 1 - np.array(p)))
    return float((loss * balanced(label)).sum())
