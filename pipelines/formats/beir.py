"""BEIR (Thakur et al. 2021): a folder with corpus.jsonl ({_id, title, text}), queries.jsonl ({_id, text}) and qrels/*.tsv.

A document's text is title, space, text, as BEIR's own evaluation joins them. Gold is the whole document, its grade the score of
the qrels; a score of 0 or less was judged not relevant. A document without text (FiQA has some) is left out, with what judges it,
and named under `empty` in the card. A query that nothing is judged relevant to is left out. Qrels are those
of test.tsv, or the only ones there are. All of it is "test", and each query is a cluster of its own: they are independent.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipelines.data import Dataset
from pipelines.formats.judged import Judgements, judge, retrieval_example
from pipelines.formats.reading import json_rows, only_file, text_lines
from systems.errors import ConfigError, Fault
from systems.retrieval.documents import Document

HEADER = ["query-id", "corpus-id", "score"]


def read(path: Path) -> Dataset:
    """Read a BEIR folder. Raises ConfigError with every fault, each with its file and line."""
    qrels = _files(path)
    faults: list[Fault] = []
    documents, empty = _documents(path / "corpus.jsonl", faults)
    queries = _queries(path / "queries.jsonl", faults)
    complete = not faults  # an id is only unknown where every line that could name it was read
    judged: Judgements = {}
    for where, query, document, score in _judgements(qrels, faults):
        judge(judged, query, document, score, where, faults)
        if complete and query not in queries:
            faults.append(Fault(where, f"no query has the id {query!r}", "see queries.jsonl"))
        if complete and not (document in documents or document in empty):
            faults.append(Fault(where, f"no document has the id {document!r}", "see corpus.jsonl"))
    if faults:
        raise ConfigError(faults)
    examples = [retrieval_example(id, text, judged.get(id, {}), documents) for id, text in queries.items()]
    name = path.resolve().name
    card = {"name": name, "version": qrels.stem, "source": "BEIR"} | ({"empty": sorted(empty)} if empty else {})
    return Dataset(name, card, list(documents.values()), [example for example in examples if example])


def _files(path: Path) -> Path:
    """The qrels to read; that corpus and queries are there is checked with it."""
    faults = [
        Fault(str(path / name), "no such file", "a BEIR folder holds corpus.jsonl, queries.jsonl and qrels/*.tsv")
        for name in ("corpus.jsonl", "queries.jsonl")
        if not (path / name).is_file()
    ]
    qrels = path / "qrels" / "test.tsv"
    if not qrels.is_file():
        try:
            qrels = only_file(path, sorted((path / "qrels").glob("*.tsv")), "qrels/*.tsv")
        except ConfigError as error:
            faults += error.faults
    if faults:
        raise ConfigError(faults)
    return qrels


def _documents(path: Path, faults: list[Fault]) -> tuple[dict[str, Document], set[str]]:
    """The documents, and the ids of those without text."""
    documents: dict[str, Document] = {}
    empty: set[str] = set()
    for where, id, row in _identified(path, faults):
        title, text = (_text(row, key, where, faults) for key in ("title", "text"))
        if f"{title}{text}".strip():
            documents[id] = Document(id, title, f"{title} {text}".strip())
        else:
            empty.add(id)
    return documents, empty


def _queries(path: Path, faults: list[Fault]) -> dict[str, str]:
    queries: dict[str, str] = {}
    for where, id, row in _identified(path, faults):
        queries[id] = _text(row, "text", where, faults)
        if not queries[id].strip():
            faults.append(Fault(f"{where}: text", f"query {id!r} asks nothing", "expected a question"))
    return queries


def _identified(path: Path, faults: list[Fault]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(place, id, row) of every row that has an id of its own."""
    seen: dict[str, str] = {}
    for where, row in json_rows(path, faults):
        id = row.get("_id")
        if not isinstance(id, str | int) or isinstance(id, bool) or id == "":
            given = f"{id!r} was given" if "_id" in row else f"missing; the line has {', '.join(row) or 'nothing'}"
            faults.append(Fault(f"{where}: _id", given, "expected a string"))
        elif str(id) in seen:
            faults.append(Fault(f"{where}: _id", f"{id!r} is taken", f"first used at {seen[str(id)]}"))
        else:
            seen[str(id)] = where
            yield where, str(id), row


def _text(row: dict[str, Any], key: str, where: str, faults: list[Fault]) -> str:
    value = row.get(key)
    if key == "title" and value is None:
        return ""
    if not isinstance(value, str):
        given = f"{str(value)[:60]!r} was given" if key in row else "missing"
        faults.append(Fault(f"{where}: {key}", given, "expected a string"))
        return "?"
    return value


def _judgements(path: Path, faults: list[Fault]) -> Iterator[tuple[str, str, str, float]]:
    """(place, query, document, score) of every line."""
    for number, line in text_lines(path, faults):
        where = f"{path}:{number}"
        cells = line.strip("\r\n").split("\t")
        if number == 1:
            if cells != HEADER:
                faults.append(Fault(where, f"{line.strip()[:60]!r} was given", f"expected {'<tab>'.join(HEADER)}"))
            continue
        if not line.strip():
            continue
        try:
            query, document, score = cells
            grade = float(score)
            if not math.isfinite(grade):
                raise ValueError
        except ValueError:
            faults.append(Fault(where, f"{line.strip()[:60]!r} was given", f"expected {'<tab>'.join(HEADER)}"))
            continue
        yield where, query, document, max(0.0, grade)
