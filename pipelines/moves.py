"""Which examples changed between two runs: gained and lost where a metric is 0 or 1, moved up and down elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines import tables
from pipelines.comparisons import McNemar, mcnemar
from pipelines.quantities import Mean
from pipelines.score_files import Scores, both_scored

SHOWN = 10  # examples of each kind in a terminal
SMALLEST = 1e-9  # a change that is none


@dataclass(frozen=True)
class Flips:
    """Of a metric of 0 and 1: the examples that a has right and b wrong, and the other way round, where `better` says what is
    right. `mcnemar` is None where examples share clusters, since its test takes them for independent."""

    gained: tuple[str, ...]
    lost: tuple[str, ...]
    mcnemar: McNemar | None


@dataclass(frozen=True)
class Shifts:
    """Of any other metric: the examples that changed, with a - b, the largest first."""

    up: tuple[tuple[str, float], ...]
    down: tuple[tuple[str, float], ...]


def moves(a: Scores, b: Scores, mean: Mean) -> Flips | Shifts:
    """What became of each example; both must be of the same examples, in one order."""
    of_a, of_b, clusters = both_scored(a, b, mean.name)
    applies = zip(a.keys, a.applies(mean.name), b.applies(mean.name), strict=True)
    keys = [key for key, in_a, in_b in applies if in_a and in_b]
    changed = [
        (key, one - other) for key, one, other in zip(keys, of_a, of_b, strict=True) if abs(one - other) > SMALLEST
    ]
    if any(value not in (0, 1) for value in (*of_a, *of_b)):
        ordered = sorted(changed, key=lambda move: (-abs(move[1]), move[0]))
        up, down = ([(key, round(by, 6)) for key, by in ordered if sign * by > 0] for sign in (1, -1))
        return Shifts(tuple(up), tuple(down))
    sign = 1 if mean.better == "higher" else -1
    gained, lost = (tuple(key for key, by in changed if by == side) for side in (sign, -sign))
    right = [[float(value == (mean.better == "higher")) for value in values] for values in (of_a, of_b)]
    alone = len(set(clusters)) == len(clusters)
    return Flips(gained, lost, mcnemar(*right) if alone else None)


def as_text(found: Flips | Shifts, name: str) -> str:
    """The examples of one metric, as many as a terminal holds."""
    if isinstance(found, Shifts):
        sides = (("up", found.up), ("down", found.down))
        listed = [(way, _listed([f"{key} {by:+.3g}" for key, by in moved])) for way, moved in sides]
        return "\n".join(f"{name} {way}: {items}" for way, items in listed)
    lines = [f"{name} {way}: {_listed(keys)}" for way, keys in (("gained", found.gained), ("lost", found.lost))]
    if found.mcnemar:
        lines.append(f"McNemar's exact test of gains and losses: p = {tables.p_value(found.mcnemar.p)}")
    elif found.gained or found.lost:
        lines.append("McNemar's test is left out: it takes examples for independent, and here they share clusters.")
    return "\n".join(lines)


def _listed(items: Sequence[str]) -> str:
    more = f" and {len(items) - SHOWN} more" if len(items) > SHOWN else ""
    return f"{len(items)}" + (f" ({', '.join(items[:SHOWN])}{more})" if items else "")
