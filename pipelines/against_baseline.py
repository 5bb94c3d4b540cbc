"""The report's table of every variant against one: is any better than `compare.baseline`, when so many are looked at?"""

from __future__ import annotations

from collections.abc import Sequence

from pipelines import tables
from pipelines.params import Params
from pipelines.quantities import COST_PER_CORRECT, CostPerCorrect, Mean, Quantity
from pipelines.score_files import Scores, aligned, run_scores
from pipelines.significance import Pair, Tested, tested
from pipelines.stats import Difference

LOOKED_AT: Sequence[tuple[Quantity, str, int, int]] = (  # figure, heading, times, digits
    (Mean("correctness"), "correctness", 1, 2),
    (CostPerCorrect(COST_PER_CORRECT), "USD per 1,000 correct answers", 1000, 3),
)


def section(dataset: str, params: Params) -> str:
    """A row a variant; nothing where no baseline is named, or where it is not run on this dataset or nothing else is."""
    name = params.compare.baseline
    variants = [row.variant for row in params.runs if row.dataset == dataset]
    if name not in variants or len(variants) < 2:
        return ""
    scores = {variant: run_scores(variant, dataset) for variant in variants}
    found = [_tested(one, scores, name, params) for one, *_ in LOOKED_AT]
    rows = []
    for variant in variants:
        if variant != name:
            cells = [
                cell
                for tests, (_, _, times, digits) in zip(found, LOOKED_AT, strict=True)
                for cell in _cells(tests.get(variant), times, digits)
            ]
            rows.append([variant, *cells])
    headers = ["variant", *(cell for _, heading, *_ in LOOKED_AT for cell in (heading, "p", "p (Holm)"))]
    note = (
        f"### Every variant against {name} on {dataset}\n\nThe paired difference from {name} (`compare.baseline` of params.yaml)"
        " with its 95 % cluster-bootstrap interval, and p by exchanging whole clusters. p (Holm) is adjusted for the number of"
        f" variants, {len(rows)}, in each column by itself: where none differs, 1 such column in 20 has one at or below 0.05."
    )
    return f"{note}\n\n{tables.markdown(headers, rows)}"


def _tested(quantity: Quantity, scores: dict[str, Scores], baseline: str, params: Params) -> dict[str, Tested | None]:
    """Each variant less the baseline, p adjusted over the variants that the figure is known of."""
    pairs = {
        variant: Pair(quantity, of_it, aligned(scores[baseline], to=of_it))
        for variant, of_it in scores.items()
        if variant != baseline and quantity.scored(of_it) and quantity.scored(scores[baseline])
    }
    return tested(pairs, params.compare)


def _cells(one: Tested | None, times: int, digits: int) -> list[str]:
    if one is None:
        return ["-", "-", "-"]
    return [signed(one, times, digits), tables.p_value(one.p), tables.p_value(one.p_holm)]


def signed(difference: Difference | None, times: int = 1, digits: int = 2) -> str:
    """`+0.12 (+0.04 to +0.20)`; a dash where there is none."""
    if difference is None:
        return "-"
    value = f"{difference.value * times:+.{digits}f}"
    if difference.low is None or difference.high is None:
        return value
    return f"{value} ({difference.low * times:+.{digits}f} to {difference.high * times:+.{digits}f})"
