"""Does the evidence support what the answer claims? By the local judge: docs/judges.md says how well it agrees with labels."""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.data import Example
from pipelines.judges.local import verdict
from pipelines.judges.texts import claims
from pipelines.metrics.metric import Metric
from systems.interface import Response


class Faithfulness(Metric):
    """The share of the answer's claims that what was retrieved supports. An abstention claims nothing: None."""

    label = "faithfulness"
    of_retrieval = True

    def __call__(self, example: Example, response: Response) -> float | None:
        passages = [f"{found.title}\n{found.text}" for found in response.contexts or ()]
        return _supported(response.text, passages, example.question)


class Groundedness(Metric):
    """The share of the answer's claims that the gold passages support, so that a closed-book system has one too."""

    label = "groundedness"

    def applies(self, example: Example) -> bool:
        return example.answerable and bool(example.gold)

    def __call__(self, example: Example, response: Response) -> float | None:
        if not self.applies(example):
            return None
        return _supported(response.text, [gold.text for gold in example.gold], example.question)


def _supported(answer: str, passages: Sequence[str], question: str) -> float | None:
    made = claims(answer)
    return sum(verdict(claim, tuple(passages), question).supported for claim in made) / len(made) if made else None
