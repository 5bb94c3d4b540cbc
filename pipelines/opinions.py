"""Judgements as they come in, one a line, so that a killed stage goes on where it stopped and no judge is paid twice."""

from __future__ import annotations

import fcntl
import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Self

from pipelines.judges.judge import Item, Opinion
from systems.errors import ConfigError, Fault


def key_of(judge: str, metric: str, item: Item, rubric: object = None) -> str:
    """A content hash of what is asked of whom: the judge's fingerprint, the metric with its rubric, all that the judge sees."""
    asked = [judge, metric, asdict(item), repr(rubric)]
    return hashlib.sha256(json.dumps(asked, sort_keys=True, ensure_ascii=False).encode(errors="replace")).hexdigest()[
        :24
    ]


class Opinions:
    """An append-only file of opinions by the hash of what was asked, failures too: what a judge said stays said, until the
    file is deleted. A line that a kill left half-written is cut off when the file is opened."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.known: dict[str, Opinion] = {}

    def __enter__(self) -> Self:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self.path.open("a+b")
        fcntl.flock(self._file, fcntl.LOCK_EX)  # a second process waits, and finds everything answered
        self._file.seek(0)
        end = 0
        for line in self._file:
            if not line.endswith(b"\n"):
                break
            try:
                key, score, reason, failed = json.loads(line)
                self.known[key] = Opinion(score, reason, failed)
            except ValueError:
                self._file.close()
                raise ConfigError(
                    Fault(f"{self.path}: byte {end}", "no opinion stands there", "delete the file")
                ) from None
            end += len(line)
        self._file.truncate(end)
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    def add(self, key: str, opinion: Opinion) -> None:
        """Write one opinion out; it survives a kill from here on."""
        line = json.dumps([key, opinion.score, opinion.reason, opinion.failed], ensure_ascii=False)
        self._file.write(line.encode(errors="replace") + b"\n")
        self._file.flush()
        self.known[key] = opinion
