"""Public sets whose path is given: our figures beside the published ones, and whether the two can be compared.

What is known of each set stands in pipelines/published.py. Retrieval is measured with no model; where a set has reference
answers the three local models are asked too, over what dense retrieval finds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pipelines import tables
from pipelines.data import Dataset, Example
from pipelines.difference import differences
from pipelines.evaluate import Evaluation, chosen, dataset_named, evaluate, evaluation_of, scores
from pipelines.params import IndexSpec, Params
from pipelines.published import BENCHMARKS, Benchmark, Published
from pipelines.stats import Difference, Estimate
from pipelines.sweep import deep
from systems.errors import ConfigError, Fault

TIERS = ("small", "medium", "large")
TIER_FIGURES = ("correctness", "answer_rate", "recall@5")
TIER_INDEX: Any = {"recursive": {"chunk_tokens": 256, "overlap_tokens": 32}}


@dataclass(frozen=True)
class Measured:
    """One figure of one system on a set, what others published of it, if anything, and whether that compares."""

    dataset: str
    system: str
    figure: str
    estimate: Estimate | None
    published: Published | None = None
    comparable: str = ""


@dataclass(frozen=True)
class Tier:
    """The answers of one local model on a set; `gain`: its correctness minus that of the tier below, question by question."""

    dataset: str
    tier: str
    figures: Mapping[str, Estimate | None]
    gain: Difference | None


@dataclass(frozen=True)
class Result:
    """Everything that was measured on one set."""

    benchmark: Benchmark
    dataset: str
    about: str
    measured: tuple[Measured, ...]
    tiers: tuple[Tier, ...]


def of(name: str, dataset: Dataset) -> Benchmark:
    """The benchmark that a dataset, given as format:path, is: by its name, else by its path, else the one of its format.

    Raises ConfigError where none is known of it.
    """
    format_name = name.partition(":")[0]
    of_format = [one for one in BENCHMARKS if one.format == format_name]
    for text in (dataset.name.lower(), name.lower()):
        for benchmark in of_format:
            if benchmark.match and benchmark.match in text:
                return benchmark
    if general := [one for one in of_format if not one.match]:
        return general[0]
    known = ", ".join(f"{one.format}:{one.match or '...'} ({one.name})" for one in BENCHMARKS)
    raise ConfigError(Fault(f"dataset {name!r}", "no benchmark is known of it", f"known: {known}"))


def run(params: Params, names: Sequence[str], limit: int | None) -> Iterator[Result]:
    """Measure each set. All names are looked at before anything is measured."""
    found: list[tuple[Benchmark, Dataset]] = []
    faults: list[Fault] = []
    for name in names:
        try:
            dataset = dataset_named(params, name)
            found.append((of(name, dataset), dataset))
        except ConfigError as error:
            faults += error.faults
    if faults:
        raise ConfigError(faults)
    for benchmark, dataset in found:
        examples = chosen(dataset, "all", limit, params.run.seed)
        measured = tuple(_retrieval(params, benchmark, dataset, examples))
        tiers = tuple(_tiers(params, dataset, examples)) if any(one.answers for one in examples) else ()
        clusters = len({one.cluster for one in examples})
        about = f"{len(dataset.documents):,} documents, {len(examples):,} questions in {clusters:,} clusters"
        yield Result(benchmark, dataset.name, about, measured, tiers)


def _retrieval(
    params: Params, benchmark: Benchmark, dataset: Dataset, examples: Sequence[Example]
) -> Iterator[Measured]:
    for cut, chunker in benchmark.chunkers.items():
        for name, retriever in benchmark.retrievers.items():
            system = f"{name}, {cut}"
            description = {"search": {"retriever": deep(retriever, benchmark.top_k), "texts": False}}
            spec = IndexSpec(dataset.name, chunker)
            figures, _ = _figures(params, f"search-{name}", description, dataset, examples, spec, benchmark.figures)
            for figure in benchmark.figures:
                ours = Measured(dataset.name, system, figure, figures[figure])
                theirs = [p for p in benchmark.published if (p.system, p.figure) == (system, figure)]
                yield _beside(ours, theirs, len(dataset.documents), len(examples))


def _beside(ours: Measured, theirs: Sequence[Published], documents: int, questions: int) -> Measured:
    """Ours with the published figure of the size that is nearest to it, if there is one."""
    if not theirs:
        return ours
    nearest = min(theirs, key=lambda one: abs(one.documents - documents) + abs(one.questions - questions))
    return replace(ours, published=nearest, comparable=nearest.compares(documents, questions))


def _tiers(params: Params, dataset: Dataset, examples: Sequence[Example]) -> Iterator[Tier]:
    below = None
    for tier in TIERS:
        description = {"rag": {"retriever": {"dense": {"top_k": 5}}, "model": {"local": {"tier": tier}}}}
        spec = IndexSpec(dataset.name, TIER_INDEX)
        figures, ready = _figures(params, f"rag-dense-{tier}", description, dataset, examples, spec, TIER_FIGURES)
        found = scores(ready)
        gain = differences(found, below, params.compare)["correctness"] if below else None
        yield Tier(dataset.name, tier, figures, gain)
        below = found


def _figures(
    params: Params,
    name: str,
    description: Any,
    dataset: Dataset,
    examples: Sequence[Example],
    spec: IndexSpec,
    metrics: Sequence[str],
) -> tuple[dict[str, Estimate | None], Evaluation]:
    ready = evaluation_of(name, description, dataset, examples, spec)
    return evaluate(ready, replace(params, metrics=tuple(metrics))), ready


def page(results: Sequence[Result]) -> str:
    """Everything as Markdown."""
    parts = [HEAD]
    for one in results:
        parts.append(f"## {one.benchmark.name} ({one.dataset})\n\n{one.about}. {one.benchmark.note}")
        parts.append(retrieval_table(one.measured, "github"))
        if one.tiers:
            parts.append(
                "What the three local models answer (dense, 5 chunks of 256 tokens; gain: over the tier above it):"
            )
            parts.append(tier_table(one.tiers, "github"))
        parts += _sources(one)
    return "\n\n".join(part for part in parts if part) + "\n"


def as_text(result: Result) -> str:
    """One set for the terminal."""
    tiers = [tier_table(result.tiers)] if result.tiers else []
    head = f"{result.benchmark.name} ({result.dataset}): {result.about}"
    return "\n\n".join([head, retrieval_table(result.measured), *tiers, *_sources(result)]) + "\n"


def _sources(result: Result) -> list[str]:
    """Where the published figures that are shown are from, as a list."""
    sources = dict.fromkeys(one.published.source for one in result.measured if one.published)
    return ["\n".join(f"- {source}" for source in sources)] if sources else []


HEAD = """# Benchmarks

