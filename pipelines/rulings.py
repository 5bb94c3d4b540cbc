"""What verdicts mean for a release: which of them block, which only warn, and which somebody has waived.

The day is an input, so that the same inputs always give the same ruling.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from pipelines.gate import Judged
from pipelines.params import Gate


@dataclass(frozen=True)
class Ruling:
    """A gate, its verdict and what follows. `waived` and `expired` say by whom and until when; one of them at most."""

    gate: Gate
    judged: Judged
    waived: str | None = None
    expired: str | None = None

    @property
    def blocks(self) -> bool:
        """Whether it stops a release: not kept, not waived, and not there only to warn."""
        return self.judged.verdict != "pass" and self.judged.level == "block" and not self.waived

    @property
    def warns(self) -> bool:
        """Whether somebody should look at it although it stops nothing."""
        return not self.blocks and (self.expired is not None or (self.judged.verdict != "pass" and not self.waived))

    @property
    def word(self) -> str:
        """The verdict in a table: `fail`, `fail (warns)`, `fail (waived)`."""
        verdict = self.judged.verdict
        if verdict == "pass":
            return verdict
        return f"{verdict} (waived)" if self.waived else f"{verdict} (warns)" if not self.blocks else verdict

    @property
    def notes(self) -> list[str]:
        """Why it is undecided, what would decide, who waives it."""
        needed = self.judged.needed_n
        found = [self.judged.reason, f"about {needed:,} examples would decide" if needed else None]
        return [note for note in (*found, self.waived, self.expired) if note]


def rule(gates: Sequence[Gate], verdicts: Sequence[Judged], on: date) -> list[Ruling]:
    """Apply each gate's waiver to its verdict, as of a day. A waiver of what passes waives nothing."""
    return [_ruling(gate, judged, on) for gate, judged in zip(gates, verdicts, strict=True)]


def _ruling(gate: Gate, judged: Judged, on: date) -> Ruling:
    waiver = gate.waiver
    if waiver is None:
        return Ruling(gate, judged)
    until = waiver.until.isoformat()
    if on > waiver.until:
        return Ruling(gate, judged, expired=f"the waiver by {waiver.owner} expired on {until}: {waiver.reason}")
    if judged.verdict == "pass":
        return Ruling(gate, judged)
    return Ruling(gate, judged, waived=f"waived by {waiver.owner} until {until}: {waiver.reason}")


def exit_code(rulings: Iterable[Ruling]) -> int:
    """0: nothing blocks; 1: a blocking gate fails; 3: none fails, but one is undecided."""
    blocking = {ruling.judged.verdict for ruling in rulings if ruling.blocks}
    return 1 if "fail" in blocking else 3 if "undecided" in blocking else 0


def headline(rulings: Sequence[Ruling]) -> str:
    """The whole in one line: `FAIL: 1 of 5 gates blocks; 2 warn, 1 waived`."""
    word = {0: "PASS", 1: "FAIL", 3: "UNDECIDED"}[exit_code(rulings)]
    if not rulings:
        return f"{word}: there are no gates"
    blocking = sum(ruling.blocks for ruling in rulings)
    of_all = f"{len(rulings)} gate{'s' * (len(rulings) != 1)}"
    counts = [f"{blocking} of {of_all} block{'s' * (blocking == 1)}" if blocking else f"none of {of_all} blocks"]
    warning, waived = sum(ruling.warns for ruling in rulings), sum(ruling.waived is not None for ruling in rulings)
    counts += [f"{warning} warn{'s' * (warning == 1)}"] * bool(warning) + [f"{waived} waived"] * bool(waived)
    return f"{word}: {', '.join(counts)}"
