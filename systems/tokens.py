"""Counting tokens: the unit in which prompts are budgeted, chunks are cut and local models are priced."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

from systems.retrieval.minilm import weights_file

if TYPE_CHECKING:
    from tokenizers import Tokenizer

LONGEST_WORD_CHARS = 100  # WordPiece gives up on a longer word and makes it one unknown token
LONGEST_REMEMBERED_CHARS = 10_000


def count_tokens(text: str) -> int:
    """The WordPiece tokens of `text`, without special tokens.

    A word of more than 100 characters counts as so many words of 100, not as the one unknown token that the embedder
    makes of it: a megabyte of base64 is not one token to anybody who pays for it.
    """
    return _remembered(text) if len(text) <= LONGEST_REMEMBERED_CHARS else _count(text)


def tokenizer() -> Tokenizer:
    """A new MiniLM tokenizer, without the truncation and the padding that its file asks for."""
    from tokenizers import Tokenizer

    made = Tokenizer.from_file(str(weights_file("tokenizer.json")))
    made.no_truncation()
    made.no_padding()
    return made


def _count(text: str) -> int:
    return len(_counter().encode(text, add_special_tokens=False).ids)


_remembered = lru_cache(maxsize=8192)(_count)


@cache
def _counter() -> Tokenizer:
    from tokenizers.pre_tokenizers import FixedLength, Sequence

    made = tokenizer()
    made.pre_tokenizer = Sequence([made.pre_tokenizer, FixedLength(LONGEST_WORD_CHARS)])
    return made
