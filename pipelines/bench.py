"""How long in-process work takes here: what params.yaml charges on the modelled clock, and a few speeds beside it.

Run after the pipeline: `make bench`. Medians of single calls, warm, on real questions of the first index with chunks.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

from pipelines import params as params_file
from pipelines.data import Example, examples_by_request, read_examples
from pipelines.judges.evidence import prepared
from pipelines.judges.local import verdict
from pipelines.judges.states import sentence
from pipelines.judges.texts import claims
from pipelines.metrics import metric, value
from pipelines.paths import INDEXES, PREPARED, RESPONSES
from pipelines.score import read_responses
from systems.build import build
from systems.interface import Call, Response
from systems.retrieval.embedding import MiniLM

BY_JUDGE = ("faithfulness", "groundedness")


def main() -> None:
    """Print one line a measurement."""
    params = params_file.load()
    name, spec = next((name, spec) for name, spec in params.indexes.items() if spec.chunker)
    examples = read_examples(PREPARED / spec.dataset / "examples.jsonl")
    asyncio.run(_retrieval(name, [example.question for example in examples]))
    row = next(row for row in params.runs if row.index == name)
    _metrics(examples, row.variant, row.dataset, params.metrics)


async def _retrieval(index: str, questions: Sequence[str]) -> None:
    table_of_it = {"table": {"manifest": str(INDEXES / f"{index}.json")}}
    async with build(table_of_it, kind="index") as table:
        # A question that no cache knows: that is what a user's question is.
        fresh = [f"{question} (asked at {time.time_ns()})" for question in questions]
        embedder = MiniLM()
        embedder.embed(fresh[:1])
        vectors: list[Any] = []
        _line("embed_query", _median(lambda text: vectors.append(embedder.embed([text])[0]), fresh[1:]))
        _line("search_dense", _median(lambda vector: table.search_vector(vector, 5), vectors))
        _line("search_bm25", _median(lambda text: table.search_text(text, 5), questions))
    dense = {"dense": {"top_k": 20}}
    took_s = [await _retriever(one, table_of_it, questions) for one in (dense, {"mmr": {"retriever": dense}})]
    _line("mmr", took_s[1] - took_s[0])


async def _retriever(description: Any, index: Any, questions: Sequence[str]) -> float:
    """Median seconds to retrieve for a question whose vector is known."""
    async with build(description, kind="retriever", given={"index": index}) as retriever:
        times = []
        for again in (False, True):
            for question in questions:
                started = time.perf_counter()
                await retriever.retrieve(question, Call.now("bench"))
                times += [time.perf_counter() - started] if again else []
    return statistics.median(times)


def _metrics(examples: Sequence[Example], variant: str, dataset: str, names: Sequence[str]) -> None:
    by_request = examples_by_request(examples)
    pairs = [
        (example, response)
        for response in read_responses(RESPONSES / variant / f"{dataset}.jsonl")
        for example in by_request.get(response.id, ())
    ]
    metrics = [metric(name) for name in names if name not in BY_JUDGE]
    started = time.perf_counter()
    for example, response in pairs:
        for one in metrics:
            value(one, example, response, True)
    each_s = (time.perf_counter() - started) / len(pairs)
    print(
        f"score            {each_s * 1000:7.2f} ms an answer, {len(metrics)} metrics: {1 / each_s:,.0f} answers a second"
    )
    _local_judge(pairs)


def _local_judge(pairs: Sequence[tuple[Example, Response]]) -> None:
    """Claims a second, against what was retrieved: with the vectors of all sentences in memory, and with them on disk only."""
    asked = [
        (claim, tuple(f"{found.title}\n{found.text}" for found in response.contexts or ()), example.question)
        for example, response in pairs
        for claim in claims(response.text)
    ]
    for what, forgotten in (("", ()), ("on disk", (sentence,)), ("in memory", ())):
        for cached in (verdict, prepared, *forgotten):
            cached.cache_clear()
        started = time.perf_counter()
        for one in asked:
            verdict(*one)
        each_s = (time.perf_counter() - started) / len(asked)
        if what:
            print(
                f"local judge      {each_s * 1000:7.2f} ms a claim, vectors {what}: {1 / each_s:,.0f} claims a second,"
                f" {len(asked)} claims against {statistics.mean(len(one[1]) for one in asked):.0f} passages each"
            )


def _median(work: Callable[[Any], object], inputs: Sequence[Any]) -> float:
    times = []
    for one in inputs:
        started = time.perf_counter()
        work(one)
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def _line(name: str, seconds: float) -> None:
    print(f"{name:<16} {seconds * 1000:7.2f} ms, charged as run.charges.{name}")


if __name__ == "__main__":
    main()
