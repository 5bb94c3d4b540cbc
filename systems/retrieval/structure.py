"""Chunkers that know what a text is made of: sentences, and sections under headings."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from systems.retrieval.chunking import Chunk, Recursive, Sized, Span, cut
from systems.retrieval.documents import Document
from systems.sentences import sentence_starts
from systems.tokens import count_tokens

HEADING = re.compile(r"^ {0,3}(#{1,6})[ \t](.*)$", re.MULTILINE)
FENCE = re.compile(r"^ {0,3}(```+|~~~+).*?(?:^ {0,3}\1|\Z)", re.MULTILINE | re.DOTALL)
# A sentence also ends where a line does that the next item, row or heading, or an empty line, follows.
BREAK = re.compile(r"\n(?=[ \t]*(?:\n|[-*•#|]|\d{1,3}[.)] ))")

TITLE_CHARS = 200  # of a section: headings are somebody's text, and each of its chunks has them


@dataclass(eq=False)
class Sentences(Sized):
    """Whole sentences, as many as fit; the overlap is the last sentences of the chunk before, as many as fit into it. A
    sentence that is too long by itself is cut as `recursive` would."""

    def chunks(self, document: Document) -> list[Chunk]:
        return cut(document, self._packed(document.text))

    def _packed(self, text: str) -> Iterator[Span]:
        packed: deque[tuple[Span, int]] = deque()  # sentences with their tokens
        used = 0  # tokens of all of them
        for start, end in self._sentences(text):
            tokens = max(1, count_tokens(text[start:end]))
            if used + tokens > self.chunk_tokens:
                yield packed[0][0][0], packed[-1][0][1]
                while packed and (used > self.overlap_tokens or used + tokens > self.chunk_tokens):
                    used -= packed.popleft()[1]
            packed.append(((start, end), tokens))
            used += tokens
        if packed:
            yield packed[0][0][0], packed[-1][0][1]

    def _sentences(self, text: str) -> Iterator[Span]:
        cutter = Recursive(self.chunk_tokens)
        for start, end in sentence_spans(text):
            if max(1, count_tokens(text[start:end])) <= self.chunk_tokens:
                yield start, end
            else:
                yield from ((start + at, start + to) for at, to in cutter.spans(text[start:end]))


def sentence_spans(text: str) -> Iterator[Span]:
    """Where the sentences of a text begin and end, white space around them left out."""
    breaks = [0, *(found.end() for found in BREAK.finditer(text)), len(text)]
    for paragraph, after in pairwise(breaks):
        starts = [paragraph, *(paragraph + at for at in sentence_starts(text[paragraph:after])), after]
        yield from (span for start, end in pairwise(starts) if (span := _stripped(text, start, end)))


@dataclass(eq=False)
class Headings(Sized):
    """A section under a Markdown heading is a chunk, headings above it in its title; longer sections are cut as `recursive`
    would. A heading with nothing below it goes with the section that follows."""

    def chunks(self, document: Document) -> list[Chunk]:
        found: list[Chunk] = []
        cutter = Recursive(self.chunk_tokens, self.overlap_tokens)
        for start, end, path in _sections(document):
            text = document.text[start:end]
            spans = [(start, end)]
            if count_tokens(text) > self.chunk_tokens:
                spans = [(start + at, start + to) for at, to in cutter.spans(text)]
            found += cut(document, spans, " > ".join(path)[:TITLE_CHARS])
        return found


def _sections(document: Document) -> Iterator[tuple[int, int, list[str]]]:
    """(start, end, titles from the document's down) of every section that holds more than headings."""
    text = document.text
    fenced = [found.span() for found in FENCE.finditer(text)]
    starts = [start for start, _ in fenced]
    marks = [one for one in HEADING.finditer(text) if not _inside(one.start(), starts, fenced)]
    path: list[tuple[int, str]] = []
    begun: int | None = None  # where a run of headings without text began
    for at, mark in enumerate([None, *marks]):
        start = mark.start() if mark else 0
        end = marks[at].start() if at < len(marks) else len(text)
        if mark:
            level = len(mark[1])
            path = [*(one for one in path if one[0] < level), (level, mark[2].strip().rstrip("#").rstrip())]
        body = text[mark.end() if mark else 0 : end]
        if not body.strip() and at < len(marks):
            begun = start if begun is None and mark else begun
            continue
        if span := _stripped(text, start if begun is None else begun, end):
            titles = [title for _, title in path if title and title != document.title]
            yield *span, [document.title, *titles] if document.title else titles
        begun = None


def _inside(place: int, starts: list[int], spans: list[Span]) -> bool:
    """Whether a place is in one of the spans, which are in order and begin at `starts`."""
    at = bisect_right(starts, place) - 1
    return at >= 0 and place < spans[at][1]


def _stripped(text: str, start: int, end: int) -> Span | None:
    """The span without white space at its ends; None where nothing is left."""
    bare = text[start:end]
    left, right = len(bare) - len(bare.lstrip()), len(bare.rstrip())
    return (start + left, start + right) if right > left else None
