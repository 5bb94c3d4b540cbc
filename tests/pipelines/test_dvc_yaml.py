"""A stage runs again when code that it uses changes."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

STAGES = yaml.safe_load(Path("dvc.yaml").read_text())["stages"]
# What types the values that DVC tracks as parameters, and where files are: a change there shows in what depends on them.
FRAME = {"pipelines/params.py", "pipelines/paths.py", "pipelines/__init__.py"}


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def used(path: Path, seen: set[str]) -> set[str]:
    """The files of pipelines/ that a module uses, however indirectly; other stages' modules are read for their formats only."""
    for name in imported(path):
        stem = Path(name.replace(".", "/"))
        for file in (stem.with_suffix(".py"), stem / "__init__.py"):
            if (
                name.startswith("pipelines.")
                and file.exists()
                and str(file) not in seen | FRAME
                and file.stem not in STAGES
            ):
                seen.add(str(file))
                used(file, seen)
    return seen


@pytest.mark.parametrize("stage", STAGES)
def test_each_stage_depends_on_the_code_that_it_uses(stage: str) -> None:
    described = STAGES[stage].get("do", STAGES[stage])
    deps = [Path(dep) for dep in described["deps"] if "$" not in dep]
    for file in used(Path(f"pipelines/{stage}.py"), {f"pipelines/{stage}.py"}) - FRAME:
        assert any(Path(file).is_relative_to(dep) for dep in deps), f"{stage} uses {file}"
