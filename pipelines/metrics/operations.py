"""What an answer took: time, tokens, money. A failed request is counted with what was spent until it failed."""

from __future__ import annotations

from pipelines.data import Example
from pipelines.metrics.metric import Metric
from systems.interface import Response


class _Spent(Metric):
    better = "lower"
    worst = None
    share = False


class Latency(_Spent):
    """Seconds from the scheduled arrival to the end of the answer, or to the failure."""

    label = "latency_s"

    def __call__(self, example: Example, response: Response) -> float:
        return response.latency_s


class TimeToFirstToken(_Spent):
    """Seconds from the scheduled arrival to the first text; None where no text came."""

    label = "ttft_s"

    def __call__(self, example: Example, response: Response) -> float | None:
        return response.ttft_s


class InputTokens(_Spent):
    """Prompt tokens of all model calls, failed attempts included."""

    label = "input_tokens"

    def __call__(self, example: Example, response: Response) -> float:
        return float(response.input_tokens)


class OutputTokens(_Spent):
    """Tokens that all model calls wrote, failed attempts included."""

    label = "output_tokens"

    def __call__(self, example: Example, response: Response) -> float:
        return float(response.output_tokens)


class Cost(_Spent):
    """US dollars for all model calls, failed attempts included; None where a price is unknown."""

    label = "cost_usd"

    def __call__(self, example: Example, response: Response) -> float | None:
        return response.cost_usd


class Failed(_Spent):
    """1 where the request failed."""

    label = "failed"
    share = True

    def __call__(self, example: Example, response: Response) -> float:
        return float(response.failed)
