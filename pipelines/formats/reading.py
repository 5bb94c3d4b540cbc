"""Reading text files line by line, with every fault kept and named by file and line."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from systems.errors import ConfigError, Fault

csv.field_size_limit(2**31 - 1)  # a cell may hold a whole document; Python's own limit is 128 KiB


def text_lines(path: Path, faults: list[Fault]) -> Iterator[tuple[int, str]]:
    """Each line with its number and its line break. Stops at the first line that is not UTF-8: the next would not be either."""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                text = line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                what = f"byte {line[error.start]:#04x} at offset {error.start} of the line is not UTF-8"
                faults.append(Fault(f"{path}:{number}", what, "save the file as UTF-8"))
                return
            yield number, text


def json_rows(path: Path, faults: list[Fault]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each JSON object of a file that has one a line, with its place."""
    for number, line in text_lines(path, faults):
        where = f"{path}:{number}"
        if not line.strip():
            continue
        try:
            row = from_json(line)
        except ValueError as error:
            faults.append(Fault(where, f"not JSON: {error}", "expected one object on one line"))
            continue
        if isinstance(row, dict):
            yield where, row
        else:
            faults.append(Fault(where, f"{line.strip()[:60]!r} was given", "expected one object on one line"))


def csv_rows(path: Path, faults: list[Fault]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each row of a comma-separated file with a header, with the place where it starts."""
    reader = csv.reader((line for _, line in text_lines(path, faults)), strict=True)
    header: Sequence[str] | None = None
    start = 1
    try:
        for cells in reader:
            where, start = f"{path}:{start}", reader.line_num + 1
            if not cells:
                continue
            if header is None:
                header = cells
                for name in sorted({name for name in header if header.count(name) > 1}):
                    faults.append(Fault(where, f"two columns are named {name!r}", "a column's name is unique"))
            elif len(cells) != len(header):
                faults.append(Fault(where, f"{len(cells)} cells", f"expected {len(header)}: {', '.join(header)}"))
            else:
                yield where, dict(zip(header, cells, strict=True))
    except csv.Error as error:
        faults.append(Fault(f"{path}:{start}", f"not CSV: {error}", "a quote inside a quoted cell is doubled"))


def whole_text(path: Path) -> str:
    """A UTF-8 file's characters as they were published: no line break is translated, so that published offsets stay right."""
    content = path.read_bytes()
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        what = f"byte {content[error.start]:#04x} at offset {error.start} is not UTF-8"
        raise ConfigError(Fault(str(path), what, "save the file as UTF-8")) from None


def fault_of(where: str, error: Any) -> Fault:
    """One of pydantic's errors as a fault."""
    given = "missing" if error["type"] == "missing" else f"{repr(error['input'])[:60]} was given"
    return Fault(": ".join(filter(None, [where, place(error["loc"])])), given, error["msg"])


def place(steps: Sequence[str | int]) -> str:
    """Where in a JSON value: `data.0.title`."""
    return ".".join(map(str, steps))


def only_file(folder: Path, files: Sequence[Path], pattern: str) -> Path:
    """The one file there is. Raises ConfigError where there is none, or listing several."""
    if len(files) == 1:
        return files[0]
    found = ", ".join(file.name for file in files)
    raise ConfigError(Fault(f"{folder}/{pattern}", f"several: {found}" if files else "no such file", "expected one"))
