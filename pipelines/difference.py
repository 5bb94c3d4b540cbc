"""Is A better than B? The paired difference of every metric, example by example."""

from __future__ import annotations

from pipelines import stats
from pipelines.compare import Scores, read_scores
from pipelines.evaluate import evaluate, scores, set_up
from pipelines.metrics import metric as named_metric
from pipelines.params import Params, named
from pipelines.score import SCORES
from pipelines.stats import Difference
from systems.errors import ConfigError, Fault


def differences(
    params: Params, a: str, b: str, dataset: str, index: str | None, split: str, limit: int | None
) -> dict[str, Difference | None]:
    """A - B for each metric; None where no example has it from both. Scores of the pipeline are used where they are there."""
    for variant in (a, b):
        named(params.variants, variant, "variant")
    of_a, of_b = (_scores(params, variant, dataset, index, split, limit) for variant in (a, b))
    if of_a.columns["example"] != of_b.columns["example"]:
        raise ConfigError(Fault(f"{a}, {b}", "were scored on different examples", "run `dvc repro` first"))
    return {metric: _paired(of_a, of_b, metric, params) for metric in of_a.metrics if metric in of_b.columns}


def _scores(params: Params, variant: str, dataset: str, index: str | None, split: str, limit: int | None) -> Scores:
    committed = SCORES / variant / f"{dataset}.csv"
    if limit is None and index is None and committed.is_file():
        return read_scores(committed, None if split == "all" else split)
    ready = set_up(params, variant, dataset, index, split, limit)
    evaluate(ready, params)
    return scores(ready)


def _paired(a: Scores, b: Scores, metric: str, params: Params) -> Difference | None:
    cells = zip(a.columns[metric], b.columns[metric], a.columns["cluster"], strict=True)
    both = [(float(of_a), float(of_b), cluster) for of_a, of_b, cluster in cells if of_a and of_b]
    if not both:
        return None
    values_a, values_b, clusters = zip(*both, strict=True)
    return stats.paired(
        values_a, values_b, clusters, params.compare.draws, params.compare.seed, share=named_metric(metric).share
    )
