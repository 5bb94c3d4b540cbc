"""What each call of `archbench` does: a function a call, from parsed arguments to an exit code. Imports stand where they are
used, so that no call waits for what another needs."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipelines.params import Params


def _params() -> Params:
    from pipelines import params

    return params.load()


def check(arguments: argparse.Namespace) -> int:
    from pipelines import check as checking

    faults = checking.check()
    if arguments.json:
        print(json.dumps([asdict(fault) for fault in faults], indent=1))
    else:
        print("\n".join(str(fault) for fault in faults) or "no faults")
    return 2 if faults else 0


def ask(arguments: argparse.Namespace) -> int:
    from pipelines.ask import ask
    from pipelines.show import draw

    response = ask(_params(), arguments.variant, arguments.question, arguments.index, aloud=not arguments.json)
    if arguments.json:
        print(response.to_json())
    else:
        print(f"{response.error or ''}\n\n{draw(response)}")
    return 1 if response.failed else 0


def evaluate(arguments: argparse.Namespace) -> int:
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


def compare(arguments: argparse.Namespace) -> int:
    from pipelines.difference import differences
    from pipelines.evaluate import evaluate, scores, set_up
    from pipelines.significance import as_text, tested

    params = _params()
    pair = [
        set_up(params, variant, arguments.dataset, arguments.index, arguments.split, arguments.limit)
        for variant in (arguments.a, arguments.b)
    ]
    for one in pair:
        evaluate(one, params)
    a, b = (scores(one) for one in pair)
    found = tested(differences(a, b, params.compare), a, b)
    if arguments.json:
        print(json.dumps({name: asdict(one) if one else None for name, one in found.items()}, indent=1))
    else:
        print(as_text(found, arguments.a, arguments.b))
        _say_what_is_modelled([arguments.a, arguments.b])
    return 0


def sweep(arguments: argparse.Namespace) -> int:
    from pipelines import sweep as sweeping
    from pipelines.check_sweep import sweep_faults
    from pipelines.evaluate import chosen, dataset_named
    from pipelines.sweep_page import draw_all
    from pipelines.sweep_table import read_table
    from systems.errors import ConfigError

    params = _params()
    spec = sweeping.spec_of(params)
    if faults := list(sweep_faults(params)):
        raise ConfigError(faults)
    dataset = dataset_named(params, arguments.dataset)
    examples = chosen(dataset, "all", arguments.limit, params.run.seed)
    if arguments.dry_run:
        print(sweeping.plan(params, spec, dataset, examples))
        return 0
    print(sweeping.run(params, spec, dataset, examples, arguments.out))
    for drawing in draw_all(dataset.name, spec, read_table(arguments.out / f"{dataset.name}.csv")):
        drawing.save(arguments.out)
        print(f"{arguments.out / drawing.name}.png")
    return 0


def benchmarks(arguments: argparse.Namespace) -> int:
    from pipelines import benchmarks as measuring

    if not arguments.datasets:
        print(measuring.known())
        return 0
    results = []
    for result in measuring.run(_params(), arguments.datasets, arguments.limit):
        results.append(result)
        if not arguments.json:
            print(measuring.as_text(result), flush=True)
    if arguments.json:
        print(json.dumps([asdict(result) for result in results], indent=1))
    if arguments.write:
        arguments.write.write_text(measuring.page(results), encoding="utf-8")
    return 0


def gate(arguments: argparse.Namespace) -> int:
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


def show(arguments: argparse.Namespace) -> int:
    from pipelines.show import asked, draw, find

    response, example = find(arguments.responses, arguments.id)
    if arguments.json:
        print(response.to_json())
    else:
        question = f"{asked(example)}\n" if example else ""
        print(f"{question}{response.id}: {response.error or response.text}\n\n{draw(response)}")
    return 0


def leaderboard(arguments: argparse.Namespace) -> int:
    from pipelines.compare import read_leaderboard
    from pipelines.tables import leaderboard

    board = read_leaderboard()
    print(leaderboard(board))
    print("\nMeans, with 95 % intervals, on the test split. Everything else: results/report.md")
    _say_what_is_modelled([row.variant for row, _ in board])
    return 0


def datasets(arguments: argparse.Namespace) -> int:
    from pipelines import catalogue

    if arguments.name:
        card = catalogue.card(_params(), arguments.name)
        print(json.dumps(card, indent=1, default=str) if arguments.json else catalogue.card_as_text(card))
        return 0
    listed = catalogue.listed(_params())
    if arguments.json:
        public = {name: asdict(one) for name, one in catalogue.ALL_PUBLIC.items()}
        print(json.dumps({"datasets": [asdict(one) for one in listed], "public": public}, indent=1))
    else:
        print(catalogue.as_text(listed))
    return 2 if any(one.faults for one in listed) else 0


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


def stage(arguments: argparse.Namespace) -> int:
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
