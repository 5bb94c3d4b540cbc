"""Is everything that params.yaml describes possible? Every fault at once, before anything is run or spent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pipelines import params as params_file
from pipelines.check_data import dataset_faults
from pipelines.compare import figure_names
from pipelines.data import HOME, read
from pipelines.metrics import metric
from pipelines.params import Gate, Params, Row
from pipelines.run import learnt
from systems.build import build
from systems.errors import ConfigError, Fault

# What DVC's run cache takes for file metadata and leaves out of a parameter's hash: a change would restore old results.
UNSEEN_BY_DVC = ("size", "nfiles")


def check(path: Path = params_file.FILE) -> list[Fault]:
    """Every fault of params.yaml, of the datasets that it names and of those in `datasets/`."""
    try:
        params = params_file.load(path)
    except ConfigError as error:
        return list(error.faults) + _datasets({})
    faults = list(_unseen_keys(path))
    faults += _datasets({str(source.path): (source.format, source.path) for source in params.datasets.values()})
    faults += _indexes(params)
    retrieving: dict[str, bool] = {}
    for name, description in params.variants.items():
        try:
            retrieving[name] = _retrieves(params, name, description)
        except ConfigError as error:
            faults += error.faults
    for at, row in enumerate(params.runs):
        faults += _row_faults(params, row, f"runs.{at}", retrieving)
    faults += _repeated(params.runs)
    for at, name in enumerate(params.metrics):
        faults += _metric_faults(name, f"metrics.{at}")
    for at, gate in enumerate(params.gates):
        faults += _gate_faults(params, gate, f"gates.{at}")
    unread = [name for name in params.local.reads if name not in params.datasets]
    faults += [Fault("local.reads", f"no dataset is named {name!r}", _known(params.datasets)) for name in unread]
    if params.local.passages_from not in params.indexes:
        what = f"no index is named {params.local.passages_from!r}"
        faults.append(Fault("local.passages_from", what, _known(params.indexes)))
    return faults


def _known(names: Mapping[str, Any]) -> str:
    return f"known: {', '.join(sorted(names)) or 'none'}"


def _unseen_keys(path: Path) -> Iterator[Fault]:
    import yaml

    def walk(node: Any, where: str) -> Iterator[Fault]:
        if isinstance(node, Mapping):
            for key, value in node.items():
                if key in UNSEEN_BY_DVC:
                    yield Fault(f"{where}{key}", "DVC does not notice changes of a key of this name", "rename it")
                yield from walk(value, f"{where}{key}.")
        elif isinstance(node, list):
            for at, value in enumerate(node):
                yield from walk(value, f"{where}{at}.")

    yield from walk(yaml.safe_load(path.read_text(encoding="utf-8")), "")


def _datasets(named: Mapping[str, tuple[str, Path]]) -> list[Fault]:
    """The faults of the datasets that are named and of every folder in `datasets/`, each looked at once."""
    ours = {str(folder): ("folder", folder) for folder in sorted(HOME.glob("*")) if folder.is_dir()}
    faults: list[Fault] = []
    for format_name, path in {**ours, **named}.values():
        try:
            faults += dataset_faults(read(format_name, path), path)
        except ConfigError as error:
            faults += error.faults
    return faults


def _indexes(params: Params) -> Iterator[Fault]:
    for name, spec in params.indexes.items():
        where = f"indexes.{name}"
        if spec.dataset not in params.datasets:
            yield Fault(f"{where}.dataset", f"no dataset is named {spec.dataset!r}", _known(params.datasets))
        parts = [("chunker", spec.chunker), ("embedder", spec.embedder)] if spec.chunker else []
        for kind, description in parts:
            try:
                build(description, kind=kind, where=f"{where}.{kind}")
            except ConfigError as error:
                yield from error.faults


def _retrieves(params: Params, name: str, description: Any) -> bool:
    """Whether a variant searches an index. Raises ConfigError when it cannot be built."""
    given = {"index": {"table": {"manifest": "results/indexes/any.json"}}, "learnt": learnt(params)}
    built = build(description, where=f"variants.{name}", given=given)
    return any(hasattr(part, "search_text") for part in built.parts)


def _row_faults(params: Params, row: Row, where: str, retrieving: Mapping[str, bool]) -> Iterator[Fault]:
    for field, name, known in (
        ("variant", row.variant, params.variants),
        ("dataset", row.dataset, params.datasets),
        ("index", row.index, params.indexes),
    ):
        if name not in known:
            yield Fault(f"{where}.{field}", f"no {field} is named {name!r}", _known(known))
    spec = params.indexes.get(row.index)
    if spec is None or row.variant not in retrieving:
        return
    if spec.dataset != row.dataset:
        yield Fault(
            f"{where}.index", f"{row.index!r} is made of {spec.dataset!r}", f"expected one made of {row.dataset!r}"
        )
    if retrieving[row.variant] and not spec.chunker:
        yield Fault(
            f"{where}.index", f"{row.index!r} is empty and {row.variant!r} retrieves", "name an index with a chunker"
        )
    if not retrieving[row.variant] and spec.chunker:
        yield Fault(
            f"{where}.index",
            f"{row.variant!r} retrieves nothing",
            "name an index without a chunker, or it runs in vain",
        )


def _repeated(rows: tuple[Row, ...]) -> Iterator[Fault]:
    seen: set[tuple[str, str]] = set()
    for at, row in enumerate(rows):
        if (row.variant, row.dataset) in seen:
            yield Fault(
                f"runs.{at}",
                f"{row.variant!r} runs on {row.dataset!r} twice",
                "results are kept by variant and dataset",
            )
        seen.add((row.variant, row.dataset))


def _metric_faults(name: str, where: str) -> list[Fault]:
    try:
        metric(name)
    except ConfigError as error:
        return [Fault(where, fault.what, fault.allowed) for fault in error.faults]
    return []


def _gate_faults(params: Params, gate: Gate, where: str) -> Iterator[Fault]:
    if (gate.at_least is None) == (gate.at_most is None):
        yield Fault(where, "no bound, or two", "expected one of at_least, at_most")
    known = figure_names(params.metrics)
    if gate.metric not in known:
        yield Fault(f"{where}.metric", f"no figure is named {gate.metric!r}", f"known: {', '.join(known)}")
    rows = [row for row in params.runs if row.variant == gate.variant and gate.dataset in (None, row.dataset)]
    if len(rows) != 1:
        which = f"{gate.variant!r}" + (f" on {gate.dataset!r}" if gate.dataset else "")
        yield Fault(
            where, f"{which} is run {len(rows)} times", "expected one row of runs; name a dataset where there are more"
        )
