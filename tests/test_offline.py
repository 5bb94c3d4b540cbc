"""Nothing leaves the machine in keyless mode."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import pipelines
from pipelines.silence import SILENCE

# Every connection that Python tries, and every name it looks up, is an error, whoever asks for it.
GUARD = """
import sys

def guard(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
        print(f"the network was asked for: {event} {arguments[1:]}", file=sys.stderr)  # a thread's exit is not heard
        raise SystemExit(1)

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


# As from a notebook: nothing of `archbench` has set the environment before the libraries are imported.
JUDGING = """
import asyncio
from pathlib import Path
from pipelines.judges.asked import asked
from pipelines.judges.deepeval import Deepeval
from pipelines.judges.judge import Item
from pipelines.judges.ragas import Ragas
from pipelines.judges.scripted import Scripted

item = Item("What does it cost?", "It costs 5 euros.", ("It costs 5 euros.",), "It costs 5 euros.", (), ())
for judge in (Ragas(Scripted()), Deepeval(Scripted())):
    for metric in judge.metrics:
        opinion = asyncio.run(asked(judge, metric, item))
        assert opinion.score is not None, (judge.name, metric, opinion)
assert {path.name for path in Path().iterdir()} == {"datasets", "params.yaml", "results", ".archbench"}, list(Path().iterdir())
"""


def test_no_judge_connects_to_anything_or_leaves_a_file_behind(project: Path) -> None:
    (project / ".archbench").mkdir()
    environment = {name: value for name, value in os.environ.items() if name not in SILENCE}
    environment["PYTHONPATH"] = str(Path(pipelines.__file__).parent.parent)
    done = subprocess.run([sys.executable, "-c", GUARD + JUDGING], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    assert "the network was asked for" not in done.stderr


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
