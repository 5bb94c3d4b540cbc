"""HaluEval's files: what is read from good ones, and what is said of bad ones."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipelines.labelled import load

SHARED = Path("../shared/data/halueval")
QA = {
    "knowledge": "Delhi is in India.",
    "question": "Where is Delhi?",
    "right_answer": "India",
    "hallucinated_answer": "Peru",
}


def test_a_row_is_two_items_of_one_cluster(written: Callable[..., Path]) -> None:
    right, wrong = load(f"halueval:{written(QA)}").items
    assert [(one.id, one.text, one.label) for one in (right, wrong)] == [
        ("1-right", "India", "supported"),
        ("1-hallucinated", "Peru", "unsupported"),
    ]
    assert right.cluster == wrong.cluster
    assert (right.evidence, right.question, right.tags) == (("Delhi is in India.",), "Where is Delhi?", ("qa",))


def test_rows_over_the_same_knowledge_are_one_cluster_and_rows_without_any_are_not(
    written: Callable[..., Path],
) -> None:
    bare = {**QA, "knowledge": " "}
    items = load(f"halueval:{written(QA, {**QA, 'question': 'Is it?'}, bare, bare)}").items
    assert len({one.cluster for one in items[:4]}) == 1
    assert len({one.cluster for one in items[4:]}) == 2
    assert items[-1].evidence == ()


@pytest.mark.parametrize(
    ("history", "question"),
    [
        ("[Human]: Hi [Assistant]: Hello! [Human]: Who made it?", "Who made it?"),
        ("[Human]: Who made it? [Assistant]: I did. [Human]: I see.", ""),
    ],
)
def test_the_last_turn_of_a_dialogue_is_the_question_if_it_is_one(
    written: Callable[..., Path], history: str, question: str
) -> None:
    row = {"knowledge": "k", "dialogue_history": history, "right_response": "a", "hallucinated_response": "b"}
    assert {(one.question, one.tags) for one in load(f"halueval:{written(row)}").items} == {(question, ("dialogue",))}


def test_a_summary_has_its_document_for_evidence_and_no_question(written: Callable[..., Path]) -> None:
    row = {"document": "Long.", "right_summary": "Short.", "hallucinated_summary": "Wrong."}
    right, wrong = load(f"halueval:{written(row)}").items
    assert (right.text, wrong.text, right.evidence, right.question) == ("Short.", "Wrong.", ("Long.",), "")


def test_a_file_with_one_answer_a_row_says_which_are_hallucinations(written: Callable[..., Path]) -> None:
    row = {"knowledge": "k", "question": "q", "answer": "a"}
    items = load(f"halueval:{written({**row, 'hallucination': 'yes'}, {**row, 'hallucination': 'No'})}").items
    assert [(one.id, one.supported) for one in items] == [("1", False), ("2", True)]


def test_the_general_file_is_refused_since_it_has_no_evidence(
    written: Callable[..., Path], faults: Callable[[str, Path], list[str]]
) -> None:
    row = {"ID": "1", "user_query": "Hi", "chatgpt_response": "Hello", "hallucination": "no"}
    assert faults("halueval", written(row, row)) == [
        "DATA: rows of HaluEval's general file: they have no evidence to judge by;"
        " expected its files for qa, dialogue, summarization"
    ]


def test_every_bad_row_is_said_with_its_line_and_an_empty_answer_is_none(
    written: Callable[..., Path], faults: Callable[[str, Path], list[str]]
) -> None:
    one: dict[str, Any] = {"knowledge": "k", "question": "q", "answer": ""}
    path = written(
        {**QA, "right_answer": ""},
        {**QA, "right_answer": ["x"]},
        {**one, "hallucination": "maybe"},
        {"a": 1},
        "{",
        "[]",
    )
    assert sorted(line.split("; ")[0] for line in faults("halueval", path)) == [
        "DATA:2: right_answer: \"['x']\" was given",
        "DATA:3: hallucination: 'maybe' was given",
        "DATA:4: columns a",
        "DATA:5: not JSON: EOF while parsing an object at line 2 column 0",
        "DATA:6: '[]' was given",
    ]


@pytest.mark.skipif(not SHARED.is_dir(), reason=f"{SHARED} is not on this machine")
def test_the_public_questions_are_read_whole() -> None:
    found = load(f"halueval:{SHARED / 'qa_one-turn_data.jsonl'}")
    assert Counter(one.label for one in found.items) == {"supported": 500, "unsupported": 500}
    assert len({one.cluster for one in found.items}) == 500


@pytest.mark.skipif(not SHARED.is_dir(), reason=f"{SHARED} is not on this machine")
def test_the_public_general_file_is_refused_in_one_line(faults: Callable[[str, Path], list[str]]) -> None:
    [said] = faults("halueval", SHARED / "general_data.jsonl")
    assert "no evidence to judge by" in said
