"""Reading descriptions of variants without building them."""

from typing import Any

import pytest
import yaml

from pipelines.descriptions import changes, model_name, models, one_line, system

SMALL, LARGE = {"local": {"tier": "small"}}, {"local": {"tier": "large"}}
HASH = "8e2c7ac508139a02af859de64a4743c1f3946837279332c35ec8f5ddf20654ae"
BOT = {"chain": [{"gateway": {"keys_sha256": [HASH]}}, {"chatbot": {"model": SMALL}}]}


def rag(retriever: Any = "bm25", model: Any = SMALL, **more: Any) -> dict[str, Any]:
    return {
        "rag": {"retriever": {retriever: {"top_k": 5}} if retriever in ("bm25", "dense") else retriever, "model": model}
        | more
    }


def test_a_wrapped_system_is_known_by_its_own_name() -> None:
    assert system(BOT) == "chatbot"
    assert system(rag()) == "rag"


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (SMALL, "small"),
        ({"openai": {"model": "gpt-5-mini"}}, "gpt-5-mini"),
        ({"chain": [{"retry": {"attempts": 3}}, {"openai": {"model": "gpt-5-mini"}}]}, "gpt-5-mini"),
        ("echo", "echo"),
    ],
)
def test_a_model_is_known_by_what_tells_it_from_others(model: Any, name: str) -> None:
    assert [model_name(found) for found in models(rag(model=model))] == [name]


@pytest.mark.parametrize(
    ("b", "expected"),
    [
        (rag(), []),
        (rag(model=LARGE), ["model.tier: small → large"]),
        (rag("dense"), ["retriever: bm25 → dense"]),
        (rag({"bm25": {"top_k": 9}}), ["retriever.top_k: 5 → 9"]),
        (rag({"dense": {"top_k": 9}}), ["retriever: bm25 → dense", "retriever.top_k: 5 → 9"]),
        (rag("dense", LARGE), ["retriever: bm25 → dense", "model.tier: small → large"]),
        (rag(context_tokens=500), ["context_tokens: unset → 500"]),
        (BOT, ["system: rag → chatbot"]),
        ({"chain": ["cache", rag()]}, ["wrappers: none → cache"]),
        (rag(model={"chain": [{"retry": {}}, SMALL]}), ["around model: none → retry"]),
    ],
)
def test_each_difference_is_one_change_said_in_words(b: Any, expected: list[str]) -> None:
    assert changes(rag(), b) == expected
    assert len(changes(b, rag())) == len(expected)


def test_a_changed_field_of_a_wrapper_is_one_change() -> None:
    slow, fast = ({"chain": [{"limit": {"per_minute": rate}}, rag()]} for rate in (20, 90))
    assert changes(slow, fast) == ["limit.per_minute: 20 → 90"]


def test_one_line_is_yaml_that_hides_nothing_but_the_tail_of_a_hash() -> None:
    shared = rag(model=SMALL) | {"again": SMALL}  # the same object twice, as an anchor in params.yaml makes it
    assert yaml.safe_load(one_line(shared)) == shared
    assert "&" not in one_line(shared)
    assert (
        one_line(BOT) == "{chain: [{gateway: {keys_sha256: [8e2c7ac5…]}}, {chatbot: {model: {local: {tier: small}}}}]}"
    )
    assert one_line("minilm") == "minilm"
