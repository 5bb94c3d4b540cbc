"""Has a stretch of a call done something in the world, which a second try would do again?

A model only writes; whatever has effects is a tool, and a system records a ToolCalled for each use of one.
"""

from __future__ import annotations

from typing import NamedTuple

from systems.facts import ToolCalled
from systems.interface import Call


class Mark(NamedTuple):
    """How far a call had come: the spans it had, and the facts of the one that is open."""

    spans: int
    facts: int


def mark(call: Call) -> Mark:
    return Mark(len(call.spans), 0 if call.span is None else len(call.spans[call.span].facts))


def acted(call: Call, since: Mark) -> bool:
    """Was a tool called in this call's span, or in one below it, since the mark? Spans of its neighbours do not count."""
    ours = {call.span}
    facts = [] if call.span is None else call.spans[call.span].facts[since.facts :]
    for at, span in enumerate(call.spans[since.spans :], since.spans):
        if span.parent in ours:
            ours.add(at)
            facts = facts + span.facts
    return any(isinstance(fact, ToolCalled) for fact in facts)
