"""The section of the report on patterns under faults."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pipelines import tables
from pipelines.figures.style import Drawing

if TYPE_CHECKING:
    from pipelines.reliability import Buys, Load, Minute
    from pipelines.reliability_spec import Reliability


def section(
    spec: Reliability,
    bought: Sequence[Buys],
    minutes: Sequence[Minute],
    loads: Sequence[Load],
    drawings: Sequence[Drawing],
) -> str:
    """Tables, what they were made with, and the pictures."""
    under, down = (f"![{one.name}]({one.name}.png)\n\n{one.caption}" for one in drawings)
    intro = (
        "## Patterns under faults\n\nHow retry, breaker and fallback change what callers see when models fail on purpose, on the"
        " virtual clock. What is tried is the machinery and the arithmetic: the models are small doubles, their times are"
        " modelled, and nothing here says anything about an architecture. Both models stand in a timeout in every setup, also in"
        " `bare`. All setups get the same calls, and the first attempt of a call meets the same fault in each."
    )
    plan = spec.outage
    broken = (
        f"### The first model is down\n\nFor {plan.for_min:g} minutes every attempt at the first model fails; an answer that is"
        " under way when it begins goes on. Minute by minute, by arrival: the share answered by each model, of apologies and of"
        f" failures, and p95 in seconds. About {plan.arrivals_per_s * 60:.0f} calls a minute: no intervals, as each minute is one"
        " of its kind. After the end a breaker stays open until its next probe, and for another rest if that meets one of the"
        " usual faults."
    )
    return (
        "\n\n".join(
            [
                intro,
                "### Availability",
                _availability(bought),
                _legend(spec),
                under,
                broken,
                _minutes(minutes),
                "What the first model was asked during its outage (N calls arrive, and M before the last of these has"
                " ended; k failures open the breaker):",
                _loads(loads),
                down,
            ]
        )
        + "\n"
    )


def _availability(bought: Sequence[Buys]) -> str:
    asked = ["requests to the first, a call", "arithmetic", "formula", "requests to the second"]
    headers = ["setup", "answered by a model", "arithmetic", "formula", "gain over bare", "p95, s", *asked, "n"]
    rows = [
        [
            one.setup,
            tables.with_interval(one.availability, digits=4),
            f"{one.predicted.availability:.4f}",
            f"`{one.predicted.formula}`",
            _gain(one.gain),
            tables.with_interval(one.p95_s),
            tables.with_interval(one.asked_first, digits=3),
            f"{one.predicted.asked:.3f}",
            f"`{one.predicted.asked_formula}`",
            f"{one.asked_second.value:.4f}",
            f"{one.availability.n:,}",
        ]
        for one in bought
    ]
    sides = ("left", "right", "right", "left", "right", "right", "right", "right", "left", "right", "right")
    return tables.table(rows, headers, "github", sides)


def _gain(gain: Any) -> str:
    if gain is None:
        return "-"
    limits = [one for one in (gain.low, gain.high) if one is not None]
    return f"{gain.value:+.4f}" + (f" ({' to '.join(f'{one:+.4f}' for one in limits)})" if len(limits) == 2 else "")


def _legend(spec: Reliability) -> str:
    chance = spec.schedule.chance
    p = sum(chance.get(kind, 0.0) for kind in ("rate_limited", "server_error", "timeout"))
    return (
        f"p = {p:g} is the chance that an attempt fails before its first chunk, c = {chance.get('cut', 0.0):g} that it is cut off"
        " later (which no pattern repairs: the reader has seen the beginning), n the attempts of the retry, T = 1 + p + ... +"
        " p^(n-1) the attempts a call. B is the share that the breaker lets through when its k failures in a row come by chance"
        " alone: (C + P) / (C + P + rest x arrivals / (1 - q)), with C = (1 - q^k) / ((1 - q) q^k (1 - r)) calls until it opens"
        " and P = 1 / ((1 - q) (1 - r)) probes, r the chance of a 429, which does not count, and q that of any other failure"
        " among the rest. The second model meets the same chances, drawn for itself. In `all` the breaker is taken to stay"
        " closed. p95 is over answered calls, to the end of the answer; intervals are 95 %, by bootstrap over calls."
    )


def _minutes(minutes: Sequence[Minute]) -> str:
    headers = ["setup", "minute", "n", "first", "second", "apology", "failed", "p95, s", "requests to the first"]
    rows = [
        [one.setup, str(one.minute), str(one.n), *(f"{count / one.n:.2f}" for count in one.ends.values()),
         f"{one.p95_s:.2f}", str(one.asked_first)]
        for one in minutes
    ]  # fmt: skip
    return tables.markdown(headers, rows)


def _loads(loads: Sequence[Load]) -> str:
    headers = ["setup", "N", "requests to the first", "arithmetic", "formula"]
    rows = [[one.setup, str(one.calls), str(one.asked_first), f"{one.most:g}", f"`{one.formula}`"] for one in loads]
    return tables.table(rows, headers, "github", ("left", "right", "right", "right", "left"))


def load_row(one: Load) -> dict[str, str]:
    return {
        "setup": one.setup,
        "calls": str(one.calls),
        "asked_first": str(one.asked_first),
        "arithmetic": f"{one.most:g}",
        "formula": one.formula,
    }
