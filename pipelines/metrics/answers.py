"""Is the answer right, and did the system know when to say that it does not know?

The answerable are compared with the example's short gold answers, best one counting; where nobody wrote one down, nothing can
be said: None. The unanswerable are answered rightly by an abstention, and an abstention on the answerable scores 0, as in SQuAD
2.0 (Rajpurkar et al. 2018, https://arxiv.org/abs/1806.03822).
"""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Sequence

from pipelines.abstention import abstained
from pipelines.data import Example
from pipelines.metrics.metric import Metric
from pipelines.prose import without_citations, words
from systems.interface import Response


class _AgainstGold(Metric):
    def applies(self, example: Example) -> bool:
        return example.has_reference

    def __call__(self, example: Example, response: Response) -> float | None:
        if not self.applies(example):
            return None
        if abstained(response.text):
            return float(not example.answerable)
        if not example.answerable:
            return 0.0
        said = words(without_citations(response.text))
        return max(self.compare(said, words(gold)) for gold in example.answers)

    @abstractmethod
    def compare(self, said: Sequence[str], gold: Sequence[str]) -> float:
        """From 0 to 1: how well the words said match those of one gold answer."""


class Correctness(_AgainstGold):
    """1 where the answer contains a gold answer as a run of whole words."""

    label = "correctness"

    def compare(self, said: Sequence[str], gold: Sequence[str]) -> float:
        return float(bool(gold) and f" {' '.join(gold)} " in f" {' '.join(said)} ")


class TokenF1(_AgainstGold):
    """SQuAD's F1: the harmonic mean of the shares of words in common."""

    label = "token_f1"

    def compare(self, said: Sequence[str], gold: Sequence[str]) -> float:
        common = (Counter(said) & Counter(gold)).total()
        return 2 * common / (len(said) + len(gold)) if common else 0.0


class ExactMatch(_AgainstGold):
    """1 where the answer is a gold answer, word for word."""

    label = "exact_match"

    def compare(self, said: Sequence[str], gold: Sequence[str]) -> float:
        return float(bool(gold) and said == gold)


class AbstentionAccuracy(Metric):
    """1 where the system abstained on the unanswerable or answered the answerable, rightly or wrongly."""

    label = "abstention_accuracy"

    def __call__(self, example: Example, response: Response) -> float:
        return float(abstained(response.text) != example.answerable)


class AnswerRate(Metric):
    """1 where an answerable question was answered, rightly or wrongly."""

    label = "answer_rate"

    def applies(self, example: Example) -> bool:
        return example.answerable

    def __call__(self, example: Example, response: Response) -> float | None:
        return float(not abstained(response.text)) if self.applies(example) else None


class AbstentionRecall(Metric):
    """1 where an unanswerable question was met with an abstention."""

    label = "abstention_recall"

    def applies(self, example: Example) -> bool:
        return not example.answerable

    def __call__(self, example: Example, response: Response) -> float | None:
        return float(abstained(response.text)) if self.applies(example) else None
