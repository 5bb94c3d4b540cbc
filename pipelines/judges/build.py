"""From a description in params.yaml to a judge: `{ragas: {by: local}}`, `{llm: {model: {local: {tier: small}}}}`.

`by` is the name of an oracle, or the description of a model. Classes are named by strings and imported when they are used: a
table of scores should not wait for ragas.
"""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.judges.asked import NEEDS, RUBRIC
from pipelines.judges.judge import Judge
from pipelines.judges.replies import Replies
from pipelines.judges.rubrics import Rubric
from pipelines.judges.scaled import read
from systems.build import Built, build
from systems.errors import ConfigError, Fault

ORACLES = {"local": "pipelines.judges.local:Local", "scripted": "pipelines.judges.scripted:Scripted"}
CALIBRATION = "calibration"  # the field of any description that names such a file
NO_RUBRIC = ("local",)  # oracles that cannot apply criteria in words

if TYPE_CHECKING:
    from pipelines.params import Params


@dataclass(frozen=True)
class Kind:
    """A kind of judge: its class, the field that says who answers, what it scores, and the package that its scores hang on."""

    target: str
    field: str | None
    metrics: tuple[str, ...] = tuple(NEEDS)
    rubrics: bool = True
    package: str | None = None


_BY_DEEPEVAL = ("faithfulness", "answer_relevancy", "context_precision", "context_recall", "tool_call_accuracy")
KINDS = {
    "local": Kind("pipelines.judges.own:Own", None, rubrics=False),
    "llm": Kind("pipelines.judges.own:Own", "model"),
    "ragas": Kind("pipelines.judges.ragas:Ragas", "by", rubrics=False, package="ragas"),
    "deepeval": Kind("pipelines.judges.deepeval:Deepeval", "by", _BY_DEEPEVAL, package="deepeval"),
}


@dataclass
class Described:
    """A judge as params.yaml describes it: checked, and nothing heavy imported. `async with` opens its model and gives the judge.

    `fingerprint` is a content hash of the description, of the code that judges, of the library and of the model.
    """

    name: str
    kind: Kind
    oracle: str | None
    model: Built | None
    rubrics: Mapping[str, Rubric]
    fingerprint: str
    calibration: Path | None = None
    replies: Replies | None = field(default=None, init=False)

    @property
    def metrics(self) -> tuple[str, ...]:
        offers = self.kind.rubrics and self.oracle not in NO_RUBRIC
        return (*self.kind.metrics, *(f"{RUBRIC}{name}" for name in self.rubrics if offers))

    async def __aenter__(self) -> Judge:
        async with AsyncExitStack() as stack:
            if self.model:
                self.replies = Replies(await stack.enter_async_context(self.model))
            judge = self._made()
            self._stack = stack.pop_all()
        return judge

    async def __aexit__(self, *error: Any) -> None:
        await self._stack.aclose()

    def _made(self) -> Judge:
        by: Any = _load(ORACLES[self.oracle])() if self.oracle else self.replies
        more = {"rubrics": dict(self.rubrics)} if self.kind.rubrics else {}
        if self.kind.target.endswith(":Own") and not self.oracle:
            by = _load("pipelines.judges.llm:Llm")(by)
        if self.calibration:
            by = _load("pipelines.judges.scaled:Scaled")(by, read(self.calibration))
        judge: Judge = _load(self.kind.target)(by, **more)
        return judge


def described_in(params: Params) -> Mapping[str, Any]:
    """The judges of params.yaml by name; `local` is there whatever it says."""
    return {"local": "local", **params.judges}


def describe(
    name: str, description: Any, rubrics: Mapping[str, Rubric], given: Mapping[str, Any] | None = None
) -> Described:
    """What `judges.<name>` describes; `given` as for systems.build. Raises ConfigError with every fault."""
    where = f"judges.{name}"
    if isinstance(description, str):
        description = {description: {}}
    if not isinstance(description, Mapping) or len(description) != 1:
        raise ConfigError(Fault(where, f"{description!r} is no judge", f"expected one of: {', '.join(KINDS)}"))
    ((kind_name, config),) = description.items()
    if kind_name not in KINDS:
        raise ConfigError(Fault(where, f"no judge is named {kind_name!r}", f"known: {', '.join(KINDS)}"))
    kind, where = KINDS[kind_name], f"{where}.{kind_name}"
    config = {} if config is None else config
    expected = [kind.field] if kind.field else []
    if not isinstance(config, Mapping) or sorted(set(config) - {CALIBRATION}) != expected:
        raise ConfigError(Fault(where, f"{config!r} was given", f"fields: {', '.join([*expected, CALIBRATION])}"))
    by = config[kind.field] if kind.field else kind_name
    oracle = by if isinstance(by, str) and by in ORACLES and kind.field != "model" else None
    if oracle and not _is_there(ORACLES[oracle]):
        raise ConfigError(Fault(where, f"the oracle {oracle!r} is not there", f"known: {', '.join(ORACLES)}"))
    model = None if oracle else build(by, kind="model", where=f"{where}.{kind.field}", given=given)
    calibration = _calibration(config, f"{where}.{CALIBRATION}", bool(oracle) or kind_name == "llm")
    fingerprint = _fingerprint([description, calibration and calibration.read_text()], kind, oracle, model)
    return Described(name, kind, oracle, model, rubrics, fingerprint, calibration)


def _calibration(config: Mapping[str, Any], where: str, possible: bool) -> Path | None:
    """The file with the calibration of what answers. Raises ConfigError where it is none, or where nothing has probabilities."""
    if CALIBRATION not in config:
        return None
    if not possible:
        raise ConfigError(
            Fault(where, "a library asks the model itself", "calibrate an llm judge, or one by an oracle")
        )
    path = Path(str(config[CALIBRATION]))
    read(path)
    return path


def _fingerprint(description: Any, kind: Kind, oracle: str | None, model: Built | None) -> str:
    answers = ORACLES[oracle] if oracle else "pipelines.judges.llm:Llm"
    modules = [target.partition(":")[0] for target in (kind.target, answers)]
    made_of = [description, code_hash(*modules), model.fingerprint if model else _fingerprint_of(oracle)]
    made_of.append(version(kind.package) if kind.package else "")
    return hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()[:16]


def _fingerprint_of(oracle: str | None) -> str:
    """A hash of the file that an oracle has learnt from, where there is one; empty where it was not made yet."""
    file = getattr(_load(ORACLES[oracle]), "learnt_file", None) if oracle else None
    return hashlib.sha256(file.read_bytes()).hexdigest() if file and file.exists() else ""


@cache
def _load(target: str) -> Any:
    module, _, name = target.partition(":")
    return getattr(import_module(module), name)


def _is_there(target: str) -> bool:
    module, _, name = target.partition(":")
    return hasattr(import_module(module), name)


@cache
def code_hash(*modules: str) -> str:
    """A hash of the source of these modules and of all of ours that they import, however indirectly."""
    sources: dict[str, bytes] = {}
    for module in modules:
        _gather(module, sources)
    return hashlib.sha256(b"".join(name.encode() + source for name, source in sorted(sources.items()))).hexdigest()


def _gather(module: str, sources: dict[str, bytes]) -> None:
    spec = find_spec(module)
    if module in sources or spec is None or spec.origin is None:
        return
    sources[module] = Path(spec.origin).read_bytes()
    for node in ast.walk(ast.parse(sources[module])):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in ("pipelines", "systems"):
            for name in (node.module, *(f"{node.module}.{one.name}" for one in node.names)):
                if _is_module(name):
                    _gather(name, sources)


def _is_module(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False
