"""A gate does not decide by the answers that a judge happened to say something of."""

from pathlib import Path

import pytest

from pipelines.gate import judge_all
from pipelines.params import Compare, Gate, Judging, Params, Row, Source

COLUMN = "faithfulness.mine"


def write(variant: str, good: int, bad: int, lost: int) -> None:
    """Answers that were judged faithful, unfaithful, and not at all."""
    cells = ["1,0"] * good + ["0,0"] * bad + [",1"] * lost
    labels = [f"q{at},c{at // 4},test,0," for at in range(len(cells))]
    for folder, head, rows in (
        ("scores", "failed", ["0"] * len(cells)),
        ("judged", f"{COLUMN},{COLUMN}.judge_failed", cells),
    ):
        path = Path("results", folder, variant, "mini.csv")
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [f"{label},{row}" for label, row in zip(labels, rows, strict=True)]
        path.write_text("\n".join([f"example,cluster,split,repeat,tags,{head}", *lines]))


def verdict(**fields: object) -> tuple[str, str]:
    gate = Gate(COLUMN, "a", **fields)  # type: ignore[arg-type]
    params = Params(
        datasets={"mini": Source("folder", Path("datasets/mini"))},
        indexes={},
        variants={"a": {}, "b": {}},
        runs=(Row("a", "mini", "i"), Row("b", "mini", "i")),
        metrics=("failed",),
        local=None,  # type: ignore[arg-type]
        compare=Compare(draws=400),
        judge=Judging(columns=(COLUMN,)),
        gates=(gate,),
    )
    [judged] = judge_all(params)
    return judged.verdict, judged.reason or ""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_what_only_a_few_verdicts_say_is_undecided() -> None:
    write("a", 40, 0, 120)
    said, why = verdict(at_least=0.5)
    assert said == "undecided"
    assert why.endswith("the judge gave no usable answer for 120, which would decide")


def test_a_verdict_that_the_missing_ones_cannot_change_stands_and_says_so() -> None:
    write("a", 150, 4, 6)
    said, why = verdict(at_least=0.5)
    assert said == "pass"
    assert why.endswith("the judge gave no usable answer for 6, whatever those were worth")


def test_without_failures_nothing_is_said_of_them() -> None:
    write("a", 150, 10, 0)
    assert verdict(at_least=0.5) == ("pass", "")


def test_against_another_variant_each_side_is_taken_at_its_worst_and_best() -> None:
    write("a", 80, 40, 40)
    write("b", 60, 60, 40)
    said, why = verdict(against="b", at_least=0.0)
    assert said == "undecided"
    assert "no usable answer for 80" in why
