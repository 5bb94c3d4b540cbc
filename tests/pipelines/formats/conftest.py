"""What every test of a reader of datasets needs."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

import pytest

from pipelines.data import Dataset, read
from systems.errors import ConfigError

Faults: TypeAlias = Callable[[str, Path], list[str]]


@pytest.fixture
def faults() -> Faults:
    """The faults of a dataset that cannot be read, as strings."""

    def of(format_name: str, path: Path) -> list[str]:
        with pytest.raises(ConfigError) as caught:
            read(format_name, path)
        return [str(fault).replace(f"{path}", "DATA") for fault in caught.value.faults]

    return of


@pytest.fixture
def spans_stand() -> Callable[[Dataset], None]:
    """Asserts that every gold span is what stands in its document."""

    def check(dataset: Dataset) -> None:
        texts: Mapping[str, str] = {document.id: document.text for document in dataset.documents}
        assert len(texts) == len(dataset.documents)
        for example in dataset.examples:
            for gold in example.gold:
                assert texts[gold.document][gold.start : gold.end] == gold.text

    return check
