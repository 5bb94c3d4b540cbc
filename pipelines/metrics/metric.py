"""What a metric is, and what a failed request scores."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Literal

from pipelines.data import Example
from systems.interface import Response


@dataclass(frozen=True, repr=False)
class Metric(ABC):
    """A value whose repr is its name: called with an example and a response, it gives a score, or None where it does not apply.

    `better` says which way is better. `worst` is what a failed request scores wherever the metric applies; None lets the
    metric speak for failures too (latency, tokens and cost were spent until the failure). `share` tells that scores are
    shares, from 0 to 1. `of_retrieval` tells that it says nothing of a run that retrieves nothing.
    """

    label: ClassVar[str]
    better: ClassVar[Literal["higher", "lower"]] = "higher"
    worst: ClassVar[float | None] = 0.0
    share: ClassVar[bool] = True
    of_retrieval: ClassVar[bool] = False

    @property
    def name(self) -> str:
        return self.label

    def __repr__(self) -> str:
        return self.name

    def applies(self, example: Example) -> bool:
        """Whether the metric says anything of this example, whatever came back."""
        return True

    @abstractmethod
    def __call__(self, example: Example, response: Response) -> float | None:
        """The score; None where the metric does not apply."""


def value(metric: Metric, example: Example, response: Response, retrieves: bool) -> float | None:
    """The score that goes into the mean; None where the metric does not apply. `retrieves`: whether the run retrieves at all."""
    if not metric.applies(example) or (metric.of_retrieval and not retrieves):
        return None
    if response.failed and metric.worst is not None:
        return metric.worst
    return metric(example, response)
