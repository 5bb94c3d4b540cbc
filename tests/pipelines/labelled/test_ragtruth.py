"""RAGTruth's folders, in the form of its public description: what is read from good ones, and what is said of bad ones."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipelines.labelled import load

SPAN = {"start": 0, "end": 2, "text": "It", "label_type": "Evident Baseless Info", "implicit_true": False}
SOURCES: list[dict[str, Any]] = [
    {
        "source_id": "7", "task_type": "QA", "source": "MARCO", "prompt": "Answer: ...",
        "source_info": {"question": "how to cook beets", "passages": "passage 1:Wash them.\n\npassage 2:Boil.\nServe.\n\n"},
    },
    {"source_id": "8", "task_type": "Summary", "source": "CNN/DM", "source_info": "The court met.", "prompt": "Summarize"},
    {"source_id": "9", "task_type": "Data2txt", "source": "Yelp", "source_info": {"name": "Café", "wifi": None}, "prompt": "x"},
]  # fmt: skip


def response(id: str, source: str, *spans: object, **change: Any) -> dict[str, Any]:
    row = {
        "id": id, "source_id": source, "model": "gpt-4-0613", "temperature": 0.7, "labels": list(spans), "split": "test",
        "quality": "good", "response": "It is so.",
    }  # fmt: skip
    return {**row, **change}


@pytest.fixture
def folder(written: Callable[..., Path]) -> Callable[..., Path]:
    def write(*responses: Any, sources: list[Any] = SOURCES) -> Path:
        written(*sources, name="source_info.jsonl")
        return written(*responses, name="response.jsonl").parent

    return write


def test_a_response_with_any_span_is_unsupported(folder: Callable[..., Path]) -> None:
    implied = {**SPAN, "implicit_true": True}
    items = load(f"ragtruth:{folder(response('1', '7'), response('2', '7', SPAN), response('3', '7', implied))}").items
    assert [(item.id, item.label, item.cluster) for item in items] == [
        ("1", "supported", "7"), ("2", "unsupported", "7"), ("3", "unsupported", "7"),
    ]  # fmt: skip


def test_evidence_is_the_passages_the_news_or_the_structure_as_json(folder: Callable[..., Path]) -> None:
    path = folder(response("1", "7"), response("2", "8", SPAN), response("3", "9"))
    asked, news, structure = load(f"ragtruth:{path}").items
    assert (asked.question, asked.evidence) == ("how to cook beets", ("Wash them.", "Boil.\nServe."))
    assert (news.question, news.evidence) == ("", ("The court met.",))
    assert json.loads(structure.evidence[0]) == {"name": "Café", "wifi": None}
    assert "Café" in structure.evidence[0]
    assert [item.tags for item in (asked, structure)] == [("QA", "gpt-4-0613"), ("Data2txt", "gpt-4-0613")]


def test_train_is_for_tuning_and_a_bad_quality_is_a_tag(folder: Callable[..., Path]) -> None:
    path = folder(response("1", "7", split="train"), response("2", "8", SPAN, quality="truncated"))
    first, second = load(f"ragtruth:{path}").items
    assert (first.split, second.split, second.tags[-1]) == ("dev", "test", "truncated")


def test_every_fault_of_both_files_is_said_at_once(
    folder: Callable[..., Path], faults: Callable[[str, Path], list[str]]
) -> None:
    sources = [
        *SOURCES, SOURCES[0], {"source_id": "a", "task_type": "Chat", "source_info": ""},
        {"source_id": "b", "task_type": "QA", "source_info": "text"},
        {"source_id": "c", "task_type": "Summary", "source_info": []},
    ]  # fmt: skip
    path = folder(
        response("1", "7"), response("1", "7", SPAN), response("2", "99"), response("3", "a"),
        response("4", "8", labels=None), response("5", "8", split="trial"), {"id": "6"}, sources=sources,
    )  # fmt: skip
    assert [line.split("; ")[0] for line in faults("ragtruth", path)] == [
        "DATA/source_info.jsonl:4: source_id: '7' is taken",
        "DATA/source_info.jsonl:5: task_type: 'Chat' was given",
        "DATA/source_info.jsonl:6: source_info.question: missing",
        "DATA/source_info.jsonl:6: source_info.passages: missing",
        "DATA/source_info.jsonl:7: source_info: '[]' was given",
        "DATA/response.jsonl:3: source_id: no source is '99'",
        "DATA/response.jsonl:5: labels: 'None' was given",
        "DATA/response.jsonl:6: split: 'trial' was given",
        "DATA/response.jsonl:7: source_id: missing",
        "DATA/response.jsonl:7: model: missing",
        "DATA/response.jsonl:7: response: missing",
        "DATA/response.jsonl:7: labels: missing",
        "DATA/response.jsonl:2: id: '1' is taken",
    ]


def test_a_folder_that_lacks_a_file_names_it(tmp_path: Path, faults: Callable[[str, Path], list[str]]) -> None:
    assert [line.split(":")[0] for line in faults("ragtruth", tmp_path)] == [
        "DATA/response.jsonl",
        "DATA/source_info.jsonl",
    ]
