"""Levels, waivers, exit codes, and the forms in which rulings are written."""

import re
from datetime import date, timedelta
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines import verdicts
from pipelines.gate import Judged
from pipelines.params import Gate, Waiver
from pipelines.rulings import Ruling, exit_code, headline, rule
from pipelines.verdicts import Basis

DAY = date(2026, 3, 1)
BASIS = Basis(DAY)


def judged(verdict: str, level: str = "block", gate: str = "rag: failed <= 0.1", reason: str | None = None) -> Judged:
    return Judged(gate, level, verdict, 0.5, 0.4, 0.6, 100, 10, None, reason)  # type: ignore[arg-type]


def ruled(verdict: str, level: str = "block", until: date | None = None, reason: str = "known") -> Ruling:
    waiver = Waiver("ada", until, reason) if until else None
    gate = Gate("failed", "rag", at_most=0.1, level=level, waiver=waiver)  # type: ignore[arg-type]
    [ruling] = rule([gate], [judged(verdict, level)], DAY)
    return ruling


def test_the_exit_code_is_by_the_worst_that_blocks() -> None:
    assert exit_code([]) == 0
    assert exit_code([ruled("pass"), ruled("pass")]) == 0
    assert exit_code([ruled("pass"), ruled("undecided")]) == 3
    assert exit_code([ruled("undecided"), ruled("fail"), ruled("pass")]) == 1


@pytest.mark.parametrize("verdict", ["pass", "fail", "undecided"])
def test_a_gate_that_warns_never_changes_the_exit_code(verdict: str) -> None:
    assert exit_code([ruled(verdict, "warn")]) == 0
    assert ruled(verdict, "warn").warns == (verdict != "pass")


@pytest.mark.parametrize(("days", "code"), [(1, 0), (0, 0), (-1, 1)])
def test_a_waiver_holds_up_to_its_day_and_no_longer(days: int, code: int) -> None:
    ruling = ruled("fail", until=DAY + timedelta(days))
    assert exit_code([ruling]) == code
    assert ("waived by ada until" in str(ruling.notes)) == (code == 0)
    assert ("expired on 2026-02-28" in str(ruling.notes)) == (code == 1)


def test_an_expired_waiver_is_a_warning_even_where_the_gate_passes() -> None:
    ruling = ruled("pass", until=DAY - timedelta(1))
    assert exit_code([ruling]) == 0
    assert ruling.warns
    assert not ruled("pass", until=DAY).warns


def test_the_headline_counts_what_blocks_warns_and_is_waived() -> None:
    many = [ruled("fail"), ruled("fail", "warn"), ruled("fail", until=DAY), ruled("pass")]
    assert headline(many) == "FAIL: 1 of 4 gates blocks, 1 warns, 1 waived"
    assert headline([ruled("undecided")]) == "UNDECIDED: 1 of 1 gate blocks"
    assert headline([]) == "PASS: there are no gates"


ANY = st.builds(
    ruled,
    st.sampled_from(["pass", "fail", "undecided"]),
    st.sampled_from(["block", "warn"]),
    st.sampled_from([None, DAY, DAY - timedelta(1)]),
    st.text(min_size=1),
)


@given(st.lists(ANY, max_size=6))
def test_junit_is_red_exactly_where_the_exit_code_is_and_always_well_formed(rulings: list[Ruling]) -> None:
    root = ElementTree.fromstring(verdicts.as_junit(rulings, BASIS))
    suite = root[0]
    assert int(suite.attrib["tests"]) == len(suite.findall("testcase")) == len(rulings)
    for kind, counted in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        assert int(suite.attrib[counted]) == int(root.attrib[counted]) == len(suite.findall(f"testcase/{kind}"))
    red = len(suite.findall("testcase/failure")) + len(suite.findall("testcase/error"))
    assert (red > 0) == (exit_code(rulings) != 0)


HOSTILE = 'a|b <script> & "x" %0A ::error:: \x00\x1b\n| c | `d` [e](f), g: h'


def test_hostile_text_stays_text_in_every_form() -> None:
    ruling = Ruling(Gate("failed", "rag", at_most=0.1), judged("fail", gate=HOSTILE, reason=HOSTILE))
    case = ElementTree.fromstring(verdicts.as_junit([ruling], BASIS)).find("testsuite/testcase")
    assert case is not None
    assert case.attrib["name"].startswith('a|b <script> & "x" %0A')
    page = verdicts.as_markdown([ruling], BASIS)
    [row] = [line for line in page.splitlines() if line.startswith("| **fail**")]
    assert len(re.findall(r"(?<!\\)\|", row)) == 6
    assert "<script" not in page.replace(r"\<script", "")
    first, second = verdicts.as_annotations([ruling])
    assert "\n" not in first
    assert "%250A" in first
    title = first.split("title=")[1].split("::")[0]
    assert title.startswith("fail%3A a|b <script>")
    assert ":" not in title
    assert "," not in title
    assert second.startswith("::notice title=archbench gate::FAIL")


def test_annotations_are_errors_where_it_blocks_warnings_where_it_warns_and_notices_where_it_is_waived() -> None:
    many = [ruled("fail"), ruled("undecided"), ruled("fail", "warn"), ruled("fail", until=DAY), ruled("pass")]
    kinds = [line.split(" ")[0] for line in verdicts.as_annotations(many)]
    assert kinds == ["::error", "::error", "::warning", "::notice", "::notice"]


def test_programs_get_each_gate_in_parts() -> None:
    [gate] = verdicts.as_values([ruled("fail")], BASIS)["gates"]
    parts = {"metric": "failed", "variant": "rag", "dataset": None, "against": None, "at_least": None, "at_most": 0.1}
    assert gate.items() >= parts.items()


def test_the_same_inputs_give_the_same_words() -> None:
    many = [ruled("fail"), ruled("undecided", until=DAY), ruled("pass")]
    for form in (verdicts.as_junit, verdicts.as_markdown, verdicts.as_text):
        assert form(many, BASIS) == form(many, BASIS)
        assert "2026-03-01" in form(many, BASIS)
    assert verdicts.as_values(many, BASIS)["exit_code"] == 1
