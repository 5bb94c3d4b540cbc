"""Folders of labelled claims: how they are read, checked, hashed and listed, and that nothing takes them for questions."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pipelines.check import check
from pipelines.check_claims import claim_counts
from pipelines.check_versions import data_sha256
from pipelines.data import load as load_dataset
from pipelines.labelled import load
from pipelines.labelled.folder import contents
from pipelines.main import main
from systems.errors import ConfigError

OURS = Path("datasets/ours")
PASSAGES = [
    {"id": "p1", "title": "Lamps", "text": "A lamp gives light."},
    {"id": "p2", "title": "Kettles", "text": "Kettles boil water."},
]


def claim(id: str, **change: Any) -> dict[str, Any]:
    plain = {
        "id": id, "cluster": "c1", "split": "test", "part": "natural", "passages": ["p1"], "text": f"Light comes from lamp {id}.",
        "label": "supported", "kind": "paraphrase",
    }  # fmt: skip
    return {**plain, **change}


CLAIMS = [
    claim("1", question="What gives light?"),
    claim("2", text="Lamps are dark.", label="contradicted", kind="opposite"),
    claim("3", text="Steel ones rust.", label="not_found", kind="addition", cluster="c2", passages=["p2"], split="dev"),
]


def write(
    claims: list[dict[str, Any]] = CLAIMS,
    passages: list[dict[str, Any]] = PASSAGES,
    counts: Mapping[str, Any] | None = None,
    sha256: str = "",
) -> None:
    """The folder, with a card that is true unless other counts or another hash are given."""
    OURS.mkdir(exist_ok=True)
    for name, rows in (("claims", claims), ("passages", passages)):
        (OURS / f"{name}.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    card: dict[str, Any] = {"name": "ours", "version": 1, "kind": "claims", "license": "MIT", "language": "en"}
    _write_card(card)
    try:
        held = claim_counts(contents(OURS))
    except ConfigError:
        held = {}  # the test is about what cannot be read
    card["versions"] = {1: {"sha256": sha256 or data_sha256(OURS, card), "changes": "first"}}
    _write_card({**card, "counts": held if counts is None else counts})


def _write_card(card: Mapping[str, Any]) -> None:
    lines = "".join(f"{key}: {value}\n" for key, value in card.items())
    (OURS / "README.md").write_text(f"---\n{lines}---\n\nClaims about lamps.\n")


def said() -> list[str]:
    return [str(fault).replace(str(OURS), "OURS") for fault in check()]


def test_a_claim_has_its_passages_with_their_titles_for_evidence(project: Path) -> None:
    write()
    first, _, third = load("ours").items
    assert first.evidence == ("Lamps\n\nA lamp gives light.",)
    assert (first.question, first.cluster, first.tags) == ("What gives light?", "c1", ("natural", "paraphrase"))
    assert (third.label, third.supported, third.split) == ("not_found", False, "dev")
    assert load("ours").items == load(str(OURS)).items


def test_the_content_hash_is_of_the_items_and_not_of_the_card(project: Path) -> None:
    write()
    before = load("ours").sha256
    write(counts={})
    assert load("ours").sha256 == before
    write([*CLAIMS[:2], {**CLAIMS[2], "text": "Steel ones shine."}])
    assert load("ours").sha256 != before


def test_a_good_folder_has_no_faults_beside_a_dataset_of_questions(project: Path) -> None:
    write()
    assert said() == []


def test_every_row_that_cannot_be_read_is_said_at_once(project: Path) -> None:
    lacking = claim("5")
    del lacking["kind"]
    write(
        [
            *CLAIMS,
            claim("1"),
            claim("4", label="unsure"),
            lacking,
            claim("6", passages=["p9"]),
            claim("7", colour="red"),
        ]
    )
    assert [line.split("; ")[0] for line in said() if "claims.jsonl" in line] == [
        "OURS/claims.jsonl:4: id: '1' is taken",
        "OURS/claims.jsonl:5: label: 'unsure' was given",
        "OURS/claims.jsonl:6: kind: missing",
        "OURS/claims.jsonl:8: colour: 'red' was given",
        "OURS/claims.jsonl:7: passages: no passage is named 'p9'",
    ]


@pytest.mark.parametrize(
    ("claims", "passages", "fault"),
    [
        (
            [*CLAIMS, claim("4", text="Lamps shine.", kind="number")], PASSAGES,
            "OURS/claims.jsonl: '4' is supported and of the kind 'number'; known for it: verbatim, paraphrase,",
        ),
        (
            [*CLAIMS, claim("4", text="Lamps shine.", split="dev")], PASSAGES,
            "OURS/claims.jsonl: cluster 'c1' is in the splits dev, test; a cluster is in one split",
        ),
        (
            [*CLAIMS, claim("4", text="Lamps shine.", passages=["p1", "p2"])], PASSAGES,
            "OURS/passages.jsonl: 'p2' is in the clusters c1, c2; a passage is in one cluster",
        ),
        (
            CLAIMS, [*PASSAGES, {"id": "p3", "title": "", "text": ""}],
            "OURS/passages.jsonl: no claim uses 'p3'; drop it",
        ),
        (
            [*CLAIMS, claim("4", text="light comes from lamp 1")], PASSAGES,
            "OURS/claims.jsonl: '1' and '4' say nearly the same words; keep one, or rephrase it",
        ),
        ([CLAIMS[0]], PASSAGES[:1], "OURS/claims.jsonl: all 1 labels are supported: nothing to calibrate on;"),
    ],
)  # fmt: skip
def test_what_a_set_of_ours_must_keep_is_checked(
    project: Path, claims: list[dict[str, Any]], passages: list[dict[str, Any]], fault: str
) -> None:
    write(claims, passages)
    [found] = said()
    assert found.startswith(fault)


def test_counts_that_are_not_true_are_faults(project: Path) -> None:
    write()
    true = claim_counts(contents(OURS))
    write(counts={**true, "claims": 4})
    assert said() == ["OURS/README.md: counts.claims: 4 is stated; the files hold 3"]


@pytest.mark.parametrize("name", ["claims.jsonl", "passages.jsonl"])
def test_a_change_of_either_file_needs_a_new_version(project: Path, name: str) -> None:
    write()
    with (OURS / name).open("a") as file:
        file.write("\n")
    [found] = said()
    assert found.startswith("OURS/README.md: versions.1: the data is not that of version 1")


def test_a_folder_of_claims_without_a_version_is_a_fault(project: Path) -> None:
    write()
    card = OURS / "README.md"
    card.write_text("\n".join(line for line in card.read_text().split("\n") if not line.startswith("versions:")))
    assert [line.split(";")[0] for line in said()] == ["OURS/README.md: versions: missing"]


def test_it_is_listed_with_its_public_siblings_and_its_card_is_printed(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write()
    assert main(["datasets"]) == 0
    out = capsys.readouterr().out
    [row] = [line.split() for line in out.splitlines() if line.startswith("ours")]
    assert row == ["ours", "claims", "1", "2", "3", "dev", "1,", "test", "2", "MIT", "en"]
    for text in ("halueval:qa_data.json", "begin:", "wice:", "ragtruth:", "https://github.com/ParticleMedia/RAGTruth"):
        assert text in out
    assert main(["datasets", "ours"]) == 0
    out = capsys.readouterr().out
    assert "passages: 2" in out
    assert "Claims about lamps." in out
    assert main(["datasets", "ragtruth", "--json"]) == 0
    assert "2401.00396" in json.loads(capsys.readouterr().out)["citation"]


def test_one_that_cannot_be_read_is_listed_with_its_faults(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write([*CLAIMS, claim("4", passages=["p9"])])
    assert main(["datasets"]) == 2
    assert "no passage is named 'p9'" in capsys.readouterr().out


def test_no_system_is_run_on_claims(project: Path) -> None:
    write()
    with pytest.raises(ConfigError, match="holds labelled claims"):
        load_dataset("ours")
    params = project / "params.yaml"
    params.write_text(
        params.read_text().replace("datasets: {", "datasets: {bad: {format: folder, path: datasets/ours}, ")
    )
    assert said() == ["OURS: holds labelled claims: no system answers them; a judge is checked on them"]


def test_a_name_that_is_no_set_lists_those_that_are(project: Path) -> None:
    write()
    with pytest.raises(ConfigError, match=r"known: ours; or FORMAT:PATH with begin, claims, halueval, ragtruth, wice"):
        load("mini")
