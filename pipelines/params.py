"""params.yaml as typed values. Variants stay as they are written: `systems.build` reads those."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias, TypeVar

from annotated_types import Ge, Gt, Lt, MinLen
from pydantic import AllowInfNan, BeforeValidator

from pipelines.judges.rubrics import Rubric
from pipelines.reliability_spec import REQUIRED, Outage, Reliability, Schedule
from pipelines.yaml_file import read_yaml
from systems.errors import ConfigError, Fault

FILE = Path("params.yaml")
Thing = TypeVar("Thing")
Positive: TypeAlias = Annotated[int, Ge(1)]
Share: TypeAlias = Annotated[float, Ge(0), Lt(1)]
_STRICT: Any = {"extra": "forbid"}


@dataclass(frozen=True)
class Source:
    """Where a dataset is and in which format."""

    format: str
    path: Path
    __pydantic_config__ = _STRICT


@dataclass(frozen=True)
class IndexSpec:
    """What a table is made of; without a chunker there is nothing to retrieve from, without an `ann` every chunk is looked at."""

    dataset: str
    chunker: Any = None
    embedder: Any = "minilm"
    ann: Any = None
    __pydantic_config__ = _STRICT


@dataclass(frozen=True)
class Row:
    """One run: this variant, on this dataset, over this index."""

    variant: str
    dataset: str
    index: str
    __pydantic_config__ = _STRICT


@dataclass(frozen=True)
class Local:
    """The datasets whose development splits the local models have read, and the index over whose dataset and passages the
    threshold of abstention is tuned."""

    reads: Annotated[tuple[str, ...], MinLen(1)]
    passages_from: str
    __pydantic_config__ = _STRICT


@dataclass(frozen=True)
class Answered:
    """Where the sweep also asks a model: with what this retriever finds at this overlap."""

    retriever: str
    model: Any
    overlap: Share = 0.0
    top_k: tuple[Positive, ...] = ()
    __pydantic_config__ = _STRICT


@dataclass(frozen=True)
class Sweep:
    """Chunk sizes x overlaps (shares of the chunk) x retrievers x k. For each budget, in tokens of the prompt, one setting is
    chosen."""

    dataset: str
    chunk_tokens: Annotated[tuple[Positive, ...], MinLen(1)]
    top_k: Annotated[tuple[Positive, ...], MinLen(1)]
    retrievers: Annotated[Mapping[str, Any], MinLen(1)]
    overlaps: Annotated[tuple[Share, ...], MinLen(1)] = (0.0,)
    chunker: str = "recursive"
    embedder: Any = "minilm"
    budgets_tokens: tuple[Positive, ...] = (500, 1000, 2000)
    answers: Answered | None = None
    __pydantic_config__ = _STRICT


@dataclass(frozen=True)
class Settings:
    """How requests are sent. `charges` are the modelled seconds of in-process work, by name of the work."""

    seed: int = 0
    arrivals_per_s: Annotated[float, Gt(0), AllowInfNan(False)] = 2.0
    deadline_s: Annotated[float, Gt(0), AllowInfNan(False)] = 60.0
    charges: Mapping[str, Annotated[float, Ge(0), AllowInfNan(False)]] = field(default_factory=dict)
    __pydantic_config__ = _STRICT


@dataclass(frozen=True)
class Compare:
    """How intervals are drawn, and the variant that the report compares every other with."""

    draws: Annotated[int, Ge(100)] = 2000
    seed: int = 0
    baseline: str | None = None
    __pydantic_config__ = _STRICT


Verdict: TypeAlias = Literal["pass", "fail", "undecided"]
Bound: TypeAlias = Annotated[float, AllowInfNan(False)] | None
BASELINE = "baseline"  # what a gate calls the same variant at the git revision of `--baseline`


def _quoted_day(value: object) -> object:
    """DVC stops at a YAML date in params.yaml, so that a day is a string here."""
    if not isinstance(value, str):
        raise ValueError('put the day in quotes, as "2026-12-31": DVC reads no dates')
    return value


@dataclass(frozen=True)
class Waiver:
    """Somebody's word that a gate may stay broken for a while: who, until which day (that day included), and why."""

    owner: Annotated[str, MinLen(1)]
    until: Annotated[date, BeforeValidator(_quoted_day)]
    reason: Annotated[str, MinLen(1)]
    __pydantic_config__ = _STRICT


@dataclass(frozen=True)
class Gate:
    """A bound that a run's metric must keep: at least, or at most. `dataset` where the variant runs on several. With `against`,
    the bound is one of the difference from another variant, or from the same one at a baseline. `warn` never stops a release."""

    metric: str
    variant: str
    dataset: str | None = None
    at_least: Bound = None
    at_most: Bound = None
    against: str | None = None
    level: Literal["block", "warn"] = "block"
    waiver: Waiver | None = None
    __pydantic_config__ = _STRICT

    @property
    def name(self) -> str:
        sign, bound = (">=", self.at_least) if self.at_least is not None else ("<=", self.at_most)
        less = f" - {self.against}" if self.against else ""
        limit = "(no bound)" if bound is None else f"{sign} {bound:g}"
        return f"{self.variant}{less}{f' on {self.dataset}' if self.dataset else ''}: {self.metric} {limit}"


@dataclass(frozen=True)
class Judging:
    """What the judge stage scores: columns `<metric>.<judge>`, and the rubrics that `rubric:<name>.<judge>` names."""

    columns: tuple[str, ...] = ()
    rubrics: Mapping[str, Rubric] = field(default_factory=dict)
    concurrent: Positive = 8  # judgements that are under way at once
    __pydantic_config__ = _STRICT


