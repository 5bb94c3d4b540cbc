"""Notebooks are executed in place, and say where they fail."""

import json
from pathlib import Path

import pytest

from pipelines.notebooks import main


def write(path: Path, *sources: str) -> Path:
    cells: list[dict[str, object]] = [
        {"cell_type": "markdown", "id": "question", "metadata": {}, "source": "A question?"}
    ]
    for number, source in enumerate(sources):
        code = {"cell_type": "code", "id": f"cell-{number}", "metadata": {}, "source": source}
        cells.append({**code, "execution_count": None, "outputs": []})
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    return path


def test_outputs_are_written_in_place_and_twice_the_same_bytes(tmp_path: Path) -> None:
    path = write(tmp_path / "notebooks" / "a.ipynb", "import os, sys", "os.getcwd(), sys.executable")
    assert main(path.parent) == 0
    once = path.read_bytes()
    assert str(path.parent).encode() in once  # a notebook runs in its own folder
    assert main(path.parent) == 0
    assert path.read_bytes() == once


def test_a_failure_names_notebook_and_cell_and_leaves_the_file_as_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "broken.ipynb", "1 + 1", "1 / 0", "2 + 2")
    before = path.read_bytes()
    assert main(tmp_path) == 1
    assert f"{path}: cell 3: ZeroDivisionError: division by zero" in capsys.readouterr().err
    assert path.read_bytes() == before
