"""Execute the notebooks in place, with this interpreter: `python -m pipelines.notebooks`.

What changes from run to run (times, the interpreter's version) is taken out: the same outputs give the same bytes. A notebook
that fails stays as it was, and the exit code is 1.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

FOLDER = Path("notebooks")


class ThisPython(KernelSpecManager):
    """The one kernel is the interpreter that runs this, whatever is registered on the machine."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        quiet = "--log-level=ERROR"  # it warns that others on this machine could listen in on what it computes
        argv = [sys.executable, "-m", "ipykernel_launcher", quiet, "-f", "{connection_file}"]
        return KernelSpec(argv=argv, display_name="Python 3", language="python")


class Kernel(AsyncKernelManager):
    """A kernel of this interpreter."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "kernel_spec_manager": ThisPython()})


def main(folder: Path = FOLDER) -> int:
    """Execute every notebook of a folder, in order of name; returns the exit code."""
    paths = sorted(folder.glob("*.ipynb"))
    failures = [failure for path in paths if (failure := execute(path))]
    for failure in failures:
        print(failure, file=sys.stderr)
    print(f"{folder}: {len(paths) - len(failures)} of {len(paths)} notebooks executed")
    return 1 if failures else 0


def execute(path: Path) -> str | None:
    """Execute a notebook in its folder and write it back; returns what went wrong, where, or None."""
    notebook = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)  # type: ignore[no-untyped-call]  # nbformat is half typed
    place = {"metadata": {"path": str(path.parent)}}
    client = NotebookClient(notebook, kernel_manager_class=Kernel, record_timing=False, resources=place)
    try:
        client.execute()
    except CellExecutionError as error:
        return f"{path}: cell {_failed_cell(notebook)}: {error.ename}: {error.evalue}"
    notebook.metadata.get("language_info", {}).pop("version", None)
    part = path.with_suffix(".part")
    part.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")  # type: ignore[no-untyped-call]
    os.replace(part, path)
    return None


def _failed_cell(notebook: nbformat.NotebookNode) -> int:
    """The number of the cell that raised, counted from 1 over cells of every kind."""
    return next(
        number
        for number, cell in enumerate(notebook.cells, 1)
        if any(output.output_type == "error" for output in cell.get("outputs", ()))
    )


if __name__ == "__main__":
    sys.exit(main())
