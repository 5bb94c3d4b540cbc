"""Are the results in the working tree those of the last commit? Exits 1 and says where not.

Numbers are compared to three decimals, small ones (costs, in dollars) to three digits.
"""

import re
import subprocess
import sys
from itertools import zip_longest
from pathlib import Path

NUMBER = re.compile(r"-?\d+\.\d+(?:e[-+]?\d+)?|\d+(?:e[-+]?\d+)")
TEXT = {".csv", ".json", ".jsonl", ".md"}  # pictures are drawn from the .csv beside them


def git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], check=True, capture_output=True, text=True).stdout


def rounded(line: str) -> str:
    def three(number: re.Match[str]) -> str:
        value = float(number[0])
        return f"{value:.3f}" if abs(value) >= 0.1 else f"{value:.3g}"

    return NUMBER.sub(three, line)


def differences(path: str) -> list[str]:
    """The lines of a file that are not those of the commit."""
    committed, fresh = git("show", f"HEAD:{path}").splitlines(), Path(path).read_text(encoding="utf-8").splitlines()
    pairs = enumerate(zip_longest(committed, fresh, fillvalue="(no line)"), 1)
    return [f"{path}:{at}\n  committed {a}\n  fresh     {b}" for at, (a, b) in pairs if rounded(a) != rounded(b)]


def main() -> int:
    tracked = [path for path in git("ls-files", "results", "docs/judges.md").splitlines() if Path(path).suffix in TEXT]
    gone = [path for path in tracked if not Path(path).exists()]
    new = git("ls-files", "--others", "--exclude-standard", "results").splitlines()
    found = [f"{path}: committed, not made" for path in gone] + [f"{path}: made, not committed" for path in new]
    found += [line for path in tracked if path not in gone for line in differences(path)]
    print("\n".join(found[:40]) or f"{len(tracked)} committed results are the fresh ones")
    return 1 if found or not tracked else 0


if __name__ == "__main__":
    sys.exit(main())
