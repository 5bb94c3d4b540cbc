"""Which variants nobody would pass over: for each of the others one is both cheaper and better."""

from __future__ import annotations

from collections.abc import Sequence


def front(costs: Sequence[float], qualities: Sequence[float]) -> list[int]:
    """The places of the points that no other dominates, cheapest first.

    A point dominates another when it costs no more and is no worse, and one of the two is strictly so; of equal points
    each stays.
    """
    points = list(zip(costs, qualities, strict=True))
    best = [place for place, point in enumerate(points) if not any(_dominates(other, point) for other in points)]
    return sorted(best, key=lambda place: points[place])


def _dominates(a: tuple[float, float], b: tuple[float, float]) -> bool:
    return a[0] <= b[0] and a[1] >= b[1] and a != b
