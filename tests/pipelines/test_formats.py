"""Reading datasets, and what is said of bad ones."""

import json
from pathlib import Path
from typing import Any

import pytest

from pipelines import data
from pipelines.check_data import counts, dataset_faults
from pipelines.data import Dataset, read
from systems.errors import ConfigError

TEXT = "# Returns\n\nYou may return a lamp within 30 days.\n\nBatteries cannot be returned.\n"
SQUAD = Path("../shared/data/squad/dev-v2.0.json")


def example(id: str = "q1", **change: Any) -> dict[str, Any]:
    start = TEXT.index("You may")
    gold = {"document": "returns", "start": start, "end": start + 36, "text": TEXT[start : start + 36]}
    plain = {
        "id": id, "question": "How long can I send a lamp back?", "answer": "30 days.", "answers": ["30 days"], "gold": [gold],
        "cluster": "returns", "split": "test", "tags": ["numeric"],
    }  # fmt: skip
    return {**plain, **change}


def folder(
    path: Path, *lines: dict[str, Any] | str, card: str = "name: d\nversion: 1\nlicense: MIT\nlanguage: en\n"
) -> Path:
    (path / "documents").mkdir(parents=True)
    (path / "documents" / "returns.md").write_text(TEXT)
    (path / "README.md").write_text(f"---\n{card}---\nprose\n")
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    (path / "questions.jsonl").write_text(text)
    return path


def faults(path: Path, format_name: str = "folder") -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(format_name, path)
    return [str(fault) for fault in caught.value.faults]


def test_a_good_folder_is_read(tmp_path: Path) -> None:
    dataset = read("folder", folder(tmp_path / "d", example()))
    assert (dataset.name, len(dataset.documents), dataset.examples[0].gold[0].document) == ("d", 1, "returns")
    assert dataset.documents[0].title == "Returns"


def test_every_fault_of_every_line_is_said_with_its_place(tmp_path: Path) -> None:
    bad = example("q2")
    bad["gold"][0]["end"] = 9000
    elsewhere = example("q3")
    elsewhere["gold"][0]["document"] = "refunds"
    shifted = example("q4")
    shifted["gold"][0]["start"] -= 1
    lacking = example("q5")
    del lacking["cluster"]
    path = folder(
        tmp_path / "d",
        example(),
        "{not json",
        bad,
        elsewhere,
        shifted,
        lacking,
        example(),
        example("q6", split="train"),
    )
    said = faults(path)
    file = path / "questions.jsonl"
    assert [line.split(": ")[0].removeprefix(str(file)) for line in said] == [
        ":2:2",
        ":3",
        ":4",
        ":5",
        ":6",
        ":7",
        ":8",
    ]
    assert f"the span {bad['gold'][0]['start']} to 9000 was given; 0 <= start < end <= {len(TEXT)}" in said[1]
    assert "no document is named 'refunds'" in said[2]
    assert "there stands" in said[3]
    assert "cluster: missing" in said[4]
    assert "'q1' is taken; first used on line 1" in said[5]
    assert "split: 'train' was given" in said[6]


def test_a_misspelt_field_is_a_fault(tmp_path: Path) -> None:
    assert "tag: " in faults(folder(tmp_path / "d", example(tag="x")))[0]


def test_answers_without_gold_are_a_fault(tmp_path: Path) -> None:
    assert "one of answers and gold is empty" in faults(folder(tmp_path / "d", example(gold=[])))[0]


def test_a_document_in_another_encoding_is_named_with_its_byte(tmp_path: Path) -> None:
    path = folder(tmp_path / "d", example())
    (path / "documents" / "prices.md").write_bytes("# Preise\n\n5 €\n".encode("latin-1", "replace") + b"\xe9\n")
    assert faults(path) == [f"{path}/documents/prices.md: byte 0xe9 at offset 14 is not UTF-8; save the file as UTF-8"]


def labelled(path: Path, front: str) -> Path:
    path = folder(path, example())
    (path / "documents" / "returns.md").write_text(f"{front}{TEXT}")
    return path


