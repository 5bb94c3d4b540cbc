"""WiCE's files: what is read from good ones, and what is said of bad ones."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipelines.labelled import load

SHARED = Path("../shared/data/wice/oracle_chunks_claim_dev.jsonl")


def row(label: str = "supported", **change: Any) -> dict[str, Any]:
    return {"label": label, "claim": "It is.", "evidence": ["One.", "Two."], "meta": {"id": "dev1"}, **change}


def test_sentences_are_one_passage_and_the_rows_of_a_claim_one_cluster(written: Callable[..., Path]) -> None:
    items = load(f"wice:{written(row(), row('not_supported'))}").items
    assert [item.evidence for item in items] == [("One. Two.",)] * 2
    assert [(item.id, item.cluster) for item in items] == [("dev1/1", "dev1"), ("dev1/2", "dev1")]


def test_supported_in_part_is_unsupported_and_the_raw_label_is_a_tag(written: Callable[..., Path]) -> None:
    _, part = load(f"wice:{written(row(), row('partially_supported'))}").items
    assert (part.label, part.tags) == ("unsupported", ("partially_supported",))


def test_a_claim_without_evidence_is_kept(written: Callable[..., Path]) -> None:
    items = load(f"wice:{written(row(claim=''), row('not_supported', evidence=[]))}").items
    assert (items[0].text, items[1].evidence) == ("", ())


def test_every_bad_row_is_said_with_its_line(
    written: Callable[..., Path], faults: Callable[[str, Path], list[str]]
) -> None:
    lacking = row()
    del lacking["claim"]
    path = written(row("refuted"), lacking, row(evidence=[3]), row(meta={}), row(meta="dev1"))
    assert faults("wice", path) == [
        "DATA:1: label: 'refuted' was given; known: supported, partially_supported, not_supported",
        "DATA:2: claim: missing; expected a string",
        "DATA:3: evidence: '[3]' was given; expected a string or a list of strings",
        "DATA:4: meta.id: missing; expected a string",
        "DATA:5: meta.id: missing; expected a string",
    ]


def test_a_column_that_no_row_has_is_said_once(
    written: Callable[..., Path], faults: Callable[[str, Path], list[str]]
) -> None:
    other = {"label": "supported", "text": "x", "evidence": "y"}
    assert faults("wice", written(other, other)) == [
        "DATA: no column claim, meta; columns found: label, text, evidence"
    ]


@pytest.mark.skipif(not SHARED.is_file(), reason=f"{SHARED} is not on this machine")
def test_the_public_file_is_read_whole() -> None:
    found = load(f"wice:{SHARED}")
    assert Counter(item.tags[0] for item in found.items) == {
        "partially_supported": 576, "supported": 342, "not_supported": 125,
    }  # fmt: skip
    assert (len({item.cluster for item in found.items}), len({item.id for item in found.items})) == (349, 1043)
