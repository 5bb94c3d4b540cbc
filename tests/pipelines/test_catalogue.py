"""`archbench datasets`."""

import json
from pathlib import Path

import pytest

from pipelines.main import main


def test_it_lists_what_is_here_and_what_is_public(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["datasets"]) == 0
    out = capsys.readouterr().out
    [row] = [line.split() for line in out.splitlines() if line.startswith("mini")]
    assert row == ["mini", "folder", "1", "3", "6", "dev", "2,", "test", "4", "MIT", "en"]
    for text in ("SQuAD 2.0", "CC BY-SA 4.0", "smart:cranfield", "https://github.com/beir-cellar/beir"):
        assert text in out


def test_it_lists_a_folder_that_params_do_not_name_and_says_what_cannot_be_read(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "datasets" / "mine").mkdir()
    assert main(["datasets", "--json"]) == 2
    mini, mine = json.loads(capsys.readouterr().out)["datasets"]
    assert (mini["documents"], mini["splits"], mini["faults"]) == (3, {"dev": 2, "test": 4}, [])
    assert (mine["name"], "a dataset needs a card" in mine["faults"][0]) == ("mine", True)
    assert main(["datasets"]) == 2
    assert "datasets/mine/README.md: missing" in capsys.readouterr().out


def test_a_card_is_printed_in_full(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    card = project / "datasets" / "mini" / "README.md"
    card.write_text(card.read_text().replace("license: MIT", "license: MIT\ncitation: Me 2026"))
    assert main(["datasets", "mini"]) == 0
    out = capsys.readouterr().out
    for text in ("license: MIT", "citation: Me 2026", "documents: 3", "Three articles."):
        assert text in out
    assert main(["datasets", "mini", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["citation"] == "Me 2026"


def test_a_public_dataset_says_whom_to_cite(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["datasets", "hotpot", "--json"]) == 0
    card = json.loads(capsys.readouterr().out)
    assert (card["license"], "1809.09600" in card["citation"]) == ("CC BY-SA 4.0", True)


def test_an_unknown_name_lists_what_is_known(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["datasets", "maxi"]) == 2
    assert "no such dataset; known: mini, SQuAD 2.0, " in capsys.readouterr().err
