"""Rulings for those who read them: a terminal, a program, JUnit XML, a pull request, GitHub's annotations.

Names and reasons are the user's text: each form escapes what would mean something else in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from xml.etree import ElementTree

from pipelines import tables
from pipelines.rulings import Ruling, exit_code, headline

# What XML 1.0 cannot hold, not even escaped: https://www.w3.org/TR/xml/#charsets
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
FIELDS = ("metric", "variant", "dataset", "against", "at_least", "at_most")  # of a gate, for programs
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


@dataclass(frozen=True)
class Basis:
    """What the rulings hang on beside the results: the day, and the revision that they are held against, with its commit."""

    on: date
    baseline: str | None = None
    commit: str | None = None

    def __str__(self) -> str:
        against = f", against {self.baseline} ({self.commit[:10]})" if self.baseline and self.commit else ""
        return f"on {self.on.isoformat()}{against}"


def as_text(rulings: Sequence[Ruling], basis: Basis) -> str:
    """A row a gate; below, why what is undecided is, and who waives what."""
    rows = [
        [ruling.word, CONTROL.sub(" ", one.gate), tables.number(one.value), tables.interval(one.low, one.high), one.n]
        for ruling in rulings
        for one in [ruling.judged]
    ]
    headers = ["verdict", "gate", "value", "95 % interval", "n"]
    notes = [f"- {ruling.judged.gate}: {'; '.join(ruling.notes)}" for ruling in rulings if ruling.notes]
    lines = [*tables.table(rows, headers, "simple", ("left", *tables.align(4))).split("\n"), *notes, f"judged {basis}"]
    return "\n".join(CONTROL.sub(" ", line) for line in lines)


def as_values(rulings: Sequence[Ruling], basis: Basis) -> dict[str, Any]:
    """What `--json` prints: of each gate its fields as params.yaml has them, the verdict, and what follows."""
    gates = [
        {
            **asdict(ruling.judged),
            **{name: getattr(ruling.gate, name) for name in FIELDS},
            "blocks": ruling.blocks,
            "waived": ruling.waived,
            "expired": ruling.expired,
        }
        for ruling in rulings
    ]
    made_of: Mapping[str, Any] = asdict(basis) | {"on": basis.on.isoformat()}
    return {
        **made_of,
        "verdict": headline(rulings).partition(":")[0].lower(),
        "exit_code": exit_code(rulings),
        "gates": gates,
    }


def as_junit(rulings: Sequence[Ruling], basis: Basis) -> str:
    """JUnit XML. What blocks is red: a failure, or an error where it is undecided; what is waived or only warns is skipped."""
    kinds = [_junit_kind(ruling) for ruling in rulings]
    counts = {name: str(kinds.count(kind)) for name, kind in _COUNTED.items()}
    suites = ElementTree.Element("testsuites", {"name": "archbench gate", "tests": str(len(kinds)), **counts})
    suite = ElementTree.SubElement(
        suites, "testsuite", {"name": _xml(f"gates {basis}"), "tests": str(len(kinds)), **counts}
    )
    for ruling, kind in zip(rulings, kinds, strict=True):
        named = {"classname": "archbench.gate", "name": _xml(ruling.judged.gate)}
        case = ElementTree.SubElement(suite, "testcase", named)
        if kind:
            ElementTree.SubElement(case, kind, {"message": _xml(_told(ruling))})
        ElementTree.SubElement(case, "system-out").text = _xml(f"{_figure(ruling)}. {'. '.join(ruling.notes)}".strip())
    ElementTree.indent(suites)
    return ElementTree.tostring(suites, encoding="unicode", xml_declaration=False) + "\n"


_COUNTED = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def _junit_kind(ruling: Ruling) -> str | None:
    if ruling.blocks:
        return "failure" if ruling.judged.verdict == "fail" else "error"
    return None if ruling.judged.verdict == "pass" else "skipped"


def _xml(text: str) -> str:
    return NOT_XML.sub("\ufffd", text)


def as_markdown(rulings: Sequence[Ruling], basis: Basis) -> str:
    """A comment for a pull request: the headline, a table, and what those need that did not pass."""
    rows = [
        [
            f"**{ruling.word}**" if ruling.blocks else ruling.word,
            tables.escaped(one.gate),
            tables.number(one.value),
            tables.interval(one.low, one.high),
            str(one.n),
        ]
        for ruling in rulings
        for one in [ruling.judged]
    ]
    table = tables.markdown(["verdict", "gate", "value", "95 % interval", "n"], rows, left=2)
    notes = [
        f"- {tables.escaped(one.judged.gate)}: {tables.escaped('; '.join(one.notes))}" for one in rulings if one.notes
    ]
    sections = [f"### Gates: {headline(rulings)}", table, "\n".join(notes), f"Judged {tables.escaped(str(basis))}."]
    return "\n\n".join(section for section in sections if section) + "\n"


def as_annotations(rulings: Sequence[Ruling]) -> Iterator[str]:
    """Workflow commands of GitHub Actions: an error for what blocks, a warning for what warns, a notice for what is waived."""
    for ruling in rulings:
        kind = "error" if ruling.blocks else "warning" if ruling.warns else "notice" if ruling.waived else None
        if kind:
            title = _property(f"{ruling.word}: {ruling.judged.gate}")
            yield f"::{kind} file=params.yaml,title={title}::{_data(_told(ruling))}"
    yield f"::notice title=archbench gate::{_data(headline(rulings))}"


def _data(text: str) -> str:
    """As the runner's toolkit escapes a message: https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts"""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _told(ruling: Ruling) -> str:
    return "; ".join([f"{ruling.word}: {_figure(ruling)}", *ruling.notes])


def _figure(ruling: Ruling) -> str:
    one = ruling.judged
    if one.value is None:
        return "no value"
    return f"{tables.number(one.value)}, 95 % interval {tables.interval(one.low, one.high)}, n {one.n}"
