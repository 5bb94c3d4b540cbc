"""Counting tokens: the unit in which prompts are budgeted, chunks are cut and local models are priced."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from systems.retrieval.minilm import weights_file

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

LONGEST_WORD_CHARS = 100  # WordPiece gives up on a longer word and makes it one unknown token
LONGEST_REMEMBERED_CHARS = 10_000
STRETCH_CHARS = 50_000  # so much text is tokenized at a time: bounds the memory


def count_tokens(text: str) -> int:
    """The WordPiece tokens of `text`, without special tokens, as far as the vocabulary can spell it.

    A word that it cannot (Thai, an emoji) counts a token a character, and one of more than 100 characters as so many words of
    100: a megabyte of base64 is not one token to anybody who pays for it, though to the embedder it is.
    """
    return _remembered(text) if len(text) <= LONGEST_REMEMBERED_CHARS else _count(text)


def token_spans(text: str) -> Iterator[tuple[int, int]]:
    """Where each token that count_tokens counts begins and ends, in characters (of a word that is longer than the 50,000
    characters that are looked at together, somewhat differently)."""
    for at, encoding in _encoded(text):
        for id, (start, end) in zip(encoding.ids, encoding.offsets, strict=True):
            if id == _unknown():
                yield from ((at + one, at + one + 1) for one in range(start, end))
            else:
                yield at + start, at + end


def tokenizer() -> Tokenizer:
    """A new MiniLM tokenizer, without the truncation and the padding that its file asks for."""
    from tokenizers import Tokenizer

    made = Tokenizer.from_file(str(weights_file("tokenizer.json")))
    made.no_truncation()
    made.no_padding()
    return made


def _count(text: str) -> int:
    return sum(len(encoding.ids) + _unspelt(encoding) for _, encoding in _encoded(text))


def _unspelt(encoding: Encoding) -> int:
    """How many more tokens there are when unknown words count by their characters."""
    if _unknown() not in encoding.ids:
        return 0
    pairs = zip(encoding.ids, encoding.offsets, strict=True)
    return sum(end - start - 1 for id, (start, end) in pairs if id == _unknown())


def _encoded(text: str) -> Iterator[tuple[int, Encoding]]:
    """The text in stretches that end between words where they can: where each begins, and its tokens."""
    start = 0
    while start < len(text):
        end = min(len(text), start + STRETCH_CHARS)
        if end < len(text):
            end = max(text.rfind(" ", start, end), text.rfind("\n", start, end)) + 1 or end
        yield start, _counter().encode(text[start:end], add_special_tokens=False)
        start = end


_remembered = lru_cache(maxsize=8192)(_count)


@cache
def _counter() -> Tokenizer:
    from tokenizers.pre_tokenizers import FixedLength, Sequence

    made = tokenizer()
    made.pre_tokenizer = Sequence([made.pre_tokenizer, FixedLength(LONGEST_WORD_CHARS)])
    return made


@cache
def _unknown() -> int:
    found = _counter().token_to_id("[UNK]")
    assert found is not None
    return found
