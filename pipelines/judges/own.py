"""Our own formulas, over the answers of any oracle. Each says where it comes from; docs/metrics.md says who differs, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pipelines.judges import tools
from pipelines.judges.asked import NEEDS, RUBRIC
from pipelines.judges.guarded import Guarded
from pipelines.judges.judge import Item, Opinion, Oracle
from pipelines.judges.rubrics import Rubric


@dataclass(frozen=True)
class Own:
    """A judge that asks an oracle and counts. Raises JudgeFailed where the oracle does, NothingToJudge where no claim is."""

    oracle: Oracle
    rubrics: Mapping[str, Rubric] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.oracle.name

    @property
    def metrics(self) -> tuple[str, ...]:
        return (*NEEDS, *(f"{RUBRIC}{name}" for name in self.rubrics))

    async def likelihood(self, text: str, evidence: Sequence[str], question: str) -> float:
        """The probability that all of a text is supported: that of its least supported claim. A text that claims nothing is read
        as one claim. Raises JudgeFailed where the oracle does."""
        oracle = Guarded(self.oracle)
        said = await oracle.claims(text, question) or [text]
        return min(verdict.probability for verdict in await oracle.verdicts(said, evidence, question))

    async def score(self, metric: str, item: Item) -> Opinion:
        oracle = Guarded(self.oracle)
        if metric.startswith(RUBRIC):
            rubric = self.rubrics[metric.removeprefix(RUBRIC)]
            mark, why = await oracle.rubric(rubric.criteria, rubric.steps, item)
            return Opinion(mark / 10, why)
        match metric:
            case "faithfulness":
                return Opinion(await faithfulness(oracle, item))
            case "answer_relevancy":
                return Opinion(await answer_relevancy(oracle, item))
            case "context_precision":
                return Opinion(await context_precision(oracle, item))
            case "context_recall":
                return Opinion(await context_recall(oracle, item))
            case "answer_correctness":
                return Opinion(await answer_correctness(oracle, item))
            case "noise_sensitivity":
                return Opinion(await noise_sensitivity(oracle, item))
            case "tool_call_accuracy":
                return Opinion(tools.accuracy(item.tools, item.expected_tools or ()))
            case "tool_call_f1":
                return Opinion(tools.f1(item.tools, item.expected_tools or ()))
        raise ValueError(f"no metric is named {metric!r}")


async def faithfulness(oracle: Guarded, item: Item) -> float:
    """The share of the answer's claims that all passages together support (Es et al. 2023, https://arxiv.org/abs/2309.15217)."""
    claims = await oracle.some_claims(item.answer, item.question, "answer")
    return _share(await oracle.supported(claims, item.contexts or (), item.question))


async def answer_relevancy(oracle: Guarded, item: Item) -> float:
    """The share of the answer's claims that help to answer the question, true or not: deepeval's definition."""
    claims = await oracle.some_claims(item.answer, item.question, "answer")
    return _share(await oracle.relevant(item.question, claims))


async def context_precision(oracle: Guarded, item: Item) -> float:
    """Average precision of the ranking: the mean, over the useful passages, of the share of useful ones up to each; 0 where
    none is useful. As ragas and deepeval define it: over what was found, not over what there is to find."""
    useful = await oracle.useful(item.question, item.reference, item.contexts or ())
    precisions = [sum(useful[: at + 1]) / (at + 1) for at, helps in enumerate(useful) if helps]
    return sum(precisions) / len(precisions) if precisions else 0.0


async def context_recall(oracle: Guarded, item: Item) -> float:
    """The share of the reference's claims that all passages together support."""
    claims = await oracle.some_claims(item.reference, item.question, "reference")
    return _share(await oracle.supported(claims, item.contexts or (), item.question))


async def answer_correctness(oracle: Guarded, item: Item) -> float:
    """F1 over claims: right are the answer's that the reference supports, wrong its others, missing the reference's that the
    answer does not support. 1 where neither claims anything (both abstain), 0 where one alone does."""
    said = await oracle.claims(item.answer, item.question)
    wanted = await oracle.claims(item.reference, item.question)
    if not said or not wanted:
        return float(not said and not wanted)
    right = sum(await oracle.supported(said, [item.reference], item.question))
    missing = len(wanted) - sum(await oracle.supported(wanted, [item.answer], item.question))
    return 2 * right / (right + len(said) + missing)


async def noise_sensitivity(oracle: Guarded, item: Item) -> float:
    """The share of the answer's claims that the reference does not support but a relevant passage does (one that supports a
    claim of the reference): errors that retrieval led into. ragas' definition in its mode "relevant"; lower is better."""
    wanted = await oracle.some_claims(item.reference, item.question, "reference")
    said = await oracle.some_claims(item.answer, item.question, "answer")
    led_astray = [False] * len(said)
    for passage in item.contexts or ():
        if any(await oracle.supported(wanted, [passage], item.question)):
            here = await oracle.supported(said, [passage], item.question)
            led_astray = [before or now for before, now in zip(led_astray, here, strict=True)]
    right = await oracle.supported(said, [item.reference], item.question)
    return _share([astray and not fine for astray, fine in zip(led_astray, right, strict=True)])


def _share(which: Sequence[bool]) -> float:
    return sum(which) / len(which)
