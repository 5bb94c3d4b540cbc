"""Where rebuildable things are kept: tables, embeddings, journals, model files. Nothing there is worth saving."""

from __future__ import annotations

import os
from pathlib import Path


def cache_dir(*below: str) -> Path:
    """A folder under `.archbench/` (or under $ARCHBENCH_CACHE), made when it is missing."""
    folder = Path(os.environ.get("ARCHBENCH_CACHE", ".archbench")).joinpath(*below)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
