from __future__ import annotations

import time
from itertools import pairwise, product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from systems.retrieval.chunking import Chunk, Tokens
from systems.retrieval.documents import Document
from systems.tokens import count_tokens

CHUNKERS = st.builds(Tokens, chunk_tokens=st.integers(12, 40), overlap_tokens=st.just(0) | st.integers(5, 7))
WORDS = st.text("abcdefghij", min_size=1, max_size=5)  # too short to be cut in pieces of five tokens
SPACE = st.sampled_from([" ", "  ", "\n", "\n\n", "\r\n", "\t", ". ", ", ", "-"])
PROSE = st.lists(st.tuples(WORDS, SPACE).map("".join), max_size=80).map("".join)
ANYTHING = st.text(max_size=400) | st.text("a,. \n\t\r\x0b가漢é", max_size=400)


def cut(chunker: Tokens, text: str) -> list[Chunk]:
    return chunker.chunks(Document("d", "t", text))


@settings(deadline=None)
@given(CHUNKERS, PROSE | ANYTHING)
def test_chunks_are_stretches_of_the_text_in_its_order(chunker: Tokens, text: str) -> None:
    chunks = cut(chunker, text)
    assert all(chunk.text == text[chunk.start : chunk.end] and chunk.text.strip() for chunk in chunks)
    assert [chunk.start for chunk in chunks] == sorted({chunk.start for chunk in chunks})


@settings(deadline=None)
@given(CHUNKERS, PROSE | ANYTHING)
def test_every_character_but_white_space_is_in_a_chunk(chunker: Tokens, text: str) -> None:
    covered = {place for chunk in cut(chunker, text) for place in range(chunk.start, chunk.end)}
    assert all(character.isspace() or place in covered for place, character in enumerate(text))


@settings(deadline=None)
@given(CHUNKERS, PROSE)
def test_no_chunk_is_over_its_tokens(chunker: Tokens, text: str) -> None:
    assert all(count_tokens(chunk.text) <= chunker.chunk_tokens for chunk in cut(chunker, text))


@settings(deadline=None)
@given(CHUNKERS, PROSE)
def test_without_an_overlap_no_character_is_in_two_chunks(chunker: Tokens, text: str) -> None:
    chunks = cut(Tokens(chunker.chunk_tokens), text)
    assert all(left.end <= right.start for left, right in pairwise(chunks))


def test_neighbours_share_text_where_an_overlap_is_asked_for() -> None:
    chunks = cut(Tokens(chunk_tokens=40, overlap_tokens=10), "One sentence has six tokens. " * 50)
    assert len(chunks) > 2
    assert all(right.start < left.end for left, right in pairwise(chunks))


def test_cuts_fall_between_sentences_where_sentences_fit() -> None:
    chunks = cut(Tokens(chunk_tokens=20), "A kettle boils water quickly. " * 20)
    assert all(chunk.text.startswith("A kettle") and chunk.text.endswith(".") for chunk in chunks)


@pytest.mark.parametrize("text", ["", " \n\t ", "\u2003" * 100_000])
def test_white_space_alone_makes_no_chunk(text: str) -> None:
    assert cut(Tokens(), text) == []


@pytest.mark.parametrize("overlap_tokens", [8, 9])
def test_an_overlap_as_long_as_the_chunk_is_refused(overlap_tokens: int) -> None:
    with pytest.raises(ValueError, match="must be less than chunk_tokens 8"):
        Tokens(chunk_tokens=8, overlap_tokens=overlap_tokens)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(Random(0).randbytes(50_000).hex(), id="one word"),
        pytest.param(".".join(str(number) for number in range(15_000)), id="no space"),
        pytest.param("".join(chr(0x4E00 + number % 20_000) for number in range(50_000)), id="no space, Chinese"),
        pytest.param("".join("word" + "\n" * n for n in range(1, 1500)), id="every length of gap"),
        pytest.param(
            "".join(f"word{''.join(gap)}" for gap in product(" \u2000\u2001\u2002\u2003", repeat=5)), id="every gap"
        ),
        pytest.param("한국어" * 2000, id="one token decomposed into several"),
    ],
)
def test_hostile_text_is_cut_in_seconds(text: str) -> None:
    started_s = time.perf_counter()
    chunks = cut(Tokens(), text)
    assert max(count_tokens(chunk.text) for chunk in chunks) <= 256
    assert len("".join("".join(chunk.text for chunk in chunks).split())) == len("".join(text.split()))
    assert time.perf_counter() - started_s < 20


def test_a_character_of_more_tokens_than_a_piece_may_have_is_a_piece() -> None:
    assert cut(Tokens(chunk_tokens=8, overlap_tokens=1), "한국어 " * 20)
