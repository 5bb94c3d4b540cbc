"""A passage as the units that an answer can be made of: sentences, list items, rows; headings lend them their words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from systems.sentences import sentence_starts

ITEM = re.compile(r"[ \t]*(?:[-*•–+]|\(?\d{1,3}[.)]|\(?[a-z]\))[ \t]+")
HASHES = re.compile(r"[ \t]*#{1,6}[ \t]+")
LINE_CHARS = 60  # a line at least this long may have been wrapped; a shorter one was ended on purpose
MAX_CHARS = 600  # text without any stop is cut into units of this size


@dataclass(frozen=True)
class Sentence:
    """What can be said in an answer, and the title and headings that it stands under."""

    text: str
    headings: tuple[str, ...] = ()


@lru_cache(4096)
def sentences(passage: str) -> tuple[Sentence, ...]:
    """The units of a passage in order. A passage of nothing but headings and questions gives these."""
    lines = list(_lines(passage))
    found: list[Sentence] = []
    title, heading, lead = "", "", ""
    for at, line in enumerate(lines):
        below = lines[at + 1] if at + 1 < len(lines) else ""
        text = _clean(line)
        if _is_heading(line, below, first=at == 0):
            if at == 0:
                title = text
            elif text.endswith((":", "：")):
                lead = text
            else:
                heading, lead = text, ""
            continue
        for part in split(text):
            if part.endswith(("?", "？")):  # a question in a passage answers nothing: it announces what follows
                lead = part
            else:
                found.append(Sentence(part, tuple(filter(None, (title, heading, lead)))))
    return tuple(found) or tuple(Sentence(_clean(line)) for line in lines)


def split(text: str) -> list[str]:
    """The sentences of a paragraph."""
    starts = [0, *sentence_starts(text), len(text)]
    return [piece for start, end in pairwise(starts) for piece in _pieces(text[start:end].strip())]


def _pieces(part: str) -> list[str]:
    pieces = (
        [part] if len(part) <= MAX_CHARS else re.findall(rf".{{1,{MAX_CHARS}}}(?:\s|$)|.{{{MAX_CHARS}}}", part, re.S)
    )
    return [piece.strip() for piece in pieces if re.search(r"\w", piece)]


def _lines(passage: str) -> Iterator[str]:
    """The lines that hold a word, wrapped ones joined again."""
    open_line = ""
    for line in [*passage.splitlines(), ""]:
        starts = not line.strip() or ITEM.match(line) or HASHES.match(line) or line.lstrip().startswith("|")
        if open_line and (starts or len(open_line.rpartition("\n")[2]) < LINE_CHARS or HASHES.match(open_line)):
            yield open_line.replace("\n", " ")
            open_line = ""
        if re.search(r"\w", line):
            open_line = f"{open_line}\n{line}" if open_line else line
    if open_line:
        yield open_line.replace("\n", " ")


def _is_heading(line: str, below: str, first: bool) -> bool:
    """Whether a line announces what follows: marked with #, ended by a colon, or short, unended and above a text."""
    bare = line.rstrip(" \t*_|").lstrip(" \t*_")
    if HASHES.match(line) or (below and bare.endswith((":", "："))):
        return True
    if not below or len(bare.split()) > 10 or len(bare) > 80 or ITEM.match(line) or line.lstrip().startswith("|"):
        return False
    below_is_text = len(below) > len(line) or ITEM.match(below) or below.rstrip().endswith((".", "!", "?", "。"))
    return bool(
        below_is_text and not bare.endswith((".", "!", "?", ",", ";", "。")) and (first or not re.search(r"\d", bare))
    )


def _clean(line: str) -> str:
    """A line without the marks of lists, headings and tables."""
    bare = (
        HASHES.sub("", line, count=1)
        if HASHES.match(line)
        else ITEM.sub("", line, count=1)
        if ITEM.match(line)
        else line
    )
    return " ".join(bare.replace("**", "").strip(" \t|").split())
