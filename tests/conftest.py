"""A small project in a folder of its own, for tests of the command and of whole stages."""

import json
from pathlib import Path

import pytest

from pipelines.check_versions import data_sha256
from pipelines.paths import LOCAL_JUDGE

ARTICLES = {
    "returns": "# Returns\n\nYou may return a lamp within 30 days of delivery.\n\nBatteries cannot be returned at all.\n",
    "shipping": "# Shipping\n\nStandard shipping costs 4.90 euros. It is free from 60 euros.\n\nExpress takes one working day.\n",
    "warranty": "# Warranty\n\nThe warranty of a kettle lasts 24 months.\n\nA cracked jug is not covered by the warranty.\n",
}
QUESTIONS = [
    ("q1", "returns", "dev", "How many days do I have to return a lamp?", "within 30 days", "30 days"),
    ("q2", "returns", "dev", "Which things may never be returned?", "Batteries cannot be returned at all", "batteries"),
    ("q3", "shipping", "test", "What does standard shipping cost?", "Standard shipping costs 4.90 euros", "4.90 euros"),
    ("q4", "shipping", "test", "How fast is express?", "Express takes one working day", "one working day"),
    ("q5", "warranty", "test", "How long does the kettle's warranty last?", "lasts 24 months", "24 months"),
    ("q6", "warranty", "test", "Is the colour of the kettle fast?", "", ""),
]
PARAMS = """
datasets: {mini: {format: folder, path: datasets/mini}}
indexes:
  none: {dataset: mini}
  mini-32: {dataset: mini, chunker: {recursive: {chunk_tokens: 32, overlap_tokens: 0}}}
local: {reads: [mini], passages_from: mini-32}
variants:
  bot: {chatbot: {model: {local: {tier: small}}}}
  rag: {rag: {retriever: {bm25: {top_k: 2}}, model: {local: {tier: small}}}}
  dense: {rag: {retriever: {dense: {top_k: 2}}, model: {local: {tier: large}}}}
runs:
  - {variant: bot, dataset: mini, index: none}
  - {variant: rag, dataset: mini, index: mini-32}
  - {variant: dense, dataset: mini, index: mini-32}
metrics: [correctness, faithfulness, recall@5, latency_s, ttft_s, cost_usd, failed]
compare: {draws: 200}
gates:
  - {metric: failed, variant: rag, at_most: 0.9}
"""


def _question(id: str, cluster: str, split: str, question: str, gold: str, answer: str) -> dict[str, object]:
    start = ARTICLES[cluster].find(gold)
    spans = [{"document": cluster, "start": start, "end": start + len(gold), "text": gold}] if gold else []
    return {
        "id": id, "question": question, "answer": gold or "The articles do not say.", "answers": [answer] if answer else [],
        "gold": spans, "cluster": cluster, "split": split, "tags": ["single-passage" if answer else "unanswerable"],
    }  # fmt: skip


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with params.yaml and one dataset, made the working directory."""
    monkeypatch.setenv("ARCHBENCH_CACHE", str(tmp_path / ".archbench"))
    monkeypatch.chdir(tmp_path)
    mini = tmp_path / "datasets" / "mini"
    (mini / "documents").mkdir(parents=True)
    for name, text in ARTICLES.items():
        (mini / "documents" / f"{name}.md").write_text(text)
    (mini / "questions.jsonl").write_text("".join(json.dumps(_question(*row)) + "\n" for row in QUESTIONS))
    counts = {
        "documents": 3, "examples": 6, "splits": {"dev": 2, "test": 4}, "tags": {"single-passage": 5, "unanswerable": 1},
    }  # fmt: skip
    versions = {1: {"sha256": data_sha256(mini, {}), "changes": "first"}}
    card = f"name: mini\nversion: 1\nlicense: MIT\nlanguage: en\nversions: {versions}\ncounts: {json.dumps(counts)}\n"
    (mini / "README.md").write_text(f"---\n{card}---\n\nThree articles.\n")
    (tmp_path / "params.yaml").write_text(PARAMS)
    (tmp_path / LOCAL_JUDGE).parent.mkdir(parents=True)
    (tmp_path / LOCAL_JUDGE).write_bytes((Path(__file__).parents[1] / LOCAL_JUDGE).read_bytes())
    return tmp_path
