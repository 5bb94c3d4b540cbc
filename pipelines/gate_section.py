"""The report's section on gates: the verdicts as the stage wrote them, without a day and so without waivers."""

from __future__ import annotations

from collections.abc import Sequence

from pipelines import tables
from pipelines.gate import Judged, read_verdicts, summary
from pipelines.params import Gate

WAIVERS = "Waivers are not applied here; `archbench gate` applies them."


def section(gates: Sequence[Gate]) -> str:
    """The counts, a row a gate, those that block first, and why what is undecided is."""
    verdicts = sorted(read_verdicts(), key=lambda one: one.level != "block")
    if not verdicts:
        return "No gates."
    waivable = {(gate.name, gate.level) for gate in gates if gate.waiver}
    rows = [
        [
            one.verdict,
            f"{one.level} (has a waiver)" if (one.gate, one.level) in waivable else one.level,
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
    return "\n\n".join(part for part in (_counts(verdicts), table, "\n".join(notes)) if part)


def _counts(verdicts: Sequence[Judged]) -> str:
    """`Of 7 gates that block: 7 pass. Of 5 that warn: 1 pass, 1 fail, 3 undecided.`, and what is not in the counts."""
    told: list[str] = []
    for level in ("block", "warn"):
        if of_level := [one for one in verdicts if one.level == level]:
            s = "s" * (len(of_level) != 1)
            kind = f" that {level}{'' if s else 's'}"
            told.append(f"Of {len(of_level)}{'' if told else f' gate{s}'}{kind}: {summary(of_level)}.")
    return " ".join([*told, WAIVERS])
