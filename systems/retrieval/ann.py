"""Approximate nearest neighbours: vector indexes of LanceDB, that look at a part of the vectors and may miss the nearest.

Without one every vector is looked at, which misses nothing and gives the same answer every time. The clusters of all three are
drawn at random when a table is made, so that two machines may find different passages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Protocol

from annotated_types import Ge

Positive = Annotated[int, Ge(1)]


class Ann(Protocol):
    """A kind of vector index. Where a number is None, LanceDB chooses by the number of vectors."""

    rows_needed: ClassVar[int]  # with fewer vectors it cannot be trained

    def config(self) -> Any:
        """What LanceDB's create_index takes."""
        ...


@dataclass(eq=False)
class IvfFlat:
    """Vectors in `partitions` clusters; a search looks at every vector of the nearest few (`probes` of a retriever)."""

    partitions: Positive | None = None
    rows_needed: ClassVar[int] = 2

    def config(self) -> Any:
        from lancedb.index import IvfFlat as Config

        return Config(distance_type="dot", num_partitions=self.partitions)


@dataclass(eq=False)
class IvfPq:
    """The same with vectors compressed into `sub_vectors` bytes each (Jégou et al. 2011, https://doi.org/10.1109/TPAMI.2010.57);
    `refine` of a retriever looks at so many times more by their full vectors."""

    partitions: Positive | None = None
    sub_vectors: Positive | None = None
    rows_needed: ClassVar[int] = 256

    def config(self) -> Any:
        from lancedb.index import IvfPq as Config

        return Config(distance_type="dot", num_partitions=self.partitions, num_sub_vectors=self.sub_vectors)


@dataclass(eq=False)
class IvfHnswSq:
    """In each cluster a graph of near vectors (Malkov & Yashunin 2018, https://doi.org/10.1109/TPAMI.2018.2889473), a byte a
    number."""

    partitions: Positive | None = None
    links: Positive = 20
    build_candidates: Positive = 300
    rows_needed: ClassVar[int] = 2

    def config(self) -> Any:
        from lancedb.index import HnswSq as Config

        return Config(
            distance_type="dot",
            num_partitions=self.partitions,
            m=self.links,
            ef_construction=self.build_candidates,
        )
