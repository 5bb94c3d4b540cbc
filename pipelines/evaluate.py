"""One variant on one dataset outside DVC: index what is needed, ask, score, and return the figures."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines import data
from pipelines.compare import estimates
from pipelines.data import Dataset, Example
from pipelines.index import make_index, nothing_to_search
from pipelines.journal import Journal
from pipelines.metrics import metric
from pipelines.params import IndexSpec, Params, named
from pipelines.run import answer_all, fingerprint, learnt
from pipelines.score import read_responses, write_scores
from pipelines.score_files import Scores, read_scores
from pipelines.stats import Estimate
from systems.build import Built, build, code_hash
from systems.errors import ConfigError, Fault
from systems.paths import cache_dir
from systems.retrieval.documents import write_documents
from systems.retrieval.manifest import read_manifest


@dataclass(frozen=True)
class Evaluation:
    """A variant, built and ready to answer the examples; its files are kept in `folder`."""

    variant: str
    dataset: Dataset
    examples: Sequence[Example]
    built: Built
    chunks: int
    folder: Path

    @property
    def responses(self) -> Path:
        return self.folder / "responses.jsonl"

    @property
    def scores(self) -> Path:
        return self.folder / "scores.csv"


def set_up(
    params: Params, variant: str, dataset_name: str, index: str | None, split: str, limit: int | None
) -> Evaluation:
    """Read the dataset, make the table it needs, build the variant. Asks nothing."""
    description = named(params.variants, variant, "variant")
    dataset = dataset_named(params, dataset_name)
    examples = chosen(dataset, split, limit, params.run.seed)
    return evaluation_of(variant, description, dataset, examples, index_spec(params, variant, index))


def evaluation_of(
    variant: str, description: Any, dataset: Dataset, examples: Sequence[Example], spec: IndexSpec
) -> Evaluation:
    """Make the table that `spec` describes and build the variant on it. Asks nothing."""
    home = home_of(dataset)
    manifest = manifest_of(home, dataset, spec)
    given = {"index": {"table": {"manifest": str(manifest)}}, "learnt": learnt()}
    built = build(description, where=f"variants.{variant}", given=given)
    check_fit(built, spec, variant)
    asked = hashlib.sha256(repr([example.id for example in examples]).encode()).hexdigest()[:8]
    folder = home / f"{variant}-{built.fingerprint}-{asked}"
    folder.mkdir(exist_ok=True)
    return Evaluation(variant, dataset, examples, built, read_manifest(manifest)["chunks"], folder)


def dataset_named(params: Params, name: str) -> Dataset:
    """A dataset of params.yaml, one in `datasets/`, or one by format:path."""
    source = params.datasets.get(name)
    return data.read(source.format, source.path) if source else data.load(name)


def retrieves(built: Built) -> bool:
    """Whether anything in it searches an index."""
    return any(hasattr(part, "search_text") for part in built.parts)


def check_fit(built: Built, spec: IndexSpec, variant: str) -> None:
    """Raises ConfigError where a variant that retrieves is given an empty index, or the other way round."""
    if retrieves(built) and not spec.chunker:
        raise ConfigError(Fault("index", f"is empty, and {variant!r} retrieves", "name an index with a chunker"))
    if spec.chunker and not retrieves(built):
        raise ConfigError(
            Fault("index", f"has chunks, and {variant!r} retrieves nothing", "name one without a chunker")
        )


def index_spec(params: Params, variant: str, index: str | None) -> IndexSpec:
    """The named index's recipe, or that of the first run of the variant."""
    row = params.row(variant)
    name = index or (row.index if row else "")
    if name not in params.indexes:
        what = f"no index is named {index!r}" if index else f"{variant!r} is in no row of runs, so its index is unknown"
        raise ConfigError(Fault("--index", what, f"known: {', '.join(sorted(params.indexes))}"))
    return params.indexes[name]


def chosen(dataset: Dataset, split: str, limit: int | None, seed: int) -> Sequence[Example]:
    """The examples of a split ("all": every one), or a seeded sample of `limit` of them, in the dataset's order."""
    examples = [example for example in dataset.examples if split in ("all", example.split)]
    if not examples:
        raise ConfigError(Fault("--split", f"{dataset.name!r} has no example in {split!r}", "known: dev, test, all"))
    if limit is None or limit >= len(examples):
        return examples
    places = sorted(random.Random(seed).sample(range(len(examples)), limit))
    return [examples[place] for place in places]


def home_of(dataset: Dataset) -> Path:
    """Where everything about a dataset is kept that was made outside DVC."""
    return cache_dir("eval", f"{dataset.name}-{dataset.sha256}")


def manifest_of(home: Path, dataset: Dataset, spec: IndexSpec) -> Path:
    """The manifest of this dataset cut and embedded as `spec` says; the table is made when it is missing."""
    if not spec.chunker:
        make_index(None, spec, home / "index-none.json")
        return home / "index-none.json"
    if not dataset.documents:
        raise nothing_to_search(dataset.name)
    documents = home / "documents.jsonl"
    if not documents.exists():
        write_documents(documents, dataset.documents)
    # By the content of the recipe and the code of its parts, so that neither can change and leave an old table in use.
    parts = {"chunker": spec.chunker, "embedder": spec.embedder, "ann": spec.ann}
    made_by = [build(description, kind=kind).fingerprint for kind, description in parts.items() if description]
    made_by.append(code_hash("systems.retrieval.manifest")[:8])
    out = home / f"index-{'-'.join(made_by)}.json"
    if not out.exists():
        make_index(documents, spec, out)
    return out


def plan(evaluation: Evaluation, params: Params) -> str:
    """What an evaluation would do, for --dry-run."""
    requests = {example.request.id() for example in evaluation.examples}
    journal_file = cache_dir("journal") / f"{evaluation.built.fingerprint}-{fingerprint(params.run)}.jsonl"
    with Journal(journal_file) as journal:
        known = sum(id in journal for id in requests)
    return (
        f"{evaluation.variant} = {evaluation.built.part.name}\n"
        f"{evaluation.dataset.name}: {len(evaluation.examples)} examples, {len(requests)} different requests,"
        f" {evaluation.chunks} chunks to search\n"
        f"{known} are answered in the journal; {len(requests) - known} would be asked of in-process models: nothing is spent"
    )


def evaluate(evaluation: Evaluation, params: Params) -> dict[str, Estimate | None]:
    """Ask and score; returns every figure, as the leaderboard has them."""
    answer_all(
        evaluation.built, {e.request.id(): e.request for e in evaluation.examples}, params.run, evaluation.responses
    )
    metrics = [metric(name) for name in params.metrics]
    responses = read_responses(evaluation.responses)
    write_scores(evaluation.examples, responses, metrics, bool(evaluation.chunks), evaluation.scores)
    return estimates(scores(evaluation), params.compare)


def scores(evaluation: Evaluation) -> Scores:
    """The scores of the chosen examples."""
    return read_scores(evaluation.scores, split=None)
