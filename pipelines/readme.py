"""Copy the leaderboard into README.md, between its two markers: no figure there is typed by hand."""

from __future__ import annotations

from pathlib import Path

from pipelines.compare import read_leaderboard
from pipelines.tables import leaderboard

README = Path("README.md")
START, END = "<!-- leaderboard: `make readme` copies it from results/ -->", "<!-- /leaderboard -->"


def with_leaderboard(text: str) -> str:
    """The text with the leaderboard as it stands in results/ between the markers. Raises ValueError without them."""
    before, rest = text.split(START)
    _, after = rest.split(END)
    return f"{before}{START}\n\n{leaderboard(read_leaderboard(), 'github')}\n\n{END}{after}"


if __name__ == "__main__":
    README.write_text(with_leaderboard(README.read_text(encoding="utf-8")), encoding="utf-8")
