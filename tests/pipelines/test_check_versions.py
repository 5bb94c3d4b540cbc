"""A dataset of ours states the hash of its data, and no published version is ever rewritten."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from pipelines.check import check
from pipelines.check_versions import data_sha256, version_faults
from pipelines.formats.card import read_card

MINI = Path("datasets/mini")


def said() -> list[str]:
    return [str(fault) for fault in check()]


def git(*words: str) -> None:
    identity = {f"GIT_{who}_{what}": "x@y" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    subprocess.run(["git", *words], check=True, capture_output=True, env={**os.environ, **identity})


def commit() -> None:
    git("init", "-q")
    git("add", ".")
    git("commit", "-q", "-m", "x")


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def state(version: int, **hashes: str) -> None:
    """Write into the card that this is the version, with these hashes by `v<number>`."""
    entries = ", ".join(f"{name[1:]}: {{sha256: {sha256}, changes: x}}" for name, sha256 in hashes.items())
    text = re.sub(r"^version: .*$", f"version: {version}", (MINI / "README.md").read_text(), flags=re.MULTILINE)
    (MINI / "README.md").write_text(re.sub(r"^versions: .*$", f"versions: {{{entries}}}", text, flags=re.MULTILINE))


def now() -> str:
    return data_sha256(MINI, read_card(MINI / "README.md"))


def test_a_changed_document_without_a_new_version_is_a_fault_that_says_the_new_hash(project: Path) -> None:
    assert said() == []
    edit(MINI / "documents" / "returns.md", "Batteries cannot", "Batteries  cannot")
    found = [line for line in said() if "versions" in line]
    assert len(found) == 1
    assert f"datasets/mini/README.md: versions.1: the data is not that of version 1: its sha256 is {now()}" in found[0]
    assert f"1: {{sha256: {now()}, changes: ...}}" in found[0]  # nobody has seen version 1 yet


def test_what_git_has_published_takes_a_new_number(project: Path) -> None:
    commit()
    first = now()
    edit(MINI / "questions.jsonl", "How fast is express?", "How quick is express?")
    assert f"to publish the change: 2: {{sha256: {now()}, changes: ...}} and version: 2" in said()[0]
    state(2, v1=first, v2=now())
    assert said() == []


def test_a_published_version_is_never_rewritten_nor_dropped(project: Path) -> None:
    commit()
    first = now()
    edit(MINI / "questions.jsonl", "How fast is express?", "How quick is express?")
    state(1, v1=now())
    assert said() == [
        f"datasets/mini/README.md: versions.1: states {now()!r}; a published version is never rewritten: git has {first}"
    ]
    state(2, v2=now())
    assert said() == [
        f"datasets/mini/README.md: versions.1: is gone; a published version is never rewritten: git has {first}"
    ]


@pytest.mark.parametrize(
    ("versions", "fault"),
    [
        ("", "versions: missing; expected {1: {sha256: "),
        ("versions: [1]\n", "versions: '[1]' was given; expected {1: {sha256: "),
        ("versions: {one: {sha256: a, changes: b}}\n", "versions.one: 'one' is no version; expected 1, 2, 3"),
        ("versions: {1: {sha256: a}}\n", "versions.1: \"{'sha256': 'a'}\" was given; expected {sha256: ..., changes"),
        ("versions: {1: {sha256: a, changes: b}, 2: {sha256: a, changes: b}}\n", "version is 1, and the newest of versions is 2"),
    ],
)  # fmt: skip
def test_a_card_that_states_its_versions_wrongly_is_a_fault(project: Path, versions: str, fault: str) -> None:
    text = (MINI / "README.md").read_text()
    (MINI / "README.md").write_text(re.sub(r"^versions: .*\n", versions, text, flags=re.MULTILINE))
    assert any(fault in line for line in said()), said()


def test_a_folder_of_the_users_elsewhere_needs_no_versions(project: Path) -> None:
    text = re.sub(r"^versions: .*\n", "", (MINI / "README.md").read_text(), flags=re.MULTILINE)
    (MINI / "README.md").write_text(text)
    assert list(version_faults(MINI, required=False)) == []
    assert len(list(version_faults(MINI, required=True))) == 1


def test_the_hash_is_of_the_files_and_of_how_the_card_says_they_are_read(project: Path) -> None:
    before = data_sha256(MINI, {})
    assert data_sha256(MINI, {"license": "other"}) == before
    assert data_sha256(MINI, {"columns": {"question": "q"}}) != before
    (MINI / "documents" / "returns.md").rename(MINI / "documents" / "refunds.md")
    assert data_sha256(MINI, {}) != before


def test_a_version_that_was_rewritten_and_committed_is_still_found(project: Path) -> None:
    commit()
    first = now()
    edit(MINI / "questions.jsonl", "How fast is express?", "How quick is express?")
    state(1, v1=now())
    commit()
    assert said() == [
        f"datasets/mini/README.md: versions.1: states {now()!r}; a published version is never rewritten: git has {first}"
    ]
