"""The report's section on gates: the verdicts as the stage wrote them, without a day and so without waivers."""

from __future__ import annotations

from pipelines import tables
from pipelines.gate import read_verdicts, summary


def section() -> str:
    """The count, a row a gate, and why what is undecided is."""
    verdicts = read_verdicts()
    if not verdicts:
        return "No gates."
    rows = [
        [
            one.verdict,
            one.level,
            tables.escaped(one.gate),
            tables.number(one.value),
            tables.interval(one.low, one.high),
            str(one.n),
            f"about {one.needed_n:,}" if one.needed_n else "",
        ]
        for one in verdicts
    ]
    headers = ["verdict", "level", "gate", "value", "95 % interval", "n", "n that would decide"]
    notes = [f"- {tables.escaped(one.gate)}: {tables.escaped(one.reason)}" for one in verdicts if one.reason]
    table = tables.markdown(headers, rows, left=3)
    return "\n\n".join(part for part in (f"{summary(verdicts)}.", table, "\n".join(notes)) if part)
