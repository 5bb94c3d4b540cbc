"""What a model call costs, by the prices that genai-prices ships: nothing is fetched."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

# Some prices hang on the date and the hour. A fixed moment makes the same call cost the same whenever it is priced.
PRICED_AT = datetime(2026, 11, 1, 12, tzinfo=UTC)


@lru_cache(10_000)
def cost_usd(model: str, input_tokens: int, output_tokens: int, cached_tokens: int = 0) -> float | None:
    """Dollars for one call; None where the model's price is unknown.

    `input_tokens` is the whole prompt, `cached_tokens` the part of it that was read from the provider's cache. Price
    each call by itself and add up the costs: some prices step up with the size of a call.
    """
    from genai_prices import Usage, calc_price

    usage = Usage(input_tokens=input_tokens, output_tokens=output_tokens, cache_read_tokens=cached_tokens)
    try:
        price = calc_price(usage, model, genai_request_timestamp=PRICED_AT)
    except LookupError:
        return None
    return float(price.total_price)
