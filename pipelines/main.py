"""The `archbench` command. Exit codes: 0 done, 1 the answer is no, 2 the input is wrong, 3 undecided, 4 the machine failed."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipelines.params import Params

# Set before anything is imported, so that no library phones home and nobody has to remember it.
SILENCE = {
    "ANONYMIZED_TELEMETRY": "false",
    "DEEPEVAL_NO_INSPECT_PROMPT": "1",
    "DEEPEVAL_TELEMETRY_OPT_OUT": "1",
    "DVC_NO_ANALYTICS": "1",
    "HF_HUB_OFFLINE": "1",
    "ORT_DISABLE_TELEMETRY": "1",
    "RAGAS_DO_NOT_TRACK": "true",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Parse, run, and turn what went wrong into a message and an exit code."""
    os.environ.update(SILENCE)
    arguments = _parser().parse_args(argv)
    from systems.errors import ConfigError

    try:
        code: int = arguments.run(arguments)
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

    def command(
        name: str, run: Callable[[argparse.Namespace], int], help: str, example: str
    ) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=help, description=help, epilog=f"example: {example}")
        sub.set_defaults(run=run)
        return sub

    check = command(
        "check", _check, "find every fault of params.yaml and the datasets; runs nothing", "archbench check"
    )
    _json(check)

    ask = command(
        "ask",
        _ask,
        "one answer, streamed, then its trace",
        'archbench ask rag-bm25-large "What does the Hearth Club cost a year?"',
    )
    ask.add_argument("variant")
    ask.add_argument("question")
    ask.add_argument("--index", help="search this index instead of that of the variant's first run")
    _json(ask)

    evaluate = command(
        "eval",
        _eval,
        "run and score one variant outside DVC",
        "archbench eval rag-bm25-large squad:dev-v2.0.json --limit 200",
    )
    evaluate.add_argument("variant")
    _dataset(evaluate)
    evaluate.add_argument("--dry-run", action="store_true", help="say what would be asked, and ask nothing")
    _json(evaluate)

    compare = command(
        "compare",
        _compare,
        "paired differences A - B, with intervals",
        "archbench compare rag-bm25-large rag-dense-large helpdesk",
    )
    compare.add_argument("a", metavar="A")
    compare.add_argument("b", metavar="B")
    _dataset(compare)
    _json(compare)

    gate = command(
        "gate", _gate, "print the verdicts; exit 1 when one fails, 3 when one is undecided", "archbench gate"
    )
    _json(gate)

    show = command(
        "show", _show, "one call's spans", "archbench show results/responses/rag-bm25-large/helpdesk.jsonl a-11"
    )
    show.add_argument("responses", type=Path)
    show.add_argument("id", nargs="?", help="an example's id, or the start of a response's (default: the first)")
    _json(show)

    board = command("leaderboard", _leaderboard, "print the leaderboard", "archbench leaderboard")
    board.set_defaults(run=_leaderboard)

    stage = command(
        "stage",
        _stage,
        "one stage of the pipeline; what dvc.yaml calls",
        "archbench stage run chatbot-small helpdesk closed-book",
    )
    stage.add_argument("name", choices=("prepare", "index", "tune", "run", "score", "compare", "gate", "report"))
    stage.add_argument("arguments", nargs="*")
    return parser


def _json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON for a program to read")


