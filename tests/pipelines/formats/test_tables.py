"""Tables of questions: CSV, JSON Lines, and folders whose card names one."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipelines.data import Dataset, Example, read

SQUAD = {"text": ["four", "4"], "answer_start": [5, 40]}
CONTEXT = "X is four. Others write that X is only 4."
CARD = "name: mine\nversion: 1\nlicense: MIT\nlanguage: en\n"


def jsonl(path: Path, *rows: Any, card: str = "") -> Path:
    path.mkdir(parents=True, exist_ok=True)
    (path / "q.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    if card:
        (path / "README.md").write_text(f"---\n{card}---\nprose\n")
    return path / "q.jsonl"


def in_csv(path: Path, *rows: dict[str, str]) -> Path:
    with (path / "q.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path / "q.csv"


def only(dataset: Dataset) -> Example:
    [example] = dataset.examples
    return example


def test_squads_struct_of_answers_gives_the_span_of_the_first(
    tmp_path: Path, spans_stand: Callable[[Dataset], None]
) -> None:
    row = {"id": "a", "title": "X", "question": "What is X?", "context": CONTEXT, "answers": SQUAD}
    dataset = read("jsonl", jsonl(tmp_path, row))
    example = only(dataset)
    assert (example.answers, example.answer, example.cluster) == (("four", "4"), "four", "X")
    assert [(gold.document, gold.start, gold.text) for gold in example.gold] == [("X/0", 5, "four")]
    spans_stand(dataset)


def test_an_empty_struct_of_answers_is_a_question_that_cannot_be_answered(tmp_path: Path) -> None:
    row = {"question": "What is Y?", "context": CONTEXT, "answers": {"text": [], "answer_start": []}}
    example = only(read("jsonl", jsonl(tmp_path, row)))
    assert (example.answerable, example.has_reference, example.gold) == (False, True, ())


def test_answers_without_a_start_have_the_whole_context_for_gold(tmp_path: Path) -> None:
    rows = [{"query": "A?", "passage": CONTEXT, "answer": "four"}, {"query": "B?", "passage": CONTEXT, "answer": "4"}]
    dataset = read("jsonl", jsonl(tmp_path, *rows))
    assert [document.text for document in dataset.documents] == [CONTEXT]  # each distinct context once
    assert [example.gold[0].text for example in dataset.examples] == [CONTEXT, CONTEXT]
    assert [example.id for example in dataset.examples] == ["1", "2"]


def test_contexts_without_a_column_of_answers_are_for_retrieval_only(tmp_path: Path) -> None:
    example = only(read("jsonl", jsonl(tmp_path, {"question": "A?", "contexts": ["one", "two", "one"]})))
    assert ([gold.text for gold in example.gold], example.has_reference) == (["one", "two"], False)


def test_a_csv_file_may_have_lists_as_json_line_breaks_in_cells_and_a_byte_order_mark(tmp_path: Path) -> None:
    path = in_csv(
        tmp_path,
        {
            "question": "A\nor B?",
            "answers": '["a", "A"]',
            "context": "[sic] it is a",
            "tags": "x, y",
            "split": "validation",
        },
    )
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    example = only(read("csv", path))
    assert (example.question, example.answers, example.tags, example.split) == (
        "A\nor B?",
        ("a", "A"),
        ("x", "y"),
        "dev",
    )
    assert example.gold[0].text == "[sic] it is a"


def test_the_card_beside_a_table_names_it_and_its_columns(tmp_path: Path) -> None:
    card = f"{CARD}columns: {{question: query_text, answer: gold_answer}}\n"
    row = {"query_text": "A?", "gold_answer": "a", "question": "not this", "context": "it is a"}
    dataset = read("jsonl", jsonl(tmp_path, row, card=card))
    assert (dataset.name, dataset.card["license"], only(dataset).question) == ("mine", "MIT", "A?")


def test_a_mapping_to_columns_that_are_not_there_lists_those_that_are(
    tmp_path: Path, faults: Callable[[str, Path], list[str]]
) -> None:
    path = jsonl(
        tmp_path, {"q": "A?", "answer": "a"}, card=f"{CARD}columns: {{question: query, answr: x, id: 3, title: t}}\n"
    )
    assert faults("jsonl", path) == [
        "DATA: columns.answr: no such column of ours; known: question, answer, answers, context, title, id, cluster, split, tags",
        "DATA: columns.id: 3 was given; expected a column's name",
        "DATA: columns.question: no column is named 'query'; columns found: q, answer",
        "DATA: columns.title: no column is named 't'; columns found: q, answer",
    ]


def test_a_table_without_questions_says_how_to_name_their_column(
    tmp_path: Path, faults: Callable[[str, Path], list[str]]
) -> None:
    assert faults("csv", in_csv(tmp_path, {"q": "A?", "answer": "a"}, {"q": "B?", "answer": "b"})) == [
        "DATA: no column is named 'question' or 'query';"
        " columns found: q, answer; say in the card which it is: `columns: {question: NAME}`"
    ]


def test_a_table_with_neither_answers_nor_contexts_scores_nothing(
    tmp_path: Path, faults: Callable[[str, Path], list[str]]
) -> None:
    assert "nothing can be scored; columns found: question" in faults("jsonl", jsonl(tmp_path, {"question": "A?"}))[0]


def test_every_bad_row_is_said_with_its_line(tmp_path: Path, faults: Callable[[str, Path], list[str]]) -> None:
    good = {"id": "1", "question": "A?", "answers": ["a"], "context": "it is a"}
    rows = [
        good, good, {**good, "id": "2", "question": " "}, {**good, "id": "3", "question": ["A?"]},
        {**good, "id": "4", "split": "trial"}, {**good, "id": "5", "context": {"title": ["x"]}},
        {**good, "id": "6", "answers": {"text": ["a"], "answer_start": [0, 1]}},
        {**good, "id": "7", "answers": {"text": ["a"], "answer_start": [0]}}, {**good, "id": "8", "answers": [3]}, [],
    ]  # fmt: skip
    assert [line.split("; ")[0] for line in faults("jsonl", jsonl(tmp_path, *rows))] == [
        "DATA:10: '[]' was given",
        "DATA:2: id: '1' is taken",
        "DATA:3: question: is empty or missing",
        "DATA:4: question: \"['A?']\" was given",
        "DATA:5: split: 'trial' was given",
        "DATA:6: context: \"{'title': ['x']}\" was given",
        "DATA:7: answers: \"{'text': ['a'], 'answer_start': [0, 1]}\" was given",
        "DATA:8: answers: 'a' was given for 0 to 1",
        "DATA:9: answers: '[3]' was given",
    ]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("question,answer\nA?,a,b\n", "DATA:2: 3 cells; expected 2: question, answer"),
        ('question,answer\n"A?,a\n', "DATA:2: not CSV: unexpected end of data"),
        ("question,question\nA?,a\n", "DATA:1: two columns are named 'question'"),
        ("", "DATA: holds no examples"),
        ("question,answer\n", "DATA: holds no examples"),
    ],
)
def test_a_broken_csv_file_is_named_with_its_line(
    tmp_path: Path, faults: Callable[[str, Path], list[str]], text: str, fault: str
) -> None:
    (tmp_path / "q.csv").write_text(text)
    assert faults("csv", tmp_path / "q.csv")[0].startswith(fault)


def test_a_csv_file_in_another_encoding_is_named_with_its_line(
    tmp_path: Path, faults: Callable[[str, Path], list[str]]
) -> None:
    (tmp_path / "q.csv").write_bytes("question,answer\nCafé?,a\n".encode("utf-16"))
    assert "DATA:1: byte 0xff at offset 0 of the line is not UTF-8" in faults("csv", tmp_path / "q.csv")[0]


def test_a_cell_of_ten_megabytes_is_read(tmp_path: Path) -> None:
    text = "ก" * 10_000_000
    example = only(read("csv", in_csv(tmp_path, {"question": "A?", "answer": "a", "context": text})))
    assert example.gold[0].text == text


def test_documents_beside_the_card_are_those_of_a_table_without_contexts(tmp_path: Path) -> None:
    path = jsonl(tmp_path, {"question": "A?", "answer": "a"})
    assert read("jsonl", path).documents == []
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "x.md").write_text("# X\n\nIt is a.\n")
    assert [document.id for document in read("jsonl", path).documents] == ["x"]


def test_a_folder_whose_card_names_a_table_is_a_dataset(tmp_path: Path) -> None:
    jsonl(tmp_path, {"question": "A?", "answer": "a", "context": "it is a"}, card=f"{CARD}rows: q.jsonl\n")
    dataset = read("folder", tmp_path)
    assert (dataset.name, only(dataset).gold[0].text) == ("mine", "it is a")


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ("none.csv", "there is no none.csv beside the card"),
        ("q.xlsx", "'q.xlsx' was given; expected a file (*.csv, *.jsonl)"),
    ],
)
def test_a_card_that_names_no_table_of_ours_says_what_may_stand_there(
    tmp_path: Path, faults: Callable[[str, Path], list[str]], rows: str, fault: str
) -> None:
    jsonl(tmp_path, {"question": "A?"}, card=f"{CARD}rows: {rows}\n")
    assert faults("folder", tmp_path)[0].startswith(f"DATA/README.md: rows: {fault}")
