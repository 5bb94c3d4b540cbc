"""Let judges score every answer of every run: one stage, since ragas and deepeval take seconds to import.

Writes `results/judged/<variant>/<dataset>.csv`, in the form of the scores (an example a row; empty where a metric does not
apply or the judge failed, which the column beside it says), and `results/judged/failures.json`, which counts the failures by
their reasons. Equal questions to equal judges are asked once, however many runs hold them, and never again.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines import clock
from pipelines.data import Example, examples_by_request, read_examples
from pipelines.judges.asked import RUBRIC, asked
from pipelines.judges.build import Described, describe, described_in
from pipelines.judges.judge import Item, Judge, Opinion
from pipelines.metrics.judged import Judged, judged
from pipelines.opinions import Opinions, key_of
from pipelines.params import Params, named
from pipelines.paths import JUDGED, PREPARED, RESPONSES
from pipelines.run import learnt
from pipelines.score import cell, read_responses, write_table
from systems.errors import ConfigError, Fault
from systems.facts import ToolCalled
from systems.interface import Response, ToolUse
from systems.paths import cache_dir

PROGRESS_S = 0.1 if sys.stderr.isatty() else 20.0  # in a log, too: a model takes minutes


@dataclass(frozen=True)
class Question:
    """One cell of a table: what to ask of whom, or the opinion that needs no judge."""

    example: str
    column: str
    key: str | None
    item: Item
    given: Opinion | None = None
    repeat: int = 0


@dataclass
class Bench:
    """The judges, described, and the columns that they fill."""

    judges: Mapping[str, Described]
    columns: Sequence[Judged]
    rubrics: Mapping[str, Any]

    @classmethod
    def of(cls, params: Params) -> Bench:
        """Raises ConfigError where a column names no metric, or a judge that is not described."""
        columns = []
        for column in params.judge.columns:
            metric = judged(column)
            if metric is None:
                raise ConfigError(Fault("judge.columns", f"{column!r} is no <metric>.<judge>", "see docs/metrics.md"))
            columns.append(metric)
        used = dict.fromkeys(metric.judge for metric in columns)
        rubrics, given = params.judge.rubrics, {"learnt": learnt()}
        judges = {name: describe(name, named(described_in(params), name, "judge"), rubrics, given) for name in used}
        return cls(judges, columns, rubrics)

    def question(self, column: Judged, example: str, item: Item, repeat: int = 0) -> Question:
        rubric = self.rubrics.get(column.base.removeprefix(RUBRIC)) if column.base.startswith(RUBRIC) else None
        key = key_of(self.judges[column.judge].fingerprint, column.base, item, rubric)
        return Question(example, column.name, key, item, repeat=repeat)

    def spent(self) -> str:
        """What was asked of models in this process, for a line of text."""
        asked = {name: judge.replies for name, judge in self.judges.items() if judge.replies}
        return "".join(
            f"; {name}: {of.asked} calls, {of.asked_again} of them again, {of.input_tokens} + {of.output_tokens} tokens, "
            f"{'of unknown cost' if of.cost_usd is None else f'{of.cost_usd:.4f} USD'}"
            for name, of in asked.items()
        )


def stage(params: Params) -> str:
    """The `judge` stage: returns a line that says what was done."""
    bench = Bench.of(params)
    tables: dict[Path, tuple[list[Example], list[Question]]] = {}
    for row in params.runs:
        examples = read_examples(PREPARED / row.dataset / "examples.jsonl")
        responses = read_responses(RESPONSES / row.variant / f"{row.dataset}.jsonl")
        retrieves = bool(named(params.indexes, row.index, "index").chunker)
        questions = list(_questions(bench, examples, responses, retrieves)) if bench.columns else []
        tables[JUDGED / row.variant / f"{row.dataset}.csv"] = examples, questions
    every = [question for _, questions in tables.values() for question in questions]
    opinions, now = opinions_of(bench, every, params.judge.concurrent)
    for out, (examples, questions) in tables.items():
        if bench.columns:
            _write(out, bench.columns, examples, questions, opinions)
    failures = JUDGED / "failures.json"
    failures.parent.mkdir(parents=True, exist_ok=True)
    failures.write_text(
        json.dumps(counts(bench, every, opinions), indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    asked_of = sum(question.key is not None for question in every)
    failed = sum(_opinion(question, opinions).failed for question in every)
    done = f"{JUDGED}: {len(tables)} runs, {asked_of} judgements, {now} asked now, {failed} without a usable answer"
    return done + bench.spent()


def judge_all(params: Params, items: Sequence[Item]) -> list[dict[str, Opinion]]:
    """What the judges of params.yaml say of some items, by column: for answers that no run of ours gave."""
    bench = Bench.of(params)
    rows = [[bench.question(column, str(at), item) for column in bench.columns] for at, item in enumerate(items)]
    opinions, _ = opinions_of(bench, [question for row in rows for question in row], params.judge.concurrent)
    return [{question.column: _opinion(question, opinions) for question in row} for row in rows]


def item_of(example: Example, response: Response, retrieves: bool) -> Item:
    """All that a judge sees of a response. A run that retrieves, but asked for nothing here, was given nothing."""
    found = response.contexts if retrieves else None
    contexts = tuple(f"{passage.title}\n{passage.text}".strip() for passage in found or ()) if retrieves else None
    called = [fact for fact in response.facts if isinstance(fact, ToolCalled)]
    tools = tuple(ToolUse("", fact.tool, fact.arguments) for fact in called)
    return Item(example.question, response.text, contexts, example.answer, tools)


def _questions(
    bench: Bench, examples: Sequence[Example], responses: Iterator[Response], retrieves: bool
) -> Iterator[Question]:
    by_request = examples_by_request(examples)
    for response in responses:
        for example in by_request.get(response.id, ()):
            item, again = item_of(example, response, retrieves), response.repeat
            for column in bench.columns:
                if not column.applies(example) or (column.of_retrieval and not retrieves):
                    yield Question(example.id, column.name, None, item, Opinion(None, "does not apply"), again)
                elif response.failed:
                    yield Question(
                        example.id, column.name, None, item, Opinion(column.worst, "the request failed"), again
                    )
                else:
                    yield bench.question(column, example.id, item, again)


def opinions_of(bench: Bench, questions: Sequence[Question], concurrent: int) -> tuple[Mapping[str, Opinion], int]:
    """(every opinion by its key, how many were asked for now). What was asked before stands in a journal in the cache."""
    wanted = {question.key: question for question in questions if question.key}
    with Opinions(cache_dir("judged") / "opinions.jsonl") as journal:
        missing = [question for key, question in wanted.items() if key not in journal.known]
        if missing:
            clock.run(_ask(bench, missing, journal, concurrent))
        return {key: journal.known[key] for key in wanted}, len(missing)


async def _ask(bench: Bench, questions: Sequence[Question], journal: Opinions, concurrent: int) -> None:
    from tqdm import tqdm

    names = {column.name: column for column in bench.columns}
    used = dict.fromkeys(names[question.column].judge for question in questions)
    waiting = iter(questions)
    async with AsyncExitStack() as stack:
        judges = {name: await stack.enter_async_context(bench.judges[name]) for name in used}
        bar = stack.enter_context(tqdm(total=len(questions), desc="judge", unit="judgement", mininterval=PROGRESS_S))

        async def work() -> None:
            for question in waiting:
                column = names[question.column]
                journal.add(str(question.key), await _one(judges[column.judge], column.base, question.item))
                bar.update()

        try:
            async with asyncio.TaskGroup() as tasks:
                for _ in range(min(concurrent, len(questions))):
                    tasks.create_task(work())
        except ExceptionGroup as several:  # the first is why the others were cut off
            raise several.exceptions[0] from None


async def _one(judge: Judge, metric: str, item: Item) -> Opinion:
    await asyncio.sleep(0)  # a judge that waits for nothing would not let the others begin
    return await asked(judge, metric, item)


def counts(bench: Bench, questions: Sequence[Question], opinions: Mapping[str, Opinion]) -> dict[str, Any]:
    """{metric: {judge: {scored, not_applicable, failed: {reason: how often}}}}, over the examples of all runs."""
    found: dict[str, Any] = {}
    for column in bench.columns:
        mine = [_opinion(question, opinions) for question in questions if question.column == column.name]
        reasons = Counter(opinion.reason for opinion in mine if opinion.failed)
        found.setdefault(column.base, {})[column.judge] = {
            "scored": sum(opinion.score is not None for opinion in mine),
            "not_applicable": sum(opinion.score is None and not opinion.failed for opinion in mine),
            "failed": dict(sorted(reasons.items())),
        }
    return found


def _opinion(question: Question, opinions: Mapping[str, Opinion]) -> Opinion:
    return question.given or opinions[str(question.key)]


def _write(
    out: Path,
    columns: Sequence[Judged],
    examples: Sequence[Example],
    questions: Sequence[Question],
    opinions: Mapping[str, Opinion],
) -> None:
    """In the form of the scores; beside each column, where the judge failed."""
    said = {(question.example, question.column): _opinion(question, opinions) for question in questions}
    cells = {
        question.example: (
            question.repeat,
            [text for column in columns for text in _cells(said[question.example, column.name])],
        )
        for question in questions
    }
    names = [name for column in columns for name in (column.name, f"{column.name}.judge_failed")]
    write_table(out, examples, names, cells)


def _cells(opinion: Opinion) -> tuple[str, str]:
    """The score, and whether the judge failed; both empty where the metric does not apply."""
    if opinion.failed:
        return "", "1"
    return cell(opinion.score), "" if opinion.score is None else "0"
