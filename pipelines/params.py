"""params.yaml as typed values. Variants stay as they are written: `systems.build` reads those."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from annotated_types import Ge, Gt

from systems.errors import ConfigError, Fault

FILE = Path("params.yaml")
Thing = TypeVar("Thing")
_STRICT: Any = {"extra": "forbid"}


@dataclass(frozen=True)
class Source:
    """Where a dataset is and in which format."""

    path: Path
    format: str = "folder"
    __pydantic_config__ = _STRICT


@dataclass(frozen=True)
class IndexSpec:
    """What a table is made of; without a chunker there is nothing to retrieve from."""

    dataset: str
    chunker: Any = None
    embedder: Any = "minilm"
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
    """The datasets whose development splits the local models have read, and the index over whose passages the first of
    them tunes when to abstain."""

    reads: tuple[str, ...]
    passages_from: str
    __pydantic_config__ = _STRICT


@dataclass(frozen=True)
class Settings:
    """How requests are sent. `charges` are the modelled seconds of in-process work, by name of the work."""

    seed: int = 0
    arrivals_per_s: Annotated[float, Gt(0)] = 2.0
    deadline_s: Annotated[float, Gt(0)] = 60.0
    charges: Mapping[str, Annotated[float, Ge(0)]] = field(default_factory=dict)
    __pydantic_config__ = _STRICT


@dataclass(frozen=True)
class Compare:
    """How intervals are drawn."""

    draws: Annotated[int, Ge(100)] = 2000
    seed: int = 0
    __pydantic_config__ = _STRICT


Verdict = Literal["pass", "fail", "undecided"]


@dataclass(frozen=True)
class Gate:
    """A bound that a run's metric must keep: at least, or at most. `dataset` where the variant runs on several."""

    metric: str
    variant: str
    dataset: str | None = None
    at_least: float | None = None
    at_most: float | None = None
    __pydantic_config__ = _STRICT

    @property
    def name(self) -> str:
        sign, bound = (">=", self.at_least) if self.at_least is not None else ("<=", self.at_most)
        return f"{self.variant}{f' on {self.dataset}' if self.dataset else ''}: {self.metric} {sign} {bound:g}"


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

    def row(self, variant: str, dataset: str | None = None) -> Row | None:
        """The first run of a variant (on a dataset)."""
        return next((r for r in self.runs if r.variant == variant and dataset in (None, r.dataset)), None)


def load(path: Path = FILE) -> Params:
    """Read and type params.yaml. Raises ConfigError with every fault of form; what names mean is for `archbench check`."""
    import yaml
    from pydantic import TypeAdapter, ValidationError

    from pipelines.data import read_text

    if not path.is_file():
        raise ConfigError(Fault(str(path), "no such file", "run archbench in the folder that holds params.yaml"))
    try:
        data = yaml.safe_load(read_text(path))
    except yaml.YAMLError as error:
        raise ConfigError(Fault(str(path), f"not YAML: {' '.join(str(error).split())}")) from None
    try:
        return TypeAdapter(Params).validate_python(data)
    except ValidationError as error:
        raise ConfigError(
            Fault(
                f"{path}: {'.'.join(str(step) for step in one['loc'])}",
                "missing" if one["type"] == "missing" else f"{one['input']!r} was given",
                one["msg"],
            )
            for one in error.errors()
        ) from None


def named(known: Mapping[str, Thing], name: str, kind: str) -> Thing:
    """`known[name]`, or a ConfigError that lists what is known."""
    if name not in known:
        raise ConfigError(Fault(kind, f"no {kind} is named {name!r}", f"known: {', '.join(sorted(known)) or 'none'}"))
    return known[name]
