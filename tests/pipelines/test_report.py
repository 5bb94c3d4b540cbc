"""The pages that people read."""

import csv
import random
import re
from pathlib import Path

import pytest

from pipelines import compare, gate, params, report
from pipelines.params import Row

RIGHT = {"bot": 0.2, "rag": 0.6, "dense": 0.8}
COST_USD = {"bot": 0.000_01, "rag": 0.000_1, "dense": 0.000_5}


def write_scores(variant: str, cost_usd: float | None) -> None:
    path = Path("results/scores") / variant / "mini.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = random.Random(variant)
    names = ["correctness", "faithfulness", "recall@5", "latency_s", "ttft_s", "cost_usd", "failed"]
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["example", "cluster", "split", "repeat", "tags", *names])
        for at in range(60):
            right = int(rng.random() < RIGHT[variant])
            of_retrieval = ["", ""] if variant == "bot" else [1, right]
            split = "dev" if at % 3 == 0 else "test"
            labels = [f"q{at}", f"c{at // 4}", split, 0, "numeric" if at % 2 else "misspelt"]
            writer.writerow([*labels, right, *of_retrieval, 1 + rng.random(), 0.5, cost_usd, 0])


@pytest.fixture
def results(project: Path) -> Path:
    """The results of the small project up to `gate`, with made-up scores."""
    for variant, cost_usd in COST_USD.items():
        write_scores(variant, cost_usd)
    return project / "results"


def make_pages() -> None:
    loaded = params.load()
    compare.stage(loaded)
    gate.stage(loaded)
    report.stage(loaded)


def cells(page: str, variant: str) -> list[str]:
    [row] = [line for line in page.splitlines() if line.startswith(f"| {variant} ")]
    return [cell.strip() for cell in row.strip("|").split("|")]


def test_the_leaderboard_has_a_row_a_run_with_the_best_in_bold(results: Path) -> None:
    make_pages()
    page = (results / "leaderboard.md").read_text()
    bot, rag, dense = (cells(page, variant) for variant in ("bot", "rag", "dense"))
    assert dense[1].startswith("**")
    assert bot[4] == "**0.010**"  # USD per 1,000 answers
    assert not rag[1].startswith("**")
    assert bot[2:4] == ["-", "-"]
    assert [row[-1] for row in (bot, rag, dense)] == ["40", "40", "40"]


def test_a_column_in_which_all_are_equal_has_no_best(results: Path) -> None:
    make_pages()
    page = (results / "leaderboard.md").read_text()
    assert [cells(page, variant)[-2] for variant in ("bot", "rag", "dense")] == ["0.000"] * 3


def test_what_is_borrowed_is_said_below_the_table(results: Path) -> None:
    make_pages()
    page = (results / "leaderboard.md").read_text()
    assert "small as gpt-5-nano, large as gpt-5-mini" in page
    assert "docs/judges.md" in page


def test_every_picture_of_the_report_is_there_with_its_table(results: Path) -> None:
    make_pages()
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", (results / "report.md").read_text())
    assert [Path(picture).stem for picture in pictures] == [
        "cost_quality-mini",
        "quality-mini",
        "latency-mini",
        "tags-mini",
    ]
    for picture in pictures:
        for suffix in (".png", ".svg", ".csv"):
            assert (results / picture).with_suffix(suffix).stat().st_size > 0


def test_the_report_says_what_was_run(results: Path) -> None:
    make_pages()
    page = (results / "report.md").read_text()
    assert "| mini " in page
    assert "`{rag: {retriever: {dense: {top_k: 2}}, model: {local: {tier: large}}}}`" in page
    assert "`{recursive: {chunk_tokens: 32, overlap_tokens: 0}}`, embedded by `minilm`" in page
    assert r"rag: failed \<= 0.9" in page


def test_only_pairs_that_differ_in_one_thing_are_compared(results: Path) -> None:
    make_pages()
    page = (results / "report.md").read_text()
    changes = [line for line in page.splitlines() if " → " in line and line.startswith("|")]
    assert len(changes) == 1  # rag and dense differ in retriever and model, bot and dense in system and model
    assert changes[0].startswith("| system: chatbot → rag ")


def test_an_index_that_differs_is_named_with_the_change() -> None:
    loaded = params.load(Path(__file__).parents[2] / "params.yaml")
    name = {row.variant: row for row in loaded.runs}
    change = report.what_changed(name["rag-dense-large"], name["rag-dense-large-128"], loaded)
    assert change == "retriever.top_k: 5 → 10; index: helpdesk-256 → helpdesk-128"
    same = Row("rag-dense-large", "helpdesk", "helpdesk-128")
    assert report.what_changed(name["rag-dense-large"], same, loaded) == "index: helpdesk-256 → helpdesk-128"
    assert report.what_changed(name["rag-dense-large"], name["rag-dense-large"], loaded) is None


def test_an_unknown_price_is_a_dash_and_no_zero(results: Path) -> None:
    write_scores("rag", None)
    make_pages()
    page = (results / "leaderboard.md").read_text()
    assert cells(page, "rag")[4:6] == ["-", "-"]
    assert "Left out, since a price or score is unknown: rag." in (results / "report.md").read_text()


def test_the_pages_are_the_same_bytes_each_time(results: Path) -> None:
    make_pages()
    first = {path: path.read_bytes() for path in results.rglob("*.*")}
    make_pages()
    assert {path: path.read_bytes() for path in results.rglob("*.*")} == first


def test_every_variant_is_held_against_the_baseline_with_p_adjusted_for_their_number(results: Path) -> None:
    file = Path("params.yaml")
    file.write_text(file.read_text().replace("draws: 200", "draws: 200, baseline: rag"))
    make_pages()
    page = (results / "report.md").read_text().split("### Every variant against rag on mini")[1].split("###")[0]
    found = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if line.startswith("| ")
    ]
    assert [row[0] for row in found[1:]] == ["bot", "dense"]
    for row in found[1:]:
        for p, adjusted in ((row[2], row[3]), (row[5], row[6])):
            assert float(p.strip("<")) <= float(adjusted.strip("<"))


def test_without_a_baseline_there_is_no_such_table(results: Path) -> None:
    make_pages()
    assert "Every variant against" not in (results / "report.md").read_text()


def test_the_report_says_why_a_gate_is_undecided(results: Path) -> None:
    with Path("params.yaml").open("a") as file:
        file.write("  - {metric: correctness, variant: rag, at_least: 0.6}\n")
    make_pages()
    page = (results / "report.md").read_text()
    assert "rag: correctness >= 0.6: the interval holds the bound" in page
    assert re.search(r"\| undecided +\| block .*about [\d,]+ \|", page)


def test_the_report_counts_gates_that_block_and_gates_that_warn_apart(results: Path) -> None:
    text = Path("params.yaml").read_text()
    start = text.index("gates:")
    gates = """gates:
  - {metric: correctness, variant: rag, at_least: 0.99, level: warn}
  - {metric: failed, variant: rag, at_most: 0.9}
  - {metric: failed, variant: bot, at_most: 0.9, waiver: {owner: ada, until: "2026-12-31", reason: x}}
"""
    Path("params.yaml").write_text(text[:start] + gates)
    make_pages()
    page = (results / "report.md").read_text()
    assert (
        "Of 2 gates that block: 2 pass. Of 1 that warns: 1 fail. Waivers are not applied here; `archbench gate`" in page
    )
    rows = [line for line in page.splitlines() if re.match(r"\| (pass|fail) ", line)]
    assert [row.split("|")[2].strip() for row in rows] == ["block", "block (has a waiver)", "warn"]
