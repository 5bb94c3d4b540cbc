"""The journal of a run."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.journal import Journal
from systems.errors import ConfigError
from systems.interface import Response


def response(id: str, text: str = "x") -> Response:
    return Response(id, text, 1.0, 0.5, ())


def test_what_was_appended_is_there_after_reopening(tmp_path: Path) -> None:
    path = tmp_path / "below" / "j.jsonl"
    with Journal(path) as journal:
        journal.append(response("b"))
        journal.append(response("a"))
    with Journal(path) as journal:
        assert "a" in journal
        assert "c" not in journal
        journal.export(["b", "a"], tmp_path / "out" / "r.jsonl")
    lines = (tmp_path / "out" / "r.jsonl").read_text().splitlines()
    assert [Response.from_json(line) for line in lines] == [response("a"), response("b")]


@given(cut=st.integers(0, 400))
def test_a_file_cut_anywhere_loses_at_most_the_torn_line(tmp_path_factory: object, cut: int) -> None:
    path = tmp_path_factory.mktemp("journal") / "j.jsonl"  # type: ignore[attr-defined]
    with Journal(path) as journal:
        for id in "abc":
            journal.append(response(id))
    whole = path.read_bytes()
    path.write_bytes(whole[:cut])
    complete = whole[:cut].count(b"\n")
    with Journal(path) as journal:
        assert [id in journal for id in "abc"] == [at < complete for at in range(3)]
        for id in "abc":
            if id not in journal:
                journal.append(response(id))
    assert path.read_bytes() == whole


def test_a_journal_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "j.jsonl").write_text("hello\n")
    with pytest.raises(ConfigError, match=r"j\.jsonl: byte 0"), Journal(tmp_path / "j.jsonl"):
        pass


def test_only_the_asked_for_are_exported(tmp_path: Path) -> None:
    with Journal(tmp_path / "j.jsonl") as journal:
        for id in "abc":
            journal.append(response(id))
        journal.export(["c", "a"], tmp_path / "r.jsonl")
    assert [Response.from_json(line).id for line in (tmp_path / "r.jsonl").open()] == ["a", "c"]
