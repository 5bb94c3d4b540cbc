from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from systems.models.prices import cost_usd

TOKENS = st.integers(0, 200_000)


@pytest.mark.parametrize("model", ["local-small", "no-such-model", ""])
def test_an_unknown_model_costs_none_and_not_zero(model: str) -> None:
    assert cost_usd(model, 1000, 100) is None


def test_a_million_tokens_of_gpt_5_nano_cost_what_its_vendor_lists() -> None:
    assert cost_usd("gpt-5-nano", 1_000_000, 0) == pytest.approx(0.05)
    assert cost_usd("gpt-5-nano", 0, 1_000_000) == pytest.approx(0.40)


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
