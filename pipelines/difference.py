"""Is A better than B? The paired difference of every metric, example by example."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Tested(Difference):
    """A difference among several that are looked at together: `p_holm` is adjusted for their number. `detectable` is the least
    true difference that such data shows in 4 of 5 cases, at 5 % and before the adjustment; None where `reason` says why."""

    p_holm: float
    detectable: float | None
    reason: str | None


def tested(found: Mapping[str, Difference | None], a: Scores, b: Scores) -> dict[str, Tested | None]:
    """What `differences` found, with p adjusted over all of it and what could have been found."""
    from pipelines.comparisons import holm
    from pipelines.power import detectable

    known = {name: one for name, one in found.items() if one}
    adjusted = dict(zip(known, holm([one.p for one in known.values()]), strict=True))
    tests: dict[str, Tested | None] = dict.fromkeys(found)
    for name, one in known.items():
        least = detectable(*_both(a, b, name))
        of_it = (one.value, one.low, one.high, one.p, one.n, one.clusters)
        tests[name] = Tested(*of_it, adjusted[name], least.effect, least.reason)
    return tests


def _paired(a: Scores, b: Scores, name: str, settings: Compare) -> Difference | None:
    return stats.paired(*_both(a, b, name), settings.draws, settings.seed, share=metric(name).share)


def _both(a: Scores, b: Scores, name: str) -> tuple[list[float], list[float], list[str]]:
    """The scores of the examples that have the metric from both, and their clusters."""
    cells = zip(a.columns[name], b.columns[name], a.columns["cluster"], strict=True)
    both = [(float(of_a), float(of_b), cluster) for of_a, of_b, cluster in cells if of_a and of_b]
    return [of_a for of_a, _, _ in both], [of_b for _, of_b, _ in both], [cluster for _, _, cluster in both]
