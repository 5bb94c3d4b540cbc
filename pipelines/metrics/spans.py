"""How much of the gold was retrieved, and how much else, by the character.

As in the Chroma study (Smith & Troynikov 2024, "Evaluating Chunking Strategies for Retrieval",
https://research.trychroma.com/evaluating-chunking), which counts tokens in its text and characters in its code. With the gold
characters G, and the retrieved R:

    recall = |G ∩ R| / |G|      precision = |G ∩ R| / |R|      IoU = |G ∩ R| / (|R| + |G| - |G ∩ R|)

G ∩ R is a union, a character in it counts once. |R| is the sum of the chunks' lengths: what two chunks both hold stands in the
prompt twice, is paid for twice, and counts twice.
"""

from __future__ import annotations

from abc import abstractmethod
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Protocol

from pipelines.data import Gold
from pipelines.metrics.retrieval import AtK
from systems.facts import Passage


class Stretch(Protocol):
    """Characters `start` to `end` of a document: a passage, a chunk, a gold span."""

    @property
    def document(self) -> str: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


def union_chars(stretches: Iterable[Stretch]) -> int:
    """How many different characters they hold together."""
    by_document: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for one in stretches:
        by_document[one.document].append((one.start, one.end))
    total = 0
    for spans in by_document.values():
        reached = 0
        for start, end in sorted(spans):
            total += max(0, end - max(start, reached))
            reached = max(reached, end)
    return total


def shared_chars(found: Sequence[Stretch], gold: Sequence[Stretch]) -> int:
    """|G ∩ R|: by inclusion and exclusion, since unions are all there is to count."""
    return union_chars(found) + union_chars(gold) - union_chars([*found, *gold])


def precision_omega(chunks: Iterable[Stretch], gold: Sequence[Gold]) -> float:
    """The precision of an ideal retriever: every chunk that holds a gold character is found, and no other. It says what a way of
    cutting allows, whatever retrieves. 0 where no chunk holds any."""
    touching = [one for one in chunks if any(_touch(one, span) for span in gold)]
    retrieved = union_chars(touching)
    return shared_chars(touching, gold) / retrieved if retrieved else 0.0


def _touch(a: Stretch, b: Stretch) -> bool:
    return a.document == b.document and min(a.end, b.end) > max(a.start, b.start)


class _Spans(AtK):
    def score(self, found: Sequence[Passage], gold: Sequence[Gold]) -> float:
        first = found[: self.k]
        return self.by_chars(shared_chars(first, gold), union_chars(gold), sum(one.end - one.start for one in first))

    @abstractmethod
    def by_chars(self, shared: int, gold: int, retrieved: int) -> float:
        """The score, from |G ∩ R|, |G| and |R|."""


class SpanRecall(_Spans):
    """span_recall@k: the share of the gold characters that the first k passages hold."""

    label = "span_recall"

    def by_chars(self, shared: int, gold: int, retrieved: int) -> float:
        return shared / gold if gold else 0.0


class SpanPrecision(_Spans):
    """span_precision@k: the share of the characters of the first k passages that are gold; 0 where nothing was retrieved."""

    label = "span_precision"

    def by_chars(self, shared: int, gold: int, retrieved: int) -> float:
        return shared / retrieved if retrieved else 0.0


class SpanIou(_Spans):
    """span_iou@k: gold and retrieved over gold or retrieved."""

    label = "span_iou"

    def by_chars(self, shared: int, gold: int, retrieved: int) -> float:
        return shared / (retrieved + gold - shared) if retrieved + gold else 0.0
