"""HotpotQA's JSON: what is read from good files, and what is said of bad ones."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipelines.data import Dataset, read

SHARED = Path("../shared/data/hotpot_style")


def question(id: str = "1", **change: Any) -> dict[str, Any]:
    plain = {
        "_id": id, "question": "Who?", "answer": "Rush", "type": "bridge", "level": "hard",
        "supporting_facts": [["A", 1], ["B", 0]],
        "context": [["A", ["One.", " Two. ", "Three."]], ["B", ["Four.", "Five."]]],
    }  # fmt: skip
    return {**plain, **change}


def file(path: Path, *questions: Any) -> Path:
    path = path / "h.json"
    path.write_text(json.dumps(questions))
    return path


def test_supporting_sentences_are_spans_of_their_paragraphs(
    tmp_path: Path, spans_stand: Callable[[Dataset], None]
) -> None:
    dataset = read("hotpot", file(tmp_path, question()))
    assert [document.text for document in dataset.documents] == ["One. Two. Three.", "Four. Five."]
    [example] = dataset.examples
    assert [(gold.document, gold.text) for gold in example.gold] == [("A", "Two."), ("B", "Four.")]
    assert (example.answers, example.tags, example.cluster, example.split) == (
        ("Rush",),
        ("bridge", "hard"),
        "1",
        "test",
    )
    spans_stand(dataset)


def test_paragraphs_are_pooled_and_a_title_with_another_text_is_another_document(
    tmp_path: Path, spans_stand: Callable[[Dataset], None]
) -> None:
    other = question("2", context=[["A", ["Other.", "Words."]], ["B", ["Four.", "Five."]]])
    dataset = read("hotpot", file(tmp_path, question(), other))
    assert [document.id for document in dataset.documents] == ["A", "B", "A#2"]
    assert [gold.document for gold in dataset.examples[1].gold] == ["A#2", "B"]
    spans_stand(dataset)


def test_a_fact_beyond_its_paragraph_is_skipped_and_the_answer_stays(tmp_path: Path) -> None:
    facts = [["A", 9], ["B", 0], ["nowhere", 0], ["B", 0]]
    some, none = read(
        "hotpot", file(tmp_path, question(supporting_facts=facts), question("2", supporting_facts=[["A", 9]]))
    ).examples
    assert [gold.text for gold in some.gold] == ["Four."]
    assert (none.gold, none.answers, none.answerable) == ((), ("Rush",), True)


def test_an_empty_paragraph_is_no_document(tmp_path: Path) -> None:
    dataset = read("hotpot", file(tmp_path, question(context=[["A", []], ["B", ["Four."]], ["C", [" "]]])))
    assert [document.id for document in dataset.documents] == ["B"]


def test_every_fault_is_said_at_once_with_its_place(tmp_path: Path, faults: Callable[[str, Path], list[str]]) -> None:
    lacking = question()
    del lacking["answer"], lacking["_id"]
    bad = question(supporting_facts=[["A", -1]], context=[["A", "One."], ["B"]])
    assert [line.split(";")[0] for line in faults("hotpot", file(tmp_path, lacking, bad, 3))] == [
        "DATA: 0._id: missing",
        "DATA: 0.answer: missing",
        "DATA: 1.supporting_facts.0.1: -1 was given",
        "DATA: 1.context.0.1: 'One.' was given",
        "DATA: 1.context.1.1: missing",
        "DATA: 2: 3 was given",
    ]


def test_two_questions_with_one_id_are_a_fault(tmp_path: Path, faults: Callable[[str, Path], list[str]]) -> None:
    assert faults("hotpot", file(tmp_path, question(), question())) == [
        "DATA: 1._id: '1' is taken; first used at 0._id"
    ]


@pytest.mark.parametrize("text", ["{", '{"data": []}', ""])
def test_what_is_no_list_of_questions_is_named(
    tmp_path: Path, faults: Callable[[str, Path], list[str]], text: str
) -> None:
    path = tmp_path / "h.json"
    path.write_text(text)
    assert len(faults("hotpot", path)) == 1


@pytest.mark.skipif(not SHARED.is_dir(), reason=f"{SHARED} is not on this machine")
@pytest.mark.parametrize(
    ("name", "documents", "questions", "gold"), [("hotpot_100", 992, 100, 234), ("2wiki_500", 3112, 500, 1178)]
)
def test_the_public_files_are_read_whole(
    spans_stand: Callable[[Dataset], None], name: str, documents: int, questions: int, gold: int
) -> None:
    dataset = read("hotpot", SHARED / f"{name}.json")
    found = sum(len(example.gold) for example in dataset.examples)
    assert (len(dataset.documents), len(dataset.examples), found) == (documents, questions, gold)
    spans_stand(dataset)
