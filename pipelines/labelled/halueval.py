"""HaluEval (Li et al. 2023, arXiv:2305.11747): right answers, and answers that a model was asked to make up, to questions over
passages (qa), to turns of a dialogue, and as summaries. JSON Lines; which of the three a row is, its keys say.

A row with a right and a hallucinated answer makes two items in one cluster. Files of the same data with one answer a row and
`hallucination: yes` or `no` are read too. No person labelled these: the right answers are those of the data sets they were made
from, the others are unsupported by how they were made. People labelled the general file, but it has no evidence to judge by.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pipelines.formats.reading import json_rows
from pipelines.labelled.rows import Label, asked, card_of, cluster_of, finished, label, line_of, needs_file, text
from pipelines.labelled.sets import Labelled, LabelledSet
from systems.errors import Fault

# task: where its evidence stands, its question (none in the case of summaries), and what it calls the text that is judged
TASKS = {
    "qa": ("knowledge", "question", "answer"),
    "dialogue": ("knowledge", "dialogue_history", "response"),
    "summarization": ("document", "", "summary"),
}
LABELS: Mapping[str, Label] = {"yes": "unsupported", "no": "supported"}
_SPEAKER = "[Human]:"


def read(path: Path) -> LabelledSet:
    """Read a file of HaluEval. Raises ConfigError with every fault, each with its line."""
    needs_file(path, "HaluEval's JSON Lines")
    faults: list[Fault] = []
    unknown: list[Fault] = []
    items: list[tuple[str, Labelled]] = []
    for where, row in json_rows(path, faults):
        task = next((task for task in TASKS if set(_columns(task, row)) <= row.keys()), None)
        if task:
            items += [(where, item) for item in _items(row, task, where, faults)]
        else:
            unknown.append(_unknown(row, where))
    # where no row is known the file is another one, which is said once
    faults += unknown if items or faults else [Fault(str(path), one.what, one.allowed) for one in unknown[:1]]
    return finished(card_of(path, "https://github.com/RUCAIBox/HaluEval", license="MIT"), items, path, faults)


def _columns(task: str, row: Mapping[str, Any]) -> list[str]:
    """The columns of a task, with one answer a row where the row says whether it is a hallucination."""
    evidence, question, answer = TASKS[task]
    answers = [answer, "hallucination"] if "hallucination" in row else [f"right_{answer}", f"hallucinated_{answer}"]
    return [evidence, *([question] if question else []), *answers]


def _unknown(row: Mapping[str, Any], where: str) -> Fault:
    if "chatgpt_response" in row:
        what = "rows of HaluEval's general file: they have no evidence to judge by"
        return Fault(where, what, f"expected its files for {', '.join(TASKS)}")
    allowed = "; ".join(f"{task}: {', '.join(_columns(task, {}))}" for task in TASKS)
    return Fault(
        where, f"columns {', '.join(row) or 'none'}", f"expected those of {allowed}; or one answer and hallucination"
    )


def _items(row: Mapping[str, Any], task: str, where: str, faults: list[Fault]) -> Iterator[Labelled]:
    before = len(faults)
    cells = {name: text(row[name], f"{where}: {name}", faults) for name in _columns(task, row)}
    source, question_name, answer = TASKS[task]
    evidence = (cells[source],) if cells[source].strip() else ()
    question = cells.get(question_name, "")
    if task == "dialogue":
        question = asked(question.rpartition(_SPEAKER)[2])
    number = line_of(where)
    cluster = cluster_of(evidence, number)
    for suffix, name, verdict in _answers(cells, answer, where, faults):
        if len(faults) == before:
            yield Labelled(f"{number}{suffix}", cells[name], evidence, verdict, cluster, question, tags=(task,))


def _answers(
    cells: Mapping[str, str], answer: str, where: str, faults: list[Fault]
) -> Iterator[tuple[str, str, Label]]:
    """What its id ends in, its column, and its label, of each text that is judged."""
    if "hallucination" in cells:
        if verdict := label(cells["hallucination"], LABELS, f"{where}: hallucination", faults):
            yield "", answer, verdict
    else:
        yield "-right", f"right_{answer}", "supported"
        yield "-hallucinated", f"hallucinated_{answer}", "unsupported"
