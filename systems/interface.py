"""One noun, one verb: a Service is anything that answers, and it streams.

Text flows out of the stream; facts flow into the call. A model client, a whole system, and either of them wrapped in a
pattern have the same shape, so that one wrapper serves them all.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping
from contextlib import aclosing, contextmanager
from dataclasses import asdict, dataclass, field, replace
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, TypeAlias, TypeVar

from systems.errors import ServiceError
from systems.facts import Cited, Fact, ModelCall, Passage, Retrieved, Routed

if TYPE_CHECKING:
    from pydantic import TypeAdapter

SCHEMA: Final = 1  # of a serialised Response; a reader refuses any other

Role: TypeAlias = Literal["system", "user", "assistant", "tool"]


@dataclass(frozen=True)
class Message:
    """One turn of a conversation. `tool_call` is the id of the ToolUse that a message of role "tool" answers."""

    role: Role
    content: str
    tool_call: str | None = None


@dataclass(frozen=True)
class Request:
    """What a user asks of a system: the question, and the turns before it."""

    question: str
    history: tuple[Message, ...] = ()

    def id(self, repeat: int = 0) -> str:
        """A content hash, so that no dataset's own id, name or split reaches a system."""
        text = json.dumps([asdict(self), repeat], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Tool:
    """A tool that a model may ask for: its name, what it is for, and the JSON schema of its arguments."""

    name: str
    description: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True)
class ToolUse:
    """A model asks for a tool. `arguments` is the JSON text as the model wrote it, valid or not."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True)
class Prompt:
    """What a system asks of a model. A model sees this and nothing else."""

    messages: tuple[Message, ...]
    tools: tuple[Tool, ...] = ()
    response_schema: Mapping[str, Any] | None = None
    max_tokens: int = 1024


@dataclass
class Span:
    """A named stretch of a call. Times are seconds after the call's scheduled arrival; `parent` is an index into the spans."""

    name: str
    parent: int | None
    start_s: float
    end_s: float = 0.0
    status: Literal["open", "ok", "error", "cancelled"] = "open"
    error: str | None = None
    facts: list[Fact] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class Call:
    """What is true of one call. All time comes from here: `clock` and `sleep` are the running loop's, virtual or real.

    `arrived_s` is when the request was scheduled to arrive and `deadline_s` when its answer is of no use any more, both
    on `clock`. `charges` holds the modelled seconds of in-process work (see `charge`). `credential` is what a gateway
    checks; it is in no repr, span or file.
    """

    id: str
    clock: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]
    arrived_s: float
    user: str = "anonymous"
    tenant: str = "default"
    session: str | None = None
    credential: str | None = field(default=None, repr=False)
    deadline_s: float | None = None
    charges: Mapping[str, float] = field(default_factory=dict)
    spans: list[Span] = field(default_factory=list, repr=False)
    path: str = ""
    span: int | None = None

    @classmethod
    def now(cls, id: str, **more: Any) -> Call:
        """A call that arrives now, on the running loop's clock."""
        clock = asyncio.get_running_loop().time
        return cls(id=id, clock=clock, sleep=asyncio.sleep, **{"arrived_s": clock(), **more})

    @property
    def elapsed_s(self) -> float:
        """Seconds since the scheduled arrival; rounded, since a response's bytes must not hang on a clock's last bits."""
        return round(self.clock() - self.arrived_s, 6)

    @cached_property
    def rng(self) -> random.Random:
        """Randomness of this span alone: seeded by the call and the span's path, whatever else runs beside it."""
        return random.Random(f"{self.id}{self.path}")

    def record(self, fact: Fact) -> None:
        """Add a fact to the span that is open here."""
        if self.span is None:
            raise RuntimeError(f"{type(fact).__name__} recorded outside a span: open one with call.child(name)")
        self.spans[self.span].facts.append(fact)

    async def charge(self, work: str) -> None:
        """Let the time pass that in-process `work` takes on a modelled clock; nothing where no charge is set."""
        if seconds := self.charges.get(work):
            await self.sleep(seconds)

    @contextmanager
    def child(self, name: str) -> Iterator[Call]:
        """Open a span; the Call it gives records into that span and opens further ones below it."""
        twins = sum(span.parent == self.span and span.name == name for span in self.spans)
        span = Span(name, self.span, self.elapsed_s)
        self.spans.append(span)
        inner = replace(self, span=len(self.spans) - 1, path=f"{self.path}/{name}#{twins}")
        try:
            yield inner
            span.status = "ok"
        except (GeneratorExit, asyncio.CancelledError):
            span.status = "cancelled"
            raise
        except BaseException as error:
            span.status, span.error = "error", f"{type(error).__name__}: {error}"
            raise
        finally:
            span.end_s = self.elapsed_s


