"""What a sweep says: the best way to spend each budget of prompt tokens, and where more passages stop to help.

A way is a chunk size, an overlap and a retriever. Its passages are as many as the budget pays for: where that lies between two
k of the grid, a share of the questions gets the higher one, so that all ways spend the same and none wins by a k that happens to
fit.

It is chosen on other questions than those that it is scored on: on the development split, or, where a dataset has none, on half
of its clusters, drawn by a hash of their names. Otherwise the best of many would look better than it is.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from statistics import fmean
from typing import Any

from pipelines import stats
from pipelines.data import Dataset, Example
from pipelines.params import Compare
from pipelines.stats import Difference, Estimate

SCHEMA = 1
FIGURE = "span_recall"  # what a setting is chosen by


@dataclass(frozen=True, order=True)
class Setting:
    """One place of the grid, ordered by what is cut and searched how, then by k."""

    chunk_tokens: int
    overlap_tokens: int
    retriever: str
    top_k: int


@dataclass(frozen=True)
class Scored:
    """The score of every example at every setting, by figure, in the order of the examples; where a metric does not apply it is
    NaN, here and nowhere else."""

    examples: Sequence[Example]
    scores: Mapping[Setting, Mapping[str, Sequence[float]]]

    def places(self, split: str) -> list[int]:
        """The places of a split's examples."""
        return [at for at, example in enumerate(self.examples) if example.split == split]

    def values(self, column: Sequence[float], places: Iterable[int]) -> tuple[list[float], list[str]]:
        """The scores at these places where the metric applies, and the clusters that they belong to."""
        kept = [at for at in places if column and not math.isnan(column[at])]
        return [column[at] for at in kept], [self.examples[at].cluster for at in kept]

    def mean(self, setting: Setting, figure: str, places: Iterable[int]) -> float:
        """The mean of a figure; that of nothing is 0."""
        return fmean(self.values(self.scores[setting][figure], places)[0] or [0.0])


@dataclass(frozen=True)
class Way:
    """How documents are cut and searched, and how many passages are given on average: `k_low` to some questions and `k_high` to a
    `share` of them."""

    chunk_tokens: int
    overlap_tokens: int
    retriever: str
    k_low: int
    k_high: int
    share: float

    @property
    def passages(self) -> float:
        """How many passages a question gets on average."""
        return self.k_low + self.share * (self.k_high - self.k_low)


@dataclass(frozen=True)
class Spent:
    """What a way finds and takes on the questions that it is scored on."""

    way: Way
    passages: float
    span_recall: Estimate
    context_tokens: float


@dataclass(frozen=True)
class Choice:
    """The way with the highest span recall for a budget, and the best with another chunk size for the same; both chosen on other
    questions than those of the figures here. `difference`: chosen - runner-up, question by question."""

    budget_tokens: int
    chosen: Spent
    runner_up: Spent | None
    difference: Difference | None


@dataclass(frozen=True)
class Turn:
    """For one chunk size: the k at which answers were most often correct on the tuning questions, what they are there, and what
    the most passages change (`difference`: at the most - at the best)."""

    chunk_tokens: int
    best_k: int
    correctness: Estimate
    most_k: int
    difference: Difference | None


@dataclass(frozen=True)
class Choices:
    """Everything that a sweep says, and which questions it was chosen and scored on."""

    chosen_on: str
    scored_on: str
    budgets: tuple[Choice, ...]
    turns: tuple[Turn, ...]


def choices(scored: Scored, budgets_tokens: Sequence[int], settings: Compare) -> Choices:
    """Choose for each budget, and find where more passages stop to help."""
    tuning, test = scored.places("dev"), scored.places("test")
    names = ("the development split", "the test split")
    if not tuning or not test:
        first = _half({example.cluster for example in scored.examples})
        tuning = [at for at, example in enumerate(scored.examples) if example.cluster in first]
        test = [at for at, example in enumerate(scored.examples) if example.cluster not in first]
        names = ("half of the clusters", "the other half")
    if not _applies(scored, tuning) or not _applies(scored, test):
        return Choices("nothing: too few clusters with gold to choose on some and score on others", "nothing", (), ())
    budgets = tuple(_choice(scored, budget, tuning, test, settings) for budget in budgets_tokens)
    return Choices(*names, budgets, tuple(_turns(scored, tuning, test, settings)))


def _half(clusters: Iterable[str]) -> set[str]:
    """Every second cluster, in the order of a hash of their names."""
    return set(sorted(clusters, key=lambda cluster: hashlib.sha256(cluster.encode()).digest())[::2])


def _applies(scored: Scored, places: Sequence[int]) -> bool:
    return any(scored.examples[at].gold for at in places)


