"""Teach the local judge and say how well it agrees with labels.

Taught on the public sets whose measured tables are in results/judge/features (labelled texts; measured.py), and on
the development split of one part of our own claims. Each public set is scored by a judge that was taught without it, our own
test clusters by one that never saw our claims, and by the one that is shipped.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from pipelines.agreement import Agreement, agreement
from pipelines.data import Example, read_examples
from pipelines.figures.agreement import draw
from pipelines.judge_card import Row, page
from pipelines.judges.local import LIKELY, SCHEMA, similarity
from pipelines.judges.logistic import Logistic, fit
from pipelines.judges.recipe import balanced, fit_on, fitted, probabilities
from pipelines.judges.texts import claims
from pipelines.labelled import Labelled, LabelledSet, load
from pipelines.measured import NAMES, Table, measure, read_public, read_sources
from pipelines.params import Params
from pipelines.paths import JUDGE_CARD, LOCAL_JUDGE, PREPARED

OURS = "claims"
PART = "natural"  # of ours, that teaches; the others are made to mislead
MISLEADING = ("contrast", "hard")
BASELINES = {
    "words": ("words",),
    "similar": ("similar",),
}  # one feature each: overlap of words, similarity of sentences
CONTRADICTED_STRENGTH = 0.03
PAGE = Path("docs/judges.md")


def stage(params: Params) -> str:
    """The `calibrate` stage: writes the judge, its card and its page; returns a line that says what was done."""
    own = load(OURS)
    taught = {**read_public(own), PART: measure(part(own, PART, "dev"), PART)}
    supported, strength = fitted(list(taught.values()))
    contradicted, told = _contradicted(own)
    relevant, relevance = _relevance(params)
    rows = _rows(own, taught)
    judge = {
        "schema": SCHEMA,
        "supported": supported.as_json(),
        "contradicted": contradicted.as_json(),
        "relevant": relevant.as_json(),
        "recipe": {
            "taught_on": {name: len(set(table.item)) for name, table in taught.items()},
            "own_claims": own.sha256,
            "strength": strength,
            "contradicted_strength": CONTRADICTED_STRENGTH,
            "each_set_and_label_counts_the_same": True,
        },
    }
    confusion = {name: _confusion(part(own, name, "test"), supported, contradicted) for name in (PART, *MISLEADING)}
    LOCAL_JUDGE.parent.mkdir(parents=True, exist_ok=True)
    LOCAL_JUDGE.write_text(json.dumps(judge, indent=1) + "\n", encoding="utf-8")
    card: dict[str, Any] = {
        "rows": [asdict(row) for row in rows],
        "sources": {name: asdict(source) for name, source in read_sources().items()},
        "contradicted": {name: asdict(one) for name, one in told.items()},
        "relevant": asdict(relevance),
        "confusion": confusion,
    }
    JUDGE_CARD.write_text(json.dumps(_rounded(card), indent=1) + "\n", encoding="utf-8")
    drawing = draw({row.set: (row.judge, row.baselines) for row in rows if row.kind != "test"})
    drawing.save(LOCAL_JUDGE.parent)
    PAGE.write_text(page(rows, supported, told, relevance, confusion, read_sources(), strength), encoding="utf-8")
    return (
        f"{LOCAL_JUDGE}: taught on {sum(len(set(table.item)) for table in taught.values())} texts of {len(taught)} sets"
    )


def part(own: LabelledSet, tag: str, split: str) -> list[Labelled]:
    """The claims of one part of our own set, of one split."""
    return [item for item in own.items if tag in item.tags and item.split == split]


def _rows(own: LabelledSet, taught: Mapping[str, Table]) -> list[Row]:
    """Each set by a judge that was taught without it, ours by one taught on none of ours; our test clusters also by the shipped
    one."""
    tests = {name: measure(part(own, name, "test"), name) for name in (PART, *MISLEADING)}
    public = [table for name, table in taught.items() if name != PART]
    rows = [_row(one.name, "left out", [other for other in taught.values() if other is not one], one) for one in public]
    rows += [_row(name, "left out", public, table) for name, table in tests.items()]
    rows += [_row(name, "test", list(taught.values()), table) for name, table in tests.items()]
    return rows


def _row(name: str, kind: str, tables: Sequence[Table], scored: Table) -> Row:
    judge, strength = fitted(tables)
    baselines = {label: fit_on(tables, strength, which) for label, which in BASELINES.items()}
    return Row(
        name,
        kind,
        [table.name for table in tables],
        agreement(*scored.items(probabilities(judge, scored))),
        {label: agreement(*scored.items(model.of_rows(scored.rows, NAMES))) for label, model in baselines.items()},
    )


def _contradicted(own: LabelledSet) -> tuple[Logistic, dict[str, Agreement]]:
    """What tells contradicted claims from those not found, among the unsupported: taught on dev, told on test."""
    rows, labels, _ = _unsupported(own, (PART,), "dev")
    model = fit(rows, NAMES, labels, balanced(labels), CONTRADICTED_STRENGTH)
    told = {}
    for tag in (PART, *MISLEADING):
        rows, labels, clusters = _unsupported(own, (tag,), "test")
        told[tag] = agreement(model.of_rows(rows, NAMES).tolist(), labels.tolist(), clusters)
    return model, told


def _unsupported(own: LabelledSet, tags: Sequence[str], split: str) -> tuple[Any, Any, list[str]]:
    items = [item for tag in tags for item in part(own, tag, split) if not item.supported]
    table = measure(items, f"unsupported claims, {split}")
    label = {item.id: item.label == "contradicted" for item in items}
    return table.rows, np.array([label[id] for id in table.item]), list(table.cluster)


def _confusion(items: Sequence[Labelled], supported: Logistic, contradicted: Logistic) -> dict[str, dict[str, int]]:
    """Of the claims with each label, how many the judge gives which, claim by claim as `local.verdict` does."""
    table = measure(items, "claims, by label")
    label = {item.id: item.label for item in items}
    likely = probabilities(supported, table) >= LIKELY
    against = contradicted.of_rows(table.rows, NAMES) >= LIKELY
    found: dict[str, dict[str, int]] = {one: {} for one in ("supported", "contradicted", "not_found")}
    for id, yes, no in zip(table.item, likely, against, strict=True):
        said = "supported" if yes else "contradicted" if no else "not_found"
        found[label[id]][said] = found[label[id]].get(said, 0) + 1
    return found


def _relevance(params: Params) -> tuple[Logistic, Agreement]:
    """What tells claims of a question's own reference answer from those of the next question's, on development splits."""
    found = {split: _pairs(params, split) for split in ("dev", "test")}
    cosines, own, _ = found["dev"]
    rows = np.array(cosines)[:, None]
    model = fit(rows, ["similar"], np.array(own), balanced(np.array(own)), 1.0)
    cosines, own, clusters = found["test"]
    return model, agreement(model.of_rows(np.array(cosines)[:, None], ["similar"]).tolist(), own, clusters)


def _pairs(params: Params, split: str) -> tuple[list[float], list[bool], list[str]]:
    """(cosine of question and claim, whether the claim is of the question's own answer, cluster). The other claim is that of the
    next question, which is often about the same article."""
    cosines, own, clusters = [], [], []
    for name in params.local.reads:
        asked = [one for one in read_examples(PREPARED / name / "examples.jsonl") if one.split == split and _says(one)]
        for one, other in zip(asked, asked[1:] + asked[:1], strict=True):
            for answer, is_own in ((one.answer, True), (other.answer, False)):
                for claim in claims(answer):
                    cosines.append(round(similarity(one.question, claim), 4))
                    own.append(is_own)
                    clusters.append(one.cluster)
    return cosines, own, clusters


def _says(example: Example) -> bool:
    return bool(example.answerable and claims(example.answer))


def _rounded(value: Any) -> Any:
    """Figures with five digits: beyond them a processor's last bits would show."""
    if isinstance(value, float):
        return round(value, 5)
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    return [_rounded(one) for one in value] if isinstance(value, list | tuple) else value
