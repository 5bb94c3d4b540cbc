"""Hugging Face's `datasets`, without any network but this test's own."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from pipelines.data import read

ROWS = [
    {"question": f"What is {name}?", "context": f"It is {name}.", "answers": {"text": [name], "answer_start": [6]}}
    for name in ("a", "b", "c")
]
CARD = "name: mine\nversion: 1\nlicense: MIT\nlanguage: en\n"


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")  # before the library is first imported, in this process


def folder(path: Path, *splits: str) -> Path:
    path.mkdir()
    for split in splits:
        (path / f"{split}.jsonl").write_text("\n".join(json.dumps(row) for row in ROWS))
    return path


def test_a_folder_or_a_file_that_is_here_needs_no_revision(tmp_path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    path = folder(tmp_path / "d", "train")
    parquet.write_table(pa.Table.from_pylist(ROWS), tmp_path / "p.parquet")
    for place in (path, path / "train.jsonl", tmp_path / "p.parquet"):
        dataset = read("hf", place)
        assert [example.gold[0].text for example in dataset.examples] == ["a", "b", "c"]
        assert {example.split for example in dataset.examples} == {"test"}


def test_the_test_split_is_taken_of_several(tmp_path: Path) -> None:
    path = folder(tmp_path / "d", "train", "test")
    (path / "test.jsonl").write_text(json.dumps(ROWS[1]))
    assert [example.question for example in read("hf", path).examples] == ["What is b?"]


def test_a_card_names_the_split_of_the_rows(tmp_path: Path, faults: Callable[[str, Path], list[str]]) -> None:
    data = folder(tmp_path / "d", "train", "test")
    (data / "train.jsonl").write_text(json.dumps(ROWS[2]))
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "README.md").write_text(f"---\n{CARD}rows: hf:{data}\nhf_split: train\n---\n")
    assert [example.question for example in read("folder", mine).examples] == ["What is c?"]
    (mine / "README.md").write_text(f"---\n{CARD}rows: hf:{data}\nhf_split: trial\n---\n")
    assert "hf_split: no split is named 'trial'; known: " in faults("folder", mine)[0]


def test_a_bad_row_is_named_by_its_number(tmp_path: Path, faults: Callable[[str, Path], list[str]]) -> None:
    path = folder(tmp_path / "d", "test")
    (path / "test.jsonl").write_text("\n".join(json.dumps({**row, "answers": "x", "question": ""}) for row in ROWS[:1]))
    assert faults("hf", path) == ["hf:DATA: test row 1: question: is empty or missing; expected a question"]


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("owner/name", "hf:owner/name: names no revision, and what is on the hub changes; pin one"),
        ("no such/folder/at all", "hf:no such/folder/at all: is no folder here and no name on the hub"),
    ],
)
def test_what_is_not_here_has_to_be_a_name_with_a_revision(
    faults: Callable[[str, Path], list[str]], name: str, fault: str
) -> None:
    [said] = faults("hf", Path(name))
    assert said.replace("DATA", name).startswith(fault)


def test_a_file_of_a_kind_that_is_not_read_is_named(tmp_path: Path, faults: Callable[[str, Path], list[str]]) -> None:
    (tmp_path / "x.xlsx").touch()
    assert faults("hf", tmp_path / "x.xlsx") == [
        "hf:DATA: '.xlsx' files are not read; known: .parquet, .jsonl, .json, .csv"
    ]


def evaluated(project: Path, dataset: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """`archbench datasets` of a project with one more folder, in a process of its own: the library reads its settings once."""
    mine = project / "datasets" / "mine"
    mine.mkdir()
    (mine / "README.md").write_text(f"---\n{CARD}rows: hf:{dataset}\n---\n")
    known = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
    return subprocess.run(
        [sys.executable, "-m", "pipelines.main", "datasets", "mine"], capture_output=True, text=True,
        env={**known, "HF_HOME": str(project / "hf"), **environment},
    )  # fmt: skip


def test_offline_the_error_says_that_the_hub_was_not_asked_and_how_to_allow_it(project: Path) -> None:
    done = evaluated(project, "owner/name@0a1b2c")
    assert done.returncode == 2, done.stderr
    assert "hf:owner/name@0a1b2c: owner/name at revision 0a1b2c is not here, and the hub was not asked" in done.stderr
    assert "because HF_HUB_OFFLINE=1; to allow it: HF_HUB_OFFLINE=0 archbench" in done.stderr


@pytest.fixture
def empty_hub() -> Iterator[str]:
    """The address of a hub that has nothing."""

    class Nothing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(404)
            self.send_header("X-Error-Code", "RepoNotFound")
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_HEAD = do_GET

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Nothing)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_what_the_hub_does_not_have_is_one_fault(project: Path, empty_hub: str) -> None:
    done = evaluated(project, "owner/name@0a1b2c", HF_HUB_OFFLINE="0", HF_ENDPOINT=empty_hub)
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("archbench: 1 fault\nhf:owner/name@0a1b2c: ")
    assert "exist" in done.stderr


def test_a_hub_that_cannot_be_reached_is_no_fault_of_the_input(project: Path) -> None:
    done = evaluated(project, "owner/name@0a1b2c", HF_HUB_OFFLINE="0", HF_ENDPOINT="http://127.0.0.1:9")
    assert done.returncode == 4, done.stderr
    assert "archbench: hf:owner/name@0a1b2c: the hub cannot be reached" in done.stderr


def test_the_revision_is_passed_on_and_rows_are_streamed(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[tuple[object, ...], dict[str, object]]] = []

    def load(*arguments: object, **named: object) -> dict[str, list[dict[str, str]]]:
        asked.append((arguments, named))
        return {"test": [{"question": "How hot?", "answer": "Very", "context": "It is very hot."}]}

    monkeypatch.setattr("datasets.load_dataset", load)
    dataset = read("hf", Path("owner/name@0a1b2c"))
    assert [example.question for example in dataset.examples] == ["How hot?"]
    assert asked == [(("owner/name", None), {"streaming": True, "revision": "0a1b2c"})]
