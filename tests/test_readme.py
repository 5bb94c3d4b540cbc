"""The README says what is so."""

import re
from pathlib import Path

import pytest

from pipelines.main import main
from pipelines.readme import README, with_leaderboard


def test_its_table_is_the_leaderboard_of_the_results() -> None:
    text = README.read_text()
    assert with_leaderboard(text) == text


def test_every_file_that_it_names_exists() -> None:
    text = README.read_text()
    links = re.findall(r"\]\((?!http)([^)#]+)\)", text)
    tree = text.split("## What is in it")[1].split("```")[1]
    assert links
    for path in links:
        assert Path(path).exists(), path
    for line in tree.strip().splitlines():
        names, _, _ = line.strip().partition("  ")
        for name in names.split():
            assert list(Path().glob(name)) or list(Path().glob(f"*/{name}")) or list(Path().glob(f"*/*/{name}")), name


def test_every_command_that_it_names_exists(capsys: pytest.CaptureFixture[str]) -> None:
    named = set(re.findall(r"archbench (\w+)", README.read_text())) - {"answers"}
    assert {"check", "ask", "eval", "compare", "gate", "show"} <= named
    for name in named:
        with pytest.raises(SystemExit) as exit:
            main([name, "--help"])
        assert exit.value.code == 0, name


def test_it_stays_under_200_lines() -> None:
    assert len(README.read_text().splitlines()) < 200
