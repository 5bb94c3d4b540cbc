"""The `archbench` command. Exit codes: 0 done, 1 the answer is no, 2 the input is wrong, 3 undecided, 4 the machine failed."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from pipelines.silence import SILENCE

# Quiet unless the user says otherwise: HF_HUB_OFFLINE=0 archbench eval ... hf:owner/name@revision
UNLESS_SET = {"HF_HUB_OFFLINE": "1"}


def main(argv: Sequence[str] | None = None) -> int:
    """Parse, run, and turn what went wrong into a message and an exit code."""
    os.environ.update({**UNLESS_SET, **os.environ, **SILENCE})
    arguments = _parser().parse_args(argv)
    from systems.errors import ConfigError

    try:
        code: int = getattr(import_module("pipelines.commands"), arguments.run)(arguments)
        sys.stdout.flush()
        return code
    except ConfigError as error:
        print(f"archbench: {len(error.faults)} fault{'s' * (len(error.faults) != 1)}\n{error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        _give_up_stdout()  # whoever read us has left, which is no failure
        return 0
    except KeyboardInterrupt:
        print("archbench: interrupted; what was done stays, run again to go on", file=sys.stderr)
        return 130
    except OSError as error:
        print(f"archbench: {error}\nwhat was computed before stays; run again to go on", file=sys.stderr)
        _give_up_stdout()
        return 4


def _give_up_stdout() -> None:
    """Where standard output cannot be written, Python would fail once more at exit, with a code of its own."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="archbench", description="Which architecture should this LLM application have? Answers with numbers."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, run: str, help: str, example: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=help, description=help, epilog=f"example: {example}")
        sub.set_defaults(run=run)
        return sub

    check = command(
        "check", "check", "find every fault of params.yaml and the datasets; runs nothing", "archbench check"
    )
    _json(check)

    ask = command(
        "ask",
        "ask",
        "one answer, streamed, then its trace",
        'archbench ask rag-bm25-large "What does the Hearth Club cost a year?"',
    )
    ask.add_argument("variant")
    ask.add_argument("question")
    ask.add_argument("--index", help="search this index instead of that of the variant's first run")
    _json(ask)

    evaluate = command(
        "eval",
        "evaluate",
        "run and score one variant outside DVC",
        "archbench eval rag-bm25-large squad:dev-v2.0.json --limit 200",
    )
    evaluate.add_argument("variant")
    _dataset(evaluate)
    evaluate.add_argument("--dry-run", action="store_true", help="say what would be asked, and ask nothing")
    _json(evaluate)

    compare = command(
        "compare",
        "compare",
        "paired differences A - B: interval, p, p by Holm, what could have been found",
        "archbench compare rag-bm25-large rag-dense-large helpdesk",
    )
    compare.add_argument("a", metavar="A")
    compare.add_argument("b", metavar="B")
    _dataset(compare)
    _json(compare)

    sweep = command(
        "sweep",
        "sweep",
        "the grid of params.yaml (chunk size, overlap, retriever, k) on any dataset",
        "archbench sweep squad:dev-v2.0.json --limit 500",
    )
    _whole_dataset(sweep)
    sweep.add_argument(
        "--out", type=Path, default=Path("results/sweep"), help="folder to write to (default: %(default)s)"
    )
    sweep.add_argument("--dry-run", action="store_true", help="say what would be cut and asked, and ask nothing")

    benchmarks = command(
        "benchmarks",
        "benchmarks",
        "our figures on public sets beside the published ones; without a set: what is published",
        "archbench benchmarks smart:cranfield chroma:chroma_chunking",
    )
    benchmarks.add_argument("datasets", nargs="*", metavar="FORMAT:PATH", help="public sets, in their own formats")
    benchmarks.add_argument("--limit", type=_positive, metavar="N", help="a seeded sample of N examples of each")
    benchmarks.add_argument("--write", type=Path, metavar="FILE", help="write everything as a page of Markdown, too")
    _json(benchmarks)

    gate = command(
        "gate", "gate", "print the verdicts; exit 1 when one fails, 3 when one is undecided", "archbench gate"
    )
    _json(gate)

    show = command(
        "show", "show", "one call's spans", "archbench show results/responses/rag-bm25-large/helpdesk.jsonl a-11"
    )
    show.add_argument("responses", type=Path)
    show.add_argument("id", nargs="?", help="an example's id, or the start of a response's (default: the first)")
    _json(show)

    catalogue = command(
        "datasets", "datasets", "the datasets there are, and where to get public ones", "archbench datasets helpdesk"
    )
    catalogue.add_argument("name", nargs="?", help="print this one's card, with licence and citation")
    _json(catalogue)

    command("leaderboard", "leaderboard", "print the leaderboard", "archbench leaderboard")

    stage = command(
        "stage",
        "stage",
        "one stage of the pipeline; what dvc.yaml calls",
        "archbench stage run chatbot-small helpdesk closed-book",
    )
    stage.add_argument(
        "name", choices=("prepare", "index", "tune", "run", "score", "judge", "sweep", "compare", "gate", "report")
    )
    stage.add_argument("arguments", nargs="*")
    return parser


def _json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON for a program to read")


def _dataset(parser: argparse.ArgumentParser) -> None:
    _whole_dataset(parser)
    parser.add_argument("--index", help="cut and embed as this index does (default: that of the variant's first run)")
    parser.add_argument("--split", default="test", choices=("dev", "test", "all"), help="default: test")


def _whole_dataset(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dataset", help="a name in datasets/, or format:path such as squad:dev-v2.0.json")
    parser.add_argument("--limit", type=_positive, metavar="N", help="a seeded sample of N examples")


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no positive number")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
