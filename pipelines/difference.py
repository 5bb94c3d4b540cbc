"""Is A better than B? The paired difference of every metric, example by example."""

from __future__ import annotations

from pipelines import stats
from pipelines.compare import Scores
from pipelines.metrics import metric
from pipelines.params import Compare
from pipelines.stats import Difference
from systems.errors import ConfigError, Fault


def differences(a: Scores, b: Scores, settings: Compare) -> dict[str, Difference | None]:
    """A - B for each metric that both were scored by; None where no example has it from both.

    Raises ConfigError when the scores are of different examples.
    """
    if a.columns["example"] != b.columns["example"]:
        raise ConfigError(Fault("scores", "of different examples", "compare runs on the same data: `dvc repro` first"))
    return {name: _paired(a, b, name, settings) for name in a.metrics if name in b.columns}


def _paired(a: Scores, b: Scores, name: str, settings: Compare) -> Difference | None:
    return stats.paired(*both_scored(a, b, name), settings.draws, settings.seed, share=metric(name).share)


def both_scored(a: Scores, b: Scores, name: str) -> tuple[list[float], list[float], list[str]]:
    """The scores of the examples that have the metric from both, and their clusters."""
    cells = zip(a.columns[name], b.columns[name], a.columns["cluster"], strict=True)
    both = [(float(of_a), float(of_b), cluster) for of_a, of_b, cluster in cells if of_a and of_b]
    return [of_a for of_a, _, _ in both], [of_b for _, of_b, _ in both], [cluster for _, _, cluster in both]
