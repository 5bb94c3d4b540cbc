"""What a dataset of ours must keep beyond its form: splits by cluster, no near-duplicates, counts that the card states."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pipelines.data import Dataset, Example
from systems.errors import Fault

NEAR_DUPLICATE = 0.8  # share of words in common (Jaccard) from which two texts count as one


def dataset_faults(dataset: Dataset, path: Path, format_name: str = "folder") -> list[Fault]:
    """Every fault of a dataset that could be read. Public data is scored as it is: only a folder with a card is checked."""
    if format_name != "folder":
        return []
    questions = str(path / str(dataset.card.get("rows", "questions.jsonl")))
    return [
        *_split_clusters(dataset.examples, questions),
        *_near_duplicates(dataset.examples, questions),
        *_wrong_counts(dataset, str(path / "README.md")),
    ]


def counts(dataset: Dataset) -> dict[str, Any]:
    """What a card states under `counts`: documents, examples, and examples by split and by tag."""
    return {
        "documents": len(dataset.documents),
        "examples": len(dataset.examples),
        "splits": dict(sorted(Counter(example.split for example in dataset.examples).items())),
        "tags": dict(sorted(Counter(tag for example in dataset.examples for tag in example.tags).items())),
    }


def _wrong_counts(dataset: Dataset, where: str) -> Iterator[Fault]:
    stated = dataset.card.get("counts")
    if not isinstance(stated, dict):
        yield Fault(f"{where}: counts", f"{stated!r} is stated", f"expected {counts(dataset)}")
        return
    for key, found in counts(dataset).items():
        if stated.get(key) != found:
            yield Fault(f"{where}: counts.{key}", f"{stated.get(key)!r} is stated", f"the files hold {found!r}")


def _split_clusters(examples: Sequence[Example], where: str) -> Iterator[Fault]:
    splits: dict[str, set[str]] = defaultdict(set)
    for example in examples:
        splits[example.cluster].add(example.split)
    for cluster, found in sorted(splits.items()):
        if len(found) > 1:
            yield Fault(
                where, f"cluster {cluster!r} is in the splits {', '.join(sorted(found))}", "a cluster is in one split"
            )


def _near_duplicates(examples: Sequence[Example], where: str) -> Iterator[Fault]:
    for one, other in near_duplicates({example.id: example.question for example in examples}):
        yield Fault(where, f"{one!r} and {other!r} ask nearly the same words", "keep one, or rephrase it")


def near_duplicates(texts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The ids of each two texts that share most of their words.

    Two sets of Jaccard similarity >= t share one of the (1 - t) * n + 1 rarest words of either (prefix filtering,
    Chaudhuri et al. 2006), so only pairs that do are compared.
    """
    words = {id: frozenset(re.findall(r"\w+", text.lower())) for id, text in texts.items()}
    rarity = Counter(word for found in words.values() for word in found)
    holders: dict[str, list[str]] = defaultdict(list)
    for id, found in words.items():
        prefix = sorted(found, key=lambda word: (rarity[word], word))[: int((1 - NEAR_DUPLICATE) * len(found)) + 1]
        for other in sorted({other for word in prefix for other in holders[word]}):
            if len(found & words[other]) >= NEAR_DUPLICATE * len(found | words[other]):
                yield other, id
        for word in prefix:
            holders[word].append(id)
