"""Passages prepared for being asked about: sentences, their words, and their vectors when a claim needs them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from pipelines.judges.states import sentence
from pipelines.judges.texts import numbers, pieces, stems

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SEEN = 200  # sentences that are looked at closely; of more, those with most of a claim's words
PREPARED = 64  # evidences that are remembered, of at most SEEN sentences with vectors


@dataclass(frozen=True, eq=False)
class Evidence:
    """The sentences of some passages, in order. Never empty: no evidence is one empty sentence."""

    sentences: tuple[str, ...]

    @cached_property
    def words(self) -> list[frozenset[str]]:
        """The stems of each sentence."""
        return [frozenset(stems(one)) for one in self.sentences]

    @cached_property
    def all_words(self) -> frozenset[str]:
        return frozenset[str]().union(*self.words)

    @cached_property
    def numbers(self) -> frozenset[str]:
        return frozenset[str]().union(*map(numbers, self.sentences))

    @cached_property
    def vectors(self) -> NDArray[np.float32]:
        """(sentences, 384)"""
        import numpy as np

        return np.stack([sentence(one).vector for one in self.sentences])

    @cached_property
    def states(self) -> NDArray[np.float32]:
        """(tokens of all sentences, 384)"""
        import numpy as np

        return np.concatenate([sentence(one).states for one in self.sentences])

    @cached_property
    def ends(self) -> list[int]:
        """Where in `states` each sentence ends."""
        import numpy as np

        return [int(end) for end in np.cumsum([len(sentence(one).states) for one in self.sentences])]

    def around(self, at: int) -> slice:
        """Where in `states` sentence `at` and its two neighbours are."""
        first, last = max(0, at - 1), min(len(self.sentences), at + 2) - 1
        return slice(self.ends[first - 1] if first else 0, self.ends[last])

    def about(self, claim_words: frozenset[str]) -> Evidence:
        """Itself, or where it is long, the sentences that share most words with a claim."""
        if len(self.sentences) <= SEEN:
            return self
        order = sorted(range(len(self.sentences)), key=lambda at: (-len(self.words[at] & claim_words), at))
        return Evidence(tuple(self.sentences[at] for at in sorted(order[:SEEN])))


def evidence(passages: Sequence[str]) -> Evidence:
    """The passages, prepared; the same ones are prepared once."""
    return prepared(tuple(passages))


@lru_cache(maxsize=PREPARED)  # the same passages are evidence for many claims
def prepared(passages: tuple[str, ...]) -> Evidence:
    """The evidence that these passages are."""
    return Evidence(tuple(one for passage in passages for one in pieces(passage)) or ("",))