def _choice(
    scored: Scored, budget_tokens: int, tuning: Sequence[int], test: Sequence[int], settings: Compare
) -> Choice:
    lines: dict[tuple[int, int, str], list[Setting]] = {}
    for setting in sorted(scored.scores):
        lines.setdefault((setting.chunk_tokens, setting.overlap_tokens, setting.retriever), []).append(setting)
    ways = [way_for(scored, line, budget_tokens, tuning) for line in lines.values()]
    places = [at for at in tuning if scored.examples[at].gold]
    ranked = sorted(ways, key=lambda way: (-fmean(mixed(scored, way, FIGURE, places)), way.passages * way.chunk_tokens))
    best = ranked[0]
    other = next((way for way in ranked if way.chunk_tokens != best.chunk_tokens), None)
    judged = [at for at in test if scored.examples[at].gold]
    clusters = [scored.examples[at].cluster for at in judged]
    of_best = _spent(scored, best, test, judged, settings)
    if other is None:
        return Choice(budget_tokens, of_best, None, None)
    pair = [mixed(scored, way, FIGURE, judged) for way in (best, other)]
    difference = stats.paired(pair[0], pair[1], clusters, settings.draws, settings.seed)
    return Choice(budget_tokens, of_best, _spent(scored, other, test, judged, settings), difference)


def way_for(scored: Scored, line: Sequence[Setting], budget_tokens: float, tuning: Sequence[int]) -> Way:
    """So many of a line's passages that the tuning questions spend the budget on average; all of them where they spend less.
    `line`: the settings of one way of cutting and searching, by k."""
    low, low_tokens = 0, 0.0
    first = line[0]
    for setting in line:
        tokens = scored.mean(setting, "context_tokens", tuning)
        if tokens > budget_tokens:
            share = (budget_tokens - low_tokens) / (tokens - low_tokens)
            return Way(first.chunk_tokens, first.overlap_tokens, first.retriever, low, setting.top_k, share)
        low, low_tokens = setting.top_k, tokens
    return Way(first.chunk_tokens, first.overlap_tokens, first.retriever, low, low, 0.0)


def mixed(scored: Scored, way: Way, figure: str, places: Iterable[int]) -> list[float]:
    """What each question scores on average when a share of them gets the higher k. No passages score nothing and take nothing."""
    columns = [
        scored.scores[Setting(way.chunk_tokens, way.overlap_tokens, way.retriever, k)][figure] if k else None
        for k in (way.k_low, way.k_high)
    ]
    wanted = list(places)
    low, high = ([column[at] if column else 0.0 for at in wanted] for column in columns)
    return [(1 - way.share) * a + way.share * b for a, b in zip(low, high, strict=True)]


def _spent(scored: Scored, way: Way, test: Sequence[int], judged: Sequence[int], settings: Compare) -> Spent:
    clusters = [scored.examples[at].cluster for at in judged]
    recall = stats.mean(mixed(scored, way, FIGURE, judged), clusters, settings.draws, settings.seed)
    assert recall is not None
    tokens = round(fmean(mixed(scored, way, "context_tokens", test)), 1)
    return Spent(way, round(way.passages, 2), recall, tokens)


def _turns(scored: Scored, tuning: Sequence[int], test: Sequence[int], settings: Compare) -> Iterable[Turn]:
    answered = sorted(
        setting
        for setting, scores in scored.scores.items()
        if all(scored.values(scores.get("correctness", ()), places)[0] for places in (tuning, test))
    )
    for chunk_tokens, group in groupby(answered, key=lambda setting: setting.chunk_tokens):
        at_k = list(group)
        best = max(at_k, key=lambda setting: (scored.mean(setting, "correctness", tuning), -setting.top_k))
        most = at_k[-1]
        difference = _difference(scored, most, best, "correctness", test, settings) if most != best else None
        estimate = _estimate(scored, best, "correctness", test, settings)
        yield Turn(chunk_tokens, best.top_k, estimate, most.top_k, difference)


def _estimate(scored: Scored, at: Setting, figure: str, places: Sequence[int], settings: Compare) -> Estimate:
    values, clusters = scored.values(scored.scores[at][figure], places)
    found = stats.mean(values, clusters, settings.draws, settings.seed)
    assert found is not None
    return found


def _difference(
    scored: Scored, a: Setting, b: Setting, figure: str, places: Sequence[int], settings: Compare
) -> Difference | None:
    of_a, clusters = scored.values(scored.scores[a][figure], places)
    of_b, _ = scored.values(scored.scores[b][figure], places)
    return stats.paired(of_a, of_b, clusters, settings.draws, settings.seed)


def write_choices(found: Choices, dataset: Dataset, path: Path) -> None:
    """As JSON, with the dataset's name, version and content hash; figures to six digits."""
    about = {
        "schema": SCHEMA,
        "dataset": dataset.name,
        "version": dataset.card.get("version"),
        "sha256": dataset.sha256,
    }
    part = path.with_suffix(".part")
    part.write_text(json.dumps(about | _rounded(asdict(found)), indent=1) + "\n", encoding="utf-8")
    part.replace(path)


def _rounded(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _rounded(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(one) for one in value]
    return float(f"{value:.6g}") if isinstance(value, float) else value


def read_choices(path: Path) -> dict[str, Any]:
    """What write_choices wrote, as plain values."""
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
