"""Our own labelled claims keep what their card says of them."""

from collections import Counter
from pathlib import Path

from pipelines.check_claims import claims_faults
from pipelines.check_versions import version_faults
from pipelines.labelled import Labelled, load
from pipelines.prose import words

CLAIMS = Path("datasets/claims")
# written out here: the claims were chosen with it, whatever a judge takes for a common word later
COMMON = """
about above according after again all also am an and any are as at based be because been before being below between both
but by can could did do does doing down during each few for from further had has have having he her here hers him his how
however i if in into is it its itself just me more most my nor now of off on once only or other our out over own passage
passages please same she should so some such sure than that their theirs them then there therefore these they this those
through thus to too under until up very was we were what when where which while who whom why will with would yes no you
your yours
"""


def content(text: str) -> set[str]:
    return {word for word in words(text) if word not in COMMON.split()}


def overlap(item: Labelled) -> float:
    """The share of the text's content words that stand in its evidence."""
    said = content(item.text)
    return len(said & content(" ".join(item.evidence))) / len(said) if said else 0.0


def auroc_of_overlap(items: list[Labelled]) -> float:
    """How often a supported text has more of its words in its evidence than one that is not; a tie is half."""
    right = [overlap(item) for item in items if item.supported]
    wrong = [overlap(item) for item in items if not item.supported]
    return sum((a > b) + 0.5 * (a == b) for a in right for b in wrong) / (len(right) * len(wrong))


def test_the_folder_has_no_faults() -> None:
    assert [*claims_faults(CLAIMS), *version_faults(CLAIMS, required=True)] == []


def test_shared_words_say_nothing_of_the_hard_claims() -> None:
    hard = [item for item in load("claims").items if "hard" in item.tags]
    assert 0.48 <= auroc_of_overlap(hard) <= 0.52


def test_half_of_the_natural_clusters_are_for_tuning_and_none_that_mislead() -> None:
    splits = {(item.cluster, item.split, item.tags[0]) for item in load("claims").items}
    assert Counter((part, split) for _, split, part in splits) == {
        ("natural", "dev"): 14, ("natural", "test"): 14, ("hard", "test"): 56,
        ("contrast", "test"): 24,
    }  # fmt: skip


def test_every_cluster_has_at_least_five_claims_and_they_stand_by_id() -> None:
    items = load("claims").items
    assert min(Counter(item.cluster for item in items).values()) >= 5
    assert [item.id for item in items] == sorted(item.id for item in items)