def test_front_matter_becomes_labels_and_offsets_count_from_behind_it(tmp_path: Path) -> None:
    front = "---\nstatus: superseded\nsince: 2024-01-01\nplain: yes\nquoted: 'a: b'\n---\n"
    [document] = read("folder", labelled(tmp_path / "d", front)).documents
    labels = {"status": "superseded", "since": "2024-01-01", "plain": "yes", "quoted": "a: b"}
    assert (document.labels, document.title, document.text) == (labels, "Returns", TEXT)


@pytest.mark.parametrize(
    ("front", "fault"),
    [
        ("---\nstatus: current\n", ":1: a --- line that no second one closes"),
        ("---\nstatus: current\n---\n\n", ":1: '' is no title, the line after the front matter"),
        ("---\nstatus: [a, b]\n---\n", ":2: 'status' has a sequence for a value"),
        ("---\na: b\nstatus:\n---\n", ":3: 'status' has nothing for a value"),
        ("---\na: b\na: c\n---\n", ":3: the label 'a' stands twice"),
        ("---\njust words\n---\n", ":2: the front matter is a scalar"),
        ("---\na: [\n---\n", ":2: the front matter is no YAML"),
    ],
)
def test_broken_front_matter_is_named_with_its_line(tmp_path: Path, front: str, fault: str) -> None:
    path = labelled(tmp_path / "d", front)
    assert faults(path)[0].startswith(f"{path}/documents/returns.md{fault}")


def test_an_empty_dataset_is_a_fault(tmp_path: Path) -> None:
    assert "holds no examples" in faults(folder(tmp_path / "d"))[0]


def test_a_folder_without_card_documents_and_questions_says_all_three(tmp_path: Path) -> None:
    said = faults(tmp_path)
    assert [line.split(": ")[0].rpartition("/")[2] for line in said] == ["README.md", "documents", "questions.jsonl"]


def test_unknown_names_list_what_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match="known: beir, chroma, csv, folder, hf, hotpot, jsonl, smart, squad"):
        data.load("sqad:x.json")
    with pytest.raises(ConfigError, match="no such file or folder"):
        data.load(f"squad:{tmp_path}/none.json")
    monkeypatch.setattr(data, "HOME", tmp_path)
    folder(tmp_path / "shop", example())
    with pytest.raises(ConfigError, match="known: shop"):
        data.load("helpdeks")
    assert data.load("shop").name == "d"


def checked(path: Path) -> list[str]:
    return [str(fault) for fault in dataset_faults(read("folder", path), path)]


def test_a_cluster_in_two_splits_and_near_duplicates_are_faults(tmp_path: Path) -> None:
    path = folder(
        tmp_path / "d",
        example("a", question="May I send a used lamp back to you please?"),
        example("b", question="Is there a person whom I could call?", split="dev"),
        example("c", question="may I send a USED lamp back to you, please"),
    )
    said = checked(path)
    assert any("cluster 'returns' is in the splits dev, test" in line for line in said)
    assert any("'a' and 'c' ask nearly the same words" in line for line in said)
    assert not any("'b'" in line for line in said if "nearly" in line)


def test_counts_that_the_card_does_not_state_are_a_fault(tmp_path: Path) -> None:
    path = folder(tmp_path / "d", example())
    assert any("counts: None is stated" in line for line in checked(path))
    stated = counts(read("folder", path))
    card = f"name: d\nversion: 1\nlicense: MIT\nlanguage: en\ncounts: {json.dumps({**stated, 'examples': 7})}\n"
    (path / "README.md").write_text(f"---\n{card}---\n")
    assert checked(path) == [f"{path}/README.md: counts.examples: 7 is stated; the files hold 1"]


def squad(*questions: dict[str, Any]) -> str:
    return json.dumps(
        {"version": "v2.0", "data": [{"title": "A_b", "paragraphs": [{"context": "X is 4.", "qas": questions}]}]}
    )


