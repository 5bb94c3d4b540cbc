"""Vector indexes: what is approximate, and what is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import pytest

from systems.errors import ConfigError
from systems.facts import Passage
from systems.retrieval.documents import Document

Made: TypeAlias = Callable[..., dict[str, Any]]
Found: TypeAlias = Callable[[dict[str, Any], Any, str], list[Passage]]
MANY = [Document(f"{at:03}", "", f"article {at} of the kettle") for at in range(300)]


@pytest.mark.parametrize("kind", ["ivf_flat", "ivf_pq", "ivf_hnsw_sq"])
def test_an_approximate_search_that_looks_everywhere_finds_what_exact_search_does(
    found: Found, made: Made, kind: str
) -> None:
    exact = found(made(*MANY), {"dense": {"top_k": 5}}, "the kettle of article 7")
    approximate = made(*MANY, ann={kind: {"partitions": 4}})
    everywhere = {"dense": {"top_k": 5, "probes": 4, "refine": 20}}
    assert found(approximate, {"dense": {"top_k": 5, "exact": True}}, "the kettle of article 7") == exact
    nearest = found(approximate, everywhere, "the kettle of article 7")
    assert len({one.document for one in nearest} & {one.document for one in exact}) >= 4


def test_a_search_of_few_partitions_misses_what_one_of_all_finds(found: Found, made: Made) -> None:
    given = made(*MANY, ann={"ivf_flat": {"partitions": 32}})
    queries = [f"article {at} of the kettle" for at in range(0, 300, 30)]
    exact, one, every = (
        [{p.document for p in found(given, {"dense": {"top_k": 10, **fields}}, query)} for query in queries]
        for fields in ({"exact": True}, {"probes": 1}, {"probes": 32})
    )
    assert every == exact
    assert one != exact


def test_a_filter_finds_what_qualifies_wherever_a_vector_index_keeps_it(found: Found, made: Made) -> None:
    labelled = [Document(d.id, "", d.text, {"kind": "rare"} if at % 60 == 0 else {}) for at, d in enumerate(MANY)]
    given = made(*labelled, ann={"ivf_flat": {"partitions": 32}})
    dense = {"dense": {"top_k": 5, "where": {"kind": "rare"}, "probes": 1}}
    assert len(found(given, dense, "article 7 of the kettle")) == 5


def test_an_index_that_cannot_be_trained_on_so_few_chunks_is_a_fault(made: Made) -> None:
    with pytest.raises(ConfigError, match=r"indexes\.index\.ann: 3 chunks are too few for IvfPq; it takes 256"):
        made(*MANY[:3], ann="ivf_pq")


def test_an_index_that_these_vectors_cannot_have_is_a_fault_with_its_place(made: Made) -> None:
    with pytest.raises(ConfigError, match=r"indexes\.index\.ann: "):
        made(*MANY, ann={"ivf_pq": {"sub_vectors": 7}})
