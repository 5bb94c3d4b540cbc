"""What the local models have learnt: answers to known questions, and how much support is enough.

Both are made by pipeline stages, from development splits only.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

from systems.errors import ConfigError, Fault

MEMORY_LINE = 'expected {"question": text, "answer": text}'


@dataclass(frozen=True)
class Remembered:
    """A question whose answer is remembered."""

    question: str
    answer: str


@dataclass(eq=False)
class Learnt:
    """The files to learn from, read when they are first needed.

    `memory`: JSON Lines of {"question": str, "answer": str}. `threshold`: {"schema": 1, "passages": float,
    "trained_on": {...}}, the support from passages that is enough for an answer; without such a file everything is. Raises
    ConfigError where a file is wrong, with every wrong line, and where a memory file is missing.
    """

    memory: tuple[Path, ...] = ()
    threshold: Path | None = None

    @cached_property
    def known(self) -> tuple[Remembered, ...]:
        return tuple(known for path in self.memory for known in read_memory(path))

    @cached_property
    def enough(self) -> float:
        if self.threshold is None or not self.threshold.exists():
            return -math.inf
        return _read_threshold(self.threshold)


def fit_threshold(scores: Sequence[float], answerable: Sequence[bool]) -> float:
    """The threshold at which "answer when the score reaches it" has the highest balanced accuracy.

    That is the mean of two shares: answerable questions answered, unanswerable ones abstained from (of one share, where
    there is one kind only). The threshold lies halfway between two scores, or 1 outside of them all; of equally good
    ones the lowest is taken, which answers most. Raises ValueError without scores, or where scores and labels do not
    pair up.
    """
    pairs = sorted(zip(scores, answerable, strict=True))
    if not pairs:
        raise ValueError("no scores to fit a threshold to")
    levels = sorted(set(scores))
    candidates = [
        levels[0] - 1,
        *((low + high) / 2 for low, high in pairwise(levels)),
        levels[-1] + 1,
    ]
    positives = sum(map(bool, answerable))
    negatives = len(pairs) - positives
    best, best_gain, at = candidates[0], 0, 0
    gain = 0  # over the balanced accuracy of answering everything, times 2 * positives * negatives: no rounding
    for candidate in candidates:
        while at < len(pairs) and pairs[at][0] < candidate:
            gain += -max(negatives, 1) if pairs[at][1] else max(positives, 1)
            at += 1
        if gain > best_gain:
            best, best_gain = candidate, gain
    return best


def read_memory(path: Path) -> tuple[Remembered, ...]:
    """The known questions of a JSON Lines file. Raises ConfigError with every line that is wrong."""
    faults: list[Fault] = []
    found: list[Remembered] = []
    for number, line in enumerate(_read(path).split("\n"), 1):
        if not line.strip():
            continue
        where = f"{path}:{number}"
        try:
            item = json.loads(line)
        except json.JSONDecodeError as error:
            faults.append(Fault(where, f"no JSON: {error}", MEMORY_LINE))
            continue
        if isinstance(item, dict) and isinstance(item.get("question"), str) and isinstance(item.get("answer"), str):
            found.append(Remembered(item["question"], item["answer"]))
        else:
            faults.append(Fault(where, f"{line[:80]} was given", MEMORY_LINE))
    if faults:
        raise ConfigError(faults)
    return tuple(found)


def _read_threshold(path: Path) -> float:
    try:
        item = json.loads(_read(path))
    except json.JSONDecodeError as error:
        raise ConfigError(Fault(f"{path}:{error.lineno}", f"no JSON: {error.msg}", "expected an object")) from None
    if not isinstance(item, dict):
        raise ConfigError(Fault(f"{path}:1", f"{str(item)[:80]} was given", "expected an object"))
    faults: list[Fault] = []
    if item.get("schema") != 1:
        faults.append(Fault(f"{path}: schema", f"{item.get('schema')!r} was given", "expected 1"))
    if not _is_finite(item.get("passages")):
        faults.append(Fault(f"{path}: passages", f"{item.get('passages')!r} was given", "expected a finite number"))
    if faults:
        raise ConfigError(faults)
    return float(item["passages"])


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError(Fault(str(path), "no such file", "run the stage that makes it: dvc repro")) from None
    except UnicodeDecodeError as error:
        raise ConfigError(Fault(str(path), f"not UTF-8: {error}", "save the file as UTF-8")) from None


def _is_finite(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max
