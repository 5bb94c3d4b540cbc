"""SQuAD 1.1 and 2.0 JSON (Rajpurkar et al. 2016, 2018): a document is a paragraph, the gold passage is the whole paragraph.

A cluster is an article. All of it is "test": nothing of ours is tuned on public data.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from systems.retrieval.documents import Document

from pipelines.data import Dataset, Example, Gold, read_text
from systems.errors import ConfigError, Fault


def read(path: Path) -> Dataset:
    """Read a SQuAD file. Raises ConfigError when it is no JSON or lacks a field."""
    try:
        data = json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise ConfigError(Fault(f"{path}:{error.lineno}:{error.colno}", f"not JSON: {error.msg}", "")) from None
    documents: list[Document] = []
    examples: list[Example] = []
    faults: list[Fault] = []
    if not isinstance(data, Mapping) or not isinstance(data.get("data"), list):
        raise ConfigError(Fault(f"{path}: data", "missing or no list", "expected {'data': [articles]}"))
    for where, title, number, paragraph in _paragraphs(data["data"]):
        try:
            document = Document(f"{title}/{number}", title.replace("_", " "), paragraph["context"])
            examples += [_example(question, document, title) for question in paragraph["qas"]]
            documents.append(document)
        except (KeyError, TypeError) as error:
            faults.append(Fault(f"{path}: {where}", f"lacks {error}", "expected the fields of SQuAD JSON"))
    if faults:
        raise ConfigError(faults)
    card = {"name": path.stem, "version": str(data.get("version", "unknown")), "source": "SQuAD", "language": "en"}
    return Dataset(path.stem, card, documents, examples)


def _paragraphs(articles: list[Any]) -> Iterator[tuple[str, str, int, Any]]:
    for at, article in enumerate(articles):
        for number, paragraph in enumerate(article.get("paragraphs", [])):
            yield f"data.{at}.paragraphs.{number}", article.get("title", f"article {at}"), number, paragraph


def _example(question: Mapping[str, Any], document: Document, title: str) -> Example:
    answers = () if question.get("is_impossible") else tuple(dict.fromkeys(a["text"] for a in question["answers"]))
    gold = (Gold(document.id, 0, len(document.text), document.text),) if answers else ()
    return Example(
        id=str(question["id"]),
        question=question["question"],
        answer=answers[0] if answers else "The paragraph does not say.",
        answers=answers,
        gold=gold,
        cluster=title,
        split="test",
        tags=("single-passage",) if answers else ("unanswerable",),
    )
