"""A rubric: criteria in plain words, and the steps by which a judge applies them (G-Eval, https://arxiv.org/abs/2303.16634)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from annotated_types import MinLen

_STRICT: Any = {"extra": "forbid"}


@dataclass(frozen=True)
class Rubric:
    """What makes an answer good. Without steps a judge works from the criteria alone."""

    criteria: Annotated[str, MinLen(1)]
    steps: tuple[Annotated[str, MinLen(1)], ...] = ()
    __pydantic_config__ = _STRICT
