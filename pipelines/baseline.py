"""The committed scores of a git revision, and whether they may be held against those that stand here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pipelines.data import read_text
from pipelines.formats.card import parsed as parsed_card
from pipelines.params import Params, Row
from pipelines.paths import PREPARED, RESPONSES
from pipelines.revision import Revision, revision
from pipelines.score_files import SPLIT, Scores, aligned, joined, parsed, score_paths
from systems.errors import ConfigError, Fault

LOCK = Path("dvc.lock")


@dataclass(frozen=True)
class Incompatible:
    """Why two sets of scores are not of the same thing; every reason."""

    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Baseline:
    """What was committed at a revision."""

    params: Params
    revision: Revision

    def scores(self, row: Row, now: Scores) -> Scores | str:
        """The scores of a run there, in the order of `now`; or, in one line, why they cannot be compared."""
        found = self.compatible(row, now)
        return found if isinstance(found, Scores) else "; ".join(found.reasons)

    def compatible(self, row: Row, now: Scores, split: str | None = SPLIT) -> Scores | Incompatible:
        """As `scores`, with every reason."""
        path, judged = score_paths(row.variant, row.dataset)
        text = self.revision.text(path)
        if text is None:
            return Incompatible((f"{self.revision.name} has no {path}",))
        reasons = list(self._data_differs(row.dataset))
        where = f"{self.revision.name}:{path}"
        try:
            then = parsed(text, where, split)
            if (of_judges := self.revision.text(judged)) is not None:
                then = joined(
                    then, parsed(of_judges, f"{self.revision.name}:{judged}", split), f"{self.revision.name}:{judged}"
                )
            then = aligned(then, to=now)
        except ConfigError as error:
            reasons += [f"scores {one.what}" if one.where == "scores" else str(one) for one in error.faults]
        return Incompatible(tuple(reasons)) if reasons else then

    def same_answers(self, row: Row) -> bool:
        """Whether dvc.lock has the same hash of the run's responses, here and there."""
        path = str(RESPONSES / row.variant / f"{row.dataset}.jsonl")
        then, now = (_hash_of(lock, path) for lock in (self._lock_then, self._lock_now))
        return then is not None and then == now

    def _data_differs(self, dataset: str) -> list[str]:
        """What tells that a dataset was another one: its version, and the examples' hash in dvc.lock."""
        then, now = self._version(dataset, self.revision), self._version(dataset, None)
        if then != now:
            return [f"the baseline has another dataset version: {dataset} {then or 'unknown'}, here {now or 'unknown'}"]
        examples = PREPARED / dataset / "examples.jsonl"
        before, here = (_hash_of(lock, str(examples)) for lock in (self._lock_then, self._lock_now))
        if before and here and before != here:
            same = f", though both are version {now}" if now else ""
            return [f"the baseline has other examples of {dataset}{same}: {before[:8]}, here {here[:8]} in {LOCK}"]
        return []

    def _version(self, dataset: str, at: Revision | None) -> str | None:
        source = self.params.datasets.get(dataset)
        if source is None:
            return None
        readme = source.path / "README.md"
        text = at.text(readme) if at else read_text(readme) if readme.is_file() else None
        card = parsed_card(text, readme) if text else None
        return str(card["version"]) if card and "version" in card else None

    def other_code(self, row: Row) -> list[str]:
        """The parts of what scored the run that are not what they were then, as dvc.lock has them."""
        differing: dict[str, None] = {}
        for path in score_paths(row.variant, row.dataset):
            then, now = (_scored_by(lock, str(path)) for lock in (self._lock_then, self._lock_now))
            if then and now:
                differing |= dict.fromkeys(
                    sorted(name for name in then.keys() | now.keys() if then.get(name) != now.get(name))
                )
        return list(differing)

    @cached_property
    def _lock_then(self) -> Mapping[str, Any]:
        return _stages(self.revision.text(LOCK), f"{self.revision.name}:{LOCK}")

    @cached_property
    def _lock_now(self) -> Mapping[str, Any]:
        return _stages(read_text(LOCK) if LOCK.is_file() else None, str(LOCK))


def baseline(params: Params, name: str) -> Baseline:
    """What was committed at the revision of this name. Raises ConfigError as `revision` does."""
    return Baseline(params, revision(name))


def _stages(text: str | None, where: str) -> Mapping[str, Any]:
    """The stages of a dvc.lock by name; none where there is no such file."""
    import yaml

    if text is None:
        return {}
    try:
        found = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - the safe loader, in C
    except yaml.YAMLError:
        raise ConfigError(Fault(where, "not YAML", "expected what `dvc repro` writes")) from None
    stages = found.get("stages") if isinstance(found, dict) else None
    return {name: one for name, one in stages.items() if _is_stage(one)} if isinstance(stages, dict) else {}


def _is_stage(one: Any) -> bool:
    return isinstance(one, dict) and all(
        isinstance(part, dict) for kind in ("deps", "outs") for part in one.get(kind) or ()
    )


def _hash_of(stages: Mapping[str, Any], path: str) -> str | None:
    """The hash of what a stage writes."""
    for stage in stages.values():
        for out in stage.get("outs") or ():
            if out.get("path") == path:
                return str(out.get("md5"))
    return None


def _scored_by(stages: Mapping[str, Any], path: str) -> dict[str, str]:
    """The code, by path with its hash, of the stage that writes a file or the folder that holds it; what it read is left out."""
    for stage in stages.values():
        if any(Path(path).is_relative_to(out.get("path", "?")) for out in (stage.get("outs") or ())):
            deps = {str(dep.get("path")): str(dep.get("md5")) for dep in (stage.get("deps") or ())}
            return {name: md5 for name, md5 in deps.items() if not name.startswith("results/")}
    return {}
