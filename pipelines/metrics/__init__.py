"""Metrics: values that are called with an example and a response."""

from pipelines.metrics.known import METRICS, metric
from pipelines.metrics.metric import Metric, value

__all__ = ["METRICS", "Metric", "metric", "value"]
