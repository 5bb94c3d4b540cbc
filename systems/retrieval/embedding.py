"""Embeddings: texts to vectors of unit length, kept on disk by content and model."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Protocol

from systems.paths import cache_dir
from systems.retrieval.blobs import Blobs
from systems.retrieval.minilm import FINGERPRINT, MAX_TOKENS, UNITS, session
from systems.tokens import tokenizer

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from tokenizers import Tokenizer

Progress = Callable[[int], object]  # is told how many more texts are done
WRITTEN_TOGETHER = 32  # vectors: a kill loses no more


class Embedder(Protocol):
    """Turns texts into vectors."""

    @property
    def name(self) -> str: ...

    @property
    def sha256(self) -> str:
        """A content hash of what decides the vectors."""
        ...

    @property
    def dimension(self) -> int: ...

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> NDArray[np.float32]:
        """One row of unit length a text: float32 (n, dimension)."""
        ...


@dataclass(eq=False)
class MiniLM:
    """all-MiniLM-L6-v2 in process. What is past a text's 256th token is not seen.

    Texts are embedded one by one: in a batch the last bits of a vector hang on its neighbours, and with them the order of two
    passages that are nearly as near, while on two cores a batch is hardly faster (one in twenty). The model is loaded for the
    first text that is not on disk yet. Raises ConfigError where its weights are missing,
    OSError where the cache cannot be read or written.
    """

    name: ClassVar[str] = "minilm"
    sha256: ClassVar[str] = FINGERPRINT
    dimension: ClassVar[int] = UNITS

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> NDArray[np.float32]:
        import numpy as np

        keys = [hashlib.sha256(text.encode()).digest() for text in texts]
        distinct = dict(zip(keys, texts, strict=True))
        vectors = self._cache.get(distinct)
        missing = [key for key in distinct if key not in vectors]
        if progress:
            progress(len(texts) - len(missing))
        for start in range(0, len(missing), WRITTEN_TOGETHER):
            batch = missing[start : start + WRITTEN_TOGETHER]
            new = {key: self._run(distinct[key]) for key in batch}
            self._cache.put(new)
            vectors |= new
            if progress:
                progress(len(batch))
        return np.stack([vectors[key] for key in keys]) if keys else np.empty((0, UNITS), np.float32)

    def _run(self, text: str) -> NDArray[np.float32]:
        import numpy as np

        input_ids = np.array([self._tokenizer.encode(text).ids], np.int64)
        inputs = {"input_ids": input_ids, "attention_mask": np.ones_like(input_ids)}
        [vector] = session().run(["embedding"], inputs)[0]
        return np.asarray(vector, np.float32)

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        made = tokenizer()
        made.enable_truncation(MAX_TOKENS)
        return made

    @cached_property
    def _cache(self) -> VectorCache:
        return VectorCache(cache_dir("embeddings") / f"{self.name}-{self.sha256[:8]}.sqlite", self.dimension)


class VectorCache:
    """Vectors of unit length by key, in a file that processes may share. Raises OSError where it fails."""

    def __init__(self, path: Path, dimension: int) -> None:
        self._blobs, self._dimension = Blobs(path), dimension

    def get(self, keys: Iterable[bytes]) -> dict[bytes, NDArray[np.float32]]:
        """Those of the keys that are there, unless what is there is no vector of unit length."""
        import numpy as np

        found: dict[bytes, NDArray[np.float32]] = {}
        for key, blob in self._blobs.get(keys).items():
            if len(blob) == 4 * self._dimension:
                vector = np.frombuffer(blob, "<f4")
                if abs(float(vector @ vector) - 1) < 1e-3:
                    found[key] = vector
        return found

    def put(self, vectors: Mapping[bytes, NDArray[np.float32]]) -> None:
        self._blobs.put({key: vector.astype("<f4").tobytes() for key, vector in vectors.items()})
