"""A simple judge of support that needs no key: does one place in the evidence hold the words and the numbers of a claim?

It is uncalibrated: SUPPORTED was chosen, not fitted to people's verdicts. It compares words, so it takes a paraphrase for
unsupported and overlooks a negation or a swapped role; it is there to tell copying from inventing. English stemming and stop
words; other languages are compared word for word.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from pipelines.abstention import abstained
from pipelines.prose import is_number, sentences, without_citations, words

SUPPORTED = 0.6  # of `support`, from which on a claim counts as supported
WINDOW = 3  # neighbouring sentences that may support a claim together
SCATTERED = 0.75  # what words count that are found only in the whole passage, farther apart than a window
WRONG_NUMBER = 0.5  # what a place counts that lacks one of the claim's numbers: too little, whatever words it has

_COMMON = """
about above according after again all also am an and any are as at based be because been before being below between both
but by can could did do does doing down during each few for from further had has have having he her here hers him his how
however i if in into is it its itself just me more most my nor now of off on once only or other our out over own passage
passages please same she should so some such sure than that their theirs them then there therefore these they this those
through thus to too under until up very was we were what when where which while who whom why will with would yes no you
your yours
"""
_STOP_WORDS = frozenset(_COMMON.split())


def claims(answer: str) -> list[str]:
    """The sentences of an answer that claim something, without citation marks; an abstention claims nothing."""
    if abstained(answer):
        return []
    said = sentences(without_citations(answer))
    return [sentence for sentence in said if _stems(sentence) and not abstained(sentence)]


def support(claim: str, passages: Sequence[str]) -> float:
    """From 0 to 1: how much of a claim the best single place in the passages holds.

    A place is a window of neighbouring sentences, or a whole passage at a discount. A word counts by its length, since long
    words tend to say more (Piantadosi et al. 2011, https://doi.org/10.1073/pnas.1012551108). A place that lacks one of the
    claim's numbers can never support it.
    """
    wanted = _stems(claim)
    numbers = frozenset(filter(is_number, wanted))
    best = 0.0
    for passage in passages:
        whole, windows = _places(passage)
        if _letters(wanted & whole) <= best:
            continue  # no window holds more than its passage
        for place, weight in [(whole, SCATTERED), *((window, 1.0) for window in windows)]:
            best = max(best, _letters(wanted & place) * weight * (1.0 if numbers <= place else WRONG_NUMBER))
    return best / _letters(wanted) if wanted else 0.0


def _letters(stems: frozenset[str]) -> int:
    return sum(map(len, stems))


@lru_cache(maxsize=4096)  # the same passages are evidence for many answers
def _places(passage: str) -> tuple[frozenset[str], list[frozenset[str]]]:
    """The stems of a whole passage, and those of its windows."""
    stems = [_stems(sentence) for sentence in sentences(passage)]
    windows = [frozenset[str]().union(*stems[at : at + WINDOW]) for at in range(max(1, len(stems) - WINDOW + 1))]
    return frozenset[str]().union(*stems), windows


@lru_cache(maxsize=4096)
def _stems(sentence: str) -> frozenset[str]:
    return frozenset(_stem(word) for word in words(sentence) if word not in _STOP_WORDS)


@lru_cache(maxsize=65536)
def _stem(word: str) -> str:
    """Harman's plural stemmer (1991, "How effective is suffixing?"), and then -ed, -ing, -e and a doubled last letter."""
    if len(word) < 4 or is_number(word):
        return word
    if word.endswith("ies") and word[-4] not in "ea":
        word = word[:-3] + "y"
    elif word.endswith("s") and word[-2] not in "us":
        word = word[:-1]
    for suffix in ("ing", "ed", "e"):
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            word = word.removesuffix(suffix)
            break
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] else word
