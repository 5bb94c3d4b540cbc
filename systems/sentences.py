"""Where sentences end: numbers (4.90), initials (J. Smith) and abbreviations (e.g.) do not end one."""

from __future__ import annotations

import re
from collections.abc import Iterator

STOP_MARK = re.compile(r"""(?<![.!?…])[.!?…]+["'”’)\]]*(?:\[\d+\])*\s+|[。！？]+[」』”）]*\s*""")
TITLES = "mr mrs ms dr prof st vs fig vol eg ie approx gen col lt sgt gov sen rep rev hon"
ABBREVIATED = re.compile(rf"(?:\b(?:[^\W\d_]\.)*[^\W\d_]|\b(?:{'|'.join(TITLES.split())}|e\.g|i\.e))$", re.I)


def sentence_starts(text: str) -> Iterator[int]:
    """Where the second sentence of a paragraph begins, the third, and so on; the first begins at 0."""
    start = 0
    for mark in STOP_MARK.finditer(text):
        before, after = text[max(start, mark.start() - 12) : mark.start()], text[mark.end() : mark.end() + 1]
        inside = mark[0][0] == "." and (
            ABBREVIATED.search(before) or (before[-3:].lower() == " no" and after.isdigit())
        )
        if not (inside or after.islower()):
            start = mark.end()
            yield start
