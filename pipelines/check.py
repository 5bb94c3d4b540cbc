"""Is everything that params.yaml describes possible? Every fault at once, before anything is run or spent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import systems
from pipelines import params as params_file
from pipelines.check_claims import claims_faults
from pipelines.check_data import dataset_faults
from pipelines.check_gates import gate_faults
from pipelines.check_judges import judge_faults
from pipelines.check_reliability import reliability_faults
from pipelines.check_sweep import sweep_faults
from pipelines.check_versions import version_faults
from pipelines.data import HOME, read
from pipelines.evaluate import retrieves
from pipelines.formats.card import holds_claims
from pipelines.metrics import metric
from pipelines.metrics.judged import Judged
from pipelines.params import Params, Row
from pipelines.run import learnt
from systems.build import build
from systems.errors import ConfigError, Fault

# What DVC's run cache takes for file metadata and leaves out of a parameter's hash: a change would restore old results.
UNSEEN_BY_DVC = ("size", "nfiles")


def check(path: Path = params_file.FILE) -> list[Fault]:
    """Every fault of params.yaml, of the datasets that it names and of those in `datasets/`."""
    params, faults = params_file.load_what_can_be(path)
    if params is None:
        return [*faults, *_datasets({})]
    found = [
        *_unseen_keys(path),
        *_names(params),
        *_sources(params),
        *_indexes(params),
        *_local(params),
        *_charges(params),
    ]
    found += sweep_faults(params)
    found += reliability_faults(params)
    found += judge_faults(params)
    retrieving: dict[str, bool] = {}
    for name, description in params.variants.items():
        try:
            retrieving[name] = _retrieves(name, description)
        except ConfigError as error:
            found += error.faults
    for at, row in enumerate(params.runs):
        found += _row_faults(params, row, f"runs.{at}", retrieving)
    found += _repeated(params.runs)
    for at, name in enumerate(params.metrics):
        found += _metric_faults(name, f"metrics.{at}")
        if name in params.metrics[:at]:
            found.append(Fault(f"metrics.{at}", f"{name!r} stands twice", "keep one"))
    found += gate_faults(params)
    found += _baseline(params)
    faults += [Fault(f"{path}: {fault.where}", fault.what, fault.allowed) for fault in found]
    return [*faults, *_datasets({name: (one.format, one.path) for name, one in params.datasets.items()})]


def _names(params: Params) -> Iterator[Fault]:
    """Names become folders, arguments of a command and places in DVC's parameters, where a dot or a space means another thing."""
    for kind, names in (("datasets", params.datasets), ("indexes", params.indexes), ("variants", params.variants)):
        for name in names:
            if not re.fullmatch(r"\w[\w-]*", str(name), re.ASCII):
                yield Fault(f"{kind}.{name}", "cannot be a name", "letters, digits, _ and - only")


def _sources(params: Params) -> Iterator[Fault]:
    """The pipeline depends on files."""
    for name, source in params.datasets.items():
        if _on_hub(source.format, source.path):
            allowed = f"make datasets/{name}/ with a card that has `rows: hf:{source.path}`, and name that folder"
            yield Fault(f"datasets.{name}.path", f"{str(source.path)!r} is on the hub, which DVC cannot watch", allowed)


def _on_hub(format_name: str, path: Path) -> bool:
    return format_name == "hf" and not path.exists()


def _local(params: Params) -> Iterator[Fault]:
    for name in params.local.reads:
        if name not in params.datasets:
            yield Fault("local.reads", f"no dataset is named {name!r}", _known(params.datasets))
    spec = params.indexes.get(params.local.passages_from)
    if spec is None:
        yield Fault("local.passages_from", f"no index is named {params.local.passages_from!r}", _known(params.indexes))
    elif not spec.chunker:
        yield Fault("local.passages_from", f"{params.local.passages_from!r} is empty", "name an index with a chunker")


def _charges(params: Params) -> Iterator[Fault]:
    """A charge that nothing asks for is a misspelt one."""
    sources = Path(systems.__file__).parent.rglob("*.py")
    asked = {
        name for file in sources for name in re.findall(r"\.charge\(\"(\w+)\"\)", file.read_text(encoding="utf-8"))
    }
    for name in params.run.charges:
        if name not in asked:
            yield Fault(f"run.charges.{name}", "nothing charges for it", f"known: {', '.join(sorted(asked))}")


def _baseline(params: Params) -> Iterator[Fault]:
    name = params.compare.baseline
    if name is not None and params.row(name) is None:
        yield Fault(
            "compare.baseline", f"{name!r} is in no row of runs", _known({row.variant: row for row in params.runs})
        )


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
    folders = [folder for folder in sorted(HOME.glob("*")) if folder.is_dir()]
    claims = [folder for folder in folders if holds_claims(folder)]
    faults: list[Fault] = []
    for folder in claims:
        faults += [*claims_faults(folder), *version_faults(folder, required=True)]
    ours = [("folder", folder) for folder in folders if folder not in claims]
    for format_name, path in dict.fromkeys([*ours, *named.values()]):
        if _on_hub(format_name, path):
            continue  # said already, and a check asks nobody outside
        try:
            faults += dataset_faults(read(format_name, path), path, format_name)
        except ConfigError as error:
            faults += error.faults
        if format_name == "folder" and path not in claims:
            faults += version_faults(path, required=path.resolve().parent == HOME.resolve())
    return faults


def _indexes(params: Params) -> Iterator[Fault]:
    for name, spec in params.indexes.items():
        where = f"indexes.{name}"
        if spec.dataset not in params.datasets:
            yield Fault(f"{where}.dataset", f"no dataset is named {spec.dataset!r}", _known(params.datasets))
        parts = {"chunker": spec.chunker, "embedder": spec.embedder, "ann": spec.ann} if spec.chunker else {}
        for kind, description in parts.items():
            if description is None and kind == "ann":
                continue
            try:
                build(description, kind=kind, where=f"{where}.{kind}")
            except ConfigError as error:
                yield from error.faults


def _retrieves(name: str, description: Any) -> bool:
    """Whether a variant searches an index. Raises ConfigError when it cannot be built."""
    given = {"index": {"table": {"manifest": "results/indexes/any.json"}}, "learnt": learnt()}
    built = build(description, where=f"variants.{name}", given=given)
    return retrieves(built)


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
        if isinstance(metric(name), Judged):
            return [Fault(where, f"{name!r} is scored by a judge", "list it under judge.columns")]
    except ConfigError as error:
        return [Fault(where, fault.what, fault.allowed) for fault in error.faults]
    return []
