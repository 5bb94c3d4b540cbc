"""A claim against evidence, as a few numbers: how much of it is there, where, and what speaks against it.

Three ways of looking: the words (weighted by how rare they are), the meaning of whole sentences (MiniLM's vectors), and the
meaning of single words in their context (each token of the claim with the nearest one of the evidence, as BERTScore does,
Zhang et al. 2020, https://arxiv.org/abs/1904.09675). Few on purpose: with twenty that overlapped, sets that had taught nothing
were judged worse.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from pipelines.judges.evidence import Evidence, evidence
from pipelines.judges.states import Sentence, sentence, word_weight
from pipelines.judges.texts import NEGATIONS, names, numbers, stated, stems
from pipelines.prose import words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FEATURES: Mapping[str, str] = {
    "words": "share of the claim's words, by weight, that stand anywhere in the evidence",
    "similar": "cosine of the claim and the nearest sentence",
    "stands_out": "by how much that is more than the mean over all sentences",
    "aligned_near": "mean cosine, by weight, of each token with the nearest one in that sentence and its two neighbours",
    "aligned_weakest": "mean of the two lowest cosines of a token with the nearest one in all the evidence",
    "number_missing": "1 where a number stands neither in the evidence nor in the question: a veto, see below",
    "copy_differs": "1 where the nearest sentence says nearly the same but for a number or a negation: a veto, see below",
    "names_missing": "share of the names that stand nowhere in the evidence",
    "negated": "share of the words in the best sentence where just one of it and the claim is negated",
}
UNKNOWN = 0.5  # a share of nothing: a claim without words that tell ("Yes.")
UNALIGNED = 0.7  # likewise, about the mean of what is found
COPY = 0.85  # cosine from which on a sentence is the claim in nearly the same words
FEW = 4  # words that tell: with fewer, a claim ("In 1912.") is read after its question


def features(claim: str, passages: Sequence[str], question: str = "") -> dict[str, float]:
    """The value of every one of FEATURES, in their order."""
    own = dict.fromkeys(stems(claim))
    ev = evidence(passages).about(frozenset(own))
    weights = {word: word_weight(word) for word in own}
    read = sentence(f"{question} {claim}" if question and len(own) < FEW else claim)
    similar = ev.vectors @ read.vector
    shares = [_share(weights, found) for found in ev.words]
    best, named = int((similar + shares).argmax()), names(claim)
    near, weakest = _aligned(sentence(claim), ev, int(similar.argmax()))
    return {
        "words": _share(weights, ev.all_words),
        "similar": float(similar.max()),
        "stands_out": float(similar.max() - similar.mean()),
        "aligned_near": near,
        "aligned_weakest": weakest,
        "number_missing": float(not stated(claim) <= ev.numbers | numbers(question)),
        "copy_differs": float(_copy_differs(claim, question, ev, similar)),
        "names_missing": sum(name not in ev.all_words for name in named) / len(named) if named else 0.0,
        "negated": shares[best] if _negated(claim) != _negated(ev.sentences[best]) else 0.0,
    }


def _share(weights: Mapping[str, float], found: frozenset[str]) -> float:
    total = sum(weights.values())
    return sum(weight for word, weight in weights.items() if word in found) / total if total else UNKNOWN


def _aligned(claim: Sentence, ev: Evidence, nearest: int) -> tuple[float, float]:
    """(the weighted mean, over the tokens of the claim that tell, of the cosine with the nearest token around sentence `nearest`;
    the mean of the two lowest cosines with the nearest token in all the evidence)."""
    import numpy as np

    tells = claim.weights > 0
    if not tells.any() or not len(ev.states):
        return UNALIGNED, UNALIGNED
    cosines = claim.states[tells] @ ev.states.T
    near, everywhere = cosines[:, ev.around(nearest)].max(axis=1, initial=-1), cosines.max(axis=1)
    return float(np.average(near, weights=claim.weights[tells])), float(np.sort(everywhere)[:2].mean())


def _copy_differs(claim: str, question: str, ev: Evidence, similar: NDArray[np.float32]) -> bool:
    """Whether the nearest sentence is so near that a number which neither it nor its neighbours have, where it has others, or a
    negation of one of the two, can only mean that it says something else."""
    nearest = int(similar.argmax())
    there = ev.sentences[nearest]
    if similar[nearest] < COPY:
        return False
    around = frozenset[str]().union(*map(numbers, ev.sentences[max(0, nearest - 1) : nearest + 2]))
    other_number = bool(numbers(there)) and not stated(claim) <= around | numbers(question)
    return other_number or _negated(claim) != _negated(there)


@lru_cache(maxsize=16384)
def _negated(text: str) -> bool:
    return not NEGATIONS.isdisjoint(words(text))
