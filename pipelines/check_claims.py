"""What labelled claims of ours must keep beyond their form: clusters that share nothing, kinds that fit, counts that are true."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pipelines.check_data import near_duplicates
from pipelines.labelled.folder import CLAIMS, PASSAGES, Contents, contents, read
from systems.errors import ConfigError, Fault

# label: how a claim with it may relate to its passages
KINDS = {
    "supported": (
        "verbatim", "paraphrase", "inference", "combination", "arithmetic", "coreference", "summary", "negation_kept",
    ),
    "contradicted": (
        "number", "date", "unit", "entity", "negation", "role_swap", "quantifier", "order", "condition", "opposite",
    ),
    "not_found": (
        "addition", "outside_knowledge", "related_topic", "overgeneralised", "condition_dropped", "causal", "attribution",
    ),
}  # fmt: skip


def claims_faults(path: Path) -> list[Fault]:
    """Every fault of a folder of labelled claims."""
    try:
        read(path)
        held = contents(path)
    except ConfigError as error:
        return list(error.faults)
    claims = str(path / CLAIMS)
    return [
        *_wrong_kinds(held, claims),
        *_split_clusters(held, claims),
        *_passages(held, str(path / PASSAGES)),
        *_near_duplicates(held, claims),
        *_wrong_counts(held, str(path / "README.md")),
    ]


def claim_counts(held: Contents) -> dict[str, Any]:
    """What a card states under `counts`: passages, claims, clusters, and claims by split, part, label and kind."""

    def by(values: Iterator[str]) -> dict[str, int]:
        return dict(sorted(Counter(values).items()))

    return {
        "passages": len(held.passages),
        "claims": len(held.claims),
        "clusters": len({claim.cluster for claim in held.claims}),
        "splits": by(claim.split for claim in held.claims),
        "parts": by(claim.part for claim in held.claims),
        "labels": by(claim.label for claim in held.claims),
        "kinds": by(claim.kind for claim in held.claims),
    }


def _wrong_kinds(held: Contents, where: str) -> Iterator[Fault]:
    for claim in held.claims:
        if claim.kind not in KINDS[claim.label]:
            what = f"{claim.id!r} is {claim.label} and of the kind {claim.kind!r}"
            yield Fault(where, what, f"known for it: {', '.join(KINDS[claim.label])}")


def _split_clusters(held: Contents, where: str) -> Iterator[Fault]:
    splits: dict[str, set[str]] = defaultdict(set)
    for claim in held.claims:
        splits[claim.cluster].add(claim.split)
    for cluster, found in sorted(splits.items()):
        if len(found) > 1:
            what = f"cluster {cluster!r} is in the splits {', '.join(sorted(found))}"
            yield Fault(where, what, "a cluster is in one split")


def _passages(held: Contents, where: str) -> Iterator[Fault]:
    """A passage is evidence of one cluster: with two, what was tuned on the one would have seen the other."""
    users: dict[str, set[str]] = defaultdict(set)
    for claim in held.claims:
        for id in claim.passages:
            users[id].add(claim.cluster)
    for id in held.passages:
        if id not in users:
            yield Fault(where, f"no claim uses {id!r}", "drop it")
        elif len(users[id]) > 1:
            what = f"{id!r} is in the clusters {', '.join(sorted(users[id]))}"
            yield Fault(where, what, "a passage is in one cluster")


def _near_duplicates(held: Contents, where: str) -> Iterator[Fault]:
    texts: dict[str, dict[str, str]] = defaultdict(dict)
    for claim in held.claims:
        if claim.part != "contrast":  # whose claims are twins, but for one word
            texts[claim.cluster][claim.id] = claim.text
    for cluster in texts.values():
        for one, other in near_duplicates(cluster):
            yield Fault(where, f"{one!r} and {other!r} say nearly the same words", "keep one, or rephrase it")


def _wrong_counts(held: Contents, where: str) -> Iterator[Fault]:
    stated: Any = held.card.get("counts")
    found = claim_counts(held)
    if not isinstance(stated, Mapping):
        yield Fault(f"{where}: counts", f"{stated!r} is stated", f"expected {found}")
        return
    for key, value in found.items():
        if stated.get(key) != value:
            yield Fault(f"{where}: counts.{key}", f"{stated.get(key)!r} is stated", f"the files hold {value!r}")
