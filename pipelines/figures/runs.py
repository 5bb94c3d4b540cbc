"""What is drawn: the runs of a dataset, and how each looks in every figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.descriptions import borrowed, model_name, models, priced_as, system
from pipelines.figures.style import COLOURS, MARKERS
from pipelines.params import Row
from pipelines.score_files import SPLIT
from pipelines.stats import Estimate


@dataclass(frozen=True)
class Run:
    """A run with its figures; what its variant is made of gives it its looks. `priced_as` names the models that local ones
    stand for in cost and time, None where all are real."""

    variant: str
    system: str
    model: str
    priced_as: str | None
    figures: Mapping[str, Estimate | None]

    @property
    def n(self) -> int:
        """The examples that were asked."""
        return max((estimate.n for estimate in self.figures.values() if estimate), default=0)


def runs_on(
    dataset: str, leaderboard: Sequence[tuple[Row, Mapping[str, Estimate | None]]], variants: Mapping[str, Any]
) -> list[Run]:
    """The runs on one dataset, in the order of the leaderboard. `variants`: the descriptions in params.yaml."""
    return [_run(row.variant, variants[row.variant], found) for row, found in leaderboard if row.dataset == dataset]


def _run(variant: str, description: Any, figures: Mapping[str, Estimate | None]) -> Run:
    named = models(description)
    others = [other for model in named if (other := priced_as(model))]
    return Run(
        variant,
        system(description),
        " + ".join(map(model_name, named)) or "no model",
        " + ".join(others) or None,
        figures,
    )


@dataclass(frozen=True)
class Looks:
    """The marker of each system and the colour of each model, in the order in which they first appear."""

    runs: Sequence[Run]

    def marker(self, run: Run) -> str:
        return MARKERS[self._systems[run.system]]

    def colour(self, run: Run) -> str:
        return COLOURS[self._models[run.model]]

    @property
    def _systems(self) -> dict[str, str]:
        return _assigned([run.system for run in self.runs], list(MARKERS))

    @property
    def _models(self) -> dict[str, str]:
        return _assigned([run.model for run in self.runs], list(COLOURS))

    def markers_in_words(self) -> str:
        """`circle: chatbot, square: rag`"""
        return ", ".join(f"{marker}: {name}" for name, marker in self._systems.items())

    def colours_in_words(self) -> str:
        """`blue: small, vermilion: large`"""
        return ", ".join(f"{colour}: {name}" for name, colour in self._models.items())


def _assigned(names: Sequence[str], looks: Sequence[str]) -> dict[str, str]:
    """Each name with a look of its own; beyond the last they begin anew, and the labels tell them apart."""
    return {name: looks[at % len(looks)] for at, name in enumerate(dict.fromkeys(names))}


def about(dataset: str, runs: Sequence[Run]) -> str:
    """`helpdesk, test split, 72 questions`."""
    return f"{dataset}, {SPLIT} split, {max((run.n for run in runs), default=0):,} questions"


def modelled(runs: Sequence[Run]) -> str:
    """What to add to the label of a cost or a time that stands for another model's, for some of the runs or for all."""
    if all(run.priced_as for run in runs):
        return ", modelled"
    return ", modelled for local models" if any(run.priced_as for run in runs) else ""


def note(runs: Sequence[Run]) -> str:
    """The same as a sentence, with the models that local ones are priced as; empty where there are none."""
    return borrowed((run.model, run.priced_as) for run in runs)


def estimate_row(run: Run, name: str) -> dict[str, str | float | None]:
    """A figure of a run as a row of a figure's table."""
    one = run.figures.get(name)
    value, low, high, n = (one.value, one.low, one.high, one.n) if one else (None, None, None, 0)
    return {"variant": run.variant, "figure": name, "value": value, "low": low, "high": high, "n": n}
