"""Is everything that the sweep of params.yaml describes possible?"""

from __future__ import annotations

from collections.abc import Iterator

from pipelines.params import Params, Sweep
from pipelines.run import learnt
from pipelines.sweep import deep, grid
from systems.build import build
from systems.errors import ConfigError, Fault


def sweep_faults(params: Params) -> Iterator[Fault]:
    """Every fault of the block `sweep`; none where there is no such block."""
    spec = params.sweep
    if spec is None:
        return
    if spec.dataset not in params.datasets:
        known = ", ".join(sorted(params.datasets)) or "none"
        yield Fault("sweep.dataset", f"no dataset is named {spec.dataset!r}", f"known: {known}")
    for chunk_tokens, overlap_tokens in grid(spec):
        chunker = {spec.chunker: {"chunk_tokens": chunk_tokens, "overlap_tokens": overlap_tokens}}
        yield from _faults(chunker, "chunker", f"sweep.chunk_tokens ({chunk_tokens}, overlap {overlap_tokens})")
    yield from _faults(spec.embedder, "embedder", "sweep.embedder")
    for name, retriever in spec.retrievers.items():
        yield from _faults(deep(retriever, max(spec.top_k)), "retriever", f"sweep.retrievers.{name}")
    if spec.answers:
        yield from _answers(spec)


def _answers(spec: Sweep) -> Iterator[Fault]:
    assert spec.answers is not None
    if spec.answers.retriever not in spec.retrievers:
        what = f"no retriever is named {spec.answers.retriever!r}"
        yield Fault("sweep.answers.retriever", what, f"known: {', '.join(sorted(spec.retrievers))}")
    if spec.answers.overlap not in spec.overlaps:
        allowed = f"one of sweep.overlaps: {', '.join(map(str, spec.overlaps))}"
        yield Fault("sweep.answers.overlap", f"{spec.answers.overlap} is not swept", allowed)
    if missing := sorted(set(spec.answers.top_k) - set(spec.top_k)):
        allowed = f"some of sweep.top_k: {', '.join(map(str, spec.top_k))}"
        yield Fault("sweep.answers.top_k", f"{', '.join(map(str, missing))} is not swept", allowed)
    yield from _faults(spec.answers.model, "model", "sweep.answers.model")


def _faults(description: object, kind: str, where: str) -> list[Fault]:
    given = {"index": {"table": {"manifest": "results/indexes/any.json"}}, "learnt": learnt()}
    try:
        build(description, kind=kind, where=where, given=given)
    except ConfigError as error:
        return list(error.faults)
    return []