@dataclass(frozen=True)
class Params:
    """The whole file. `models` and other helper keys are for YAML anchors only."""

    datasets: Mapping[str, Source]
    indexes: Mapping[str, IndexSpec]
    variants: Mapping[str, Any]
    runs: tuple[Row, ...]
    metrics: tuple[str, ...]
    local: Local
    run: Settings = field(default_factory=Settings)
    compare: Compare = field(default_factory=Compare)
    gates: tuple[Gate, ...] = ()
    sweep: Sweep | None = None
    judges: Mapping[str, Any] = field(default_factory=dict)
    judge: Judging = field(default_factory=Judging)
    reliability: Reliability | None = None

    def row(self, variant: str, dataset: str | None = None) -> Row | None:
        """The first run of a variant (on a dataset)."""
        return next((r for r in self.runs if r.variant == variant and dataset in (None, r.dataset)), None)


def load(path: Path = FILE) -> Params:
    """Read and type params.yaml. Raises ConfigError with every fault of form; what names mean is for `archbench check`."""
    params, faults = load_what_can_be(path)
    if faults or params is None:
        raise ConfigError(faults)
    return params


def load_what_can_be(path: Path = FILE) -> tuple[Params | None, list[Fault]]:
    """What is well-formed in params.yaml, and the faults of the rest; None where too little is left to speak of."""
    from pydantic import TypeAdapter, ValidationError

    try:
        data = read_yaml(path)
    except ConfigError as error:
        return None, list(error.faults)
    faults = _misspelt_keys(data, path)
    for _ in range(10):  # leaving something out can uncover the next fault
        try:
            return TypeAdapter(Params).validate_python(data), faults
        except ValidationError as error:
            faults += [_fault(path, one) for one in error.errors()]
            for place in sorted({_whole(one["loc"]) for one in error.errors()}, key=str, reverse=True):
                if not _leave_out(data, place):
                    return None, faults
    return None, faults


def _fault(path: Path, error: Any) -> Fault:
    """What pydantic found, in the words of params.yaml: no class of ours and no repr of Python's means anything there."""
    place, given = error["loc"], error["input"]
    where = f"{path}: {'.'.join(str(step) for step in place)}"
    match error["type"]:
        case "missing":
            return Fault(where, "missing", error["msg"])
        case "unexpected_keyword_argument":
            return Fault(where, "no such field", _known_fields(place[:-1]))
        case "dataclass_type":
            named = f"{{{', '.join(one.name for one in fields(block))}}}" if (block := _block(place)) else "its fields"
            return Fault(where, f"{_written(given)} was given", f"expected a mapping: {named}")
    return Fault(where, f"{_written(given)} was given", error["msg"].removeprefix("Value error, "))


def _written(value: object) -> str:
    """A value as it stands in the file, as nearly as Python tells: a day without quotes is a date."""
    return str(value) if isinstance(value, date) else repr(value)


def _block(place: tuple[int | str, ...]) -> Any:
    """What types the block at `place`; None where it is none that this file types."""
    names = tuple(step for step in place if not isinstance(step, int))
    if names[:1] in (("datasets",), ("indexes",)):
        names = names[:1]
    blocks: dict[tuple[str, ...], Any] = {
        ("datasets",): Source, ("indexes",): IndexSpec, ("runs",): Row, ("run",): Settings, ("local",): Local,
        ("compare",): Compare, ("gates",): Gate, ("gates", "waiver"): Waiver, ("sweep",): Sweep, ("sweep", "answers"): Answered,
        ("judge",): Judging, ("reliability",): Reliability, ("reliability", "schedule"): Schedule,
        ("reliability", "outage"): Outage,
    }  # fmt: skip
    return blocks.get(names)


def _known_fields(place: tuple[int | str, ...]) -> str:
    """The fields of the block at `place`, for an error."""
    block = _block(place)
    return f"fields: {', '.join(one.name for one in fields(block))}" if block else ""


def _misspelt_keys(data: Mapping[str, Any], path: Path) -> list[Fault]:
    """Keys of our own making hold YAML anchors and are let be, unless they nearly spell one that is read."""
    known = [one.name for one in fields(Params)]
    return [
        Fault(f"{path}: {key}", "no such key", f"is {close[0]!r} meant?")
        for key in map(str, data)
        if key not in known and (close := get_close_matches(key, known, 1, 0.8))
    ]


def _whole(place: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """What to leave out for a fault at `place`: the entry, or as much of a gate as still leaves the rest of it to be checked."""
    if place[:2] in [("reliability", name) for name in REQUIRED]:
        return place[:1]
    return place[:3] if place[0] == "gates" and place[2:3] in (("level",), ("waiver",)) else place[:2]


def _leave_out(data: dict[str, Any], place: tuple[int | str, ...]) -> bool:
    """Delete what is at `place` (an item of a list, a field of a block); False where there is nothing to delete."""
    if place[0] not in data or place[0] == "local":
        return False
    if len(place) < 2:
        return place[0] == "reliability" and data.pop(place[0]) is not None
    try:
        block: Any = data
        for step in place[:-1]:
            block = block[step]
        del block[place[-1]]
    except (LookupError, TypeError):
        return False
    return True


def named(known: Mapping[str, Thing], name: str, kind: str) -> Thing:
    """`known[name]`, or a ConfigError that lists what is known."""
    if name not in known:
        raise ConfigError(Fault(kind, f"no {kind} is named {name!r}", f"known: {', '.join(sorted(known)) or 'none'}"))
    return known[name]