In = TypeVar("In", contravariant=True)
Out = TypeVar("Out", covariant=True)


class Service(Protocol[In, Out]):
    """Anything that answers: a model client, a whole system, or either of them wrapped in a pattern."""

    @property
    def name(self) -> str:
        """What it is made of, outermost first: `gateway(limit(chatbot(small)))`."""
        ...

    def stream(self, request: In, call: Call) -> AsyncGenerator[Out, None]:
        """Answer piece by piece. Raises ServiceError where there is no answer; a failure may come after the first piece."""
        ...


System: TypeAlias = Service[Request, str]
Model: TypeAlias = Service[Prompt, str | ToolUse]


@dataclass(frozen=True)
class Response:
    """What came of one request: the text, the failure if there was one, and everything recorded on the way.

    Totals are computed from the facts, so that they can never disagree with their parts; a failed attempt stays paid for.
    `ttft_s` and `latency_s` run from the scheduled arrival; `ttft_s` is None where no text came. `made_by` holds
    content hashes of what made this response.
    """

    id: str
    text: str
    latency_s: float
    ttft_s: float | None
    spans: tuple[Span, ...]
    error: str | None = None
    repeat: int = 0
    made_by: Mapping[str, str] = field(default_factory=dict)
    schema: Literal[1] = SCHEMA

    @property
    def facts(self) -> list[Fact]:
        return [fact for span in self.spans for fact in span.facts]

    @property
    def failed(self) -> bool:
        return self.error is not None

    @property
    def model_calls(self) -> list[ModelCall]:
        return [fact for fact in self.facts if isinstance(fact, ModelCall)]

    @property
    def cost_usd(self) -> float | None:
        """The sum over all model calls, failed ones too; None when any price is unknown."""
        costs = [call.cost_usd for call in self.model_calls]
        known = [cost for cost in costs if cost is not None]
        return sum(known) if len(known) == len(costs) else None

    @property
    def input_tokens(self) -> int:
        return sum(call.input_tokens for call in self.model_calls)

    @property
    def output_tokens(self) -> int:
        return sum(call.output_tokens for call in self.model_calls)

    @property
    def contexts(self) -> list[Passage] | None:
        """Every passage that was retrieved, in order, once; None when nothing was asked of a retriever."""
        found = [fact.passages for fact in self.facts if isinstance(fact, Retrieved)]
        return list(dict.fromkeys(passage for passages in found for passage in passages)) if found else None

    @property
    def citations(self) -> list[Passage]:
        return [passage for fact in self.facts if isinstance(fact, Cited) for passage in fact.passages]

    @property
    def route(self) -> list[str]:
        return [fact.to for fact in self.facts if isinstance(fact, Routed)]

    def to_json(self) -> str:
        """One line of JSON, the same bytes for the same response."""
        return _adapter().dump_json(self).decode()

    @classmethod
    def from_json(cls, line: str | bytes) -> Response:
        """Raises pydantic's ValidationError when the line is no Response of this schema."""
        return _adapter().validate_json(line)


@cache
def _adapter() -> TypeAdapter[Response]:
    from pydantic import TypeAdapter

    return TypeAdapter(Response)


async def respond(system: System, request: Request, call: Call) -> Response:
    """Ask `system` and gather the answer. A ServiceError and a missed deadline become a failed Response."""
    chunks: list[str] = []
    ttft_s: float | None = None
    error: str | None = None
    scope = asyncio.timeout_at(call.deadline_s)
    try:
        async with scope:
            with call.child(system.name) as inner:
                async with aclosing(system.stream(request, inner)) as stream:
                    async for chunk in stream:
                        if chunk and ttft_s is None:
                            ttft_s = call.elapsed_s
                        chunks.append(chunk)
    except ServiceError as failure:
        error = f"{type(failure).__name__}: {failure}"
    except TimeoutError:
        if not scope.expired():
            raise
        error = "Transient: the deadline passed"
    return Response(call.id, "".join(chunks), call.elapsed_s, ttft_s, tuple(call.spans), error)
