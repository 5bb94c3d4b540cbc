"""What `archbench check` finds."""

from pathlib import Path

import pytest

from pipelines.check import check
from systems.build import PARTS


def said(project: Path, *changes: tuple[str, str]) -> list[str]:
    text = (project / "params.yaml").read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (project / "params.yaml").write_text(text)
    return [str(fault) for fault in check()]


def test_a_good_project_has_no_faults(project: Path) -> None:
    assert said(project) == []


DENSE = "top_k: 2}}, model: {local: {tier: large"
ROW = "{variant: rag, dataset: mini, index: "


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("{bm25: {top_k: 2}}", "{bm52: {}}", "variants.rag.rag.retriever: no part is named 'bm52'; known: bm25, dense"),
        (DENSE, DENSE.replace("2", "0"), "variants.dense.rag.retriever.dense.top_k: 0 was given"),
        ("tier: large", "tier: huge", "variants.dense.rag.model.local.tier: 'huge' was given"),
        ("tier: large", "teir: large", "variants.dense.rag.model.local.teir: no such field; fields: tier"),
        ("model: {local: {tier: large}}", "model: {gpt5: {}}", "variants.dense.rag.model: no part is named 'gpt5'"),
        ("chunk_tokens: 32", "chunk_tokens: 4", "indexes.mini-32.chunker.recursive.chunk_tokens: 4 was given"),
        ("overlap_tokens: 0", "overlap_tokens: 32", "indexes.mini-32.chunker.recursive: "),
        ("mini, chunker", "maxi, chunker", "indexes.mini-32.dataset: no dataset is named 'maxi'; known: mini"),
        ("{variant: bot, ", "{variant: bott, ", "runs.0.variant: no variant is named 'bott'; known: bot, dense, rag"),
        ("index: none}", "index: mini-32}", "runs.0.index: 'bot' retrieves nothing"),
        (f"{ROW}mini-32}}", f"{ROW}none}}", "runs.1.index: 'none' is empty and 'rag' retrieves"),
        ("{variant: dense,", "{variant: rag,", "runs.2: 'rag' runs on 'mini' twice"),
        ("recall@5, l", "recall@five, l", "metrics.2: "),
        ("metric: failed", "metric: corectness", "gates.0.metric: no figure is named 'corectness'; known: correctness"),
        (", at_most: 0.9", "", "gates.0: no bound, or two"),
        ("at_most: 0.9", "at_most: 0.9, at_least: 0.1", "gates.0: no bound, or two"),
        ("failed, variant: rag", "failed, variant: rga", "gates.0.variant: no variant is named 'rga'; known: bot, dense, rag"),
        ("at_most: 0.9", "at_most: 0.9, dataset: maxi", "gates.0.dataset: no dataset is named 'maxi'; known: mini"),
        ("at_most: 0.9", "at_most: 0.9, against: rag", "gates.0.against: 'rag' against itself; another variant, or baseline"),
        ("at_most: 0.9", "at_most: 0.9, against: rga", "gates.0.against: no variant is named 'rga'; known: baseline, bot"),
        ("at_most: 0.9", "at_most: 1.1", "gates.0.at_most: 1.1 was given; failed is a share: from 0 to 1"),
        ("at_most: 0.9", "at_most: -0.1", "gates.0.at_most: -0.1 was given; failed is a share: from 0 to 1"),
        ("at_most: 0.9", "at_most: -1.1, against: bot", "gates.0.at_most: -1.1 was given; failed is a difference of shares"),
        ("at_most: 0.9", "at_most: 0.9, level: blok", "gates.0.level: 'blok' was given; Input should be 'block' or 'warn'"),
        ("at_most: 0.9", "at_most: 0.9, waiver: {until: '2026-01-01', reason: x}", "gates.0.waiver.owner: missing"),
        ("at_most: 0.9", "at_most: 0.9, waiver: {owner: '', until: '2026-01-01', reason: x}", "waiver.owner: '' was given"),
        ("at_most: 0.9", "at_most: 0.9, waiver: {owner: me, until: 2026-01-01, reason: x}", "2026-01-01 was given; put the"),
        ("at_most: 0.9", "at_most: 0.9, waiver: {owner: me, until: soon, reason: x}", "gates.0.waiver.until: 'soon' was given"),
        ("at_most: 0.9", "at_most: 0.9, waiver: ada", "waiver: 'ada' was given; expected a mapping: {owner, until, reason}"),
        ("at_most: 0.9", "at_most: 0.9, waiver: {ownr: ada}", "gates.0.waiver.ownr: no such field; fields: owner, until, reason"),
        ("{metric: failed, variant: rag, at_most: 0.9}", "all", "gates.0: 'all' was given; expected a mapping: {metric, variant"),
        ("failed, variant: rag, at_most: 0.9", "recall@5, variant: bot, at_most: 1", "gates.0.metric: 'bot' retrieves nothing"),
        ("failed, variant: rag", "recall@5, variant: rag, against: bot", "gates.0.against: 'bot' retrieves nothing, and recall"),
        ("failed, variant: rag, at_most: 0.9", "latency_p95_s, variant: rag, at_most: 0", "0 was given; latency_p95_s is above"),
        ("failed, variant: rag, at_most: 0.9", "cost_usd, variant: rag, at_most: -1", "-1 was given; cost_usd is never below 0"),
        ("draws: 200", "draws: 200, baseline: rga", "compare.baseline: 'rga' is in no row of runs; known: bot, dense, rag"),
        ("  bot: {chatbot", "  baseline: {chatbot", "variants.baseline: 'baseline' is what gates call"),
        ("reads: [mini]", "reads: [mini, big]", "local.reads: no dataset is named 'big'"),
        ("passages_from: mini-32", "passages_from: mini-64", "local.passages_from: no index is named 'mini-64'"),
        ("path: datasets/mini", "path: datasets/none", "datasets/none: no such file or folder"),
        ("format: folder", "format: sqaud", "format 'sqaud': no such format; known: beir, chroma, csv, folder, hf"),
        ("folder, path: datasets/mini", "hf, path: me/mini@1a", "datasets.mini.path: 'me/mini@1a' is on the hub, which DVC"),
        ("format: folder, ", "", "params.yaml: datasets.mini.format: missing"),
        ("  bot: {chatbot", "  bot.1: {chatbot", "variants.bot.1: cannot be a name"),
        ("recall@5, l", "recall@5, failed, l", "metrics.7: 'failed' stands twice"),
        ("passages_from: mini-32", "passages_from: none", "local.passages_from: 'none' is empty"),
        ("reads: [mini]", "reads: []", "params.yaml: local.reads: [] was given"),
        ("compare:", "run: {charges: {serach_bm25: 0.1}}\ncompare:", "run.charges.serach_bm25: nothing charges for it"),
        ("compare:", "run: {deadline_s: .inf}\ncompare:", "params.yaml: run.deadline_s: inf was given"),
        ("gates:", "gate:", "params.yaml: gate: no such key; is 'gates' meant?"),
        ("{bm25: {top_k: 2}}", "{bm25: {top_k: 2, top_k: 3}}", "params.yaml:9: the key 'top_k' stands twice"),
        ("draws: 200", "drawn: 200", "compare.drawn: no such field; fields: draws, seed"),
        ("draws: 200", "draws: few", "params.yaml: compare.draws: 'few' was given"),
        ("draws: 200", "size: 200", "params.yaml: compare.size: "),
        ("metrics: [", "metric: [", "params.yaml: metrics: missing"),
        ("local: {reads", "local: {size: 3, reads", "size"),
    ],
)  # fmt: skip
def test_each_fault_is_named_with_its_place(project: Path, old: str, new: str, fault: str) -> None:
    found = said(project, (old, new))
    assert any(fault in line for line in found), found


