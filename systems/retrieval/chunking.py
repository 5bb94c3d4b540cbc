"""Chunking: documents are cut into pieces of so many tokens at most. Sentences and headings as joints: structure.py."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, Protocol, cast

from annotated_types import Ge

from systems.retrieval.documents import Document
from systems.tokens import LONGEST_WORD_CHARS, count_tokens, token_spans

Span = tuple[int, int]


@dataclass(frozen=True)
class Chunk:
    """Characters `start` to `end` of document `document`, and the text that stands there."""

    document: str
    title: str
    start: int
    end: int
    text: str


class Chunker(Protocol):
    """Cuts a document into chunks, in the order of the text. Every character that is not white space is in a chunk; a
    document of white space has none."""

    def chunks(self, document: Document) -> list[Chunk]: ...


def cut(document: Document, spans: Iterable[Span], title: str | None = None) -> list[Chunk]:
    """The chunks at these places, under the document's title or another."""
    title = document.title if title is None else title
    return [Chunk(document.id, title, start, end, document.text[start:end]) for start, end in spans]


@dataclass(eq=False)
class Sized(ABC):
    """A chunk has at most `chunk_tokens` tokens and shares about `overlap_tokens` with the one before it."""

    chunk_tokens: Annotated[int, Ge(8)] = 256
    overlap_tokens: Annotated[int, Ge(0)] = 0

    def __post_init__(self) -> None:
        if self.overlap_tokens >= self.chunk_tokens:
            raise ValueError(f"overlap_tokens {self.overlap_tokens} must be less than chunk_tokens {self.chunk_tokens}")

    @abstractmethod
    def chunks(self, document: Document) -> list[Chunk]:
        """As Chunker says."""


@dataclass(eq=False)
class Whole:
    """A document is one chunk, however long."""

    def chunks(self, document: Document) -> list[Chunk]:
        return cut(document, [(0, len(document.text))] if document.text.strip() else [])


@dataclass(eq=False)
class Tokens(Sized):
    """Windows of exactly `chunk_tokens` tokens, the last one shorter; they may end in the middle of a word."""

    def chunks(self, document: Document) -> list[Chunk]:
        return cut(document, _covering(document.text, self._windows(token_spans(document.text))))

    def _windows(self, tokens: Iterator[Span]) -> Iterator[Span]:
        window: deque[Span] = deque(maxlen=self.chunk_tokens)
        fresh = 0  # tokens that no window has held yet
        for span in tokens:
            window.append(span)
            fresh += 1
            if len(window) == self.chunk_tokens and fresh >= self.chunk_tokens - self.overlap_tokens:
                yield window[0][0], window[-1][1]
                fresh = 0
                for _ in range(self.chunk_tokens - self.overlap_tokens):
                    window.popleft()
        if fresh:
            yield window[0][0], window[-1][1]


def _covering(text: str, spans: Iterable[Span]) -> Iterator[Span]:
    """The spans, with the characters between and after them that the tokenizer passes over but are no white space."""
    reached, held = 0, None
    for start, end in spans:
        if held:
            yield held
        gap = text[reached:start]
        held = (reached + len(gap) - len(gap.lstrip()) if gap.strip() else start, end)
        reached = end
    rest = text[reached:].rstrip()
    if rest.strip():
        start = held[0] if held else len(text) - len(text.lstrip())
        yield start, reached + len(rest)
    elif held:
        yield held


@dataclass(eq=False)
class Recursive(Sized):
    """Cut at the widest joints that will do (paragraphs, lines, sentences, words), by semchunk.

    With an overlap, semchunk cuts pieces of min(overlap_tokens, chunk_tokens - overlap_tokens) tokens and joins
    neighbours as long as they fit, so that chunks come out somewhat shorter and overlap by whole pieces. Pieces
    shorter than a word cut words, whose parts may count for a little more when they are joined again.
    """

    def chunks(self, document: Document) -> list[Chunk]:
        return cut(document, self.spans(document.text))

    def spans(self, text: str) -> Iterator[Span]:
        """Where the chunks of a text begin and end."""
        from semchunk.semchunk import chunkerify

        # Not memoized: semchunk would keep every text for good, in a cache that is shared by the process.
        cutter = chunkerify(_tokens, self.chunk_tokens, max_token_chars=LONGEST_WORD_CHARS, memoize=False)
        for section_start, section in _sections(text):
            found = cutter(section, offsets=True, overlap=self.overlap_tokens or None)
            for start, end in cast("tuple[list[str], list[Span]]", found)[1]:
                yield section_start + start, section_start + end


def _tokens(text: str) -> int:
    """A character counts as one token, although Hangul's decompose into more: semchunk would try to cut it for ever. So does a
    text that the tokenizer passes over (zero-width characters): semchunk would go through it character by character."""
    return max(1, count_tokens(text)) if len(text) > 1 else 1


def _sections(text: str) -> list[tuple[int, str]]:
    """The stretches of `text` between gaps of white space, with where they start, and with plain white space inside.

    semchunk recurses once for each different run of white space that a text holds, and hostile text holds more of them
    than Python allows. Runs of at most 49 characters of two kinds bound that, and move no offset.
    """
    plain = re.sub(r"[^\S\n]", " ", text.replace("\r", "\n"))
    bounds = [0, *(edge for gap in re.finditer(r"\s{50,}", plain) for edge in gap.span()), len(plain)]
    stretches = ((start, plain[start:end]) for start, end in zip(bounds[::2], bounds[1::2], strict=True))
    return [(start + len(one) - len(one.lstrip()), one.strip()) for start, one in stretches if one.strip()]
