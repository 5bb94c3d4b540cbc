"""The metrics that there are, by name."""

from __future__ import annotations

import re

from pipelines.metrics.answers import AbstentionAccuracy, AbstentionRecall, AnswerRate, Correctness, ExactMatch, TokenF1
from pipelines.metrics.faithfulness import Faithfulness, Groundedness
from pipelines.metrics.judged import judged
from pipelines.metrics.metric import Metric
from pipelines.metrics.operations import Cost, Failed, InputTokens, Latency, OutputTokens, TimeToFirstToken
from pipelines.metrics.retrieval import AtK, Map, Mrr, Ndcg, Precision, Recall
from pipelines.metrics.spans import SpanIou, SpanPrecision, SpanRecall
from systems.errors import ConfigError, Fault

METRICS: tuple[Metric, ...] = (  # in the order of the leaderboard
    Correctness(),
    TokenF1(),
    ExactMatch(),
    AbstentionAccuracy(),
    AnswerRate(),
    AbstentionRecall(),
    Faithfulness(),
    Groundedness(),
    Recall(5),
    Precision(5),
    Ndcg(10),
    Mrr(),
    Map(),
    SpanRecall(5),
    SpanPrecision(5),
    SpanIou(5),
    Latency(),
    TimeToFirstToken(),
    InputTokens(),
    OutputTokens(),
    Cost(),
    Failed(),
)
_AT_K = {known.label: type(known) for known in METRICS if isinstance(known, AtK)}
_PLAIN = {known.name: known for known in METRICS if known.label not in _AT_K}


def metric(name: str) -> Metric:
    """The metric of this name; `recall@7` works for any k from 1, `faithfulness.ragas` for any judge. Raises ConfigError
    naming those there are."""
    if name in _PLAIN:
        return _PLAIN[name]
    at_k = re.fullmatch(r"(\w+)@([1-9]\d*)", name, re.ASCII)
    if at_k and at_k[1] in _AT_K:
        return _AT_K[at_k[1]](int(at_k[2]))
    if by_judge := judged(name):
        return by_judge
    names = [f"{known.label}@k" if known.label in _AT_K else known.name for known in METRICS]
    raise ConfigError(Fault("metric", f"no metric is named {name!r}", f"known: {', '.join(names)}"))
