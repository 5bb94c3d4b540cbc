"""Which pattern stands around which, what one description makes, and what is refused before anything runs."""

from __future__ import annotations

import ast
from importlib import import_module
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from systems.build import PARTS, build, load
from systems.errors import ConfigError

ORDER = [  # as docs/systems.md has it
    "gateway", "limit", "queue", "fallback", "retry", "hedge", "breaker", "provider_limit", "timeout", "faults",
]  # fmt: skip
MODELS = ({"scripted": {"behaviour": "wrong"}}, {"scripted": {"behaviour": "right"}})
DESCRIBED: dict[str, dict[str, Any]] = {
    "breaker": {},
    "fallback": {"apology": "sorry"},
    "faults": {},
    "gateway": {"keys_sha256": ["0" * 64]},
    "hedge": {"after_s": 1, "safe": True},
    "limit": {"per_minute": 60, "burst": 2},
    "provider_limit": {"requests_per_minute": 60, "tokens_per_minute": 6000, "concurrency": 2},
    "queue": {"workers": 2, "places": 2},
    "retry": {"attempts": 3},
    "timeout": {"total_s": 60},
}
BOT = {"chatbot": {"model": MODELS[0]}}
INSIDE: dict[str, Any] = {"system": BOT, "model": MODELS[0]}


@pytest.mark.parametrize(
    ("name", "kind"), [(name, kind) for name in ORDER for kind in load(PARTS["wrapper"][name]).AROUND]
)
def test_equal_descriptions_are_one_object_and_others_are_not(name: str, kind: str) -> None:
    def built(model: Any) -> Any:
        inside = model if kind == "model" else {"chatbot": {"model": model}}
        return build({"chain": [{name: DESCRIBED[name]}, inside]}, kind).part

    one = built(MODELS[0])
    assert one is built(MODELS[0])
    assert one is not built(MODELS[1])


def around(*names: str) -> str | None:
    """What all of these can stand around; None where there is nothing."""
    return next((kind for kind in INSIDE if all(kind in load(PARTS["wrapper"][name]).AROUND for name in names)), None)


@pytest.mark.parametrize(("outer", "inner"), [pair for pair in permutations(ORDER, 2) if around(*pair)])
def test_one_order_of_two_patterns_can_be_built_and_the_other_is_refused(outer: str, inner: str) -> None:
    kind = around(outer, inner)
    assert kind
    links = [{outer: DESCRIBED[outer]}, {inner: DESCRIBED[inner]}]
    flat, nested = [*links, INSIDE[kind]], [links[0], {"chain": [links[1], INSIDE[kind]]}]
    for chain in (flat, nested):
        if ORDER.index(outer) < ORDER.index(inner):
            assert build({"chain": chain}, kind).part.name.startswith(f"{outer}({inner}(")
        else:
            with pytest.raises(ConfigError, match=f"{outer} cannot stand outside"):
                build({"chain": chain}, kind)


def test_what_goes_around_a_system_alone_and_a_model_alone_cannot_be_nested() -> None:
    with pytest.raises(ConfigError, match="provider_limit cannot stand around a system"):
        build({"chain": [{"gateway": DESCRIBED["gateway"]}, {"provider_limit": DESCRIBED["provider_limit"]}, BOT]})


@pytest.mark.parametrize("name", ORDER)
def test_no_pattern_stands_around_itself(name: str) -> None:
    kind = around(name) or "system"
    with pytest.raises(ConfigError, match="cannot stand outside"):
        build({"chain": [{name: DESCRIBED[name]}, {name: DESCRIBED[name]}, INSIDE[kind]]}, kind)


@pytest.mark.parametrize("name", ORDER)
def test_no_pattern_reads_a_clock_of_its_own_or_sleeps_but_by_the_call(name: str) -> None:
    module = import_module(PARTS["wrapper"][name].partition(":")[0])
    tree = ast.parse(Path(module.__file__ or "").read_text())
    named = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not imported & {"time", "datetime"}
    slept = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and getattr(node.func, "attr", "") == "sleep"
        and ast.unparse(node) != "asyncio.sleep(0)"  # which waits for nothing but the others' turn
        and not ast.unparse(node.func).startswith("call.")
    ]
    assert not slept
    assert "monotonic" not in named


def test_the_page_has_the_patterns_in_their_order() -> None:
    assert sorted(ORDER, key=lambda name: load(PARTS["wrapper"][name]).LAYER) == ORDER
    page = Path("docs/systems.md").read_text().partition("## The order of wrappers")[2]
    places = [page.index(f"`{name}`") for name in ORDER]
    assert places == sorted(places)


