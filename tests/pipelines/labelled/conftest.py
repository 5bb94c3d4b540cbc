"""What every test of a reader of labelled sets needs."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from pipelines.labelled import load
from systems.errors import ConfigError

Faults: TypeAlias = Callable[[str, Path], list[str]]
Written: TypeAlias = Callable[..., Path]


@pytest.fixture
def faults() -> Faults:
    """The faults of a set that cannot be read, as strings."""

    def of(format_name: str, path: Path) -> list[str]:
        with pytest.raises(ConfigError) as caught:
            load(f"{format_name}:{path}")
        return [str(fault).replace(f"{path}", "DATA") for fault in caught.value.faults]

    return of


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """Writes JSON Lines, a row each; a string is written as it is."""

    def write(*rows: Any, name: str = "rows.jsonl") -> Path:
        lines = (row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows)
        (tmp_path / name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return tmp_path / name

    return write
