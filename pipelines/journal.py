"""Answers as they come in, one a line, so that a killed run goes on where it stopped and asks nothing twice."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Self

from systems.errors import ConfigError, Fault
from systems.interface import Response

START = b'{"id":"'


class Journal:
    """An append-only file of responses to one system under one set of settings, by the response's id.

    A line that a kill left half-written is cut off when the file is opened. Only the places of lines are held in memory.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> Self:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self.path.open("a+b")
        fcntl.flock(
            self._file, fcntl.LOCK_EX
        )  # a second process with the same questions waits, and finds them answered
        self._places: dict[str, int] = {}
        self._file.seek(0)
        end = 0
        for line in self._file:
            if not line.endswith(b"\n"):
                break
            if not line.startswith(START):
                raise ConfigError(Fault(f"{self.path}: byte {end}", "no response stands there", "delete the file"))
            self._places[_id(line)] = end
            end += len(line)
        self._file.truncate(end)
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    def __contains__(self, id: str) -> bool:
        return id in self._places

    def append(self, response: Response) -> None:
        """Write one response out; it survives a kill from here on."""
        self._file.seek(0, os.SEEK_END)
        place = self._file.tell()
        self._file.write(response.to_json().encode() + b"\n")
        self._file.flush()
        self._places[response.id] = place

    def export(self, ids: Iterable[str], path: Path) -> None:
        """Write the responses with these ids to `path`, sorted by id, in one step."""
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        with part.open("wb") as out:
            for id in sorted(set(ids)):
                self._file.seek(self._places[id])
                out.write(self._file.readline())
        part.replace(path)


def _id(line: bytes) -> str:
    """The id that a line starts with; Response puts it first."""
    return line[len(START) :].partition(b'"')[0].decode()
