"""The two sides of a comparison: runs that are made now, or a run as it stands beside one that was committed."""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.baseline import Incompatible, baseline
from pipelines.evaluate import evaluate, scores, set_up
from pipelines.params import Params, Row, named
from pipelines.score_files import Scores, run_scores
from systems.errors import ConfigError, Fault


@dataclass(frozen=True)
class Sides:
    """The scores of both, what to call them, and what a reader has to know of them."""

    a: Scores
    b: Scores
    name_a: str
    name_b: str
    notes: tuple[str, ...] = ()
    same_answers: bool = False  # both are the same responses of one system


def made_now(params: Params, a: str, b: str, dataset: str, index: str | None, split: str, limit: int | None) -> Sides:
    """Run both variants outside DVC on the same examples. Raises ConfigError where they are one."""
    if a == b:
        raise ConfigError(Fault("compare", f"{a!r} against itself", "another variant, or --baseline REV"))
    pair = [set_up(params, variant, dataset, index, split, limit) for variant in (a, b)]
    for one in pair:
        evaluate(one, params)
    return Sides(scores(pair[0]), scores(pair[1]), a, b)


def against_revision(params: Params, a: str, b: str, dataset: str, rev: str, split: str) -> Sides:
    """A's scores as they stand in results/, and B's as they were committed at a revision.

    Raises ConfigError, naming every reason, where the two are not of the same data. Other code is only said.
    """
    for variant in (a, b):
        named(params.variants, variant, "variant")
    if dataset not in params.datasets:
        known = ", ".join(sorted(params.datasets))
        raise ConfigError(Fault("--baseline", f"no dataset of params.yaml is named {dataset!r}", f"known: {known}"))
    earlier = baseline(params, rev)
    of_split = None if split == "all" else split
    now = run_scores(a, dataset, of_split)
    row = Row(b, dataset, "")
    then = earlier.compatible(row, now, of_split)
    if isinstance(then, Incompatible):
        raise ConfigError(
            Fault(f"{b} at {rev}", reason, "only the same examples are compared") for reason in then.reasons
        )
    notes = [f"B is {b} as committed at {rev} ({earlier.revision.commit[:10]})"]
    if differing := earlier.other_code(row):
        notes.append(
            f"scored by other code since: {', '.join(differing)}; a difference may be the judges', not the system's"
        )
    return Sides(now, then, a, f"{b} at {rev}", tuple(notes), a == b and earlier.same_answers(row))
