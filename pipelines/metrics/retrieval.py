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


def ndcg(ranking: Ranking, n_gold: int, k: int) -> float:
    """Normalised discounted cumulative gain (Järvelin & Kekäläinen 2002, https://doi.org/10.1145/582415.582418).

    The gain of a rank is the number of gold spans that it is the first to cover, so that overlapping chunks are not paid
    twice; the ideal covers one span a rank. A chunk that covers two at once can beat that ideal: hence at most 1.
    """
    seen: set[int] = set()
    gained = 0.0
    for rank, hits in enumerate(ranking[:k], 1):
        gained += len(hits - seen) / math.log2(rank + 1)
        seen |= hits
    return min(1.0, gained / sum(1 / math.log2(rank + 1) for rank in range(1, min(n_gold, k) + 1)))


class _OfRanking(Metric):
    """A run that retrieves, but retrieved nothing for this request, found nothing."""

    of_retrieval = True

    def applies(self, example: Example) -> bool:
        return bool(example.gold)

    def __call__(self, example: Example, response: Response) -> float | None:
        if not self.applies(example):
            return None
        return self.of([covered(passage, example.gold) for passage in response.contexts or ()], len(example.gold))

    @abstractmethod
    def of(self, ranking: Ranking, n_gold: int) -> float:
        """The score of one ranking."""


@dataclass(frozen=True, repr=False)
class _AtK(_OfRanking):
    k: int

    def __post_init__(self) -> None:
        if self.k < 1:
            raise ValueError(f"{self.label}@{self.k}: k counts ranks, so it is at least 1")

    @property
    def name(self) -> str:
        return f"{self.label}@{self.k}"


class Recall(_AtK):
    """recall@k"""

    label = "recall"

    def of(self, ranking: Ranking, n_gold: int) -> float:
        return recall(ranking, n_gold, self.k)


class Precision(_AtK):
    """precision@k"""

    label = "precision"

    def of(self, ranking: Ranking, n_gold: int) -> float:
        return precision(ranking, self.k)


class Ndcg(_AtK):
    """ndcg@k"""

    label = "ndcg"

    def of(self, ranking: Ranking, n_gold: int) -> float:
        return ndcg(ranking, n_gold, self.k)


class Mrr(_OfRanking):
    """The reciprocal rank of one request; its mean is the MRR."""

    label = "mrr"

    def of(self, ranking: Ranking, n_gold: int) -> float:
        return reciprocal_rank(ranking)
