"""Words as the local models see them: stemmed, weighed by how rare they are, matched even when they are misspelt."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

WORD = re.compile(r"\d+(?:[.,:]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)*")
UNSPACED = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]")  # Thai, kana, Han: written without spaces
_FUNCTION_WORDS = """
a about after all also am an and any are as at be been before being but by can could did do does doing done for from get give
had has have having he her him his how i if in into is it its just may me might my name no not of on or our please she should
so some such tell than that the their them then there these they this those to was we were what when where whether which while
who whom whose why will with would you your
"""
STOP = frozenset(_FUNCTION_WORDS.split())
ALIKE = 0.6  # character bigrams that two words must share (Dice) to be taken for one word misspelt
CORRECTED = 64  # so many first words of a query are looked up in spite of their spelling: it takes long in long texts


def stems(text: str) -> Iterator[str]:
    """The stems of all words of a text, in order; writing without spaces gives pairs of neighbouring characters."""
    for word in WORD.findall(unicodedata.normalize("NFKC", text)):
        if UNSPACED.search(word) and len(word) > 1:
            yield from (word[at : at + 2] for at in range(len(word) - 1))
        else:
            yield stem(word)


def content(text: str) -> list[str]:
    """The stems that carry meaning, each once; all of them where a text has nothing but function words."""
    found = list(dict.fromkeys(stems(text)))
    return [word for word in found if word not in STOP] or found


@lru_cache(50_000)
def stem(word: str) -> str:
    """A light English stemmer: plural, -ing, -ed, -ly, a final e. Other alphabets are only put into lower case."""
    word = word.casefold().replace("’", "'").removesuffix("'s")
    if len(word) < 4 or not word.isascii() or word in STOP:
        return word
    if word.endswith("ies"):
        word = word[:-3] + "y"
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed", "ly"):
        root = word.removesuffix(ending)
        if root != word and len(root) >= 3 and re.search("[aeiouy]", root):
            word = root[:-1] if root[-1] == root[-2] and root[-1] not in "lsz" else root
            break
    return word[:-1] if len(word) > 3 and word[-1] == "e" else word


@lru_cache(50_000)
def bigrams(word: str) -> frozenset[str]:
    padded = f"^{word}$"
    return frozenset(padded[at : at + 2] for at in range(len(padded) - 1))


@dataclass(frozen=True)
class Match:
    """Which words of a query each text holds: the weight of each word `asked`, and per text how much of it is `held`."""

    asked: dict[str, float]
    held: list[dict[str, float]]
    weights: list[float]  # of all words of each text

    def shares(self) -> list[float]:
        """The share of the query that each text holds, by weight, from 0 to 1."""
        asked = sum(self.asked.values()) or 1.0
        return [sum(words.values()) / asked for words in self.held]

    def similarities(self) -> list[float]:
        """How alike query and text are, both ways: shared over joint weight (a weighted Jaccard), from 0 to 1."""
        asked = sum(self.asked.values())
        shared = [sum(words.values()) for words in self.held]
        joint = [asked + weight - both for weight, both in zip(self.weights, shared, strict=True)]
        return [both / all_ if all_ > 0 else 0.0 for both, all_ in zip(shared, joint, strict=True)]


class Overlap:
    """Texts to match queries with. A text maps its stems to how much each counts: 1, or less where it is lent."""

    def __init__(self, texts: Sequence[Mapping[str, float]]) -> None:
        self.count = len(texts)
        self.postings: dict[str, list[tuple[int, float]]] = {}
        for at, text in enumerate(texts):
            for word, counts in text.items():
                self.postings.setdefault(word, []).append((at, counts))
        self.weights = [sum(self.weight(word) * counts for word, counts in text.items()) for text in texts]

    def weight(self, word: str) -> float:
        """The inverse document frequency of a stem over these very texts; highest where none of them holds it."""
        return math.log(1 + self.count / (len(self.postings.get(word, ())) + 1))

    def match(self, query: str) -> Match:
        """Compare a query with every text."""
        asked: dict[str, float] = {}
        held: list[dict[str, float]] = [{} for _ in range(self.count)]
        for place, word in enumerate(content(query)):
            known, alike = self.nearest(word) if place < CORRECTED else (word, 1.0)
            asked[word] = self.weight(known)
            for at, counts in self.postings.get(known, ()):
                held[at][word] = asked[word] * alike * counts
        return Match(asked, held, self.weights)

    def nearest(self, word: str) -> tuple[str, float]:
        """The word of these texts that a word of a query stands for, and how alike the two are."""
        if word in self.postings or len(word) < 4 or not word.isalpha():
            return word, 1.0
        mine = bigrams(word)
        alike, best = 0.0, word
        for other in self.postings:
            if abs(len(other) - len(word)) <= 2 and other.isalpha():
                theirs = bigrams(other)
                dice = 2 * len(mine & theirs) / (len(mine) + len(theirs))
                alike, best = max((alike, best), (dice, other))
        return (best, alike) if alike >= ALIKE else (word, 1.0)
