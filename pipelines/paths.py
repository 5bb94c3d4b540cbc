"""Where the stages write, relative to the folder that holds params.yaml."""

from __future__ import annotations

from pathlib import Path

RESULTS = Path("results")
PREPARED = RESULTS / "prepared"
INDEXES = RESULTS / "indexes"
MEMORY = RESULTS / "local" / "memory.jsonl"
THRESHOLD = RESULTS / "local" / "threshold.json"
RESPONSES = RESULTS / "responses"
SCORES = RESULTS / "scores"
JUDGED = RESULTS / "judged"  # what heavier judges say of the same runs; need not be there
SWEEP = RESULTS / "sweep"
RELIABILITY = RESULTS / "reliability"
LOCAL_JUDGE = RESULTS / "judge" / "local.json"
JUDGE_CARD = RESULTS / "judge" / "card.json"