def faults(*links: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        build({"chain": [*links, MODELS[0]]}, "model", "models.m")
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "config", "said"),
    [
        ("retry", {}, "retry.attempts: missing"),
        ("retry", {"attempts": 0}, "retry.attempts: 0 was given"),
        ("retry", {"attempts": 1000}, "retry.attempts: 1000 was given"),
        ("retry", {"attempts": 3, "first_wait_s": -1}, "retry.first_wait_s: -1 was given"),
        ("retry", {"attempts": 3, "max_wait_s": float("inf")}, "retry.max_wait_s: inf was given"),
        ("retry", {"attempts": 3, "budget": 1.5}, "retry.budget: 1.5 was given"),
        ("breaker", {"failures": 0}, "breaker.failures: 0 was given"),
        ("breaker", {"rate": 0}, "breaker.rate: 0 was given"),
        ("breaker", {"rest_s": 0}, "breaker.rest_s: 0 was given"),
        ("timeout", {}, "no time is limited: set first_s, total_s or both"),
        ("timeout", {"first_s": 0}, "timeout.first_s: 0 was given"),
        ("hedge", {"after_s": 2}, "hedge.safe: missing"),
        ("hedge", {"after_s": 2, "safe": False}, "hedge.safe: False was given"),
        ("hedge", {"after_s": -2, "safe": True}, "hedge.after_s: -2 was given"),
        ("fallback", {}, "there is nothing to fall back to"),
        ("fallback", {"to": MODELS[0]}, "to[0]: a fallback to itself: scripted-wrong was asked before"),
        ("fallback", {"to": [MODELS[1], MODELS[1]]}, "to[1]: a fallback to itself"),
        (
            "fallback",
            {"to": [MODELS[1], {"bot": {}}]},
            "fallback.to[1]: no part is named 'bot'; known: local, scripted",
        ),
        ("fallback", {"to": {"chatbot": {"model": MODELS[1]}}}, "fallback.to: no part is named 'chatbot'"),
        ("faults", {"chance": {"cut": 1.5}}, "faults.chance.cut: 1.5 was given"),
        ("faults", {"chance": {"fire": 1}}, "'fire' was given; Input should be 'rate_limited', 'server_error'"),
        ("faults", {"chance": {"cut": 0.6, "garbage": 0.6}}, "the chances add up to 1.2"),
        ("faults", {"windows": [{"from_s": 2, "to_s": 1, "chance": {}}]}, "to_s: 1 is not after from_s, 2"),
        ("faults", {"windows": [{"from_s": 0, "chance": {}}]}, "Field required"),
        ("faults", {"retry_after_s": float("nan")}, "faults.retry_after_s: nan was given"),
    ],
)
def test_a_configuration_that_makes_no_sense_is_a_fault_with_its_place(name: str, config: Any, said: str) -> None:
    found = faults({name: config})
    assert f"models.m.chain[0].{name}" in found
    assert said in found


def test_a_fallback_to_the_same_model_is_one_to_itself_whatever_it_is_wrapped_in() -> None:
    retry = {"retry": {"attempts": 3}}
    assert "a fallback to itself" in faults({"fallback": {"to": MODELS[0]}}, retry)
    assert "a fallback to itself" in faults({"fallback": {"to": {"chain": [retry, MODELS[0]]}}})


def test_a_fallback_whose_fallback_leads_back_is_one_to_itself() -> None:
    there_and_back = {"chain": [{"fallback": {"to": MODELS[0]}}, MODELS[1]]}
    assert "to[0]: a fallback to itself: scripted-wrong" in faults({"fallback": {"to": there_and_back}})


def test_a_model_with_faults_and_one_without_are_two() -> None:
    chain = [{"fallback": {"to": MODELS[0]}}, {"faults": {"chance": {"cut": 1}}}, MODELS[0]]
    assert build({"chain": chain}, "model").part.name == "fallback(faults(scripted-wrong), scripted-wrong)"


def test_a_single_service_to_fall_back_to_is_a_list_of_one() -> None:
    alone, listed = ({"chain": [{"fallback": {"to": to}}, MODELS[0]]} for to in (MODELS[1], [MODELS[1]]))
    assert build(alone, "model").part is build(listed, "model").part


def test_the_services_to_fall_back_to_are_in_the_fingerprint() -> None:
    one, other = (
        build(
            {"chain": [{"fallback": {"to": {"scripted": {"behaviour": "right", "otherwise": text}}}}, MODELS[0]]},
            "model",
        )
        for text in ("one", "other")
    )
    assert one.fingerprint != other.fingerprint
