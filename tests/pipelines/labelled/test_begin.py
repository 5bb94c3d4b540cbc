"""BEGIN's tables: what is read from good ones, and what is said of bad ones."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.labelled import load

SHARED = Path("../shared/data/begin_wow/begin_dev_wow.tsv")
HEADER = "model_name\tdata_source\tknowledge\tmessage\tresponse\tbegin_label"
FULL = 'gpt2\twow\tHe said "no.\tReally?\tHe said no.\tFully attributable'
GENERIC = "t5\twow\tHe said \"no.\tI think so.\tI don't know.\tGeneric"


def test_quotes_are_text_and_only_what_asks_is_a_question(written: Callable[..., Path]) -> None:
    full, generic = load(f"begin:{written(HEADER, FULL, GENERIC, name='b.tsv')}").items
    assert (full.text, full.evidence, full.label) == ("He said no.", ('He said "no.',), "supported")
    assert (full.question, generic.question) == ("Really?", "")
    assert full.cluster == generic.cluster


def test_generic_and_not_fully_attributable_are_unsupported_and_stay_apart_as_tags(
    written: Callable[..., Path],
) -> None:
    part = FULL.replace("Fully attributable", "Not fully attributable\r")
    _, one, other = load(f"begin:{written(HEADER, FULL, part, GENERIC, name='b.tsv')}").items
    assert [(item.label, item.tags[2]) for item in (one, other)] == [
        ("unsupported", "Not fully attributable"),
        ("unsupported", "Generic"),
    ]


def test_an_empty_reply_and_empty_knowledge_are_kept(written: Callable[..., Path]) -> None:
    bare = "t5\twow\t\t\t\tGeneric"
    items = load(f"begin:{written(HEADER, FULL, bare, bare, name='b.tsv')}").items
    assert [(item.text, item.evidence) for item in items[1:]] == [("", ()), ("", ())]
    assert len({item.cluster for item in items}) == 3


def test_every_bad_row_is_said_with_its_line(
    written: Callable[..., Path], faults: Callable[[str, Path], list[str]]
) -> None:
    path = written(HEADER, FULL, "a\tb", f"{GENERIC}s", GENERIC, name="b.tsv")
    assert faults("begin", path) == [
        "DATA:3: 2 cells; expected 6: model_name, data_source, knowledge, message, response, begin_label",
        "DATA:4: begin_label: 'Generics' was given; known: Fully attributable, Not fully attributable, Generic",
    ]


def test_a_table_of_other_columns_is_one_fault(
    written: Callable[..., Path], faults: Callable[[str, Path], list[str]]
) -> None:
    said = faults("begin", written(HEADER.replace("begin_label", "label"), FULL, name="b.tsv"))
    assert said == [f"DATA:1: no column begin_label; found: {HEADER.replace('begin_label', 'label')!r}"]


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ((), "DATA: holds no labelled text"),
        ((HEADER,), "DATA: holds no labelled text"),
        ((HEADER, FULL, FULL), "DATA: all 2 labels are supported: nothing to calibrate on"),
        ((HEADER, GENERIC), "DATA: all 1 labels are unsupported: nothing to calibrate on"),
    ],
)
def test_a_file_that_calibrates_nothing_is_a_fault(
    written: Callable[..., Path], faults: Callable[[str, Path], list[str]], rows: tuple[str, ...], fault: str
) -> None:
    assert [line.split("; ")[0] for line in faults("begin", written(*rows, name="b.tsv"))] == [fault]


@pytest.mark.skipif(not SHARED.is_file(), reason=f"{SHARED} is not on this machine")
def test_the_public_file_is_read_whole() -> None:
    found = load(f"begin:{SHARED}")
    assert Counter(item.label for item in found.items) == {"supported": 180, "unsupported": 250}
    assert len({item.cluster for item in found.items}) == len({item.evidence for item in found.items}) == 333
