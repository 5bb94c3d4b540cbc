"""A dataset of ours has versions: figures of two of them are not comparable, so data never changes under a number.

A version's sha256 is that of the data files' bytes (and of what the card says of reading them), not of what our readers make of
them: a reader's change is a change of code, not of data.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pipelines.formats.card import CLAIMS, parsed, read_card
from systems.errors import ConfigError, Fault

READING = ("rows", "columns", "config", "hf_split")  # what a card says of how its files are read


def data_sha256(folder: Path, card: Mapping[str, Any]) -> str:
    """The content hash of a folder's data: its documents and questions, or its passages and claims, and how the card says that
    they are read."""
    rows = str(card.get("rows", "questions.jsonl"))
    digest = hashlib.sha256()
    files = [*sorted((folder / "documents").glob("*.md")), folder / rows]
    if card.get("kind") == CLAIMS:
        files = [folder / "passages.jsonl", folder / "claims.jsonl"]
    for file in files:
        if file.is_file():
            content = hashlib.sha256(file.read_bytes()).hexdigest()
            digest.update(f"{file.relative_to(folder).as_posix()} {content}\n".encode())
    hub = Path(rows.removeprefix("hf:"))
    if rows.startswith("hf:") and hub.exists():  # a folder or file that is here; what is on the hub has a revision
        for file in sorted(one for one in [hub, *hub.rglob("*")] if one.is_file()):
            digest.update(f"{file.name} {hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    if reading := {key: card[key] for key in READING if key in card}:
        digest.update(json.dumps(reading, sort_keys=True).encode())
    return digest.hexdigest()


def version_faults(folder: Path, required: bool) -> Iterator[Fault]:
    """Every fault of the versions in a folder's card. Where it states none, that is one only if they are `required`."""
    try:
        card = read_card(folder / "README.md")
    except ConfigError:
        return  # what is wrong with it is said where the dataset is read
    where = f"{folder / 'README.md'}: versions"
    found = data_sha256(folder, card)
    versions = card.get("versions")
    if versions is None and not required:
        return
    if not isinstance(versions, dict) or not versions:
        allowed = f"expected {{{card['version']}: {{sha256: {found}, changes: first}}}}"
        yield Fault(where, "missing" if versions is None else f"{str(versions)[:60]!r} was given", allowed)
        return
    wrong = list(_wrong_entries(versions, where))
    yield from wrong
    if wrong:
        return
    newest = max(versions)
    if card["version"] != newest:
        what = f"version is {card['version']!r}, and the newest of versions is {newest}"
        yield Fault(str(folder / "README.md"), what, "expected the newest")
    published = _published(folder)
    if versions[newest]["sha256"] != found:
        new, stands = (
            (newest + 1, "to publish the change") if newest in published else (newest, "this one is not in git yet")
        )
        what = f"the data is not that of version {newest}: its sha256 is {found}"
        yield Fault(f"{where}.{newest}", what, f"{stands}: {new}: {{sha256: {found}, changes: ...}} and version: {new}")
    for number, sha256 in published.items():
        stated = versions.get(number, {}).get("sha256")
        if stated != sha256:
            what = f"states {stated!r}" if stated else "is gone"
            yield Fault(f"{where}.{number}", what, f"a published version is never rewritten: git has {sha256}")


def _wrong_entries(versions: Mapping[Any, Any], where: str) -> Iterator[Fault]:
    for number, entry in versions.items():
        if not isinstance(number, int) or isinstance(number, bool) or number < 1:
            yield Fault(f"{where}.{number}", f"{number!r} is no version", "expected 1, 2, 3 ...")
        elif not isinstance(entry, dict) or not all(isinstance(entry.get(key), str) for key in ("sha256", "changes")):
            yield Fault(
                f"{where}.{number}", f"{str(entry)[:60]!r} was given", "expected {sha256: ..., changes: one line}"
            )


def _published(folder: Path) -> dict[int, str]:
    """The versions with the hashes that git's history first knew them by; none where there is no git or no history. A shallow
    clone knows the last commits only."""
    git = shutil.which("git")
    if git is None:
        return {}
    words = [git, "log", "--reverse", "--format=%H", "--", "README.md"]
    commits = subprocess.run(words, cwd=folder, capture_output=True, text=True).stdout.split()  # noqa: S603 - fixed words
    published: dict[int, str] = {}
    for commit in commits:
        shown = subprocess.run([git, "show", f"{commit}:./README.md"], cwd=folder, capture_output=True)  # noqa: S603
        published = {**_stated(shown.stdout, folder), **published}
    return published


def _stated(content: bytes, folder: Path) -> dict[int, str]:
    """The versions that a card states, with their hashes; none where it is no good card."""
    try:
        card = parsed(content.decode("utf-8", "replace"), folder / "README.md") or {}
    except ConfigError:
        return {}
    versions = card.get("versions")
    if not isinstance(versions, dict) or list(_wrong_entries(versions, "")):
        return {}
    return {number: entry["sha256"] for number, entry in versions.items()}
