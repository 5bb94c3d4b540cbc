"""Read a dataset in whatever format it comes; write documents and examples as every later stage reads them, and the memory
of the local models: the answered questions of the development split."""

from __future__ import annotations

import json
from pathlib import Path

from pipelines.data import Dataset, read, write_examples
from pipelines.params import Params, named
from pipelines.paths import PREPARED
from systems.retrieval.documents import write_documents


def stage(params: Params, name: str) -> str:
    """The `prepare` stage: returns a line that says what was done."""
    source = named(params.datasets, name, "dataset")
    dataset = read(source.format, source.path)
    folder = PREPARED / name
    folder.mkdir(parents=True, exist_ok=True)
    write_documents(folder / "documents.jsonl", dataset.documents)
    write_examples(folder / "examples.jsonl", dataset.examples)
    remembered = write_memory(dataset, folder / "memory.jsonl")
    return f"{folder}: {len(dataset.documents)} documents, {len(dataset.examples)} examples, {remembered} remembered"


def write_memory(dataset: Dataset, path: Path) -> int:
    """Write question and answer of every development example that has an answer; returns how many."""
    known = [example for example in dataset.examples if example.split == "dev" and example.answers]
    with path.open("w", encoding="utf-8") as file:
        for example in known:
            file.write(json.dumps({"question": example.question, "answer": example.answer}, ensure_ascii=False) + "\n")
    return len(known)
