"""Bytes by key, in an SQLite file that processes may share: what is dear to compute is kept here, and may be deleted."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path


class Blobs:
    """Raises OSError where the file fails."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._failing_as_os_error():
            self._db = sqlite3.connect(path, timeout=60, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")  # a power cut may lose some, never break the file
            self._db.execute("CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL)")

    def get(self, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """Those of the keys that are there."""
        found: dict[bytes, bytes] = {}
        with self._failing_as_os_error():
            for key in keys:
                row = self._db.execute("SELECT vector FROM vectors WHERE key = ?", (key,)).fetchone()
                if row:
                    found[key] = row[0]
        return found

    def put(self, blobs: Mapping[bytes, bytes]) -> None:
        with self._failing_as_os_error(), self._db:
            self._db.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", blobs.items())

    @contextmanager
    def _failing_as_os_error(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise OSError(f"{self._path}: {error} (a cache: it may be deleted)") from error
