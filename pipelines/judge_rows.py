"""The judge's card, results/judge/card.json, read back as what the `calibrate` stage measured."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipelines.agreement import Agreement, Bin
from pipelines.data import made, read_text
from pipelines.judge_card import Row
from pipelines.paths import JUDGE_CARD
from pipelines.stats import Estimate
from systems.errors import ConfigError, Fault


def read_rows(path: Path = JUDGE_CARD) -> list[Row]:
    """The rows of a card, in its order. Raises ConfigError at a file that is no card of this code."""
    text = read_text(made(path))
    try:
        return [_row(one) for one in json.loads(text)["rows"]]
    except (KeyError, TypeError, ValueError) as error:  # JSON's own error is a ValueError
        what = f"is no card of a judge: {type(error).__name__}: {error}"
        raise ConfigError(Fault(str(path), what, "expected what the `calibrate` stage writes")) from None


def left_out(rows: list[Row]) -> dict[str, Row]:
    """Of each set the row of a judge that was taught without it."""
    return {row.set: row for row in rows if row.kind == "left out"}


def _row(one: Mapping[str, Any]) -> Row:
    baselines = {name: _agreement(found) for name, found in one["baselines"].items()}
    return Row(one["set"], one["kind"], one["taught_on"], _agreement(one["judge"]), baselines)


def _agreement(one: Mapping[str, Any]) -> Agreement:
    figures = {name: Estimate(**one[name]) for name in ("balanced_accuracy", "auroc")}
    return Agreement(**{**one, **figures, "bins": tuple(Bin(**found) for found in one["bins"])})
