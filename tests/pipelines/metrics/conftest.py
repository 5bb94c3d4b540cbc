from collections.abc import Callable, Sequence

import pytest

from pipelines.data import Example, Gold
from systems.facts import Fact, Passage, Retrieved
from systems.interface import Response, Span


@pytest.fixture
def an_example() -> Callable[..., Example]:
    def make(*answers: str, gold: Sequence[Gold] = ()) -> Example:
        return Example("e", "Which?", "It is so.", answers, tuple(gold), "c", "test")

    return make


@pytest.fixture
def a_response() -> Callable[..., Response]:
    def make(
        text: str = "", *facts: Fact, retrieved: Sequence[Passage] | None = None, error: str | None = None
    ) -> Response:
        found = () if retrieved is None else (Retrieved("Which?", tuple(retrieved)),)
        span = Span("system", None, 0.0, 2.0, facts=[*facts, *found])
        return Response("r", text, 2.0, 0.5 if text else None, (span,), error)

    return make
