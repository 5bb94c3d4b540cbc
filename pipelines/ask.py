"""One question, one answer, streamed to the terminal; then what happened on the way, in a few lines."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from pipelines import clock
from pipelines.data import made
from pipelines.evaluate import check_fit, index_spec
from pipelines.params import Params, named
from pipelines.paths import INDEXES
from pipelines.run import call_for, learnt
from systems.build import build
from systems.errors import ConfigError, Fault
from systems.interface import Call, Request, Response, System, respond


@dataclass
class _Aloud:
    """A system that writes to the terminal what passes through it."""

    inner: System

    @property
    def name(self) -> str:
        return self.inner.name

    async def stream(self, request: Request, call: Call) -> AsyncGenerator[str, None]:
        async with aclosing(self.inner.stream(request, call)) as chunks:
            async for chunk in chunks:
                sys.stdout.write(chunk)
                sys.stdout.flush()
                yield chunk


def text(question: str) -> str:
    """The question, if it is text: a terminal can pass on bytes that are none. Raises ConfigError."""
    try:
        question.encode()
    except UnicodeEncodeError as error:
        raise ConfigError(Fault("question", f"character {error.start} is no text", "expected UTF-8")) from None
    return question


def ask(params: Params, variant: str, question: str, index: str | None, aloud: bool) -> Response:
    """Ask a variant one question over the index of its first run, or a named one."""
    description = named(params.variants, variant, "variant")
    spec = index_spec(params, variant, index)
    row = params.row(variant)
    name = index or (row.index if row else "")
    manifest = INDEXES / f"{name}.json"
    if spec.chunker:
        made(manifest)
    given = {"index": {"table": {"manifest": str(manifest)}}, "learnt": learnt()}
    built = build(description, where=f"variants.{variant}", given=given)
    check_fit(built, spec, variant)
    request = Request(text(question))

    async def main() -> Response:
        async with built as system:
            return await respond(_Aloud(system) if aloud else system, request, call_for(request.id(), params.run))

    return clock.run(main())
