"""Score every answer of a run by every metric: one wide CSV, an example a row, a metric a column, empty where none applies."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from pipelines.data import Example, examples_by_request, made, read_examples
from pipelines.metrics import Metric, metric, value
from pipelines.params import Params, named
from pipelines.paths import PREPARED, RESPONSES, SCORES
from systems.errors import ConfigError, Fault
from systems.interface import Response

LABELS = ("example", "cluster", "split", "repeat", "tags")
DIGITS = 6  # beyond these a processor's last bits would show


def stage(params: Params, variant: str, dataset: str, index: str) -> str:
    """The `score` stage: returns a line that says what was done."""
    examples = read_examples(PREPARED / dataset / "examples.jsonl")
    metrics = [metric(name) for name in params.metrics]
    out = SCORES / variant / f"{dataset}.csv"
    retrieves = bool(named(params.indexes, index, "index").chunker)
    n = write_scores(examples, read_responses(RESPONSES / variant / f"{dataset}.jsonl"), metrics, retrieves, out)
    return f"{out}: {n} rows, {len(metrics)} metrics"


def read_responses(path: Path) -> Iterator[Response]:
    """Responses of a file, one at a time. Raises ConfigError at the first line that is none."""
    from pydantic import ValidationError

    with made(path).open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                yield Response.from_json(line)
            except ValidationError as error:
                what = f"no response: {error.errors()[0]['msg']}"
                raise ConfigError(
                    Fault(f"{path}:{number}", what, "expected what `archbench stage run` writes")
                ) from None


def write_scores(
    examples: Sequence[Example], responses: Iterable[Response], metrics: Sequence[Metric], retrieves: bool, out: Path
) -> int:
    """Write the scores of every example, in the order of the examples; returns the number of rows. Raises LookupError as
    `write_table` does."""
    by_request = examples_by_request(examples)
    cells: dict[str, tuple[int, list[str]]] = {}
    for response in responses:
        for example in by_request.get(response.id, ()):
            scored = [cell(value(m, example, response, retrieves)) for m in metrics]
            cells[example.id] = response.repeat, scored
    write_table(out, examples, [m.name for m in metrics], cells)
    return len(cells)


def write_table(
    out: Path, examples: Sequence[Example], names: Sequence[str], cells: Mapping[str, tuple[int, Sequence[str]]]
) -> None:
    """One wide CSV, an example a row: its labels, then `names`. `cells`: the repeat and the cells of each example, by its id.

    Raises LookupError when an example has none: a mean over some of the questions is the mean of something else.
    """
    missing = [example.id for example in examples if example.id not in cells]
    if missing:
        raise LookupError(f"{len(missing)} of {len(examples)} examples have no response, e.g. {missing[0]!r}")
    out.parent.mkdir(parents=True, exist_ok=True)
    part = out.with_suffix(".part")
    with part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*LABELS, *names])
        for example in examples:
            repeat, row = cells[example.id]
            writer.writerow([example.id, example.cluster, example.split, repeat, " ".join(example.tags), *row])
    part.replace(out)


def cell(score: float | None) -> str:
    """A score as it is written; nothing where the metric does not apply."""
    return "" if score is None else f"{round(score, DIGITS):.10g}"
