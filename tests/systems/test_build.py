"""From descriptions to objects."""

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from pipelines.clock import run
from systems import build as building
from systems.build import PARTS, build
from systems.errors import ConfigError

SCRIPTED = {"scripted": {"behaviour": "wrong"}}
LIMIT = {"limit": {"per_minute": 60, "burst": 2}}
GATEWAY = {"gateway": {"keys_sha256": ["0" * 64]}}
BOT = {"chatbot": {"model": SCRIPTED}}


def faults(description: Any, **more: Any) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        build(description, where="variants.x", **more)
    return [str(fault) for fault in caught.value.faults]


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, parts in PARTS.items() for name in parts])
def test_every_part_that_is_named_exists(kind: str, name: str) -> None:
    module, _, cls = PARTS[kind][name].partition(":")
    assert hasattr(import_module(module), cls)


def test_a_chain_wraps_outermost_first() -> None:
    assert build({"chain": [GATEWAY, LIMIT, BOT]}).part.name == f"gateway(limit({build(BOT).part.name}))"


def test_equal_descriptions_are_one_object_and_others_are_not() -> None:
    one, same, other = build({"chain": [LIMIT, BOT]}), build({"chain": [LIMIT, BOT]}), build(BOT)
    assert one.part is same.part
    assert one.part.inner is other.part
    assert build({"chain": [{"limit": {"per_minute": 60, "burst": 3}}, BOT]}).part is not one.part


def test_an_unknown_part_lists_what_is_known() -> None:
    assert faults({"rga": {}}) == ["variants.x: no part is named 'rga'; known: chatbot, rag, search"]


def test_every_fault_is_reported_at_once() -> None:
    said = faults({"chain": [{"limit": {"per_minute": -1, "brust": 2}}, {"chatbot": {"model": {"locall": {}}}}]})
    assert [line.split(": ")[0] for line in said] == [
        "variants.x.chain[1].chatbot.model",
        "variants.x.chain[0].limit.brust",
        "variants.x.chain[0].limit.per_minute",
        "variants.x.chain[0].limit.burst",
    ]
    assert "-1 was given; Input should be greater than 0" in said[2]


def test_a_missing_model_says_what_may_stand_there() -> None:
    assert faults({"chatbot": {}}) == ["variants.x.chatbot.model: missing; expected a part: local, scripted"]


@pytest.mark.parametrize(
    "description", [None, 3, [], {}, {"chatbot": {}, "rag": {}}, {"chatbot": 3}, {"chain": []}, {"chain": BOT}]
)
def test_what_is_no_description_is_a_fault(description: Any) -> None:
    assert faults(description)


def test_a_wrapping_that_makes_no_sense_is_refused() -> None:
    assert "cannot stand outside" in faults({"chain": [LIMIT, GATEWAY, BOT]})[0]
    assert "cannot stand outside" in faults({"chain": [LIMIT, LIMIT, BOT]})[0]
    assert "cannot stand around a model" in faults({"chatbot": {"model": {"chain": [GATEWAY, SCRIPTED]}}})[0]
    assert "no wrapper is named 'chatbot'" in faults({"chain": [BOT, BOT]})[0]


def test_a_field_that_is_left_out_is_filled_by_what_is_given() -> None:
    dense = {"dense": {"top_k": 3}}
    with pytest.raises(ConfigError, match="index: missing"):
        build(dense, kind="retriever")
    built = build(dense, kind="retriever", given={"index": {"table": {"manifest": "m.json"}}})
    assert built.part.index.manifest == Path("m.json")
    assert built.part.top_k == 3


def test_the_fingerprint_changes_with_a_file_that_a_part_reads(tmp_path: Path) -> None:
    def fingerprint(top_k: int = 3) -> str:
        given = {"index": {"table": {"manifest": str(tmp_path / "m.json")}}}
        return build({"dense": {"top_k": top_k}}, kind="retriever", given=given).fingerprint

    (tmp_path / "m.json").write_text("1")
    first = fingerprint()
    assert fingerprint() == first
    assert fingerprint(top_k=4) != first
    (tmp_path / "m.json").write_text("2")
    assert fingerprint() != first


def test_the_fingerprint_changes_with_the_code_of_a_part_and_of_what_it_imports(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hashed = building.code_hash("systems.chatbot")
    building.code_hash.cache_clear()
    read_bytes = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda self: read_bytes(self) + b"#" * (self.name == "facts.py"))
    changed = building.code_hash("systems.chatbot")
    building.code_hash.cache_clear()
    assert changed != hashed


class Opened:
    """Counts its openings; stands in for a model in a part's place."""

    def __init__(self, log: list[str], name: str, fails: bool = False) -> None:
        self.log, self.name, self.fails = log, name, fails

    async def open(self) -> None:
        if self.fails:
            raise OSError("no disk")
        self.log.append(f"open {self.name}")

    async def close(self) -> None:
        self.log.append(f"close {self.name}")


def test_parts_open_innermost_first_and_close_in_reverse_after_their_last_user() -> None:
    log: list[str] = []
    shared, one, two = Opened(log, "shared"), Opened(log, "one"), Opened(log, "two")
    first, second = building.Built(one, [shared, one], "f"), building.Built(two, [shared, two], "f")

    async def main() -> None:
        async with first:
            async with second:
                log.append("both")
            log.append("first")

    run(main())
    assert log == [
        "open shared", "open one", "open two", "both", "close two", "first", "close one", "close shared",
    ]  # fmt: skip


def test_what_was_opened_is_closed_when_a_later_part_cannot_open() -> None:
    log: list[str] = []
    built = building.Built(None, [Opened(log, "a"), Opened(log, "b", fails=True)], "f")

    async def main() -> None:
        async with built:
            raise AssertionError("it cannot be open")

    with pytest.raises(OSError, match="no disk"):
        run(main())
    assert log == ["open a", "close a"]


def test_the_fingerprint_of_what_was_built_changes_with_the_code_of_one_of_its_parts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hashed = building.code_hash
    description = {"chain": [LIMIT, BOT]}
    first = build(description).fingerprint
    for module in ("systems.patterns.limit", "systems.chatbot", "systems.models.scripted"):
        monkeypatch.setattr(building, "code_hash", lambda name, changed=module: hashed(name) + "x" * (name == changed))
        assert build(description).fingerprint != first
    monkeypatch.setattr(building, "code_hash", hashed)
    assert build(description).fingerprint == first
