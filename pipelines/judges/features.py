"""A claim against evidence, as a few numbers: how much of it is there, where, and what speaks against it.

Three ways of looking: the words (weighted by how rare they are), the meaning of whole sentences (MiniLM's vectors), and the
meaning of single words in their context (each token of the claim with the nearest one of the evidence, as BERTScore does,
Zhang et al. 2020, https://arxiv.org/abs/1904.09675). Few on purpose: with twenty that overlapped, sets that had taught nothing
were judged worse.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from pipelines.judges.evidence import evidence
from pipelines.judges.states import Sentence, sentence, word_weight
from pipelines.judges.texts import NEGATIONS, names, numbers, stems
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
    "number_missing": "1 where a number stands nowhere in the evidence: the probability is halved",
    "names_missing": "share of the names that stand nowhere in the evidence",
    "negated": "share of the words in the best sentence where just one of it and the claim is negated",
}
UNKNOWN = 0.5  # a share of nothing: a claim without words that tell ("Yes.")
UNALIGNED = 0.7  # likewise, about the mean of what is found
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
    return {
        "words": _share(weights, ev.all_words),
        "similar": float(similar.max()),
        "stands_out": float(similar.max() - similar.mean()),
        "aligned_near": _aligned(sentence(claim), ev.around(int(similar.argmax()))),
        "aligned_weakest": _aligned_weakest(sentence(claim), ev.states),
        "number_missing": float(not numbers(claim) <= ev.numbers),
        "names_missing": sum(name not in ev.all_words for name in named) / len(named) if named else 0.0,
        "negated": shares[best] if _negated(claim) != _negated(ev.sentences[best]) else 0.0,
    }


def _share(weights: Mapping[str, float], found: frozenset[str]) -> float:
    total = sum(weights.values())
    return sum(weight for word, weight in weights.items() if word in found) / total if total else UNKNOWN


def _aligned(claim: Sentence, states: NDArray[np.float32]) -> float:
    import numpy as np

    nearest = _nearest(claim, states)
    return float(np.average(nearest, weights=claim.weights[claim.weights > 0])) if len(nearest) else UNALIGNED


def _aligned_weakest(claim: Sentence, states: NDArray[np.float32]) -> float:
    import numpy as np

    nearest = _nearest(claim, states)
    return float(np.sort(nearest)[:2].mean()) if len(nearest) else UNALIGNED


def _nearest(claim: Sentence, states: NDArray[np.float32]) -> NDArray[np.float32]:
    """The cosine of each token of the claim that tells with the nearest of `states`; none where there is nothing to compare."""
    tells = claim.weights > 0
    if not len(states):
        return claim.states[:0, 0]
    nearest: NDArray[np.float32] = (claim.states[tells] @ states.T).max(axis=1, initial=-1)
    return nearest


def _negated(text: str) -> bool:
    return not NEGATIONS.isdisjoint(words(text))
