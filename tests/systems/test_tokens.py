from __future__ import annotations

import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from systems.tokens import count_tokens, token_spans, tokenizer

EMBEDDERS = tokenizer()
WORDS = st.text(st.characters(categories=["L", "N", "P"]), max_size=30)


def test_no_special_tokens_are_counted() -> None:
    assert [count_tokens(text) for text in ("", " \n", "kettle", "How long?")] == [0, 0, 1, 3]


@given(WORDS)
def test_words_that_the_vocabulary_spells_count_as_the_embedder_s_tokens(text: str) -> None:
    encoding = EMBEDDERS.encode(text, add_special_tokens=False)
    unspelt = [
        end - start for token, (start, end) in zip(encoding.tokens, encoding.offsets, strict=True) if token == "[UNK]"
    ]
    assert count_tokens(text) == len(encoding.ids) + sum(unspelt) - len(unspelt)


@given(WORDS | st.text("ab ก漢é \n", max_size=60))
def test_tokens_stand_one_after_the_other_and_are_as_many_as_are_counted(text: str) -> None:
    spans = list(token_spans(text))
    assert len(spans) == count_tokens(text)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert sorted(spans) == spans


def test_a_word_that_the_vocabulary_cannot_spell_counts_a_token_a_character() -> None:
    assert count_tokens("นโยบาย") == 6
    assert count_tokens("kettle 🫖 kettle") == 3


@given(WORDS, WORDS)
def test_white_space_separates_counts(left: str, right: str) -> None:
    assert count_tokens(f"{left} \n {right}") == count_tokens(left) + count_tokens(right)


def test_a_very_long_word_is_not_one_token() -> None:
    assert count_tokens("0f" * 5000) > 1000


def test_long_texts_are_neither_truncated_nor_padded() -> None:
    assert count_tokens("word " * 20_000) == 20_000


def test_counting_does_not_load_the_network() -> None:
    code = "import sys; from systems.tokens import count_tokens; count_tokens('a'); print('onnxruntime' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"
