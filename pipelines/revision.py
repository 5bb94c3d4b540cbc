"""Files as they were at a git revision."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from systems.errors import ConfigError, Fault


@dataclass(frozen=True)
class Revision:
    """A commit, and the name by which it was asked for."""

    name: str
    commit: str

    def text(self, path: Path) -> str | None:
        """A file's text, its path taken from the working directory; None where the commit has no such file."""
        shown = _git("show", f"{self.commit}:./{path.as_posix()}")
        return shown.stdout.decode("utf-8", "replace") if shown.returncode == 0 else None


def revision(name: str) -> Revision:
    """The commit of this name. Raises ConfigError without git, outside of a repository, and where no commit is named so."""
    looked = _git("rev-parse", "--git-dir")
    if looked.returncode:
        said = (looked.stderr.decode("utf-8", "replace").strip().splitlines() or ["it says nothing"])[0]
        raise ConfigError(Fault("--baseline", f"git reads no repository here: {said}", "a clone with its history"))
    found = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    if found.returncode:
        allowed = (
            "a commit, branch or tag that is in this clone; a shallow one lacks what is older: `git fetch --unshallow`"
        )
        raise ConfigError(Fault("--baseline", f"git knows no commit {name!r}", allowed))
    return Revision(name, found.stdout.decode().strip())


def _git(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    git = shutil.which("git")
    if git is None:
        raise ConfigError(Fault("--baseline", "there is no git here", "install git"))
    return subprocess.run([git, *arguments], capture_output=True)  # noqa: S603 - no shell; names stand behind options
