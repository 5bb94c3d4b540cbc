"""A claim against evidence, as a few numbers: how much of it is there, where, and what speaks against it.

Three ways of looking: the words (weighted by how rare they are), the meaning of whole sentences (MiniLM's vectors), and the
meaning of single words in their context (each token of the claim with the nearest one of the evidence, as BERTScore does,
Zhang et al. 2020, https://arxiv.org/abs/1904.09675).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from pipelines.judges.evidence import Evidence, evidence
from pipelines.judges.states import Sentence, sentence, word_weight
from pipelines.judges.texts import LIMITS, NEGATIONS, all_stems, longest_common, names, numbers, stems
from pipelines.prose import words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FEATURES: Mapping[str, str] = {
    "words": "share of the claim's words, by weight, that stand anywhere in the evidence",
    "words_window": "the same in the best three neighbouring sentences",
    "words_sentence": "the same in the best sentence",
    "words_new": "the same of the words that are not in the question already",
    "weakest_words": "the same of the claim's five neighbouring words of which least is there",
    "pairs": "share of the pairs of neighbouring words that neighbour in the evidence, too",
    "in_order": "longest common subsequence with one of the three nearest sentences, over the claim's length",
    "missing": "weight of the words that stand nowhere in the evidence, summed",
    "number_missing": "1 where a number stands nowhere in the evidence",
    "number_elsewhere": "1 where a number does not stand in the three sentences that hold most of the words",
    "names_missing": "share of the names that stand nowhere in the evidence",
    "similar": "cosine of the claim and the nearest sentence",
    "stands_out": "by how much that is more than the mean over all sentences",
    "aligned": "mean cosine of each token with the nearest one in the evidence, by weight",
    "aligned_weakest": "mean of the two lowest of these",
    "aligned_near": "`aligned`, in the nearest sentence and its two neighbours only",
    "aligned_near_weakest": "`aligned_weakest` there",
    "negated": "words_sentence where just one of claim and best sentence is negated, otherwise 0",
    "limits": "log(1 + words like only, all, first, until that the best sentence has not)",
    "length": "log(1 + words of the claim)",
}
UNKNOWN = 0.5  # a share of nothing: a claim without words that tell ("Yes.")
UNALIGNED = 0.7  # about the mean of `aligned`, likewise
LOOKED_THROUGH = 200  # words of a claim, for what takes the square of it


def features(claim: str, passages: Sequence[str], question: str = "") -> dict[str, float]:
    """The value of every one of FEATURES, in their order. A claim of few words ("In 1912.") is read after its question."""
    own = dict.fromkeys(stems(claim))
    ev = evidence(passages).about(frozenset(own))
    weights = {word: word_weight(word) for word in own}
    read = sentence(f"{question} {claim}" if question and len(own) < 4 else claim)
    similar = ev.vectors @ read.vector
    shares = [_share(weights, found) for found in ev.words]
    best = int((similar + shares).argmax())
    return {
        **_words(claim, weights, ev, frozenset(stems(question)), shares),
        "in_order": _in_order(claim, [ev.sentences[at] for at in (-similar).argsort(kind="stable")[:3]]),
        **_missing(claim, weights, ev),
        "similar": float(similar.max()),
        "stands_out": float(similar.max() - similar.mean()),
        **_aligned(sentence(claim), ev, int(similar.argmax())),
        **_against(claim, ev.sentences[best], max(shares)),
        "length": math.log1p(len(all_stems(claim))),
    }


def _share(weights: Mapping[str, float], found: frozenset[str]) -> float:
    total = sum(weights.values())
    return sum(weight for word, weight in weights.items() if word in found) / total if total else UNKNOWN


def _words(
    claim: str, weights: Mapping[str, float], ev: Evidence, asked: frozenset[str], shares: Sequence[float]
) -> dict[str, float]:
    said = stems(claim)
    pairs = set(pairwise(said))
    anywhere = _share(weights, ev.all_words)
    fives = [said[at : at + 5] for at in range(max(1, len(said) - 4))]
    return {
        "words": anywhere,
        "words_window": max(_share(weights, window) for window in ev.windows),
        "words_sentence": max(shares),
        "words_new": _share({word: weight for word, weight in weights.items() if word not in asked}, ev.all_words),
        "weakest_words": min(_share({word: weights[word] for word in five}, ev.all_words) for five in fives),
        "pairs": len(pairs & ev.pairs) / len(pairs) if pairs else anywhere,
    }


def _in_order(claim: str, nearest: Sequence[str]) -> float:
    said = all_stems(claim)[:LOOKED_THROUGH]
    longest = max(longest_common(said, all_stems(one)[:LOOKED_THROUGH]) for one in nearest)
    return longest / len(said) if said else UNKNOWN


def _missing(claim: str, weights: Mapping[str, float], ev: Evidence) -> dict[str, float]:
    said, named = numbers(claim), names(claim)
    window = max(range(len(ev.windows)), key=lambda at: _share(weights, ev.windows[at]))
    near = frozenset[str]().union(*map(numbers, ev.sentences[window : window + 3]))
    return {
        "missing": sum(weight for word, weight in weights.items() if word not in ev.all_words),
        "number_missing": float(not said <= ev.numbers),
        "number_elsewhere": float(not said <= near),
        "names_missing": sum(name not in ev.all_words for name in named) / len(named) if named else 0.0,
    }


def _aligned(claim: Sentence, ev: Evidence, nearest: int) -> dict[str, float]:
    mean, weakest = _alignment(claim, ev.states)
    near, near_weakest = _alignment(claim, ev.around(nearest))
    return {
        "aligned": mean,
        "aligned_weakest": weakest,
        "aligned_near": near,
        "aligned_near_weakest": near_weakest,
    }


def _alignment(claim: Sentence, states: NDArray[np.float32]) -> tuple[float, float]:
    """(the weighted mean, the mean of the two lowest) of each token's cosine with the nearest of `states`."""
    import numpy as np

    tells = claim.weights > 0
    if not tells.any() or not len(states):
        return UNALIGNED, UNALIGNED
    nearest = (claim.states[tells] @ states.T).max(axis=1)
    return float(np.average(nearest, weights=claim.weights[tells])), float(np.sort(nearest)[:2].mean())


def _against(claim: str, best: str, share: float) -> dict[str, float]:
    said, there = frozenset(words(claim)), frozenset(words(best))
    return {
        "negated": share if bool(said & NEGATIONS) != bool(there & NEGATIONS) else 0.0,
        "limits": math.log1p(len((said & LIMITS) - there)),
    }
