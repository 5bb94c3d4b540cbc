"""What the local judge reads in a text: its claims, its pieces, and the words that carry what it says."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from functools import lru_cache

from pipelines.abstention import abstained
from pipelines.prose import is_number, sentences, without_citations, words

PIECE_CHARS = 1500  # a sentence is cut there: bounds what a text without a full stop can take

_COMMON = """
about above according after again all also am an and any are as at based be because been before being below between both
but by can could did do does doing down during each few for from further had has have having he her here hers him his how
however i if in into is it its itself just me more most my nor now of off on once only or other our out over own passage
passages please same she should so some such sure than that their theirs them then there therefore these they this those
through thus to too under until up very was we were what when where which while who whom why will with would yes no you
your yours
"""
STOP_WORDS = frozenset(_COMMON.split())
_NEGATIONS = """
not no never none nobody nothing neither nor without cannot cant wont dont doesnt didnt isnt wasnt arent werent couldnt
shouldnt wouldnt hasnt havent hadnt unable fail fails failed lack lacks lacked instead except unless hardly
"""
NEGATIONS = frozenset(_NEGATIONS.split())
_UNITS = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen
"""
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_COUNT = {word: str(number) for number, word in enumerate(_UNITS.split())}
_COUNT |= {word: str(10 * number) for number, word in enumerate(_TENS.split(), 2)}
_SMALL = frozenset(_UNITS.split()[:10])
_ORDINAL = re.compile(r"(?<=\d)(?:st|nd|rd|th)$")

_NO_SPACE = re.compile(r"(?<=[a-z0-9)\"’'])([.!?])(?=[A-Z\"][a-z])")  # "last century.First", as scraped texts have it
_SCRIPT = re.compile(r"<(script|style)\b.{0,10000}?</\1\s*>", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")
_HEADING = re.compile(r"^#{1,6}\s.*$", re.MULTILINE)
_NAME = re.compile(r"\b[A-Z][\w’'-]*")
_OPENERS = frozenset(
    {"The", "A", "An", "It", "He", "She", "They", "In", "On", "At", "This", "These", "If", "You", "Yes", "No"}
)
_WORDPIECES, _UNUSED = (
    28_000,
    1_990,
)  # of BERT's vocabulary: its words are in the order of their frequency after 1,990 others


def claims(answer: str) -> list[str]:
    """The sentences of an answer that claim something, without citation marks; an abstention claims nothing."""
    if abstained(answer):
        return []
    said = pieces(without_citations(_plain(answer)))
    return [sentence for sentence in said if stems(sentence) and not abstained(sentence)]


def _plain(answer: str) -> str:
    """Without markup: scripts, tags, headings."""
    return _HEADING.sub("", _TAG.sub(" ", _SCRIPT.sub(" ", answer)))


def pieces(text: str) -> list[str]:
    """The sentences of a text, none longer than PIECE_CHARS."""
    return list(_cut(sentences(_NO_SPACE.sub(r"\1 ", text))))


def _cut(found: Iterable[str]) -> Iterable[str]:
    for sentence in found:
        while len(sentence) > PIECE_CHARS:
            end = sentence.rfind(" ", 1, PIECE_CHARS)
            end = end if end > 0 else PIECE_CHARS
            yield sentence[:end]
            sentence = sentence[end:].strip()
        if sentence:
            yield sentence


@lru_cache(maxsize=16384)
def stems(text: str) -> tuple[str, ...]:
    """The words that carry what is said, stemmed, in order."""
    return tuple(stem(word) for word in words(text) if word not in STOP_WORDS)


@lru_cache(maxsize=16384)
def numbers(text: str) -> frozenset[str]:
    """The numbers in a text by their value, in figures or in single words ("forty", and of "forty-two" both)."""
    found = (_ORDINAL.sub("", _COUNT.get(word, word)) for word in words(text))
    return frozenset(word for word in found if is_number(word))


@lru_cache(maxsize=16384)
def stated(text: str) -> frozenset[str]:
    """The numbers that a claim stands or falls with: in figures, or ten and more in words (not "one of them", "in two ways")."""
    return numbers(" ".join(word for word in words(text) if word not in _SMALL))


def names(text: str) -> list[str]:
    """The stems of the words written with a capital where no sentence begins."""
    found = (one for one in _NAME.finditer(text) if one.start() or one[0] not in _OPENERS)
    return [stem(word) for one in found for word in words(one[0]) if word not in STOP_WORDS]


def piece_weight(id: int) -> float:
    """From 0.05 to 1: how much a word-piece tells, by its place in BERT's vocabulary, where frequent words come first (Zipf's law
    makes the logarithm of the place that of the frequency)."""
    return min(1.0, max(0.05, math.log(max(id - _UNUSED, 2)) / math.log(_WORDPIECES)))


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
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
