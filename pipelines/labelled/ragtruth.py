"""RAGTruth (Niu et al. 2024, arXiv:2401.00396): answers of six models to questions over passages, summaries of news, and
overviews written from a structure, in which people marked every span that the source does not hold. A folder with
`response.jsonl` and `source_info.jsonl`.

A response with any span is unsupported, also where the annotators found the span true of the world (`implicit_true`): the
evidence does not say it. Train is our dev. Tags are the task, the model, and the quality where it is not good: a wrong refusal
has no span and counts as supported, since it claims nothing that is false.

Written from the public description; never run on the original files.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.formats.columns import SPLITS
from pipelines.formats.reading import json_rows
from pipelines.labelled.rows import ABSENT, card_of, finished, text, with_columns
from pipelines.labelled.sets import Labelled, LabelledSet
from systems.errors import ConfigError, Fault

RESPONSES, SOURCES = "response.jsonl", "source_info.jsonl"
TASKS = ("QA", "Summary", "Data2txt")
_PASSAGE = re.compile(r"(?:^|\n\n)passage \d+:")


@dataclass(frozen=True)
class _Source:
    task: str
    evidence: tuple[str, ...]
    question: str = ""


def read(path: Path) -> LabelledSet:
    """Read a folder of RAGTruth. Raises ConfigError with every fault of both files, each with its line."""
    absent = [path / name for name in (RESPONSES, SOURCES) if not (path / name).is_file()]
    if absent:
        raise ConfigError([Fault(str(one), "no such file", f"expected {RESPONSES} and {SOURCES}") for one in absent])
    faults: list[Fault] = []
    sources = _sources(path / SOURCES, faults)
    needed = ("id", "source_id", "model", "labels", "response")
    rows = with_columns(json_rows(path / RESPONSES, faults), needed, path / RESPONSES, faults)
    items = [(where, item) for where, row in rows if (item := _item(row, sources, where, faults))]
    return finished(card_of(path, "https://github.com/ParticleMedia/RAGTruth", license="MIT"), items, path, faults)


def _sources(path: Path, faults: list[Fault]) -> dict[str, _Source | None]:
    """The sources by id; None where one is at fault, so that its responses are not said to have none."""
    found: dict[str, _Source | None] = {}
    for where, row in with_columns(json_rows(path, faults), ("source_id", "task_type", "source_info"), path, faults):
        id = text(row.get("source_id", ABSENT), f"{where}: source_id", faults)
        if id in found:
            faults.append(Fault(f"{where}: source_id", f"{id!r} is taken", "a source stands there once"))
        found[id] = _source(row, where, faults)
    return found


def _source(row: Mapping[str, Any], where: str, faults: list[Fault]) -> _Source | None:
    before = len(faults)
    task, info = text(row.get("task_type", ABSENT), f"{where}: task_type", faults), row.get("source_info", ABSENT)
    if len(faults) == before and task not in TASKS:
        faults.append(Fault(f"{where}: task_type", f"{task!r} was given", f"known: {', '.join(TASKS)}"))
    if len(faults) > before:
        return None
    if task == "QA":
        given = info if isinstance(info, Mapping) else {}
        question = text(given.get("question", ABSENT), f"{where}: source_info.question", faults)
        passages = text(given.get("passages", ABSENT), f"{where}: source_info.passages", faults)
        source = _Source(task, _filled(_PASSAGE.split(passages)), question)
    elif task == "Data2txt" and isinstance(info, Mapping | list):
        source = _Source(task, (json.dumps(info, ensure_ascii=False),) if info else ())
    else:
        source = _Source(task, _filled([text(info, f"{where}: source_info", faults)]))
    return source if len(faults) == before else None


def _filled(passages: list[str]) -> tuple[str, ...]:
    return tuple(passage.strip() for passage in passages if passage.strip())


def _item(
    row: Mapping[str, Any], sources: Mapping[str, _Source | None], where: str, faults: list[Fault]
) -> Labelled | None:
    before = len(faults)
    cells = {
        name: text(row.get(name, ABSENT), f"{where}: {name}", faults)
        for name in ("id", "source_id", "model", "response")
    }
    split, quality = str(row.get("split") or "test"), str(row.get("quality") or "good")
    if split.lower() not in SPLITS:
        faults.append(Fault(f"{where}: split", f"{split!r} was given", f"known: {', '.join(SPLITS)}"))
    spans = row.get("labels", ABSENT)
    if not isinstance(spans, list):
        given = "missing" if spans is ABSENT else f"{str(spans)[:60]!r} was given"
        faults.append(Fault(f"{where}: labels", given, "expected a list of spans, empty where nothing is marked"))
    if len(faults) == before and cells["source_id"] not in sources:
        faults.append(Fault(f"{where}: source_id", f"no source is {cells['source_id']!r}", f"see {SOURCES}"))
    source = sources.get(cells["source_id"])
    if len(faults) > before or source is None:
        return None
    return Labelled(
        id=cells["id"],
        text=cells["response"],
        evidence=source.evidence,
        label="unsupported" if spans else "supported",
        cluster=cells["source_id"],
        question=source.question,
        split=SPLITS[split.lower()],
        tags=(source.task, cells["model"], *([quality] if quality != "good" else [])),
    )
