"""What the local judge is taught on, and that nothing it is scored on took part."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from pipelines import measured
from pipelines.judges.features import FEATURES
from pipelines.judges.logistic import Logistic, fit
from pipelines.judges.recipe import balanced, fit_on
from pipelines.labelled import Labelled, LabelledSet, load
from pipelines.measured import NAMES, PROBED, Table
from systems.errors import ConfigError

PUBLIC = {
    "begin": "begin:../shared/data/begin_wow/begin_dev_wow.tsv",
    "wice": "wice:../shared/data/wice/oracle_chunks_claim_dev.jsonl",
}


def table(name: str, good: float, n: int = 40) -> Table:
    """Texts of which the supported have `good` words in the evidence and the others fewer."""
    rng = np.random.default_rng(len(name))
    supported = np.arange(n) % 2 == 0
    rows = np.zeros((n, len(NAMES)))
    rows[:, 0] = np.clip(np.where(supported, good, good - 0.4) + rng.normal(0, 0.05, n), 0, 1)
    return Table(name, [str(at) for at in range(n)], [str(at // 2) for at in range(n)], supported, rows)


def test_a_fit_gives_the_probabilities_that_the_data_have() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(4000, 2))
    y = rng.random(4000) < 1 / (1 + np.exp(-(0.5 + 2 * x[:, 0] - x[:, 1])))
    model = fit(x, ["a", "b"], y, np.ones(4000), 1e6)
    assert model.coefficients["a"] == pytest.approx(2, abs=0.25)
    assert model.coefficients["b"] == pytest.approx(-1, abs=0.2)
    assert model({"a": 0.3, "b": 1}) == pytest.approx(float(model.of_rows(np.array([[0.3, 1]]), ["a", "b"])[0]))
    assert Logistic.from_json(json.loads(json.dumps(model.as_json()))) == model


def test_each_set_and_label_counts_the_same_whatever_its_size() -> None:
    large = Table("large", ["a"] * 400, ["a"] * 400, np.arange(400) < 300, np.zeros((400, len(NAMES))))
    assert balanced(large.supported)[:300].sum() == pytest.approx(0.5)
    small, shifted = table("small", 0.9, 20), table("shifted", 0.5, 400)
    rows, supported = np.tile(small.rows, (9, 1)), np.tile(small.supported, 9)
    tiled = Table("tiled", [str(at) for at in range(180)], list(small.cluster) * 9, supported, rows)
    once, twice = fit_on([small, shifted], 1e4), fit_on([tiled, shifted], 1e4)
    assert once.coefficients["words"] == pytest.approx(twice.coefficients["words"], rel=0.02)


def test_the_culprit_of_an_unsupported_text_is_its_sentence_with_the_fewest_words_there() -> None:
    rows = np.zeros((4, len(NAMES)))
    rows[:, 0] = [0.9, 0.1, 0.8, 0.7]
    one = Table("t", ["a", "a", "b", "b"], list("cccc"), np.array([False, False, True, True]), rows)
    assert one.culprits().tolist() == [False, True, True, True]
    assert one.items(rows[:, 0]) == ([0.1, 0.7], [False, True], ["c", "c"])


def test_a_table_is_read_back_as_it_was_and_names_nothing_of_the_data(tmp_path: Path) -> None:
    written = table("some", 0.9)
    secret = Table(
        "some",
        [f"secret {one}" for one in written.item],
        ["quote of a text"] * 40,
        written.supported,
        written.rows.round(4),
    )
    measured.write(secret, tmp_path)
    text = (tmp_path / "some.csv").read_text()
    assert "secret" not in text
    assert "quote" not in text
    back = measured.read(tmp_path / "some.csv")
    assert np.array_equal(back.rows, secret.rows)
    assert back.supported.tolist() == secret.supported.tolist()


def test_a_table_of_other_columns_is_refused(tmp_path: Path) -> None:
    (tmp_path / "old.csv").write_text("item,cluster,supported,overlap\n0,0,1,0.5\n")
    with pytest.raises(ConfigError, match="measure the sets anew"):
        measured.read(tmp_path / "old.csv")


def test_tables_that_other_code_measured_are_refused(tmp_path: Path) -> None:
    own = load("claims")
    few = LabelledSet("few", {"license": "MIT"}, [Labelled("1", "Tea is hot.", ("Tea is hot.",), "supported", "c")])
    list(measured.measure_public({"few": few}, own, tmp_path))
    assert set(measured.read_public(own, tmp_path)) == {"few"}
    with (tmp_path / "probe.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    rows[0]["similar"] = "0.123"
    with (tmp_path / "probe.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    with pytest.raises(ConfigError, match="similar of our own claims differ"):
        measured.read_public(own, tmp_path)


@pytest.mark.parametrize("name", PUBLIC)
def test_the_tables_kept_here_are_what_the_public_files_measure(name: str) -> None:
    """The first 25 texts of each."""
    path = Path(PUBLIC[name].partition(":")[2])
    if not path.exists():
        pytest.skip(f"{path} is not here: public data is not part of the repository")
    public = load(PUBLIC[name])
    assert measured.read_sources()[name].sha256 == public.sha256
    now = measured.measure(public.items[:25], name)
    then = measured.read(measured.FOLDER / f"{name}.csv").rows[: len(now.rows)]
    assert np.abs(then - now.rows).max() <= measured.ALIKE


def test_no_cluster_of_ours_teaches_and_tests() -> None:
    own = load("claims")
    taught = {item.cluster for item in own.items if item.split == "dev"}
    assert taught
    assert not taught & {item.cluster for item in own.items if item.split == "test"}
    assert not any("hard" in item.tags for item in own.items if item.split == "dev")
    assert len(own.items) >= PROBED


def test_the_card_scores_each_set_by_a_judge_that_never_saw_it() -> None:
    card = json.loads(Path("results/judge/card.json").read_text())
    left_out = [row for row in card["rows"] if row["kind"] == "left out"]
    assert {"begin", "halueval", "wice", "natural", "hard"} <= {row["set"] for row in left_out}
    for row in left_out:
        assert row["set"] not in row["taught_on"]
        if row["set"] in ("natural", "contrast", "hard"):
            assert not {"natural", "contrast", "hard"} & set(row["taught_on"])


def test_the_judge_that_is_shipped_has_every_feature_and_says_what_taught_it() -> None:
    judge = json.loads(Path("results/judge/local.json").read_text())
    assert set(judge["supported"]["coefficients"]) == set(FEATURES) - {"number_missing", "copy_differs"}  # the vetoes
    assert judge["supported"]["coefficients"]["words"] > 0 > judge["supported"]["coefficients"]["names_missing"]
    assert not {"contrast", "hard"} & set(judge["recipe"]["taught_on"])
