from __future__ import annotations

import multiprocessing
import sqlite3
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from systems.retrieval.embedding import MiniLM, VectorCache


class Counting(MiniLM):
    """Remembers what the network was asked for."""

    def _run(self, text: str) -> NDArray[np.float32]:
        self.ran = [*getattr(self, "ran", []), text]
        return super()._run(text)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=20)
@given(st.lists(st.text(max_size=50), max_size=6))
def test_every_text_has_a_row_of_unit_length(cache: Path, texts: list[str]) -> None:
    vectors = MiniLM().embed(texts)
    assert vectors.shape == (len(texts), 384)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_rows_are_in_the_order_of_the_texts() -> None:
    texts = ["a kettle that whistles and boils", "b", "a kettle that whistles and boils", "how long is it"]
    together = MiniLM().embed(texts)
    assert np.array_equal(together[0], together[2])


def test_a_text_is_run_once_whoever_asks() -> None:
    first, second = Counting(), Counting()
    first.embed(["kettle", "kettle", "toaster"])
    second.embed(["toaster", "kettle", "iron"])
    assert (sorted(first.ran), second.ran) == (["kettle", "toaster"], ["iron"])


def test_a_vector_is_the_same_to_the_last_bit_whatever_it_is_embedded_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = ["a kettle that whistles and boils", "b", "how long " * 40, "one more"]
    together = MiniLM().embed(texts)
    monkeypatch.setenv("ARCHBENCH_CACHE", str(tmp_path / "other"))
    alone = [MiniLM().embed([text])[0] for text in reversed(texts)]
    assert [row.tobytes() for row in together] == [row.tobytes() for row in reversed(alone)]


def test_progress_adds_up_to_the_texts() -> None:
    MiniLM().embed(["kettle"])
    done: list[int] = []
    MiniLM().embed(["kettle", "iron", "iron", "fan", "lamp"], done.append)
    assert (sum(done), done[0]) == (5, 2)


@pytest.mark.parametrize("value", [b"", b"\0" * 4 * 384, b"\0" * 7, np.full(384, np.nan, "<f4").tobytes()])
def test_a_broken_vector_on_disk_is_made_again(cache: Path, value: bytes) -> None:
    [right] = MiniLM().embed(["kettle"])
    [path] = cache.glob("embeddings/*.sqlite")
    with sqlite3.connect(path) as database:
        database.execute("UPDATE vectors SET vector = ?", (value,))
    embedder = Counting()
    assert np.array_equal(embedder.embed(["kettle"])[0], right)
    assert embedder.ran == ["kettle"]
    assert np.array_equal(MiniLM().embed(["kettle"])[0], right)


def test_a_cache_that_cannot_be_written_is_the_machine_s_failure(cache: Path) -> None:
    cache.mkdir()
    (cache / "embeddings").write_text("a file where a folder should be")
    with pytest.raises(FileExistsError):
        MiniLM().embed(["kettle"])


def test_a_file_that_is_no_cache_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.sqlite").write_bytes(b"not a database" * 100)
    with pytest.raises(OSError, match=r"x\.sqlite: file is not a database"):
        VectorCache(tmp_path / "x.sqlite", 384)


def write_vectors(path: Path, first: int) -> None:
    cache = VectorCache(path, 4)
    for key in range(first, first + 200):
        cache.put({key.to_bytes(4): np.array([1, 0, 0, 0], np.float32)})


def test_processes_share_the_cache(tmp_path: Path) -> None:
    path = tmp_path / "shared.sqlite"
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        pool.starmap(write_vectors, [(path, 150 * worker) for worker in range(4)])
    assert len(VectorCache(path, 4).get([key.to_bytes(4) for key in range(2000)])) == 650
