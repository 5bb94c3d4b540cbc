"""Which chunk size, which retriever, how many passages? Every setting of a grid on one dataset: what it finds, how much else it
puts into the prompt, and, for one retriever, what a model makes of it.

Each chunk size is cut and embedded once, each retriever asked once for the most passages; what fewer would have been is their
beginning. Whatever was asked before stands in the journal: another chunk size, overlap or retriever asks only what is new (a
higher k asks for more passages, and so anew).
"""

from __future__ import annotations

import math
import os
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

from pipelines import data, stats
from pipelines.data import Dataset, Example, examples_by_request
from pipelines.evaluate import home_of, manifest_of
from pipelines.metrics import metric, value
from pipelines.metrics.spans import precision_omega
from pipelines.params import IndexSpec, Params, Sweep, named
from pipelines.paths import SWEEP
from pipelines.run import answer_all, learnt
from pipelines.score import read_responses
from pipelines.score_files import SPLIT
from pipelines.sweep_choice import Scored, Setting, choices, write_choices
from pipelines.sweep_table import Cell, write_table
from systems.build import Built, build
from systems.errors import ConfigError, Fault
from systems.facts import Retrieved
from systems.interface import Response, Span
from systems.rag import titled
from systems.retrieval.chunking import Chunk
from systems.tokens import count_tokens

AT_K = ("span_recall", "span_precision", "span_iou", "recall", "ndcg")
OF_ANSWERS = ("correctness", "answer_rate", "input_tokens", "cost_usd")
NO_SHARES = ("context_tokens", "input_tokens", "cost_usd")
ALL_THAT_IS_FOUND = 10**6  # tokens: a sweep over k must not be cut off by the budget of the prompt


def stage(params: Params) -> str:
    """The `sweep` stage: returns a line that says what was done."""
    spec = spec_of(params)
    source = named(params.datasets, spec.dataset, "dataset")
    dataset = replace(data.read(source.format, source.path), name=spec.dataset)
    return run(params, spec, dataset, dataset.examples, SWEEP)


def spec_of(params: Params) -> Sweep:
    """The sweep of params.yaml. Raises ConfigError where there is none."""
    if params.sweep is None:
        raise ConfigError(Fault("sweep", "missing in params.yaml", "see docs/retrieval.md"))
    return params.sweep


def plan(params: Params, spec: Sweep, dataset: Dataset, examples: Sequence[Example]) -> str:
    """What a sweep would do, for --dry-run."""
    settings = len(grid(spec)) * len(spec.retrievers)
    answered = [_answered(spec, name, *at) for at in grid(spec) for name in spec.retrievers]
    asked = sum(map(len, answered)) * len(examples)
    return (
        f"{dataset.name}: {len(dataset.documents)} documents are cut in {len(grid(spec))} ways;"
        f" {settings} x {len(examples)} questions are put to retrievers, {asked:,} to models, unless the journal holds them"
    )


def run(params: Params, spec: Sweep, dataset: Dataset, examples: Sequence[Example], folder: Path) -> str:
    """Sweep a dataset; writes `<dataset>.csv` and `<dataset>.json` to `folder` and returns a line that says so.

    Raises ConfigError where there is nothing to score: no question of the test split that has gold.
    """
    if not any(example.gold and example.split == SPLIT for example in examples):
        what = f"no question of the {SPLIT} split of {dataset.name!r} has a gold passage"
        raise ConfigError(Fault("sweep", what, "retrieval cannot be scored without"))
    if folder.exists() and not folder.is_dir():
        raise ConfigError(Fault(str(folder), "is a file", "expected a folder to write to"))
    folder.mkdir(parents=True, exist_ok=True)
    scored = Scored(examples, dict(every_setting(params, spec, dataset, examples)))
    table, chosen = folder / f"{dataset.name}.csv", folder / f"{dataset.name}.json"
    write_table(cells(scored, params.compare.draws, params.compare.seed), table)
    write_choices(choices(scored, spec.budgets_tokens, params.compare), dataset, chosen)
    return f"{table}, {chosen}: {len(scored.scores)} settings, {len(examples)} questions"


def grid(spec: Sweep) -> list[tuple[int, int]]:
    """(chunk_tokens, overlap_tokens) of each index, without those that a share rounds to the same."""
    return list(dict.fromkeys((size, round(size * share)) for size in spec.chunk_tokens for share in spec.overlaps))


