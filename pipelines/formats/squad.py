"""SQuAD 1.1 and 2.0 JSON (Rajpurkar et al. 2016, 2018): a document is a paragraph, the gold passage is the whole paragraph.

A cluster is an article. All of it is "test": nothing of ours is tuned on public data.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipelines.data import Dataset, Example, Gold, read_text
from systems.errors import ConfigError, Fault
from systems.retrieval.documents import Document


def read(path: Path) -> Dataset:
    """Read a SQuAD file. Raises ConfigError when it is no JSON or lacks a field."""
    try:
        data = json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise ConfigError(Fault(f"{path}:{error.lineno}:{error.colno}", f"not JSON: {error.msg}", "")) from None
    if not isinstance(data, Mapping) or not isinstance(data.get("data"), list):
        raise ConfigError(Fault(f"{path}: data", "missing or no list", "expected {'data': [articles]}"))
    documents: list[Document] = []
    examples: list[Example] = []
    faults: list[Fault] = []
    for at, article in enumerate(data["data"]):
        try:
            found, asked = _article(article, f"article {at}")
            documents += found
            examples += asked
        except KeyError as error:
            faults.append(Fault(f"{path}: data.{at}", f"lacks {error}", "expected the fields of SQuAD JSON"))
        except (AttributeError, TypeError) as error:
            faults.append(Fault(f"{path}: data.{at}", f"is no article: {error}", "expected the fields of SQuAD JSON"))
    if faults:
        raise ConfigError(faults)
    card = {"name": path.stem, "version": str(data.get("version", "unknown")), "source": "SQuAD", "language": "en"}
    return Dataset(path.stem, card, documents, examples)


def _article(article: Mapping[str, Any], untitled: str) -> tuple[list[Document], list[Example]]:
    title = str(article.get("title", untitled))
    documents, examples = [], []
    for number, paragraph in enumerate(article["paragraphs"]):
        document = Document(f"{title}/{number}", title.replace("_", " "), str(paragraph["context"]))
        documents.append(document)
        examples += [_example(question, document, title) for question in paragraph["qas"]]
    return documents, examples


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
