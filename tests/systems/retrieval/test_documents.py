from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from systems.errors import ConfigError
from systems.retrieval.documents import Document, read_documents, write_documents


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.builds(Document, st.text(), st.text(), st.text())))
def test_what_is_written_is_read(tmp_path: Path, documents: list[Document]) -> None:
    write_documents(tmp_path / "documents.jsonl", documents)
    assert list(read_documents(tmp_path / "documents.jsonl")) == documents


@pytest.mark.parametrize(
    ("line", "where"),
    [
        (b'{"id": "a", "title": "t"}', "documents.jsonl:2.text"),
        (b'{"id": 1, "title": "t", "text": "x"}', "documents.jsonl:2.id"),
        (b"not JSON", "documents.jsonl:2"),
        (b'{"id": "a", "title": "t", "text": "\xff"}', "documents.jsonl:2"),
    ],
)
def test_a_line_that_is_no_document_is_named(tmp_path: Path, line: bytes, where: str) -> None:
    path = tmp_path / "documents.jsonl"
    path.write_bytes(b'{"id": "a", "title": "t", "text": "x"}\n' + line + b"\n")
    reading = read_documents(path)
    assert next(reading) == Document("a", "t", "x")
    with pytest.raises(ConfigError, match=where):
        next(reading)
