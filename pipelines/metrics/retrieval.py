"""Did retrieval find the gold passages?

A retrieved chunk is relevant to a gold span when both are in one document and overlap by at least half of the shorter of the
two, so that the same gold spans judge every chunk size. A ranking is a list with, for each rank, the set of gold spans that
the chunk there is relevant to. Where each chunk is one judged item, the figures are those of trec_eval.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import TypeAlias

from pipelines.data import Example, Gold
from pipelines.metrics.metric import Metric
from systems.facts import Passage
from systems.interface import Response

Ranking: TypeAlias = Sequence[AbstractSet[int]]


def covered(passage: Passage, gold: Sequence[Gold]) -> frozenset[int]:
    """The places of the gold spans that a passage is relevant to."""
    return frozenset(at for at, span in enumerate(gold) if _overlap(passage, span))


def _overlap(passage: Passage, span: Gold) -> bool:
    shared = min(passage.end, span.end) - max(passage.start, span.start)
    shorter = min(passage.end - passage.start, span.end - span.start)
    return passage.document == span.document and shared > 0 and 2 * shared >= shorter


def recall(ranking: Ranking, n_gold: int, k: int) -> float:
    """The share of the gold spans that the first k ranks cover."""
    return len(frozenset[int]().union(*ranking[:k])) / n_gold


def precision(ranking: Ranking, k: int) -> float:
    """The relevant among the first k ranks, over k, even where fewer were retrieved."""
    return sum(map(bool, ranking[:k])) / k


def reciprocal_rank(ranking: Ranking) -> float:
    """1 over the first relevant rank; 0 where none is relevant."""
    return next((1 / rank for rank, hit in enumerate(ranking, 1) if hit), 0.0)


def average_precision(ranking: Ranking, n_gold: int) -> float:
    """For each gold span the precision at the rank that first covers it, 0 where none does; their mean (Buckley & Voorhees
    2000, https://doi.org/10.1145/345508.345543). Precision here is the share of gold spans covered among the ranks so far,
    so that overlapping chunks are not paid twice."""
    seen: set[int] = set()
    total = 0.0
    for rank, hits in enumerate(ranking, 1):
        new = hits - seen
        seen |= hits
        total += len(new) * min(1.0, len(seen) / rank)
    return total / n_gold


def ndcg(ranking: Ranking, grades: Sequence[float], k: int) -> float:
    """Normalised discounted cumulative gain (Järvelin & Kekäläinen 2002, https://doi.org/10.1145/582415.582418).

    The gain of a rank is the sum of the grades of the gold spans that it is the first to cover, so that overlapping chunks are
    not paid twice; the ideal covers one span a rank, the highest grades first. A chunk that covers two at once can beat that
    ideal: hence at most 1.
    """
    seen: set[int] = set()
    gained = 0.0
    for rank, hits in enumerate(ranking[:k], 1):
        gained += sum(grades[at] for at in hits - seen) / math.log2(rank + 1)
        seen |= hits
    best = sorted(grades, reverse=True)[:k]
    return min(1.0, gained / sum(grade / math.log2(rank + 1) for rank, grade in enumerate(best, 1)))


class OfRetrieval(Metric):
    """A run that retrieves, but retrieved nothing for this request, found nothing."""

    of_retrieval = True

    def applies(self, example: Example) -> bool:
        return bool(example.gold)

    def __call__(self, example: Example, response: Response) -> float | None:
        return self.score(response.contexts or [], example.gold) if self.applies(example) else None

    @abstractmethod
    def score(self, found: Sequence[Passage], gold: Sequence[Gold]) -> float:
        """The score of what was found, best first."""


@dataclass(frozen=True, repr=False)
class AtK(OfRetrieval):
    """Of the first k that were found."""

    k: int

    def __post_init__(self) -> None:
        if self.k < 1:
            raise ValueError(f"{self.label}@{self.k}: k counts ranks, so it is at least 1")

    @property
    def name(self) -> str:
        return f"{self.label}@{self.k}"


def _ranking(found: Sequence[Passage], gold: Sequence[Gold]) -> Ranking:
    return [covered(passage, gold) for passage in found]


class Recall(AtK):
    """recall@k"""

    label = "recall"

    def score(self, found: Sequence[Passage], gold: Sequence[Gold]) -> float:
        return recall(_ranking(found[: self.k], gold), len(gold), self.k)


class Precision(AtK):
    """precision@k"""

    label = "precision"

    def score(self, found: Sequence[Passage], gold: Sequence[Gold]) -> float:
        return precision(_ranking(found[: self.k], gold), self.k)


class Ndcg(AtK):
    """ndcg@k"""

    label = "ndcg"

    def score(self, found: Sequence[Passage], gold: Sequence[Gold]) -> float:
        return ndcg(_ranking(found[: self.k], gold), [one.grade for one in gold], self.k)


class Mrr(OfRetrieval):
    """The reciprocal rank of one request; its mean is the MRR."""

    label = "mrr"

    def score(self, found: Sequence[Passage], gold: Sequence[Gold]) -> float:
        return reciprocal_rank(_ranking(found, gold))


class Map(OfRetrieval):
    """The average precision of one request over all that was retrieved; its mean is the MAP."""

    label = "map"

    def score(self, found: Sequence[Passage], gold: Sequence[Gold]) -> float:
        return average_precision(_ranking(found, gold), len(gold))
