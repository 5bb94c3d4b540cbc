"""Agreement with people: the figures are scikit-learn's, and the interval is one of clusters."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

from pipelines.agreement import agreement

TEXTS = st.lists(
    st.tuples(st.sampled_from([0.0, 0.2, 0.5, 0.51, 0.9, 1.0]), st.booleans(), st.sampled_from("abcde")),
    min_size=2,
    max_size=40,
).filter(lambda rows: len({label for _, label, _ in rows}) == 2)


@settings(max_examples=60, deadline=None)
@given(TEXTS)
def test_the_figures_are_those_of_scikit_learn(rows: list[tuple[float, bool, str]]) -> None:
    p, y = [row[0] for row in rows], [row[1] for row in rows]
    found = agreement(p, y, [row[2] for row in rows], draws=100)
    assert found.balanced_accuracy.value == pytest.approx(balanced_accuracy_score(y, [one >= 0.5 for one in p]))
    assert found.auroc.value == pytest.approx(roc_auc_score(y, p))
    for one in (found.balanced_accuracy, found.auroc):
        if one.low is not None and one.high is not None:
            assert 0 <= one.low <= one.value <= one.high <= 1


def test_clusters_that_agree_within_widen_the_interval() -> None:
    rng = np.random.default_rng(0)
    p = rng.random(60)
    y = rng.random(60) < p
    alone = agreement(p.tolist(), y.tolist(), [str(at) for at in range(60)])
    repeated = agreement(np.tile(p, 5).tolist(), np.tile(y, 5).tolist(), [str(at % 60) for at in range(300)])
    naive = agreement(np.tile(p, 5).tolist(), np.tile(y, 5).tolist(), [str(at) for at in range(300)])

    def width(one: object) -> float:
        found = one.auroc  # type: ignore[attr-defined]
        return float(found.high - found.low)

    assert width(repeated) == pytest.approx(width(alone), rel=0.05)
    assert width(naive) < 0.6 * width(repeated)


def test_the_calibration_error_is_nought_where_probabilities_are_shares() -> None:
    p, y = [0.25] * 4 + [0.75] * 4, [True, False, False, False, True, True, True, False]
    found = agreement(p, y, list("abcdefgh"))
    assert found.calibration_error == 0
    assert [(one.n, one.supported) for one in found.bins] == [(4, 0.25), (4, 0.75)]
    assert agreement([1 - one for one in p], y, list("abcdefgh")).calibration_error == 0.5


def test_one_cluster_has_no_interval_and_one_label_nothing_to_agree_on() -> None:
    assert agreement([0.2, 0.9], [False, True], ["a", "a"]).auroc.low is None
    with pytest.raises(ValueError, match="one kind of label"):
        agreement([0.2, 0.9], [True, True], ["a", "b"])