def test_all_faults_are_reported_together(project: Path) -> None:
    (project / "datasets" / "mini" / "documents" / "bad.md").write_bytes(b"# x\n\xff")
    changes = ("{bm25: {top_k: 2}}", "{bm52: {}}"), ("recall@5, l", "reca, l"), ("datasets/mini", "datasets/mino")
    found = said(project, *changes)
    for place in ("variants.rag.rag.retriever", "metrics.2", "datasets/mino", "bad.md"):
        assert any(place in line for line in found), place


def test_a_key_that_dvc_does_not_see_is_refused(project: Path) -> None:
    found = said(project, ("{local: {tier: large}}", "{scripted: {behaviour: right, answers: {size: x}}}"))
    where = "params.yaml: variants.dense.rag.model.scripted.answers.size"
    assert found == [f"{where}: DVC does not notice changes of a key of this name; rename it"]


def test_a_fault_of_form_does_not_hide_the_others(project: Path) -> None:
    found = said(
        project, ("draws: 200", "draws: few"), ("{bm25: {top_k: 2}}", "{bm52: {}}"), ("at_most: 0.9", "at_mots: 1")
    )
    for place in ("compare.draws", "variants.rag.rag.retriever", "gates.0.at_mots"):
        assert any(place in line for line in found), found


def test_a_part_whose_module_cannot_be_imported_is_one_fault(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PARTS["system"], "mine", "systems.of_mine:Mine")
    [fault] = said(project, ("{chatbot: {model: {local: {tier: small}}}}", "{mine: {}}"))
    assert "variants.bot.mine: systems.of_mine:Mine cannot be imported: ModuleNotFoundError" in fault


def test_what_is_no_yaml_is_one_fault(project: Path) -> None:
    (project / "params.yaml").write_text("variants: {a: [")
    assert any("params.yaml: not YAML" in str(fault) for fault in check())


def test_all_faults_of_one_gate_are_reported_together(project: Path) -> None:
    wrong = "metric: faild, variant: rga, at_most: 3, at_least: 2, against: rga, level: blok, waiver: {until: soon}"
    found = said(project, ("metric: failed, variant: rag, at_most: 0.9", wrong))
    places = ("metric", "variant", "against", "level", "waiver.owner", "waiver.until", "waiver.reason")
    for place in places:
        assert any(f"gates.0.{place}: " in line for line in found), (place, found)
    assert any("gates.0: no bound, or two" in line for line in found)


@pytest.mark.parametrize("misspelt", ["failed, variant: rga", "failed, dataset: maxi, variant: rag"])
def test_a_gate_on_a_name_that_nobody_knows_is_one_fault(project: Path, misspelt: str) -> None:
    [fault] = said(project, ("failed, variant: rag", misspelt))
    assert "is named" in fault


@pytest.mark.parametrize(
    "kept",
    [
        "recall@5, variant: rag, at_least: 0.5",
        "faithfulness, variant: rag, at_least: 0.5",
        "latency_p95_s, variant: rag, against: bot, at_most: -0.5",
        "cost_usd, variant: bot, at_most: 0",  # what calls no model costs nothing
        "correctness, variant: bot, against: rag, at_least: -0.5",
    ],
)
def test_a_gate_that_can_be_judged_is_no_fault(project: Path, kept: str) -> None:
    assert said(project, ("failed, variant: rag, at_most: 0.9", kept)) == []
