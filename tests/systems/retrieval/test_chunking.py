from __future__ import annotations

import time
from itertools import pairwise, product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from systems.retrieval.chunking import Chunk, Chunker, Recursive, Sized, Tokens, Whole
from systems.retrieval.documents import Document
from systems.retrieval.structure import Headings, Sentences, sentence_spans
from systems.tokens import count_tokens

KINDS = (Headings, Recursive, Sentences, Tokens)
SIZES = {"chunk_tokens": st.integers(12, 40), "overlap_tokens": st.just(0) | st.integers(5, 7)}
CHUNKERS = st.one_of([st.builds(kind, **SIZES) for kind in KINDS])
BOUNDED = st.one_of([st.builds(kind, **SIZES) for kind in (Headings, Recursive, Sentences)])
WORDS = st.text("abcdefghij", min_size=1, max_size=5)  # too short to be cut in pieces of five tokens
SPACE = st.sampled_from([" ", "  ", "\n", "\n\n", "\r\n", "\t", ". ", ", ", "-"])
MARKDOWN = st.sampled_from(["\n# ", "\n## ", "\n- ", "\n| ", "\n```\n", "! "])
PROSE = st.lists(st.tuples(WORDS, SPACE | MARKDOWN).map("".join), max_size=80).map("".join)
ANYTHING = st.text(max_size=400) | st.text("a,. \n\t\r\x0b가漢é", max_size=400)


def cut(chunker: Chunker, text: str) -> list[Chunk]:
    return chunker.chunks(Document("d", "t", text))


@settings(deadline=None)
@given(CHUNKERS, PROSE | ANYTHING)
def test_chunks_are_stretches_of_the_text_in_its_order(chunker: Sized, text: str) -> None:
    chunks = cut(chunker, text)
    assert all(chunk.text == text[chunk.start : chunk.end] and chunk.text.strip() for chunk in chunks)
    assert [chunk.start for chunk in chunks] == sorted({chunk.start for chunk in chunks})


@settings(deadline=None)
@given(CHUNKERS, PROSE | ANYTHING)
def test_every_character_but_white_space_is_in_a_chunk(chunker: Sized, text: str) -> None:
    covered = {place for chunk in cut(chunker, text) for place in range(chunk.start, chunk.end)}
    assert all(character.isspace() or place in covered for place, character in enumerate(text))


@settings(deadline=None)
@given(BOUNDED, PROSE)
def test_no_chunk_is_over_its_tokens(chunker: Sized, text: str) -> None:
    assert all(count_tokens(chunk.text) <= chunker.chunk_tokens for chunk in cut(chunker, text))


@settings(deadline=None)
@given(CHUNKERS, PROSE)
def test_without_an_overlap_no_character_is_in_two_chunks(chunker: Sized, text: str) -> None:
    chunks = cut(type(chunker)(chunker.chunk_tokens), text)
    assert all(left.end <= right.start for left, right in pairwise(chunks))


@pytest.mark.parametrize("kind", KINDS)
def test_neighbours_share_text_where_an_overlap_is_asked_for(kind: type[Sized]) -> None:
    chunks = cut(kind(chunk_tokens=40, overlap_tokens=10), "One sentence has six tokens. " * 50)
    assert len(chunks) > 2
    assert all(right.start < left.end for left, right in pairwise(chunks))


@pytest.mark.parametrize("kind", [Headings, Recursive, Sentences])
def test_cuts_fall_between_sentences_where_sentences_fit(kind: type[Sized]) -> None:
    chunks = cut(kind(chunk_tokens=20), "A kettle boils water quickly. " * 20)
    assert len(chunks) > 3
    assert all(chunk.text.startswith("A kettle") and chunk.text.endswith(".") for chunk in chunks)