def test_squad_paragraphs_are_documents_and_gold_passages(tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    path.write_text(
        squad(
            {"id": "1", "question": "What is X?", "answers": [{"text": "4"}, {"text": "4"}], "is_impossible": False},
            {"id": "2", "question": "What is Y?", "answers": [], "is_impossible": True},
        )
    )
    dataset = read("squad", path)
    assert [(e.answers, len(e.gold), e.answerable) for e in dataset.examples] == [(("4",), 1, True), ((), 0, False)]
    assert {e.split for e in dataset.examples} == {"test"}
    assert dataset.examples[0].gold[0].text == dataset.documents[0].text == "X is 4."


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"data": 3}', squad({"id": "1"}), '{"data": ["x"]}', '{"data": [{"paragraphs": [3]}]}']
)
def test_a_broken_squad_file_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "s.json"
    path.write_text(text)
    assert str(path) in faults(path, "squad")[0]


@pytest.mark.skipif(not SQUAD.is_file(), reason=f"{SQUAD} is not on this machine")
def test_the_public_file_is_read_whole() -> None:
    dataset: Dataset = read("squad", SQUAD)
    answerable = sum(example.answerable for example in dataset.examples)
    assert (len(dataset.documents), len(dataset.examples), answerable) == (646, 6078, 2910)


def test_every_fault_of_a_squad_file_is_said_at_once_with_its_place(tmp_path: Path) -> None:
    good = {"id": "1", "question": "What is X?", "answers": [{"text": "4"}]}
    asked = [good, {**good, "question": 7}, {**good, "id": "2", "question": None}, {**good, "id": "3", "answers": [{}]}]
    broken = [{"paragraphs": [{"context": "X is 4.", "qas": asked}, 3]}, "x", {"paragraphs": [{"qas": [{**good}]}]}]
    path = tmp_path / "s.json"
    path.write_text(json.dumps({"data": broken}))
    assert [line.removeprefix(f"{path}: ") for line in faults(path, "squad")] == [
        "data.0.paragraphs.0.qas.1.question: 7 was given; Input should be a valid string",
        "data.0.paragraphs.0.qas.2.question: None was given; Input should be a valid string",
        "data.0.paragraphs.0.qas.3.answers.0.text: missing; Field required",
        "data.0.paragraphs.1: 3 was given; Input should be an object",
        "data.1: 'x' was given; Input should be an object",
        "data.2.paragraphs.0.context: missing; Field required",
        "data.0.paragraphs.0.qas.1.id: '1' is taken; first used at data.0.paragraphs.0.qas.0.id",
        "data.2.paragraphs.0.qas.0.id: '1' is taken; first used at data.0.paragraphs.0.qas.0.id",
    ]


def test_two_squad_questions_with_one_id_are_a_fault_that_names_both_places(tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    path.write_text(squad(*({"id": id, "question": "What is X?", "answers": [{"text": "4"}]} for id in ("7", "8", 7))))
    where = "data.0.paragraphs.0.qas"
    assert faults(path, "squad") == [f"{path}: {where}.2.id: 7 is taken; first used at {where}.0.id"]


def test_squad_questions_without_an_id_are_not_said_to_share_one(tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    path.write_text(squad(*[{"id": None, "question": "What is X?", "answers": []}] * 2))
    said = faults(path, "squad")
    assert len(said) == 2
    assert not any("taken" in line for line in said)


def test_a_folder_is_no_squad_file(tmp_path: Path) -> None:
    assert faults(tmp_path, "squad") == [f"{tmp_path}: is no file; expected a file of SQuAD JSON"]


def test_two_squad_articles_of_one_title_keep_their_paragraphs_apart(tmp_path: Path) -> None:
    questions = [{"id": id, "question": "What is X?", "answers": [{"text": id}]} for id in ("4", "5")]
    articles = [{"title": "X", "paragraphs": [{"context": f"X is {one['id']}.", "qas": [one]}]} for one in questions]
    path = tmp_path / "s.json"
    path.write_text(json.dumps({"data": articles}))
    dataset = read("squad", path)
    texts = {document.id: document.text for document in dataset.documents}
    assert [texts[one.gold[0].document] for one in dataset.examples] == ["X is 4.", "X is 5."]
    assert {example.cluster for example in dataset.examples} == {"X"}
