from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from systems.errors import ConfigError
from systems.models.local.learnt import Learnt, Remembered, fit_threshold

CASES = st.lists(st.tuples(st.integers(-20, 20).map(lambda n: n / 8), st.booleans()), min_size=1, max_size=30)


def balanced_accuracy(threshold: float, cases: list[tuple[float, bool]]) -> float:
    shares = []
    for kind in (True, False):
        right = [(score >= threshold) == kind for score, answerable in cases if answerable == kind]
        shares += [sum(right) / len(right)] if right else []
    return sum(shares) / len(shares)


def test_without_files_nothing_is_known_and_everything_is_enough() -> None:
    assert (Learnt().known, Learnt().enough) == ((), -math.inf)


def test_a_thresholds_file_that_was_not_made_yet_changes_nothing(tmp_path: Path) -> None:
    assert Learnt(threshold=tmp_path / "none.json").enough == -math.inf


def test_memory_is_read_from_all_files_in_order(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_text(
            json.dumps({"question": name, "answer": "line\u2028ends"}, ensure_ascii=False) + "\n\n"
        )
    known = Learnt((tmp_path / "a", tmp_path / "b")).known
    assert known == (Remembered("a", "line\u2028ends"), Remembered("b", "line\u2028ends"))


def test_the_threshold_is_read(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text('{"schema": 1, "passages": 0.5, "trained_on": {}}')
    assert Learnt(threshold=tmp_path / "t.json").enough == 0.5


def test_every_bad_line_of_a_memory_is_named(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    path.write_text('{"question": "a", "answer": "b"}\nno json\n{"question": "a"}\n[1]\n')
    with pytest.raises(ConfigError) as error:
        _ = Learnt((path,)).known
    assert [fault.where for fault in error.value.faults] == [f"{path}:2", f"{path}:3", f"{path}:4"]
    assert all("question" in fault.allowed for fault in error.value.faults)


def test_a_missing_memory_says_what_makes_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="dvc repro"):
        _ = Learnt((tmp_path / "none.jsonl",)).known


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"schema": 1,\n "passages" 2}', "t.json:2: no JSON"),
        ("[]", "expected an object"),
        ('{"schema": 2, "passages": 0}', "schema: 2 was given; expected 1"),
        ('{"schema": 1, "passages": "high"}', "passages: 'high' was given; expected a finite number"),
        ('{"schema": 1, "passages": NaN}', "passages: nan was given"),
        ('{"schema": 1, "passages": true}', "passages: True was given"),
        ('{"schema": 1}', "passages: None was given"),
    ],
)
def test_a_bad_thresholds_file_is_a_fault_that_says_where(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "t.json").write_text(text)
    with pytest.raises(ConfigError, match=said):
        _ = Learnt(threshold=tmp_path / "t.json").enough


def test_a_file_in_another_encoding_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "m.jsonl").write_bytes("Grüße".encode("latin-1"))
    with pytest.raises(ConfigError, match="not UTF-8"):
        _ = Learnt((tmp_path / "m.jsonl",)).known


def test_scores_that_can_be_told_apart_are_parted_in_the_middle_of_the_gap() -> None:
    assert fit_threshold([0.1, 0.2, 0.8, 0.9], [False, False, True, True]) == pytest.approx(0.5)


def test_of_equally_good_thresholds_the_one_that_answers_most_is_taken() -> None:
    assert fit_threshold([1, 2, 3, 4], [False, True, False, True]) == 1.5


def test_with_nothing_to_abstain_from_everything_is_answered_and_the_other_way_round() -> None:
    assert fit_threshold([0.3, 0.4], [True, True]) < 0.3
    assert fit_threshold([0.3, 0.4], [False, False]) > 0.4


def test_a_threshold_needs_scores_that_pair_up_with_labels() -> None:
    with pytest.raises(ValueError, match="no scores"):
        fit_threshold([], [])
    with pytest.raises(ValueError, match="argument"):
        fit_threshold([1.0], [True, False])


@given(CASES, st.floats(-4, 4))
def test_no_other_threshold_has_a_higher_balanced_accuracy(cases: list[tuple[float, bool]], other: float) -> None:
    scores, answerable = zip(*cases, strict=True)
    fitted = fit_threshold(scores, answerable)
    assert balanced_accuracy(fitted, cases) >= balanced_accuracy(other, cases) - 1e-12


@given(CASES)
def test_the_order_of_the_scores_does_not_matter(cases: list[tuple[float, bool]]) -> None:
    mixed = sorted(cases, key=lambda case: (case[1], -case[0]))
    assert fit_threshold(*zip(*cases, strict=True)) == fit_threshold(*zip(*mixed, strict=True))
