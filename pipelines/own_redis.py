"""A redis-server of one's own, on a socket in a folder, for a test or a benchmark. It keeps nothing."""

from __future__ import annotations

import shutil
import signal
import subprocess
from pathlib import Path

MISSING = "no redis-server is installed (Debian: apt-get install redis-server)"


class OwnRedis:
    """Starts and stops when told; `freeze` makes it hang as a machine does that is out of memory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = f"unix://{folder / 'r'}"
        self.process: subprocess.Popen[str] | None = None

    @staticmethod
    def installed() -> bool:
        return shutil.which("redis-server") is not None

    def start(self) -> None:
        """Returns when it accepts connections."""
        options = ["--port", "0", "--unixsocket", str(self.folder / "r"), "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen(  # noqa: S603 (options of ours)
            ["redis-server", *options, "--dir", str(self.folder)],  # noqa: S607 (wherever it is installed)
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout
        if not any("ready to accept connections" in line for line in self.process.stdout):
            raise RuntimeError("redis-server did not start")

    def stop(self) -> None:
        """At once, as a machine that loses power."""
        if self.process:
            self.process.kill()
            self.process.communicate()
            self.process = None

    def freeze(self) -> None:
        assert self.process
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self.process
        self.process.send_signal(signal.SIGCONT)
