"""Chunking: documents are cut at their joints (paragraphs, sentences, words) into pieces of so many tokens at most."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Protocol, cast

from annotated_types import Ge

from systems.retrieval.documents import Document
from systems.tokens import LONGEST_WORD_CHARS, count_tokens


@dataclass(frozen=True)
class Chunk:
    """Characters `start` to `end` of document `document`, and the text that stands there."""

    document: str
    title: str
    start: int
    end: int
    text: str


class Chunker(Protocol):
    """Cuts a document into chunks, in the order of the text."""

    def chunks(self, document: Document) -> list[Chunk]: ...


@dataclass(eq=False)
class Tokens:
    """Chunks of at most `chunk_tokens` tokens, cut by semchunk.

    With an overlap, semchunk cuts pieces of min(overlap_tokens, chunk_tokens - overlap_tokens) tokens and joins
    neighbours as long as they fit, so that chunks come out somewhat shorter and overlap by whole pieces. Pieces
    shorter than a word cut words, whose parts may count for a little more when they are joined again.
    """

    chunk_tokens: Annotated[int, Ge(8)] = 256
    overlap_tokens: Annotated[int, Ge(0)] = 0

    def __post_init__(self) -> None:
        if self.overlap_tokens >= self.chunk_tokens:
            raise ValueError(f"overlap_tokens {self.overlap_tokens} must be less than chunk_tokens {self.chunk_tokens}")

    def chunks(self, document: Document) -> list[Chunk]:
        """Every character that is not white space is in a chunk; a document of white space has none."""
        from semchunk.semchunk import chunkerify

        # Not memoized: semchunk would keep every text for good, in a cache that is shared by the process.
        cut = chunkerify(_tokens, self.chunk_tokens, max_token_chars=LONGEST_WORD_CHARS, memoize=False)
        chunks = []
        for section_start, section in _sections(document.text):
            found = cut(section, offsets=True, overlap=self.overlap_tokens or None)
            for start, end in cast("tuple[list[str], list[tuple[int, int]]]", found)[1]:
                start, end = section_start + start, section_start + end
                chunks.append(Chunk(document.id, document.title, start, end, document.text[start:end]))
        return chunks


def _tokens(text: str) -> int:
    """A character counts as one token, although Hangul's decompose into more: semchunk would try to cut it for ever."""
    return count_tokens(text) if len(text) > 1 else 1


def _sections(text: str) -> list[tuple[int, str]]:
    """The stretches of `text` between gaps of white space, with where they start, and with plain white space inside.

    semchunk recurses once for each different run of white space that a text holds, and hostile text holds more of them
    than Python allows. Runs of at most 49 characters of two kinds bound that, and move no offset.
    """
    plain = re.sub(r"[^\S\n]", " ", text.replace("\r", "\n"))
    bounds = [0, *(edge for gap in re.finditer(r"\s{50,}", plain) for edge in gap.span()), len(plain)]
    stretches = ((start, plain[start:end]) for start, end in zip(bounds[::2], bounds[1::2], strict=True))
    return [(start + len(one) - len(one.lstrip()), one.strip()) for start, one in stretches if one.strip()]
