"""A YAML file as plain values, and the faults that such files have whatever they mean."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from systems.errors import ConfigError, Fault


def read_yaml(path: Path) -> dict[str, Any]:
    """The file as plain values. Raises ConfigError where it is missing, no YAML or no mapping."""
    import yaml

    from pipelines.data import read_text

    if not path.is_file():
        raise ConfigError(Fault(str(path), "no such file", "run archbench in the folder that holds params.yaml"))
    try:
        text = read_text(path)
        repeated = list(_repeated_keys(yaml.compose(text, yaml.SafeLoader)))
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(Fault(str(path), f"not YAML: {' '.join(str(error).split())}")) from None
    if not isinstance(data, dict):
        raise ConfigError(Fault(str(path), f"{str(data)[:60]!r} was given", "expected a mapping"))
    if repeated:
        raise ConfigError(
            Fault(f"{path}:{line}", f"the key {key!r} stands twice", "keep one") for key, line in repeated
        )
    return data


def _repeated_keys(node: Any) -> Iterator[tuple[str, int]]:
    """(key, line) of every key that its mapping holds already: YAML would silently keep the last."""
    if node is None or isinstance(node.value, str):
        return
    seen = set()
    for child in node.value:
        for one in child if isinstance(child, tuple) else (child,):
            yield from _repeated_keys(one)
        if isinstance(child, tuple):
            if child[0].value in seen and isinstance(child[0].value, str):
                yield child[0].value, child[0].start_mark.line + 1
            seen.add(str(child[0].value))
