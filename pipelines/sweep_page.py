"""The pictures of a sweep, and its section of the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pipelines import tables
from pipelines.descriptions import modelled_note
from pipelines.figures import answers_k, chunk_quality, recall_tokens
from pipelines.figures.style import Drawing
from pipelines.params import Sweep
from pipelines.sweep_table import Cell

USUAL_K = 5


def draw_all(dataset: str, spec: Sweep, cells: Sequence[Cell]) -> list[Drawing]:
    """Recall and precision by chunk size; recall by tokens, of the retriever with which a model was asked (or the last);
    answers by k, where any were asked for."""
    retriever = spec.answers.retriever if spec.answers else list(spec.retrievers)[-1]
    overlap = spec.answers.overlap if spec.answers else spec.overlaps[0]
    k = min(spec.top_k, key=lambda one: (abs(one - USUAL_K), one))
    drawings = [
        chunk_quality.draw(dataset, cells, k, overlap),
        recall_tokens.draw(dataset, cells, retriever, overlap),
    ]
    note = modelled_note([{"rag": {"model": spec.answers.model}}]) if spec.answers else ""
    modelled = ", modelled" if note else ""
    answered = answers_k.draw(dataset, cells, retriever, overlap, modelled, note)
    return [*drawings, answered] if answered else drawings


def section(dataset: str, found: Mapping[str, Any], figures: Sequence[str]) -> str:
    """What the sweep says: the setting that was chosen for each budget, where more passages stop to help, the pictures."""
    rows = []
    for one in found["budgets"]:
        for label, spent in (("best", one["chosen"]), ("best with another chunk size", one["runner_up"])):
            if spent:
                difference = one["difference"] if label == "best" else None
                rows.append(
                    [
                        f"{one['budget_tokens']:,}",
                        label,
                        way_in_words(spent),
                        in_words(spent["span_recall"]),
                        f"{spent['context_tokens']:,.0f}",
                        difference_in_words(difference),
                        p_in_words(difference),
                    ]
                )
    headers = ["budget, tokens", "", "passages", "span recall", "tokens", "the best gains", "p"]
    budgets = tables.table(rows, headers, "github", ("right", "left", "left", "right", "right", "right", "right"))
    turns = tables.table(
        [
            [
                str(one["chunk_tokens"]),
                str(one["best_k"]),
                in_words(one["correctness"]),
                str(one["most_k"]),
                difference_in_words(one["difference"]),
                p_in_words(one["difference"]),
            ]
            for one in found["turns"]
        ],
        ["chunk size", "k", "correctness there", "most k", "what the most change", "p"],
        "github",
        ("left", *["right"] * 5),
    )
    intro = (
        f"## Chunk size and recall on {dataset}\n\nFor each budget of prompt tokens the best way to spend it, by span recall,"
        " and the best with another chunk size. Where the budget lies between two k of the grid, a share of the questions gets"
        f" the higher one, so that all spend the same on average. Chosen on {found['chosen_on']}, scored on {found['scored_on']}"
        " (whose questions may take somewhat more or less than the budget); 95 % intervals, the gain question by question with"
        " the p value of a sign-flip test, not corrected for how many there are. MiniLM sees the first 256 tokens of a chunk:"
        " of larger ones dense retrieval knows the beginning only."
    )
    shown = [intro, budgets, *figures]
    if found["turns"]:
        chosen_on = f"Here k is chosen on {found['chosen_on']}, in the picture it is not."
        note = f"How many passages until more of them stop to help. {chosen_on}"
        shown += [note, turns]
    return "\n\n".join(shown)


def way_in_words(spent: Mapping[str, Any]) -> str:
    """`hybrid, 12.4 chunks of 64 tokens, overlap 16`."""
    way = spent["way"]
    number = f"{spent['passages']:.3g}"
    overlap = f", overlap {way['overlap_tokens']}" if way["overlap_tokens"] else ""
    return f"{way['retriever']}, {number} chunk{'s' * (number != '1')} of {way['chunk_tokens']} tokens{overlap}"


def in_words(estimate: Mapping[str, Any]) -> str:
    """`0.72 (0.65 to 0.79)`."""
    limits = tables.interval(estimate["low"], estimate["high"])
    return f"{tables.number(estimate['value'])} ({limits})" if limits != "-" else tables.number(estimate["value"])


def difference_in_words(difference: Mapping[str, Any] | None) -> str:
    """`+0.04 (-0.01 to +0.09)`."""
    if difference is None:
        return "-"
    limits = [f"{one:+.3f}" for one in (difference["low"], difference["high"]) if one is not None]
    return f"{difference['value']:+.3f}" + (f" ({' to '.join(limits)})" if len(limits) == 2 else "")


def p_in_words(difference: Mapping[str, Any] | None) -> str:
    """`0.012`; a dash where nothing was compared."""
    return "-" if difference is None else "< 0.001" if difference["p"] < 0.001 else f"{difference['p']:.3f}"
