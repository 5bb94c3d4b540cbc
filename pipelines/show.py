"""One call as a tree of spans, with times, tokens, cost and what was found."""

from __future__ import annotations

from pathlib import Path

from pipelines.data import Example, read_examples
from pipelines.paths import PREPARED
from pipelines.score import read_responses
from systems.errors import ConfigError, Fault
from systems.facts import Cited, Fact, Intervened, ModelCall, Retrieved, Routed, ToolCalled
from systems.interface import Response

BAR = 24  # characters for the whole call


def find(path: Path, id: str | None) -> tuple[Response, Example | None]:
    """The response whose id starts with `id`, or that answers the example with this id; without an id the first of the file.

    With it the example that it answers, where the dataset that the file is named after has been prepared.
    """
    prepared = PREPARED / path.stem / "examples.jsonl"
    examples = read_examples(prepared) if prepared.is_file() else []
    by_request = {example.request.id(): example for example in examples}
    wanted = next((example.request.id() for example in examples if example.id == id), id or "")
    for response in read_responses(path):
        if response.id.startswith(wanted):
            return response, by_request.get(response.id)
    raise ConfigError(Fault(str(path), f"no response has an id that starts with {id!r}", "nor is it an example's"))


def asked(example: Example) -> str:
    """The question, what a right answer holds, and where."""
    gold = ", ".join(f"{one.document}[{one.start}:{one.end}]" for one in example.gold)
    right = (
        f"{' | '.join(example.answers) or 'what stands there'}  ({gold})"
        if example.answerable
        else "cannot be answered"
    )
    return f"{example.id}: {example.question}\n  right: {right}"


def draw(response: Response) -> str:
    """The spans as an indented tree with bars on a common time axis, each with its facts, then the totals."""
    lines = []
    depth: list[int] = []
    for span in response.spans:
        depth.append(0 if span.parent is None else depth[span.parent] + 1)
        whole = response.latency_s or 1.0
        left, right = round(span.start_s / whole * BAR), round(span.end_s / whole * BAR)
        bar = (" " * left + "█" * max(1, right - left)).ljust(BAR)[:BAR]
        title = f"{'  ' * depth[-1]}{span.name}"
        lines.append(
            f"{title:<44.44} {bar} {span.end_s - span.start_s:7.3f} s" + (f"  {span.error}" if span.error else "")
        )
        lines += [f"{'  ' * depth[-1]}    {_line(fact)}" for fact in span.facts]
    return "\n".join([*lines, totals(response)])


def totals(response: Response) -> str:
    """One line: time, tokens, cost, how many sources; and whose price or clock is borrowed."""
    cost = "price unknown" if response.cost_usd is None else f"${response.cost_usd:.6f}"
    first = "no text" if response.ttft_s is None else f"first text after {response.ttft_s:.3f} s"
    borrowed = {f"priced as {call.priced_as}" for call in response.model_calls if call.priced_as}
    borrowed |= {f"latency {call.timing}" for call in response.model_calls if call.timing != "measured"}
    parts = [
        f"{response.latency_s:.3f} s, {first}",
        f"{response.input_tokens} + {response.output_tokens} tokens",
        cost,
        f"{len(response.citations)} cited",
    ]
    return "; ".join(parts) + (f"  ({', '.join(sorted(borrowed))})" if borrowed else "")


def _line(fact: Fact) -> str:
    match fact:
        case ModelCall():
            cost = "price unknown" if fact.cost_usd is None else f"${fact.cost_usd:.6f}"
            return f"{fact.model}: {fact.input_tokens} + {fact.output_tokens} tokens, {cost}, {fact.finish}"
        case Retrieved() | Cited():
            found = ", ".join(f"{p.document}[{p.start}:{p.end}]" for p in fact.passages)
            return f"{fact.fact} {len(fact.passages)}: {found}" if fact.passages else f"{fact.fact} nothing"
        case Routed():
            return f"routed to {fact.to}"
        case ToolCalled():
            return f"{fact.tool}({fact.arguments}) -> {fact.error or fact.observation}"
        case Intervened():
            return f"{fact.pattern}: {fact.what}"
