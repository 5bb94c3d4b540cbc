"""Nothing leaves the machine in keyless mode."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

# Every connection that Python tries, and every name it looks up, is an error, whoever asks for it.
GUARD = """
import sys

def guard(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
        raise SystemExit(f"the network was asked for: {event} {arguments[1:]}")

sys.addaudithook(guard)
"""
WORK = """
from pipelines.main import main

for call in ("check", "stage prepare mini", "stage index none", "stage index mini-32", "stage tune",
             "stage run dense mini mini-32", "stage score dense mini mini-32", "eval bot mini", "ask rag cost?"):
    assert main(call.split()) == 0, call
"""


def test_no_stage_or_command_connects_to_anything(project: Path) -> None:
    done = subprocess.run([sys.executable, "-c", GUARD + WORK], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_guard_would_see_a_connection(project: Path) -> None:
    code = f"{GUARD}\nimport socket\nsocket.create_connection(('127.0.0.1', 9))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "the network was asked for" in done.stderr


@pytest.mark.skipif(
    not shutil.which("unshare") or subprocess.run(["unshare", "-rn", "true"], capture_output=True).returncode != 0,
    reason="this machine does not let a test make a network namespace",
)
def test_everything_works_where_there_is_no_network_at_all(project: Path) -> None:
    # Compiled libraries are beyond Python's audit hooks; in an empty network namespace they have nowhere to go.
    done = subprocess.run(["unshare", "-rn", sys.executable, "-c", WORK], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
