"""What arithmetic says before anything is run: shares that are answered and attempts a request, faults being independent.

p is the chance that an attempt fails before its first chunk (429, 5xx, timeout), c that it is cut off later, n the attempts of
a retry, B the share of calls that the breaker lets through.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

BEFORE = ("rate_limited", "server_error", "timeout")


@dataclass(frozen=True)
class Predicted:
    """The share of calls that a model answers in full, requests to the first model a call, and the formulas of both."""

    availability: float
    asked: float
    formula: str
    asked_formula: str


def tries(p: float, n: int) -> float:
    """Attempts a call of a retry whose budget is never spent: 1 + p + ... + p^(n-1)."""
    return sum(p**at for at in range(n))


def let_through(chance: Mapping[Any, float], failures: int, rest_s: float, arrivals_per_s: float) -> float:
    """The share of calls that a breaker without `rate` lets through where failures are chance alone.

    Of calls that count (a 429 does not) a share q fails; the first run of `failures` takes (1 - q^k) / ((1 - q) q^k) of them on
    average. It then rests, once and again for each probe that fails: 1 / (1 - q) times.
    What is turned away while a probe is under way is left out.
    """
    limited = chance.get("rate_limited", 0.0)
    q = (sum(chance.get(kind, 0.0) for kind in BEFORE) - limited + chance.get("cut", 0.0)) / (1 - limited or 1.0)
    if q <= 0:
        return 1.0
    if q >= 1:
        return 0.0
    closed, probes = (1 - q**failures) / ((1 - q) * q**failures) / (1 - limited), 1 / (1 - q) / (1 - limited)
    return (closed + probes) / (closed + probes + rest_s * arrivals_per_s / (1 - q))


def predict(chance: Mapping[Any, float], attempts: int, through: float) -> dict[str, Predicted]:
    """For each setup. The breaker inside `all` is taken to stay closed, and the budget of its retry to last."""
    p, c = sum(chance.get(kind, 0.0) for kind in BEFORE), chance.get("cut", 0.0)
    sent = tries(p, attempts)
    return {
        "bare": Predicted(1 - p - c, 1.0, "1 - p - c", "1"),
        "+ retry": Predicted(1 - p**attempts - c * sent, sent, "1 - p^n - c T", "T = 1 + p + ... + p^(n-1)"),
        "+ breaker": Predicted((1 - p - c) * through, through, "(1 - p - c) B", "B"),
        "+ fallback": Predicted(1 - c - p * (p + c), 1.0, "1 - c - p (p + c)", "1"),
        "all": Predicted(1 - c * sent - p**attempts * (p + c), sent, "1 - c T - p^n (p + c)", "T"),
    }
