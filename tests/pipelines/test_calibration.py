"""Any judge on any labelled set: as it stands, calibrated, written and read back."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipelines import calibration
from pipelines.calibration import calibrate
from pipelines.judges import build
from pipelines.judges.build import describe
from pipelines.judges.judge import JudgeFailed, Verdict
from pipelines.judges.scaled import Scaled, read
from pipelines.judges.scripted import Scripted
from pipelines.labelled import Labelled, LabelledSet
from pipelines.main import main
from pipelines.measured import SourceFile
from systems.errors import ConfigError


class Squeezed(Scripted):
    """An oracle whose probabilities order well and lie all above 0.5; every tenth text it cannot judge."""

    async def verdicts(self, claims: Sequence[str], evidence: Sequence[str], question: str) -> list[Verdict]:
        if "broken" in claims[0]:
            raise JudgeFailed("prose instead of JSON")
        return [Verdict(claim, "supported", 0.6 + 0.3 * float(claim.split()[-1].rstrip("."))) for claim in claims]


def labelled(n: int = 200) -> LabelledSet:
    rng = np.random.default_rng(1)
    values = rng.random(n)
    items = [
        Labelled(
            str(at), f"The value is {value:.3f}.", ("evidence",), "supported" if value > 0.5 else "not_found", f"c{at}"
        )
        for at, value in enumerate(values)
    ]
    return LabelledSet("made-up", {}, items)


def described(monkeypatch: pytest.MonkeyPatch, description: Any = "local") -> Any:
    load = build._load
    monkeypatch.setattr(build, "_load", lambda target: Squeezed if target == build.ORACLES["local"] else load(target))
    return describe("mine", description, {})


def run(judge: Any, data: LabelledSet) -> calibration.Calibrated:
    return asyncio.run(calibrate(judge, data, lambda: None))


def test_calibration_moves_the_threshold_and_keeps_the_order(monkeypatch: pytest.MonkeyPatch) -> None:
    found = run(described(monkeypatch), labelled())
    assert found.before.balanced_accuracy.value == 0.5
    assert found.before.auroc.value == 1
    assert found.after
    assert found.after.balanced_accuracy.value > 0.95
    assert found.after.calibration_error < found.before.calibration_error


def test_labels_that_are_noise_are_not_made_to_look_learnt(monkeypatch: pytest.MonkeyPatch) -> None:
    data = labelled(400)
    rng = np.random.default_rng(2)
    noise = [
        Labelled(i.id, i.text, i.evidence, "supported" if rng.random() > 0.5 else "not_found", i.cluster)
        for i in data.items
    ]
    found = run(described(monkeypatch), LabelledSet("noise", {}, noise))
    assert found.after
    assert found.after.balanced_accuracy.value < 0.6


def test_a_judges_failures_are_counted_with_their_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    data = labelled(60)
    broken = [Labelled(f"b{at}", f"broken {at}.", ("e",), "supported", f"b{at}") for at in range(3)]
    found = run(described(monkeypatch), LabelledSet("some broken", {}, [*data.items, *broken]))
    assert found.failures == {"prose instead of JSON": 3}
    assert found.before.n == 60
    assert "no probability for 3: prose instead of JSON" in calibration.as_text(found)


def test_too_few_clusters_are_not_calibrated_and_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    data = labelled(40)
    two = [Labelled(i.id, i.text, i.evidence, i.label, f"c{at % 2}") for at, i in enumerate(data.items)]
    found = run(described(monkeypatch), LabelledSet("two", {}, two))
    assert found.after is None
    assert "2 clusters" in calibration.as_text(found)
    with pytest.raises(ConfigError, match="nothing to write"):
        calibration.write(found, tmp_path / "c.json")


def test_a_judge_that_fails_on_everything_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = [
        Labelled(f"b{at}", f"broken {at}.", ("e",), "supported" if at else "not_found", f"b{at}") for at in range(3)
    ]
    with pytest.raises(ConfigError, match="3 x prose instead of JSON"):
        run(described(monkeypatch), LabelledSet("broken", {}, broken))


def test_what_is_written_is_applied_by_the_description(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "c.json"
    calibration.write(run(described(monkeypatch), labelled()), file)
    judge = described(monkeypatch, {"local": {"calibration": str(file)}})
    assert judge.fingerprint != described(monkeypatch).fingerprint
    found = run(judge, labelled())
    assert found.before.balanced_accuracy.value > 0.95
    verdicts = asyncio.run(Scaled(Squeezed(), read(file)).verdicts(["is 0.1.", "is 0.9."], ["e"], ""))
    assert [one.label for one in verdicts] == ["not_found", "supported"]


def test_a_calibration_that_turns_the_judge_round_is_not_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    turned: dict[str, Any] = {"supported": "not_found", "not_found": "supported"}
    data = [Labelled(i.id, i.text, i.evidence, turned[i.label], i.cluster) for i in labelled().items]
    found = run(described(monkeypatch), LabelledSet("turned", {}, data))
    assert "calibration does not help here" in calibration.as_text(found)
    with pytest.raises(ConfigError, match="do not rise with support"):
        calibration.write(found, tmp_path / "c.json")


def test_our_own_claims_are_scored_on_those_that_teach_nothing() -> None:
    assert {item.split for item in calibration.scored("claims").items} == {"test"}


def test_texts_that_taught_the_local_judge_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    data = labelled(20)
    assert calibration.taught_on(data) == ""
    source = SourceFile("made-up", "MIT", data.sha256, 20, 20)
    monkeypatch.setattr("pipelines.calibration.read_sources", lambda: {"made-up": source})
    assert "taught on these very texts" in calibration.taught_on(data)


def test_a_place_where_nothing_can_be_written_is_said_before_anything_is_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for out in (tmp_path, tmp_path / "none" / "c.json"):
        assert main(["judge", "calibrate", "claims", "--out", str(out)]) == 2
        assert "a file in a folder that is there" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("names", "fault"),
    [(["claims"], "a set of ours teaches by its own split"), (["begin:a.tsv", "begin:b.tsv"], "two sets in 'begin'")],
)
def test_only_public_sets_one_a_format_are_measured(
    names: list[str], fault: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["judge", "measure", *names]) == 2
    assert fault in capsys.readouterr().err


NO_CALIBRATIONS = [
    "",
    "[]",
    "{}",
    '{"schema": 2, "intercept": 0, "coefficients": {"logit": 1}}',
    '{"schema": 1, "intercept": 0, "coefficients": {"logit": NaN}}',
    '{"schema": 1, "intercept": 0, "coefficients": {"logit": -1}}',
]


@pytest.mark.parametrize("content", NO_CALIBRATIONS)
def test_what_is_no_calibration_is_refused(content: str, tmp_path: Path) -> None:
    (tmp_path / "c.json").write_text(content)
    with pytest.raises(ConfigError, match="no calibration"):
        describe("mine", {"local": {"calibration": str(tmp_path / "c.json")}}, {})
    with pytest.raises(ConfigError, match="No such file"):
        describe("mine", {"local": {"calibration": "none.json"}}, {})


def test_a_library_that_asks_a_model_itself_has_no_probabilities_to_calibrate(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="asks the model itself"):
        describe("mine", {"ragas": {"by": {"scripted": {"behaviour": "right"}}, "calibration": "c.json"}}, {})


def test_the_command_prints_both_rows_and_writes_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        {
            "text": text,
            "evidence": "The kettle costs 39 euros. It is made of steel in Portugal.",
            "label": label,
            "cluster": str(at),
        }
        for at in range(12)
        for text, label in (("The kettle costs 39 euros.", 1), (f"A wizard invented sock number {at}.", 0))
    ]
    (tmp_path / "mine.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert main(["judge", "calibrate", f"claims:{tmp_path / 'mine.jsonl'}", "--out", str(tmp_path / "c.json")]) == 0
    said = capsys.readouterr().out
    assert "as it stands" in said
    assert "calibrated, by folds" in said
    assert read(tmp_path / "c.json").coefficients["logit"] > 0
    assert main(["judge", "calibrate", f"claims:{tmp_path / 'mine.jsonl'}", "--judge", "nobody"]) == 2
    assert "no judge is named 'nobody'" in capsys.readouterr().err
