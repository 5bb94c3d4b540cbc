"""The `archbench` command. Exit codes: 0 done, 1 the answer is no, 2 the input is wrong, 3 undecided, 4 the machine or archbench
failed."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from datetime import date
from importlib import import_module
from pathlib import Path

from pipelines.silence import SILENCE

# Quiet unless the user says otherwise: HF_HUB_OFFLINE=0 archbench eval ... hf:owner/name@revision
DATASET_HELP = "a name in datasets/, or format:path such as squad:dev-v2.0.json"
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
    except Exception:
        traceback.print_exc()  # a bug: with Python's own exit code, 1, a gate would seem to say no
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
        "paired differences A - B: metrics, tags, the examples that flipped, what could have been found",
        "archbench compare rag-bm25-large rag-dense-large helpdesk; archbench compare rag-bm25-large helpdesk --baseline HEAD^",
    )
    compare.add_argument(
        "names",
        nargs="+",
        metavar="A [B] DATASET",
        help="two variants and a dataset; B may be left out with --baseline",
    )
    _baseline(compare)
    compare.add_argument(
        "--metric",
        default="correctness",
        help="show tags, flips and equivalence by this one; a judge's, as faithfulness.ragas, with --baseline only, which reads"
        " results/: runs made now are not judged (default: %(default)s)",
    )
    compare.add_argument("--margin", type=_above_0, metavar="D", help="is A not worse than B by more than D?")
    _how_to_run(compare)
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
        "gate",
        "gate",
        "print the verdicts; exit 1 when a blocking gate fails, 3 when one is undecided",
        "archbench gate --baseline origin/main --junit gates.xml",
    )
    _baseline(gate)
    gate.add_argument("--on", type=_day, metavar="DATE", help="the day by which waivers are judged (default: today)")
    gate.add_argument("--junit", type=Path, metavar="FILE", help="write the verdicts as JUnit XML, too")
    gate.add_argument("--markdown", type=Path, metavar="FILE", help="write them as a comment for a pull request, too")
    printed = gate.add_mutually_exclusive_group()
    printed.add_argument("--github", action="store_true", help="print annotations for GitHub Actions, too")
    printed.add_argument("--json", action="store_true", help="print JSON for a program to read")

    _judge_commands(
        commands.add_parser(
            "judge",
            help="calibrate judges on labelled texts",
            epilog="example: archbench judge calibrate claims:mine.jsonl",
        ).add_subparsers(dest="judge_command", required=True, metavar="COMMAND")
    )

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
        "name",
        choices=(
            "prepare",
            "index",
            "calibrate",
            "tune",
            "run",
            "score",
            "judge",
            "sweep",
            "reliability",
            "compare",
            "gate",
            "report",
        ),
    )
    stage.add_argument("arguments", nargs="*")
    return parser


def _judge_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """`archbench judge calibrate` and `archbench judge measure`."""
    about = (
        "how well a judge agrees with the labels of a set, as it stands and calibrated; exit 0 whatever the figures are"
    )
    example = "archbench judge calibrate claims:mine.jsonl --judge local --out calibration.json"
    calibrate = commands.add_parser("calibrate", help=about, description=about, epilog=f"example: {example}")
    calibrate.set_defaults(run="judge_calibrate")
    calibrate.add_argument(
        "dataset", help="claims, or format:path: begin, claims (a table of yours), halueval, ragtruth, wice"
    )
    calibrate.add_argument("--judge", default="local", help="one of `judges` of params.yaml, or local (the default)")
    calibrate.add_argument("--limit", type=_positive, metavar="N", help="a seeded sample of N texts")
    calibrate.add_argument("--out", type=Path, metavar="FILE", help="write the calibration, for `calibration: FILE`")
    _json(calibrate)
    about = "measure public sets anew, to teach the local judge on them: numbers only, into results/judge/features"
    example = "archbench judge measure begin:begin_dev_wow.tsv halueval:qa_data.json wice:dev.jsonl"
    measure = commands.add_parser("measure", help=about, description=about, epilog=f"example: {example}")
    measure.set_defaults(run="judge_measure")
    measure.add_argument("datasets", nargs="+", metavar="FORMAT:PATH")


def _json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON for a program to read")


def _dataset(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dataset", help=DATASET_HELP)
    _how_to_run(parser)


def _how_to_run(parser: argparse.ArgumentParser) -> None:
    _limit(parser)
    parser.add_argument("--index", help="cut and embed as this index does (default: that of the variant's first run)")
    parser.add_argument("--split", default="test", choices=("dev", "test", "all"), help="default: test")


def _whole_dataset(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dataset", help=DATASET_HELP)
    _limit(parser)


def _limit(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--limit", type=_positive, metavar="N", help="a seeded sample of N examples")


def _baseline(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--baseline", metavar="REV", help="a git revision whose committed scores are held against these"
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day: expected YYYY-MM-DD") from None


def _above_0(text: str) -> float:
    try:
        if 0 < float(text) < float("inf"):
            return float(text)
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"{text!r} is no number above 0")


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no positive number")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
