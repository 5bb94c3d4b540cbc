"""What an answer's text says: without citation marks, in sentences, in words that can be compared.

Words follow the normalisation of SQuAD's evaluation script (Rajpurkar et al. 2016, https://arxiv.org/abs/1606.05250): case,
punctuation and English articles do not count. It differs where that script, made for ASCII, would mislead here:

- Letters, marks and digits of every script are kept (NFKC); Chinese and Japanese characters are a word each, as in MLQA.
- A number is one word and compared by its value: `1,000.00` is `1000`, `4,90` is `4.9`, and `5` is not part of `15`. The price
  is that a version 2.10 is 2.1.
- Currencies and per cent are words, after their number: `€4.90`, `4.90 euros` and `EUR 4.90` are all `4.9 eur`.
- A hyphen parts words instead of joining them: `two-year` is `two year`.

Number words (`fourteen`) stay words: a dataset lists such variants among an example's answers.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

_CITATION = re.compile(r"\s?\[\d{1,3}(?:\s?[,;–-]\s?\d{1,3})*\]")
_ARTICLES = frozenset({"a", "an", "the"})
_CURRENCIES = {
    "€": "eur",
    "$": "usd",
    "£": "gbp",
    "¥": "jpy",
    "euro": "eur",
    "dollar": "usd",
    "pound": "gbp",
    "yen": "jpy",
}
_CURRENCIES |= {"euros": "eur", "dollars": "usd", "pounds": "gbp", "%": "percent"}
_CODES = frozenset({*_CURRENCIES.values(), "chf"} - {"percent"})
_NUMBER = r"(?:(?<![\w.,])-)?\d+(?:[.,]\d+)*"
_SYMBOL_FIRST = re.compile(rf"([€$£¥])({_NUMBER})")
_CJK = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"{_NUMBER}|[{_CJK}]|[€$£¥%]|[^\s\d.,%€$£¥{_CJK}-][^\s.,%€$£¥{_CJK}-]*")
_INITIALS = re.compile(r"\b(?:[^\W\d_]\.){2,}")


def without_citations(text: str) -> str:
    """The text without marks like [1] or [2, 3]."""
    return _CITATION.sub("", text)


class _Cleaned(dict[int, str]):
    """For str.translate: letters, marks and currencies stay, digits become ASCII ones, apostrophes go, the rest is a space."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        category = unicodedata.category(char)
        if category == "Nd":
            kept = str(unicodedata.decimal(char))
        elif char in "'’ʼ`":
            kept = ""
        elif char in "-−‐‑":
            kept = "-"
        else:
            kept = char if category[0] in "LMN" or category == "Sc" or char in ".,%" else " "
        self[code] = kept
        return kept


_CLEANED = _Cleaned()


def words(text: str) -> list[str]:
    """The words of a text, normalised as the module says. A text of articles alone keeps them."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    clean = _INITIALS.sub(lambda found: found[0].replace(".", ""), folded.translate(_CLEANED))
    clean = _SYMBOL_FIRST.sub(r" \2 \1 ", clean)
    found = [_number(word) if is_number(word) else _CURRENCIES.get(word, word) for word in _WORD.findall(clean)]
    for at in range(len(found) - 1):
        before = found[at - 1] if at else ""
        if found[at] in _CODES and is_number(found[at + 1]) and not is_number(before):
            found[at], found[at + 1] = found[at + 1], found[at]
    return [word for word in found if word not in _ARTICLES] or found


def is_number(word: str) -> bool:
    """Whether a word is a number, in figures."""
    return word.lstrip("-")[:1].isdecimal()


@lru_cache(maxsize=4096)
def _number(text: str) -> str:
    if "," in text and "." in text:  # the last of the two parts the decimals
        text = text.replace(",", "") if text.rfind(".") > text.rfind(",") else text.replace(".", "").replace(",", ".")
    elif re.fullmatch(r"-?\d{1,3}(,\d{3})+|-?\d{1,3}(\.\d{3}){2,}", text):
        text = text.replace(",", "").replace(".", "")
    elif text.count(",") == 1:
        text = text.replace(",", ".")
    return text.rstrip("0").rstrip(".") if text.count(".") == 1 else text


_END = re.compile(r"(?<![.!?…])[.!?…]+[\"'”’)\]*_]*(?=\s)|[。！？]|\n+")
_LIST_MARK = re.compile(r"^(?:[-*•–]|\d{1,2}[.)])\s+")
_ABBREVIATED = re.compile(r"(?:\b(?:dr|mr|mrs|ms|prof|st|vs|e\.g|i\.e|cf|approx|fig|nr)|\b\w)$", re.IGNORECASE)


def sentences(text: str) -> list[str]:
    """The sentences of a text; a line is at least one, and loses its list mark. Abbreviations and decimals end none."""
    return [sentence for piece in _pieces(text) if (sentence := _LIST_MARK.sub("", piece.strip()).strip())]


def _pieces(text: str) -> Iterator[str]:
    start = 0
    for end in _END.finditer(text):
        if end[0][0] == "." and not _ends(text, start, end):
            continue
        yield text[start : end.end()]
        start = end.end()
    yield text[start:]


def _ends(text: str, start: int, end: re.Match[str]) -> bool:
    rest = text[end.end() : end.end() + 8]
    if "\n" in rest[: len(rest) - len(rest.lstrip())]:
        return bool(text[start : end.start()].strip())
    before, after = text[max(start, end.start() - 8) : end.start()], rest.lstrip()
    numbered = before.strip().isdecimal() or (before.lower().endswith("no") and after[:1].isdecimal())
    return not (after[:1].islower() or numbered or _ABBREVIATED.search(before))
