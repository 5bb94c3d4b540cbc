"""A sentence as MiniLM sees it: the vector of the whole, and the state of every token in its context, kept on disk by content."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from pipelines.judges.texts import STOP_WORDS, piece_weight
from systems.paths import cache_dir
from systems.retrieval.blobs import Blobs
from systems.retrieval.minilm import FINGERPRINT, MAX_TOKENS, UNITS, session
from systems.tokens import tokenizer

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from tokenizers import Encoding, Tokenizer


@dataclass(frozen=True, eq=False)
class Sentence:
    """`vector`: float32 (384,) of unit length. `states`: float32 (tokens, 384), rows of unit length, of the tokens between the
    two special ones. `weights`: float64 (tokens,), how much each tells; 0 for stop words and punctuation."""

    vector: NDArray[np.float32]
    states: NDArray[np.float32]
    weights: NDArray[np.float64]


@lru_cache(maxsize=8192)  # about 50 kB each
def sentence(text: str) -> Sentence:
    """What is past the 256th token is not seen."""
    import numpy as np

    one_thread()
    content = text.encode("utf-8", "replace")  # half a surrogate pair is no text
    encoding = _tokenizer().encode(content.decode())
    key = hashlib.sha256(content).digest()
    blob = _kept().get([key]).get(key)
    rows = _rows(blob, len(encoding.ids)) if blob else None
    if rows is None:
        rows = _run(encoding)
        _kept().put({key: rows.tobytes()})
    weights = np.array(
        [_weight(id, token) for id, token in zip(encoding.ids[1:-1], encoding.tokens[1:-1], strict=True)]
    )
    return Sentence(rows[0].astype(np.float32), rows[1:].astype(np.float32), weights)


@lru_cache(maxsize=65536)
def word_weight(word: str) -> float:
    """How much a word tells, from 0.05 to 1: 1 where the vocabulary has to spell it."""
    ids = _tokenizer().encode(word, add_special_tokens=False).ids
    return piece_weight(ids[0]) if len(ids) == 1 else 1.0


def _rows(blob: bytes, tokens: int) -> NDArray[np.float16] | None:
    """The vector and the states out of what is kept; None where that is something else."""
    import numpy as np

    if len(blob) != 2 * UNITS * (tokens - 1):
        return None
    return np.frombuffer(blob, "<f2").reshape(tokens - 1, UNITS)


def _run(encoding: Encoding) -> NDArray[np.float16]:
    import numpy as np

    input_ids = np.array([encoding.ids], np.int64)
    inputs = {"input_ids": input_ids, "attention_mask": np.ones_like(input_ids)}
    vectors, states = session(tokens=True).run(["embedding", "tokens"], inputs)
    inner = states[0][1:-1]
    inner = inner / np.maximum(np.linalg.norm(inner, axis=1, keepdims=True), 1e-9)
    return np.concatenate([vectors, inner]).astype("<f2")


def _weight(id: int, token: str) -> float:
    tells = any(char.isalnum() for char in token) and token.removeprefix("##") not in STOP_WORDS | {"a", "the", "s"}
    return piece_weight(id) if tells else 0.0


@cache
def one_thread() -> None:
    """Let numpy multiply by one thread from here on: a product of matrices as small as ours takes twenty times as long where
    threads wait for each other on a busy machine, and its last bits hang on their number."""
    from threadpoolctl import threadpool_limits

    threadpool_limits(limits=1, user_api="blas")


@cache
def _tokenizer() -> Tokenizer:
    made = tokenizer()
    made.enable_truncation(MAX_TOKENS)
    return made


@cache
def _kept() -> Blobs:
    return Blobs(cache_dir("embeddings") / f"states-{FINGERPRINT[:8]}.sqlite")
