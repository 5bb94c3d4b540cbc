"""100,000 chunks: how long each vector index takes to build, how fast it answers, and what it misses of what exact search finds.

The vectors are made up, since embedding so much real text takes half an hour: real ones of the datasets' chunks, each moved at
random by so much that neighbours are about as near as chunks of one document are. A real corpus can be easier or harder.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines import params as params_file
from pipelines.paths import PREPARED
from systems.build import build
from systems.facts import Passage
from systems.retrieval.chunking import Chunk, Recursive
from systems.retrieval.documents import read_documents
from systems.retrieval.embedding import MiniLM, Progress
from systems.retrieval.manifest import make_table
from systems.retrieval.store import Near, Table

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ROWS, QUERIES, K = 100_000, 200, 10
NOISE = 0.7  # the length of what is added to a vector of length 1
KINDS: tuple[tuple[str, Any, tuple[Near, ...]], ...] = (
    ("exact", None, (Near(),)),
    ("ivf_flat", {"ivf_flat": {"partitions": 256}}, (Near(5), Near(20), Near(50))),
    ("ivf_hnsw_sq", {"ivf_hnsw_sq": {"partitions": 16}}, (Near(5), Near(16))),
    ("ivf_pq", {"ivf_pq": {"partitions": 256, "sub_vectors": 48}}, (Near(20), Near(20, 10), Near(50, 30))),
)


@dataclass
class Given:
    """An embedder whose vectors are known beforehand, in the order of the chunks."""

    vectors: NDArray[np.float32]
    name: str = "given"
    sha256: str = "given"

    @property
    def dimension(self) -> int:
        return int(self.vectors.shape[1])

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> NDArray[np.float32]:
        return self.vectors[: len(texts)]


def main() -> None:
    """Print a line a setting."""
    import lancedb
    import numpy as np

    chunks = _real_chunks()
    rng = np.random.default_rng(0)
    vectors = _moved(MiniLM().embed([chunk.text for chunk in chunks]), ROWS, rng)
    queries = _moved(vectors, QUERIES, rng)
    many = [Chunk(f"d{at}", "", 0, len(one.text), one.text) for at, one in enumerate(islice(cycle(chunks), ROWS))]
    best: list[set[str]] = []
    with tempfile.TemporaryDirectory() as folder:
        for name, ann, nears in KINDS:
            started_s = time.perf_counter()
            made = build(ann, kind="ann").part if ann else None
            make_table(Path(folder, name), many, {}, Given(vectors), made)
            built_s = time.perf_counter() - started_s
            table = Table(Path(name))
            table._read = {"ann": ann, "labels": {}}
            table._table = lancedb.connect(Path(folder, name)).open_table("chunks")
            for near in nears:
                found, times = _asked(table, queries, near)
                best = best or found
                recall = statistics.fmean(len(a & b) / K for a, b in zip(found, best, strict=True))
                p50_s, p95_s = statistics.median(times), sorted(times)[int(0.95 * len(times))]
                setting = f"{name}, probes {near.probes or '-'}, refine {near.refine or '-'}"
                speed = f"p50 {p50_s * 1000:6.1f} ms, p95 {p95_s * 1000:6.1f} ms"
                print(f"{setting:<34} built in {built_s:6.1f} s, {speed}, recall@{K} {recall:.3f}", flush=True)


def _asked(table: Table, queries: NDArray[np.float32], near: Near) -> tuple[list[set[str]], list[float]]:
    found, times = [], []
    for query in queries:
        started_s = time.perf_counter()
        passages: list[Passage] = table.search_vector(query, K, near=near)
        times.append(time.perf_counter() - started_s)
        found.append({passage.document for passage in passages})
    return found, times


def _real_chunks() -> list[Chunk]:
    params = params_file.load()
    cutter = Recursive(64)
    files = (PREPARED / name / "documents.jsonl" for name in params.datasets)
    return [chunk for file in files for document in read_documents(file) for chunk in cutter.chunks(document)]


def _moved(vectors: NDArray[np.float32], n: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """`n` of the vectors, drawn with replacement, each moved at random and brought back to unit length."""
    import numpy as np

    drawn = vectors[rng.integers(0, len(vectors), n)]
    noise = rng.normal(size=drawn.shape)
    moved = drawn + NOISE * noise / np.linalg.norm(noise, axis=1, keepdims=True)
    unit: NDArray[np.float32] = (moved / np.linalg.norm(moved, axis=1, keepdims=True)).astype(np.float32)
    return unit


if __name__ == "__main__":
    main()
