"""What a call can record. A fact sits in its span; totals are computed from facts, never kept beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from annotated_types import Ge
from pydantic import Discriminator

Timing: TypeAlias = Literal["measured", "modelled", "replayed"]


@dataclass(frozen=True)
class Passage:
    """A stretch of a document as it was retrieved: characters `start` to `end` of document `document`."""

    document: str
    start: int
    end: int
    text: str
    title: str = ""
    score: float = 0.0


@dataclass(frozen=True)
class ModelCall:
    """One attempt to get an answer from a model, answered or not: what was sent is paid for.

    `input_tokens` counts the whole prompt, `cached_tokens` the part of it that the provider served from its cache;
    `output_tokens` includes reasoning. `cost_usd` is None where the price is unknown; `priced_as` names the model
    whose price was taken where that is not the model itself.
    """

    model: str
    input_tokens: Annotated[int, Ge(0)]
    output_tokens: Annotated[int, Ge(0)]
    cost_usd: float | None
    priced_as: str | None = None
    timing: Timing = "measured"
    cached_tokens: int = 0
    finish: str = "stop"
    fact: Literal["model_call"] = "model_call"


@dataclass(frozen=True)
class Retrieved:
    """The passages that a retriever found, best first."""

    query: str
    passages: tuple[Passage, ...]
    fact: Literal["retrieved"] = "retrieved"


@dataclass(frozen=True)
class Cited:
    """The passages that the answer names as its sources, in the order of their first mention."""

    passages: tuple[Passage, ...]
    fact: Literal["cited"] = "cited"


@dataclass(frozen=True)
class Routed:
    """A router's choice and how sure it was, from 0 to 1, where it says so."""

    to: str
    confidence: float | None = None
    fact: Literal["routed"] = "routed"


@dataclass(frozen=True)
class ToolCalled:
    """A tool, the JSON arguments it was called with, and what it said; `error` where it failed."""

    tool: str
    arguments: str
    observation: str
    error: str | None = None
    fact: Literal["tool_called"] = "tool_called"


@dataclass(frozen=True)
class Intervened:
    """A pattern changed what would have happened: refused, waited, answered in place of the service."""

    pattern: str
    what: str
    fact: Literal["intervened"] = "intervened"


Fact: TypeAlias = Annotated[ModelCall | Retrieved | Cited | Routed | ToolCalled | Intervened, Discriminator("fact")]
