"""Ask one variant every question of one dataset. The stage's out is a file of responses, sorted, the same bytes each time.

Requests arrive at random at a given rate (a Poisson process), whatever becomes of those before them, and latency counts from
the scheduled arrival. Each comes from a user of its own, so that no answer hangs on another and a resumed run gives the same
bytes as one that was never interrupted (docs/decisions/0003).
"""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from pipelines import clock
from pipelines.data import read_examples
from pipelines.journal import Journal
from pipelines.params import Params, Settings, named
from pipelines.paths import INDEXES, MEMORY, PREPARED, RESPONSES, THRESHOLD
from systems.build import Built, build
from systems.interface import Call, Request, System, respond
from systems.paths import cache_dir

OFFLINE_KEY = "offline"  # what offline runs present to a gateway; it opens nothing else


def learnt() -> dict[str, Any]:
    """The description of what the local models have read and were tuned on."""
    return {"files": {"memory": [str(MEMORY)], "threshold": str(THRESHOLD)}}


def stage(params: Params, variant: str, dataset: str, index: str) -> str:
    """The `run` stage: returns a line that says what was done."""
    given = {"index": {"table": {"manifest": str(INDEXES / f"{index}.json")}}, "learnt": learnt()}
    built = build(named(params.variants, variant, "variant"), where=f"variants.{variant}", given=given)
    named(params.indexes, index, "index")
    requests = {
        example.request.id(): example.request for example in read_examples(PREPARED / dataset / "examples.jsonl")
    }
    out = RESPONSES / variant / f"{dataset}.jsonl"
    asked = answer_all(built, requests, params.run, out)
    return f"{out}: {len(requests)} responses, {asked} asked now, {len(requests) - asked} from the journal"


def answer_all(built: Built, requests: Mapping[str, Request], settings: Settings, out: Path) -> int:
    """Answer every request that the journal does not hold, write all responses to `out`; returns how many were asked."""
    made_by = {"system": built.fingerprint, "settings": fingerprint(settings)}
    with Journal(cache_dir("journal") / f"{made_by['system']}-{made_by['settings']}.jsonl") as journal:
        missing = [id for id in requests if id not in journal]
        if missing:
            clock.run(_ask(built, requests, settings, journal, made_by))
        journal.export(requests, out)
    return len(missing)


def fingerprint(settings: Settings) -> str:
    """A content hash of how requests are sent."""
    return hashlib.sha256(repr(sorted(asdict(settings).items())).encode()).hexdigest()[:8]


async def _ask(
    built: Built, requests: Mapping[str, Request], settings: Settings, journal: Journal, made_by: Mapping[str, str]
) -> None:
    from tqdm import tqdm

    missing = sum(id not in journal for id in requests)
    async with built as system:
        with tqdm(total=missing, desc=system.name, unit="answer", disable=None) as bar:
            try:
                async with asyncio.TaskGroup() as tasks:
                    for id, arrival_s in arrivals(requests, settings):
                        if id in journal:
                            continue
                        await asyncio.sleep(arrival_s - asyncio.get_running_loop().time())
                        tasks.create_task(
                            _one(system, id, requests[id], settings, arrival_s, journal, made_by, bar.update)
                        )
            except ExceptionGroup as several:  # the first is why the others were cut off
                raise several.exceptions[0] from None


async def _one(
    system: System,
    id: str,
    request: Request,
    settings: Settings,
    arrival_s: float,
    journal: Journal,
    made_by: Mapping[str, str],
    done: Callable[[], object],
) -> None:
    call = call_for(id, settings, arrival_s)
    response = await respond(system, request, call)
    journal.append(replace(response, made_by=made_by))
    done()


def call_for(id: str, settings: Settings, arrival_s: float | None = None) -> Call:
    """A call as these settings make it, arriving now or at `arrival_s` of the running loop's clock."""
    at_s = asyncio.get_running_loop().time() if arrival_s is None else arrival_s
    return Call.now(
        id,
        arrived_s=at_s,
        deadline_s=at_s + settings.deadline_s,
        user=f"user-{id[:8]}",
        credential=OFFLINE_KEY,
        charges=settings.charges,
    )


def arrivals(ids: Iterable[str], settings: Settings) -> Iterable[tuple[str, float]]:
    """Each id with its arrival in seconds: exponential gaps, seeded."""
    rng = random.Random(settings.seed)
    at_s = 0.0
    for id in ids:
        at_s += rng.expovariate(settings.arrivals_per_s)
        yield id, at_s
