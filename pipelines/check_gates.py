"""Can every gate be judged? Its run, its metric, its bound, and what it is held against."""

from __future__ import annotations

from collections.abc import Iterator

from pipelines.metrics import metric
from pipelines.params import BASELINE, Gate, Params, Row
from pipelines.quantities import Quantile, Quantity, quantities_of
from systems.errors import Fault


def gate_faults(params: Params) -> Iterator[Fault]:
    """Every fault of every gate."""
    for at, gate in enumerate(params.gates):
        yield from _bound_faults(params, gate, f"gates.{at}")
        yield from _run_faults(params, gate, f"gates.{at}")
        yield from _against_faults(params, gate, f"gates.{at}.against")
    if BASELINE in params.variants:
        what = f"{BASELINE!r} is what gates call the same variant at another revision"
        yield Fault(f"variants.{BASELINE}", what, "another name")


def gated(params: Params, name: str) -> Quantity | None:
    """The figure that a gate names, a judge's included, as in `faithfulness.ragas`; None where there is none."""
    return next((one for one in quantities_of(_columns(params)) if one.name == name), None)


def _columns(params: Params) -> list[str]:
    """All that a run may be scored by: metrics, judges', and how often those gave no usable answer."""
    judged = [name for column in params.judge.columns for name in (column, f"{column}.judge_failed")]
    return [*params.metrics, *judged]


def _bound_faults(params: Params, gate: Gate, where: str) -> Iterator[Fault]:
    if (gate.at_least is None) == (gate.at_most is None):
        yield Fault(where, "no bound, or two", "expected one of at_least, at_most")
    figure = gated(params, gate.metric)
    if figure is None:
        known = ", ".join(one.name for one in quantities_of(_columns(params)))
        yield Fault(f"{where}.metric", f"no figure is named {gate.metric!r}", f"known: {known}")
    elif figure.share:
        least = -1 if gate.against else 0
        for field, bound in (("at_least", gate.at_least), ("at_most", gate.at_most)):
            if bound is not None and not least <= bound <= 1:
                kind = "a difference of shares" if gate.against else "a share"
                yield Fault(f"{where}.{field}", f"{bound:g} was given", f"{gate.metric} is {kind}: from {least} to 1")
    elif gate.against is None and gate.at_most is not None:
        takes_time = isinstance(
            figure, Quantile
        )  # a call that takes none there is not; without a model, cost and tokens are 0
        if gate.at_most < 0 or (takes_time and gate.at_most == 0):
            allowed = f"{gate.metric} is {'above' if takes_time else 'never below'} 0; a bound of a difference takes `against`"
            yield Fault(f"{where}.at_most", f"{gate.at_most:g} was given", allowed)


def _run_faults(params: Params, gate: Gate, where: str) -> Iterator[Fault]:
    if gate.variant not in params.variants:
        known = ", ".join(sorted(params.variants))
        yield Fault(f"{where}.variant", f"no variant is named {gate.variant!r}", f"known: {known}")
    if gate.dataset is not None and gate.dataset not in params.datasets:
        known = ", ".join(sorted(params.datasets))
        yield Fault(f"{where}.dataset", f"no dataset is named {gate.dataset!r}", f"known: {known}")
    if gate.variant not in params.variants or gate.dataset not in (None, *params.datasets):
        return  # a name that is known to nobody is run nowhere
    rows = _rows(params, gate.variant, gate.dataset)
    if len(rows) != 1:
        on = f" on {gate.dataset!r}" if gate.dataset else ""
        what = f"{gate.variant!r}{on} is run {len(rows)} times"
        yield Fault(where, what, "expected one row of runs; name a dataset where there are more")
    elif _says_nothing(params, gate, rows[0]):
        yield Fault(f"{where}.metric", f"{gate.variant!r} retrieves nothing, and {gate.metric} is of retrieval")


def _against_faults(params: Params, gate: Gate, where: str) -> Iterator[Fault]:
    if gate.against is None or gate.against == BASELINE:
        return
    rows = _rows(params, gate.variant, gate.dataset)
    if gate.against == gate.variant:
        yield Fault(where, f"{gate.variant!r} against itself", f"another variant, or {BASELINE}")
    elif gate.against not in params.variants:
        known = ", ".join([BASELINE, *sorted(params.variants)])
        yield Fault(where, f"no variant is named {gate.against!r}", f"known: {known}")
    elif len(rows) == 1 and not _rows(params, gate.against, rows[0].dataset):
        yield Fault(where, f"{gate.against!r} is not run on {rows[0].dataset!r}", "add a row to runs")
    elif len(rows) == 1 and _says_nothing(params, gate, _rows(params, gate.against, rows[0].dataset)[0]):
        yield Fault(where, f"{gate.against!r} retrieves nothing, and {gate.metric} is of retrieval")


def _says_nothing(params: Params, gate: Gate, row: Row) -> bool:
    """Whether the gate's metric is of what is retrieved, and the run has nothing to retrieve from."""
    figure, index = gated(params, gate.metric), params.indexes.get(row.index)
    empty = index is not None and not index.chunker
    return empty and figure is not None and any(metric(name).of_retrieval for name in figure.columns)


def _rows(params: Params, variant: str, dataset: str | None) -> list[Row]:
    return [row for row in params.runs if row.variant == variant and dataset in (None, row.dataset)]
