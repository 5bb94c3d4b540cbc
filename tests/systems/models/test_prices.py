from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from systems.models.prices import cost_usd

TOKENS = st.integers(0, 200_000)


@pytest.mark.parametrize("model", ["local-small", "no-such-model", ""])
def test_an_unknown_model_costs_none_and_not_zero(model: str) -> None:
    assert cost_usd(model, 1000, 100) is None


@pytest.mark.parametrize(
    ("model", "input", "output"), [("gpt-5-nano", 0.05, 0.40), ("gpt-4o-mini", 0.15, 0.60), ("gpt-5-mini", 0.25, 2.00)]
)
def test_a_million_tokens_cost_what_their_vendor_lists(model: str, input: float, output: float) -> None:
    assert cost_usd(model, 1_000_000, 0) == pytest.approx(input)
    assert cost_usd(model, 0, 1_000_000) == pytest.approx(output)


def test_cached_tokens_are_cheaper() -> None:
    fresh, cached = cost_usd("gpt-5-mini", 10_000, 100), cost_usd("gpt-5-mini", 10_000, 100, cached_tokens=8_000)
    assert fresh is not None
    assert cached is not None
    assert cached < fresh


@given(TOKENS, TOKENS)
def test_more_tokens_never_cost_less(few: int, many: int) -> None:
    few, many = sorted((few, many))
    less, more = cost_usd("gpt-5-nano", few, few), cost_usd("gpt-5-nano", many, many)
    assert less is not None
    assert more is not None
    assert less <= more