def test_windows_of_tokens_hold_exactly_so_many_and_share_exactly_so_many() -> None:
    chunks = cut(Tokens(chunk_tokens=12, overlap_tokens=4), "kettle " * 40)
    assert [len(chunk.text.split()) for chunk in chunks] == [12, 12, 12, 12, 8]
    assert [(left.end - right.start + 1) // 7 for left, right in pairwise(chunks)] == [4] * 4


def test_a_whole_document_is_one_chunk() -> None:
    text = "A kettle boils water. " * 900
    assert [(chunk.start, chunk.end) for chunk in cut(Whole(), text)] == [(0, len(text))]


def test_sentences_overlap_by_whole_sentences() -> None:
    sentences = [f"Sentence number {word} is here." for word in ("one", "two", "three", "four", "five", "six")]
    chunks = cut(Sentences(chunk_tokens=18, overlap_tokens=6), " ".join(sentences))
    assert all(chunk.text == " ".join(sentences[at * 2 : at * 2 + 3]) for at, chunk in enumerate(chunks))


def test_a_sentence_that_is_too_long_is_cut_between_words() -> None:
    chunks = cut(Sentences(chunk_tokens=10), "water " * 35 + "boils.")
    assert [set(chunk.text.split()) <= {"water", "boils."} for chunk in chunks] == [True] * len(chunks)
    assert len(chunks) == 4


def test_abbreviations_and_prices_end_no_sentence() -> None:
    text = "It costs 4.90 euros, e.g. for Mr. Bean. Free from 60."
    assert [text[start:end] for start, end in sentence_spans(text)] == [
        "It costs 4.90 euros, e.g. for Mr. Bean.",
        "Free from 60.",
    ]


MARKED = "Opening words.\n\n# Guide\n\n## Water\n\nBoil it.\n\n### Hard\n\nDescale it.\n\n## Coffee\n\n```\n# no heading\n```\n"


def test_a_section_is_a_chunk_with_the_headings_above_it_in_its_title() -> None:
    assert [(chunk.title, chunk.text) for chunk in cut(Headings(), MARKED)] == [
        ("t", "Opening words."),
        ("t > Guide > Water", "# Guide\n\n## Water\n\nBoil it."),
        ("t > Guide > Water > Hard", "### Hard\n\nDescale it."),
        ("t > Guide > Coffee", "## Coffee\n\n```\n# no heading\n```"),
    ]


def test_a_long_section_is_cut_and_keeps_its_title() -> None:
    chunks = cut(Headings(chunk_tokens=20), "# A\n\n" + "A kettle boils water. " * 30)
    assert len(chunks) > 3
    assert {chunk.title for chunk in chunks} == {"t > A"}


@pytest.mark.parametrize("text", ["", " \n\t ", "\u2003" * 100_000])
@pytest.mark.parametrize("kind", [*KINDS, Whole])
def test_white_space_alone_makes_no_chunk(kind: type[Chunker], text: str) -> None:
    assert cut(kind(), text) == []


@pytest.mark.parametrize("overlap_tokens", [8, 9])
@pytest.mark.parametrize("kind", KINDS)
def test_an_overlap_as_long_as_the_chunk_is_refused(kind: type[Sized], overlap_tokens: int) -> None:
    with pytest.raises(ValueError, match="must be less than chunk_tokens 8"):
        kind(chunk_tokens=8, overlap_tokens=overlap_tokens)


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
        pytest.param("# " * 20_000 + "\n#" * 5000 + "\n# " + " " * 20_000 + "x", id="headings"),
        pytest.param("a. " * 20_000 + "e.g. " * 5000, id="stops that end nothing"),
        pytest.param("นโยบายการคืนสินค้า" * 1000, id="no space, Thai"),
        pytest.param("한국어" * 2000, id="one token decomposed into several"),
    ],
)
@pytest.mark.parametrize("kind", KINDS)
def test_hostile_text_is_cut_in_seconds(kind: type[Sized], text: str) -> None:
    started_s = time.perf_counter()
    chunks = cut(kind(), text)
    assert max(count_tokens(chunk.text) for chunk in chunks) <= 256 * (1.1 if kind is Tokens else 1)
    assert len("".join("".join(chunk.text for chunk in chunks).split())) == len("".join(text.split()))
    assert time.perf_counter() - started_s < 20


def test_a_character_of_more_tokens_than_a_piece_may_have_is_a_piece() -> None:
    assert cut(Recursive(chunk_tokens=8, overlap_tokens=1), "한국어 " * 20)


def test_a_text_without_spaces_is_cut_by_its_characters_where_the_vocabulary_cannot_spell_it() -> None:
    text = "นโยบายการคืนสินค้าของเรา" * 40
    for kind in KINDS:
        chunks = cut(kind(chunk_tokens=64), text)
        assert all(len(chunk.text) <= 70 for chunk in chunks)