def every_setting(
    params: Params, spec: Sweep, dataset: Dataset, examples: Sequence[Example]
) -> Iterator[tuple[Setting, Mapping[str, Sequence[float]]]]:
    """The scores of each setting, index by index."""
    from tqdm import tqdm

    home = home_of(dataset)
    steps = [(chunk, overlap, name) for chunk, overlap in grid(spec) for name in spec.retrievers]
    texts = {document.id: document.text for document in dataset.documents}
    for chunk_tokens, overlap_tokens, name in tqdm(steps, desc=f"sweep {dataset.name}", unit="index", disable=None):
        chunker = {spec.chunker: {"chunk_tokens": chunk_tokens, "overlap_tokens": overlap_tokens}}
        manifest = manifest_of(home, dataset, IndexSpec(dataset.name, chunker, spec.embedder))
        given = {"index": {"table": {"manifest": str(manifest)}}, "learnt": learnt()}
        at = partial(Setting, chunk_tokens, overlap_tokens, name)
        most = max(spec.top_k)
        asked = build({"search": {"retriever": deep(spec.retrievers[name], most), "texts": False}}, given=given)
        cutting = build(chunker, kind="chunker").part
        chunks = [chunk for one in dataset.documents for chunk in cutting.chunks(one)]
        omega = _omegas(chunks, examples)
        answered = _answered(spec, name, chunk_tokens, overlap_tokens) if any(e.has_reference for e in examples) else ()
        found = list(_responses(asked, examples, params, home))
        if not _are_chunks(found, chunks):
            omega = array(
                "d", [math.nan] * len(examples)
            )  # what is given is not what was cut: parents have another precision
        for k in sorted(set(spec.top_k)):
            scores = _retrieval(found, k, texts) | {"precision_omega": omega}
            if k in answered and spec.answers:
                rag = {"retriever": deep(spec.retrievers[name], k), "model": spec.answers.model}
                built = build({"rag": {**rag, "context_tokens": ALL_THAT_IS_FOUND}}, given=given)
                scores |= _answers(_responses(built, examples, params, home))
            yield at(k), scores


def deep(retriever: Any, top_k: int) -> Any:
    """The description of a retriever that finds so many."""
    if isinstance(retriever, str):
        retriever = {retriever: {}}
    if not isinstance(retriever, Mapping) or len(retriever) != 1:
        return retriever  # `build` says what is wrong with it
    ((name, fields),) = retriever.items()
    return {name: {**(fields or {}), "top_k": top_k} if isinstance(fields, Mapping | None) else fields}


def _answered(spec: Sweep, retriever: str, chunk_tokens: int, overlap_tokens: int) -> tuple[int, ...]:
    """The k at which a model is asked."""
    if not spec.answers or retriever != spec.answers.retriever:
        return ()
    here = overlap_tokens == round(chunk_tokens * spec.answers.overlap)
    return (spec.answers.top_k or spec.top_k) if here else ()


def _responses(
    built: Built, examples: Sequence[Example], params: Params, home: Path
) -> Iterator[tuple[Example, Response]]:
    """Each example with the response to it, in the order of the examples."""
    out = home / f"sweep-{built.fingerprint}-{os.getpid()}.jsonl"
    answer_all(built, {one.request.id(): one.request for one in examples}, params.run, out)
    by_request = examples_by_request(examples)
    answered = {example.id: r for r in read_responses(out) for example in by_request.get(r.id, ())}
    out.unlink()  # the journal holds them
    yield from ((example, answered[example.id]) for example in examples)


def _retrieval(found: Sequence[tuple[Example, Response]], k: int, texts: Mapping[str, str]) -> dict[str, array[float]]:
    """The scores of retrieval with the first k passages, and how many tokens these are as a prompt shows them."""
    scores = {figure: array("d") for figure in (*AT_K, "mrr", "context_tokens")}
    for example, response in found:
        passages = (response.contexts or [])[:k]
        shorter = replace(response, spans=(Span("first", None, 0.0, facts=[Retrieved("", tuple(passages))]),))
        for figure in AT_K:
            scores[figure].append(_or_nan(value(metric(f"{figure}@{k}"), example, shorter, True)))
        scores["mrr"].append(_or_nan(value(metric("mrr"), example, shorter, True)))
        whole = [replace(one, text=texts[one.document][one.start : one.end]) for one in passages]
        scores["context_tokens"].append(sum(count_tokens(f"[{at}] {titled(one)}") for at, one in enumerate(whole, 1)))
    return scores


def _are_chunks(found: Sequence[tuple[Example, Response]], chunks: Sequence[Chunk]) -> bool:
    """Whether all passages are chunks as they were cut."""
    cut = {(chunk.document, chunk.start, chunk.end) for chunk in chunks}
    passages = (passage for _, response in found for passage in response.contexts or ())
    return all((one.document, one.start, one.end) in cut for one in passages)


def _answers(found: Iterable[tuple[Example, Response]]) -> dict[str, array[float]]:
    scores = {figure: array("d") for figure in OF_ANSWERS}
    for example, response in found:
        for figure in OF_ANSWERS:
            scores[figure].append(_or_nan(value(metric(figure), example, response, True)))
    return scores


def _or_nan(score: float | None) -> float:
    return math.nan if score is None else score


def _omegas(chunks: Iterable[Chunk], examples: Sequence[Example]) -> array[float]:
    """The precision of an ideal retriever for each example: it hangs on how the documents are cut, and on nothing else."""
    of_document: dict[str, list[Chunk]] = defaultdict(list)
    for chunk in chunks:
        of_document[chunk.document].append(chunk)

    def omega(example: Example) -> float | None:
        near = [chunk for name in {gold.document for gold in example.gold} for chunk in of_document[name]]
        return precision_omega(near, example.gold) if example.gold else None

    return array("d", (_or_nan(omega(example)) for example in examples))


def cells(scored: Scored, draws: int, seed: int) -> list[Cell]:
    """Every setting with its figures on the test split."""
    places = scored.places(SPLIT)
    found = []
    for setting, scores in sorted(scored.scores.items()):
        figures = {}
        for figure, column in scores.items():
            values, clusters = scored.values(column, places)
            figures[figure] = stats.mean(values, clusters, draws, seed, share=figure not in NO_SHARES)
        found.append(Cell(**asdict(setting), figures=figures))
    return found
