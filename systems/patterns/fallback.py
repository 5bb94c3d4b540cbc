"""When the first service gives no answer: another service, then an answer of before, then a plain message."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator
from contextlib import aclosing, nullcontext
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, cast

from systems.errors import Unavailable
from systems.facts import Intervened
from systems.interface import Call, In, Out, Service
from systems.patterns.effects import acted, mark
from systems.patterns.faults import Faults
from systems.patterns.fields import Seconds

KEPT = 10_000  # answers remembered; the oldest goes first


@dataclass(eq=False)
class Fallback(Generic[In, Out]):
    """Asks `inner`, then each of `to` in order, as long as none answers and no chunk has left.

    Where all are unavailable: the answer that the same request last got, if it is no older than `remember_s`, and the
    fact says that it is stale; else `apology`; else the last failure. Answers are remembered for the user who got them,
    unless `across_users` says that they hold nothing of a user's own; never those that used a tool or asked for one,
    since saying again what was done does not do it again. A Rejected request is not carried from service to service.
    """

    inner: Service[In, Out]
    to: tuple[Service[In, Out], ...] = ()
    remember_s: Seconds | None = None
    across_users: bool = False
    apology: str | None = None
    AROUND: ClassVar[tuple[str, ...]] = ("system", "model")
    LAYER: ClassVar[int] = 4
    _answers: dict[str, tuple[float, list[Out]]] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        if not self.to and self.remember_s is None and not self.apology:
            raise ValueError("there is nothing to fall back to: set to, remember_s or apology")
        asked: list[Any] = []
        for at, service in enumerate((self.inner, *self.to)):
            for provider in _providers(service):
                if any(provider is before for before in asked):
                    raise ValueError(f"to[{at - 1}]: a fallback to itself: {provider.name} was asked before")
            asked += _providers(service)

    async def open(self) -> None:
        """A new run remembers nothing."""
        self._answers.clear()

    @property
    def name(self) -> str:
        return f"fallback({', '.join(service.name for service in (self.inner, *self.to))})"

    async def stream(self, request: In, call: Call) -> AsyncGenerator[Out, None]:
        said: list[Out] = []
        for service in (self.inner, *self.to):
            before = mark(call)
            try:
                with nullcontext(call) if service is self.inner else call.child(f"fallback {service.name}") as here:
                    async with aclosing(service.stream(request, here)) as chunks:
                        async for chunk in chunks:
                            said.append(chunk)
                            yield chunk
                if self.remember_s is not None and not acted(call, before):
                    self._remember(request, said, call)
                return
            except Unavailable as caught:
                if said:
                    raise
                failure = caught
                call.record(Intervened("fallback", f"{service.name}: {type(failure).__name__}: {failure}"))
        if remembered := self._remembered(request, call):
            age_s, said = remembered
            call.record(Intervened("fallback", f"stale: the answer of {age_s:.3f} s before"))
            for chunk in said:
                yield chunk
        elif self.apology:
            call.record(Intervened("fallback", "apology"))
            yield cast(Out, self.apology)  # text is a chunk of every service
        else:
            raise failure

    def _remember(self, request: In, said: list[Out], call: Call) -> None:
        if not all(isinstance(chunk, str) for chunk in said):
            return
        key = self._key(request, call)
        self._answers.pop(key, None)  # so that it goes to the end
        self._answers[key] = call.clock(), said
        if len(self._answers) > KEPT:
            del self._answers[next(iter(self._answers))]

    def _remembered(self, request: In, call: Call) -> tuple[float, list[Out]] | None:
        if self.remember_s is None or (found := self._answers.get(self._key(request, call))) is None:
            return None
        age_s = max(0.0, call.clock() - found[0])  # a clock may have jumped back
        return (age_s, found[1]) if age_s <= self.remember_s else None

    def _key(self, request: In, call: Call) -> str:
        whose = (call.tenant, None if self.across_users else call.user)
        return hashlib.sha256(repr((whose, request)).encode()).hexdigest()


def _providers(service: Any) -> list[Any]:
    """Who answers in the end. Two wrappings of one service are one provider, but not one with faults and one without."""
    if isinstance(service, Fallback):
        return [provider for one in (service.inner, *service.to) for provider in _providers(one)]
    if hasattr(service, "inner") and not isinstance(service, Faults):
        return _providers(service.inner)
    return [service]