Public sets, in their own formats, measured with the parts of this project: our figures beside published ones. Written by
`archbench benchmarks FORMAT:PATH ... --write docs/benchmarks.md`; the sets are not in this repository
(`archbench datasets` says where they are to be had). Intervals are 95 %, by cluster bootstrap. The last column says whether
a published figure can be compared with ours: only where collection, questions and system are the same.
The local models prove the machinery; that one answers more rightly than another says nothing about hosted models."""


def retrieval_table(measured: Sequence[Measured], style: str = "simple") -> str:
    """A row a figure of a system: ours with interval and n, the published one, and whether they compare."""
    rows = []
    for one in measured:
        theirs = one.published
        rows.append(
            [
                one.system,
                one.figure,
                tables.with_interval(one.estimate, digits=3),
                str(one.estimate.n) if one.estimate else "0",
                f"{theirs.value:g}" if theirs else "-",
                one.comparable,
            ]
        )
    headers = ["system", "figure", "ours", "n", "published", "comparable?"]
    return tables.table(rows, headers, style, ("left", "left", "right", "right", "right", "left"))


def tier_table(tiers: Sequence[Tier], style: str = "simple") -> str:
    """A row a local model: its figures, and what it gains over the one below."""
    rows = []
    for one in tiers:
        gain = "-" if one.gain is None else f"{one.gain.value:+.3f}"
        if one.gain and one.gain.low is not None and one.gain.high is not None:
            gain += f" ({one.gain.low:+.3f} to {one.gain.high:+.3f})"
        cells = [tables.with_interval(one.figures[figure], digits=3) for figure in TIER_FIGURES]
        rows.append([one.tier, *cells, gain])
    headers = ["model", *TIER_FIGURES, "gain in correctness"]
    return tables.table(rows, headers, style, ("left", *["right"] * 4))


def _short(source: str) -> str:
    """`Thakur et al. 2021`."""
    found = re.match(r".*?\d{4}", source)
    return found[0] if found else source


def known(style: str = "simple") -> str:
    """What is published, for sets whose path nobody has given."""
    rows = [
        [one.name, f"{one.format}:PATH", p.system, p.figure, f"{p.value:g}", _short(p.source)]
        for one in BENCHMARKS
        for p in one.published
    ]
    headers = ["set", "give it as", "system", "figure", "published", "source"]
    return tables.table(rows, headers, style, ("left",) * 4 + ("right", "left"))
