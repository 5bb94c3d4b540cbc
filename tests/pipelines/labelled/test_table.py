"""Tables of labelled texts: which column is what, what its values mean, and what is said of bad rows."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipelines.labelled import load

GOOD = {"claim": "It is.", "doc": "It is so.", "label": 1}
BAD = {"claim": "It is not.", "doc": "It is so.", "label": 0}


@pytest.mark.parametrize(
    ("given", "label"),
    [
        (1, "supported"), (0, "unsupported"), (1.0, "supported"), ("0", "unsupported"), (True, "supported"),
        ("False", "unsupported"), ("yes", "supported"), ("NO", "unsupported"), ("Supported", "supported"),
        ("contradicted", "contradicted"), ("not_found", "not_found"), ("unsupported", "unsupported"),
        ("entailment", "supported"), ("NEUTRAL", "not_found"), ("contradiction", "contradicted"),
        ("SUPPORTS", "supported"), ("refutes", "contradicted"), ("Not Enough Info", "not_found"),
        ("NOT_ENOUGH_INFO", "not_found"),
    ],
)  # fmt: skip
def test_a_label_is_known_in_each_of_its_spellings(written: Callable[..., Path], given: Any, label: str) -> None:
    other = BAD if label == "supported" else GOOD
    assert load(f"claims:{written({**GOOD, 'label': given}, other)}").items[0].label == label


@pytest.mark.parametrize("text", ["text", "claim", "response", "answer"])
@pytest.mark.parametrize("evidence", ["evidence", "doc", "document", "context", "passages", "knowledge"])
def test_the_columns_may_have_any_of_their_names(written: Callable[..., Path], text: str, evidence: str) -> None:
    rows = [{text: "a", evidence: ["b", "", "c"], "label": label} for label in (0, 1)]
    item, _ = load(f"claims:{written(*rows)}").items
    assert (item.id, item.text, item.evidence, item.question, item.split, item.tags) == (
        "1",
        "a",
        ("b", "c"),
        "",
        "test",
        (),
    )


def test_a_csv_file_says_the_same_as_json_lines(written: Callable[..., Path], tmp_path: Path) -> None:
    rows = [
        {"id": "x", "claim": "a", "doc": ["b", "c"], "label": "yes", "query": "q", "group": "g", "split": "train",
         "tags": ["t", "u"]},
        {"id": "y", "claim": "", "doc": "[sic] d", "label": "no", "query": "", "group": "", "split": "", "tags": []},
    ]  # fmt: skip
    with (tmp_path / "c.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        for row in rows:
            writer.writerow(
                {key: json.dumps(value) if isinstance(value, list) else value for key, value in row.items()}
            )
    expected = load(f"claims:{written(*rows)}")
    assert load(f"claims:{tmp_path / 'c.csv'}").items == expected.items
    first, second = expected.items
    assert (first.cluster, first.question, first.split, first.tags, first.evidence) == (
        "g",
        "q",
        "dev",
        ("t", "u"),
        ("b", "c"),
    )
    assert (second.text, second.evidence) == ("", ("[sic] d",))


def test_a_cluster_is_the_evidence_where_the_row_says_none(written: Callable[..., Path]) -> None:
    items = load(
        f"claims:{written(GOOD, BAD, {**GOOD, 'doc': 'Other.'}, {**GOOD, 'doc': ''}, {**BAD, 'doc': []})}"
    ).items
    assert [items[0].cluster == item.cluster for item in items] == [True, True, False, False, False]
    assert items[3].cluster != items[4].cluster


def test_the_card_beside_a_table_names_its_columns(written: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("---\nname: mine\ncolumns: {text: said, label: verdict}\n---\n")
    rows = [{"said": "a", "text": "prompt", "evidence": "b", "verdict": label} for label in ("yes", "no")]
    found = load(f"claims:{written(*rows)}")
    assert (found.name, [item.text for item in found.items]) == ("mine", ["a", "a"])


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ("{text: nowhere}", "DATA: columns.text: no column is named 'nowhere'; columns found: claim, doc, label"),
        ("{said: claim}", "DATA: columns.said: no such column of ours; known: text, evidence, label, id, question,"),
        ("[claim]", "DATA: columns: ['claim'] was given; expected a mapping"),
    ],
)
def test_a_card_that_names_no_column_says_which_there_are(
    written: Callable[..., Path], tmp_path: Path, faults: Callable[[str, Path], list[str]], columns: str, said: str
) -> None:
    (tmp_path / "README.md").write_text(f"---\ncolumns: {columns}\n---\n")
    [fault] = faults("claims", written(GOOD, BAD))
    assert fault.startswith(said)


def test_a_missing_column_is_said_once_with_those_that_are_there(
    written: Callable[..., Path], faults: Callable[[str, Path], list[str]]
) -> None:
    rows = [{"claim": "a", "verdict": label} for label in ("yes", "no")]
    said = faults("claims", written(*rows))
    assert [line.split("; ")[1] for line in said] == ["columns found: claim, verdict"] * 2
    assert said[1] == (
        "DATA: no column is named 'label'; columns found: claim, verdict; say in the card which it is: `columns: {label: NAME}`"
    )


def test_every_bad_row_is_said_with_its_line(
    written: Callable[..., Path], faults: Callable[[str, Path], list[str]]
) -> None:
    lacking = {"claim": "x", "label": 1}
    path = written(
        {**GOOD, "id": "1"}, {**BAD, "id": "1"}, {**GOOD, "label": "maybe"}, {**GOOD, "label": None}, {**GOOD, "claim": ["x"]},
        {**GOOD, "doc": {"text": "x"}}, lacking, {**GOOD, "split": "trial"}, {**GOOD, "tags": [1]},
    )  # fmt: skip
    assert sorted(line.split("; ")[0] for line in faults("claims", path)) == [
        "DATA:2: id: '1' is taken",
        "DATA:3: label: 'maybe' was given",
        "DATA:4: label: 'None' was given",
        "DATA:5: text: \"['x']\" was given",
        "DATA:6: evidence: \"{'text': 'x'}\" was given",
        "DATA:7: evidence: missing",
        "DATA:8: split: 'trial' was given",
        "DATA:9: tags: '[1]' was given",
    ]


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ((), "DATA: holds no labelled text; an empty set calibrates nothing"),
        (
            ({**BAD, "label": "contradicted"}, {**BAD, "label": "not_found"}),
            "DATA: all 2 labels are contradicted, not_found: nothing to calibrate on;"
            " expected some that are supported and some that are not",
        ),
    ],
)
def test_a_table_that_calibrates_nothing_is_a_fault(
    written: Callable[..., Path], faults: Callable[[str, Path], list[str]], rows: tuple[Any, ...], fault: str
) -> None:
    assert faults("claims", written(*rows)) == [fault]


def test_what_is_no_table_says_what_one_is(tmp_path: Path, faults: Callable[[str, Path], list[str]]) -> None:
    assert faults("claims", tmp_path) == ["DATA: is no file; expected a table: *.csv or *.jsonl"]
    (tmp_path / "c.xlsx").write_bytes(b"PK")
    assert faults("claims", tmp_path / "c.xlsx") == ["DATA: '.xlsx' is no table; expected .csv, .jsonl"]
    (tmp_path / "c.jsonl").write_bytes(b'{"claim": "caf\xe9"}\n')
    assert "byte 0xe9 at offset 14 of the line is not UTF-8" in faults("claims", tmp_path / "c.jsonl")[0]
    assert faults("claims", tmp_path / "none.csv")[0].startswith("DATA: no such file or folder")
    assert faults("maybe", tmp_path)[0].startswith(
        "format 'maybe': no such format of labelled sets; known: begin, claims,"
    )