def _dataset(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dataset", help="a name in datasets/, or format:path such as squad:dev-v2.0.json")
    parser.add_argument("--index", help="cut and embed as this index does (default: that of the variant's first run)")
    parser.add_argument("--split", default="test", choices=("dev", "test", "all"), help="default: test")
    parser.add_argument("--limit", type=_positive, metavar="N", help="a seeded sample of N examples")


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no positive number")
    return int(text)


def _params() -> Params:
    from pipelines import params

    return params.load()


def _checked_params() -> Params:
    """params.yaml, after every fault in it has been looked for."""
    from pipelines.check import check
    from systems.errors import ConfigError

    if faults := check():
        raise ConfigError(faults)
    return _params()


def _check(arguments: argparse.Namespace) -> int:
    from pipelines.check import check

    faults = check()
    if arguments.json:
        print(json.dumps([asdict(fault) for fault in faults], indent=1))
    else:
        print("\n".join(str(fault) for fault in faults) or "no faults")
    return 2 if faults else 0


def _ask(arguments: argparse.Namespace) -> int:
    from pipelines.ask import ask
    from pipelines.show import draw

    response = ask(_params(), arguments.variant, arguments.question, arguments.index, aloud=not arguments.json)
    if arguments.json:
        print(response.to_json())
    else:
        print(f"{response.error or ''}\n\n{draw(response)}")
    return 1 if response.failed else 0


def _eval(arguments: argparse.Namespace) -> int:
    from pipelines.evaluate import evaluate, plan, set_up
    from pipelines.tables import as_text

    params = _params()
    ready = set_up(params, arguments.variant, arguments.dataset, arguments.index, arguments.split, arguments.limit)
    if arguments.dry_run:
        print(plan(ready, params))
        return 0
    figures = evaluate(ready, params)
    if arguments.json:
        print(json.dumps({name: asdict(figure) if figure else None for name, figure in figures.items()}, indent=1))
    else:
        print(as_text(figures))
        _say_what_is_modelled([arguments.variant])
        searched = f", {ready.chunks} chunks searched" if ready.chunks else ""
        print(f"{len(ready.examples)} examples of {ready.dataset.name}{searched}; responses and scores: {ready.folder}")
    return 0


def _compare(arguments: argparse.Namespace) -> int:
    from pipelines.difference import differences
    from pipelines.evaluate import evaluate, scores, set_up
    from pipelines.tables import differences_as_text

    params = _params()
    pair = [
        set_up(params, variant, arguments.dataset, arguments.index, arguments.split, arguments.limit)
        for variant in (arguments.a, arguments.b)
    ]
    for one in pair:
        evaluate(one, params)
    found = differences(scores(pair[0]), scores(pair[1]), params.compare)
    if arguments.json:
        print(json.dumps({name: asdict(one) if one else None for name, one in found.items()}, indent=1))
    else:
        print(differences_as_text(found, arguments.a, arguments.b))
        _say_what_is_modelled([arguments.a, arguments.b])
    return 0


def _gate(arguments: argparse.Namespace) -> int:
    from pipelines.gate import exit_code, judge_all, summary
    from pipelines.tables import verdicts_as_text

    params = _params()
    _refuse_stale_results()
    verdicts = judge_all(params)
    if arguments.json:
        print(json.dumps([asdict(verdict) for verdict in verdicts], indent=1))
    else:
        print(verdicts_as_text(verdicts))
        _say_what_is_modelled([gate.variant for gate in params.gates])
    print(summary(verdicts), file=sys.stderr)
    return exit_code(verdicts)


def _show(arguments: argparse.Namespace) -> int:
    from pipelines.show import asked, draw, find

    response, example = find(arguments.responses, arguments.id)
    if arguments.json:
        print(response.to_json())
    else:
        question = f"{asked(example)}\n" if example else ""
        print(f"{question}{response.id}: {response.error or response.text}\n\n{draw(response)}")
    return 0


def _leaderboard(arguments: argparse.Namespace) -> int:
    from pipelines.compare import read_leaderboard
    from pipelines.tables import leaderboard

    board = read_leaderboard()
    print(leaderboard(board))
    print("\nMeans, with 95 % intervals, on the test split. Everything else: results/report.md")
    _say_what_is_modelled([row.variant for row, _ in board])
    return 0


def _refuse_stale_results() -> None:
    """A release is not judged by the results of other code or other parameters."""
    import subprocess

    from systems.errors import ConfigError, Fault

    # 1: something changed. Outside a DVC repository there is nothing to compare with, and another code says so.
    if subprocess.run([sys.executable, "-m", "dvc", "status", "--quiet"], capture_output=True).returncode == 1:
        raise ConfigError(
            Fault("results/", "are not of the code, data and parameters as they stand", "run `dvc repro`")
        )


def _say_what_is_modelled(variants: Sequence[str]) -> None:
    from pipelines.descriptions import modelled_note

    known = _params().variants
    if note := modelled_note(known[variant] for variant in variants if variant in known):
        print(note)


def _stage(arguments: argparse.Namespace) -> int:
    from importlib import import_module

    from systems.errors import ConfigError, Fault

    stage = import_module(f"pipelines.{arguments.name}").stage
    names = stage.__code__.co_varnames[1 : stage.__code__.co_argcount]
    if len(arguments.arguments) != len(names):
        raise ConfigError(
            Fault(f"stage {arguments.name}", f"{len(arguments.arguments)} arguments", f"expected {list(names)}")
        )
    print(stage(_params(), *arguments.arguments))
    return 0


if __name__ == "__main__":
    sys.exit(main())
