"""What each call of `archbench` does: a function a call, from parsed arguments to an exit code. Imports stand where they are
used, so that no call waits for what another needs."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from systems.errors import ConfigError, Fault

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
    from pipelines.sides import against_revision, made_now
    from pipelines.versus import versus, versus_as_text

    params = _params()
    a, b, dataset = _compared(arguments)
    if arguments.baseline is not None:
        sides = against_revision(params, a, b, dataset, arguments.baseline, arguments.split)
    else:
        _refuse_judged(arguments.metric)
        sides = made_now(params, a, b, dataset, arguments.index, arguments.split, arguments.limit)
    found = versus(sides.a, sides.b, params.compare, arguments.metric, arguments.margin, sides.same_answers)
    if arguments.json:
        named = {"a": sides.name_a, "b": sides.name_b, "dataset": dataset, "notes": sides.notes}
        print(json.dumps({**named, **found.as_values()}, indent=1))
    else:
        print(versus_as_text(found, sides.name_a, sides.name_b))
        print(*(f"- {note}" for note in sides.notes), sep="\n", end="\n" * bool(sides.notes))
        _say_what_is_modelled([a, b])
    return 0


def _compared(arguments: argparse.Namespace) -> tuple[str, str, str]:
    """A, B and the dataset: with a baseline B may be left out, and is A."""

    *variants, dataset = arguments.names
    if len(variants) not in ((1, 2) if arguments.baseline is not None else (2,)):
        given = " ".join(arguments.names)
        raise ConfigError(
            Fault("compare", f"{given!r} was given", "expected A B DATASET, or A [B] DATASET --baseline REV")
        )
    if arguments.baseline is not None and (arguments.index or arguments.limit):
        what = "--index and --limit say how to run, and with --baseline nothing is run"
        raise ConfigError(Fault("compare", what, "leave them out"))
    return variants[0], variants[-1], dataset


def _refuse_judged(name: str) -> None:
    """Runs that are made now are scored by our own metrics only."""
    from pipelines.metrics import metric
    from pipelines.metrics.judged import Judged
    from systems.errors import ConfigError, Fault

    try:
        judged = isinstance(metric(name), Judged)
    except ConfigError:
        return  # the comparison knows which names there are
    if judged:
        what = f"{name!r} is scored by a judge, and no judge is asked about runs made now"
        raise ConfigError(Fault("--metric", what, "compare what results/ holds: --baseline REV"))


def sweep(arguments: argparse.Namespace) -> int:
    from pipelines import sweep as sweeping
    from pipelines.check_sweep import sweep_faults
    from pipelines.evaluate import chosen, dataset_named
    from pipelines.sweep_page import draw_all
    from pipelines.sweep_table import read_table

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
    from datetime import date

    from pipelines import verdicts
    from pipelines.baseline import baseline
    from pipelines.gate import judge_all, placed
    from pipelines.rulings import exit_code, headline, rule

    params = _params()
    _refuse_stale_results()
    for option, file in (("--junit", arguments.junit), ("--markdown", arguments.markdown)):
        if file:
            _writable(file, option)
    earlier = baseline(params, arguments.baseline) if arguments.baseline is not None else None
    basis = verdicts.Basis(
        arguments.on or date.today(), arguments.baseline, earlier.revision.commit if earlier else None
    )
    rulings = rule(placed(params), judge_all(params, earlier), basis.on)
    if arguments.json:
        print(json.dumps(verdicts.as_values(rulings, basis), indent=1))
    else:
        print(verdicts.as_text(rulings, basis))
        _say_what_is_modelled([gate.variant for gate in params.gates])
    if arguments.github:
        print(*verdicts.as_annotations(rulings), sep="\n")
    print(headline(rulings), file=sys.stderr)
    for file, form in ((arguments.junit, verdicts.as_junit), (arguments.markdown, verdicts.as_markdown)):
        if file:
            file.write_text(form(rulings, basis), encoding="utf-8")
    return exit_code(rulings)


def judge_calibrate(arguments: argparse.Namespace) -> int:
    from tqdm import tqdm

    from pipelines import calibration, clock
    from pipelines.check_judges import applied, described

    judge = described(_params(), arguments.judge)
    if arguments.out:
        _writable(arguments.out, "--out")
        if judge.kind.package or judge.calibration:
            raise ConfigError(
                Fault("--out", f"{judge.name} has no probabilities of its own", "--judge local, or an llm")
            )
    labelled = calibration.scored(arguments.dataset)
    if note := calibration.taught_on(labelled):
        print(f"archbench: {note}", file=sys.stderr)
    if arguments.limit:
        labelled = calibration.sample(labelled, arguments.limit)
    with tqdm(total=len(labelled.items), desc=f"{judge.name} on {labelled.name}", unit="text", disable=None) as bar:
        result = clock.run(calibration.calibrate(judge, labelled, bar.update))
    print(json.dumps(asdict(result), indent=1) if arguments.json else calibration.as_text(result))
    if arguments.out:
        calibration.write(result, arguments.out)
        print(
            f"{arguments.out}: applied by this line under `judges:`\n  {applied(_params(), arguments.judge, arguments.out)}"
        )
    return 0


def judge_measure(arguments: argparse.Namespace) -> int:
    from pipelines.labelled import load
    from pipelines.measured import measure_public

    names = [name.partition(":")[0] for name in arguments.datasets]  # a table a format
    for at, name in enumerate(names):
        if ":" not in arguments.datasets[at] or name in names[:at]:
            what = (
                "a set of ours teaches by its own split"
                if ":" not in arguments.datasets[at]
                else f"two sets in {name!r}"
            )
            raise ConfigError(Fault(arguments.datasets[at], what, "one FORMAT:PATH a format"))
    sets = dict(zip(names, map(load, arguments.datasets), strict=True))
    for line in measure_public(sets, load("claims")):
        print(line, flush=True)
    print("now `dvc repro`: the judge is taught anew")
    return 0


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


def _writable(path: Path, option: str) -> None:
    """Before anything is computed: whether a file can be put there."""
    if path.is_dir() or not path.parent.is_dir():
        what = f"{path} is a folder" if path.is_dir() else f"there is no folder {path.parent}"
        raise ConfigError(Fault(option, what, "a file in a folder that is there"))


def _refuse_stale_results() -> None:
    """A release is not judged by the results of other code or other parameters."""
    import subprocess

    here = Path.cwd()
    if not any((folder / ".dvc").is_dir() for folder in (here, *here.parents)):
        print("archbench: no DVC repository: nothing tells whether the results are of this code", file=sys.stderr)
        return
    words = [sys.executable, "-m", "dvc", "status", "--json"]
    done = subprocess.run(words, capture_output=True, text=True)  # noqa: S603 - fixed words
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["it says nothing"])[-1]
        raise ConfigError(Fault("results/", f"dvc cannot tell whether they are fresh: {said}", "`dvc status`"))
    changed = json.loads(done.stdout or "{}")
    if changed:
        stages = f"{', '.join(sorted(changed)[:3])}{' ...' if len(changed) > 3 else ''}"
        what = f"are not of the code, data and parameters as they stand: {stages}"
        raise ConfigError(Fault("results/", what, "run `dvc repro`; `dvc status` says what changed"))


def _say_what_is_modelled(variants: Sequence[str]) -> None:
    from pipelines.descriptions import modelled_note

    known = _params().variants
    if note := modelled_note(known[variant] for variant in variants if variant in known):
        print(note)


def stage(arguments: argparse.Namespace) -> int:
    from importlib import import_module

    stage = import_module(f"pipelines.{arguments.name}").stage
    names = stage.__code__.co_varnames[1 : stage.__code__.co_argcount]
    if len(arguments.arguments) != len(names):
        raise ConfigError(
            Fault(f"stage {arguments.name}", f"{len(arguments.arguments)} arguments", f"expected {list(names)}")
        )
    print(stage(_params(), *arguments.arguments))
    return 0
