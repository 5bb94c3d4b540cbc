"""deepeval 4 as a judge: its metrics, its formulas and, where a model is asked, its prompts.

Its metrics make a prompt with an `evaluation_template` and hand it to `a_generate_with_schema(prompt, schema)`. Ours keep the
values that a prompt was made of beside its text (see `_WithValues`): an oracle is handed the values, a model the text as
deepeval writes it. A metric keeps its last verdicts in itself, so one is made for each item. `a_measure` alone is called:
`evaluate()` would write a folder and sync with a server.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Protocol

from pipelines.silence import hush

hush()  # before the next line: deepeval asks the environment when it is imported

from deepeval.metrics import (  # noqa: E402
    AnswerRelevancyMetric,
    BaseMetric,
    ContextualPrecisionMetric,
    ContextualRecallMetric,
    FaithfulnessMetric,
    GEval,
    ToolCorrectnessMetric,
)
from deepeval.metrics.answer_relevancy.answer_relevancy import AnswerRelevancyTemplate  # noqa: E402
from deepeval.metrics.contextual_precision.contextual_precision import ContextualPrecisionTemplate  # noqa: E402
from deepeval.metrics.contextual_recall.contextual_recall import ContextualRecallTemplate  # noqa: E402
from deepeval.metrics.faithfulness.faithfulness import FaithfulnessTemplate  # noqa: E402
from deepeval.metrics.g_eval.g_eval import GEvalTemplate  # noqa: E402
from deepeval.models import DeepEvalBaseLLM  # noqa: E402
from deepeval.test_case import LLMTestCase, SingleTurnParams, ToolCall, ToolCallParams  # noqa: E402
from pydantic import BaseModel  # noqa: E402

from pipelines.judges import tools  # noqa: E402
from pipelines.judges.asked import RUBRIC, NothingToJudge, score_of  # noqa: E402
from pipelines.judges.guarded import Guarded  # noqa: E402
from pipelines.judges.judge import Item, JudgeFailed, Opinion, Oracle  # noqa: E402
from pipelines.judges.replies import Replies  # noqa: E402
from pipelines.judges.rubrics import Rubric  # noqa: E402
from systems.interface import Message, ToolUse  # noqa: E402

OF_CLAIMS: dict[str, tuple[Callable[..., BaseMetric], Any]] = {
    "faithfulness": (FaithfulnessMetric, FaithfulnessTemplate),
    "answer_relevancy": (AnswerRelevancyMetric, AnswerRelevancyTemplate),
    "context_precision": (ContextualPrecisionMetric, ContextualPrecisionTemplate),
    "context_recall": (ContextualRecallMetric, ContextualRecallTemplate),
}
RUBRIC_TEMPLATE: Any = GEvalTemplate
IN_ITS_WORDS = {"supported": "yes", "contradicted": "no", "not_found": "borderline"}
SEEN = [SingleTurnParams.INPUT, SingleTurnParams.ACTUAL_OUTPUT]  # by a rubric


class _Fills(Protocol):
    """What answers a prompt: an oracle or a model."""

    async def fill(self, prompt: _WithValues, schema: type[BaseModel], item: Item) -> BaseModel: ...


@dataclass(frozen=True)
class Deepeval:
    """deepeval's metrics, fed by an oracle or by a model."""

    by: Oracle | Replies
    rubrics: dict[str, Rubric] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"deepeval({self.by.model.name if isinstance(self.by, Replies) else self.by.name})"

    @property
    def metrics(self) -> tuple[str, ...]:
        return (*OF_CLAIMS, "tool_call_accuracy", *(f"{RUBRIC}{name}" for name in self.rubrics))

    async def score(self, metric: str, item: Item) -> Opinion:
        rubric = self.rubrics.get(metric.removeprefix(RUBRIC)) if metric.startswith(RUBRIC) else None
        by_model = isinstance(self.by, Replies)
        answers = _ByModel(self.by) if isinstance(self.by, Replies) else _ByOracle(Guarded(self.by), rubric)
        made = _made(metric, rubric, _Llm(answers, item, self.name), by_model)
        await made.a_measure(_case(item), _show_indicator=False)
        if made.score is None:
            raise JudgeFailed("no score")
        return score_of(made.score)


def _made(metric: str, rubric: Rubric | None, llm: _Llm, by_model: bool) -> Any:
    if rubric:
        template = _template(RUBRIC_TEMPLATE, by_model)
        steps = list(rubric.steps) or None
        params = [*SEEN, SingleTurnParams.EXPECTED_OUTPUT] if llm.item.reference else SEEN
        return GEval(
            "rubric", params, rubric.criteria, steps, model=llm, evaluation_template=template, verbose_mode=False
        )
    if metric == "tool_call_accuracy":
        compared = [ToolCallParams.INPUT_PARAMETERS]
        return ToolCorrectnessMetric(
            model=llm, eval_mode="llm", evaluation_params=compared, should_consider_ordering=True
        )
    kind, template = OF_CLAIMS[metric]
    # By default deepeval counts claims as faithful that the passages do not mention; only contradictions are none.
    more = {"penalize_ambiguous_claims": True} if metric == "faithfulness" else {}
    template = _template(template, by_model)
    # Without a reason: it costs a call and changes no score.
    return kind(model=llm, eval_mode="llm", include_reason=False, evaluation_template=template, **more)


def _case(item: Item) -> LLMTestCase:
    case = LLMTestCase(
        input=item.question,
        actual_output=item.answer,
        expected_output=item.reference or None,
        retrieval_context=list(item.contexts or ()),
        tools_called=_calls(item.tools),
        expected_tools=_calls(item.expected_tools or ()),
    )
    case.multimodal = False  # a text that holds deepeval's mark for an image is a text
    return case


def _calls(calls: Sequence[ToolUse]) -> list[ToolCall]:
    return [ToolCall(name=call.name, input_parameters=dict(tools.arguments(call))) for call in calls]


class _WithValues(str):
    """A prompt's text, and the values that it was made of."""

    values: dict[str, Any]


@cache
def _template(base: Any, rendered: bool) -> Any:
    """deepeval's template, whose prompts keep their values; rendered only where a model will read them."""

    def keeping(write: Callable[..., str]) -> staticmethod[..., _WithValues]:
        def prompt(**values: Any) -> _WithValues:
            text = _WithValues(write(**values) if rendered else "")
            text.values = values
            return text

        return staticmethod(prompt)

    methods = {name: keeping(getattr(base, name)) for name in vars(base) if not name.startswith("_")}
    return type(f"Keeping{base.__name__}", (base,), methods)


class _Llm(DeepEvalBaseLLM):  # type: ignore[no-untyped-call]
    """What deepeval asks, for one item."""

    def __init__(self, answers: _Fills, item: Item, name: str) -> None:
        self.answers, self.item = answers, item
        super().__init__(name)

    def load_model(self, *more: Any, **named: Any) -> DeepEvalBaseLLM:
        return self

    def get_model_name(self, *more: Any, **named: Any) -> str:
        return str(self.name)

    def generate(self, *more: Any, **named: Any) -> str:
        raise NotImplementedError("only asked asynchronously")

    async def a_generate(self, *more: Any, **named: Any) -> str:
        raise NotImplementedError("only asked with a schema")

    async def a_generate_with_schema(self, *more: Any, schema: Any = None, **named: Any) -> Any:
        """Overridden rather than `a_generate`, whose TypeErrors deepeval swallows to ask again without a schema."""
        (prompt,) = more
        if not "".join(self.item.contexts or ()).strip():  # nothing was retrieved: nobody is asked what it says
            if schema.__name__ == "Truths":
                return schema(truths=[])
            if schema.__name__ == "Verdicts" and "claims" in prompt.values:
                return schema(verdicts=[{"verdict": "borderline", "reason": ""} for _ in prompt.values["claims"]])
        filled = await self.answers.fill(prompt, schema, self.item)
        _check(prompt.values, filled)
        return filled


def _check(values: dict[str, Any], filled: Any) -> None:
    """deepeval takes what comes: no claims score 1, and verdicts may be of any number."""
    if not getattr(filled, "claims", True) or not getattr(filled, "statements", True):
        raise NothingToJudge("the answer claims nothing")
    if not hasattr(filled, "verdicts"):
        return
    asked = values.get("claims", values.get("statements"))
    if asked is None and "document_count_str" in values:
        asked = values["context_to_display"]
    if asked is None and not filled.verdicts:
        raise NothingToJudge("the reference claims nothing")
    if asked is not None and len(filled.verdicts) != len(asked):
        raise JudgeFailed("a wrong number of verdicts")


@dataclass(frozen=True)
class _ByModel:
    replies: Replies

    async def fill(self, prompt: _WithValues, schema: type[BaseModel], item: Item) -> BaseModel:
        return await self.replies.fill([Message("user", str(prompt))], schema)


@dataclass(frozen=True)
class _ByOracle:
    """Answers deepeval's questions with those of an oracle."""

    oracle: Guarded
    rubric: Rubric | None

    async def fill(self, prompt: _WithValues, schema: type[BaseModel], item: Item) -> BaseModel:
        values, oracle, question = prompt.values, self.oracle, item.question
        match schema.__name__:
            case "Truths":  # an oracle looks at the passages themselves
                return schema(truths=list(item.contexts or ()))
            case "Claims":
                return schema(claims=await oracle.claims(item.answer, question))
            case "Statements":
                return schema(statements=await oracle.claims(item.answer, question))
            case "Steps":
                return schema(steps=["Apply the criteria."])
            case "ReasonScore":
                assert self.rubric
                mark, why = await oracle.rubric(self.rubric.criteria, self.rubric.steps, item)
                return schema(score=mark, reason=why)
            case "Verdicts" if "claims" in values:
                found = await oracle.verdicts(values["claims"], item.contexts or (), question)
                return schema(verdicts=[{"verdict": IN_ITS_WORDS[one.label], "reason": ""} for one in found])
            case "Verdicts" if "statements" in values:
                return _verdicts(schema, await oracle.relevant(question, values["statements"]))
            case "Verdicts" if "document_count_str" in values:
                return _verdicts(schema, await oracle.useful(question, item.reference, item.contexts or ()))
            case "Verdicts":
                claims = await oracle.claims(item.reference, question)
                return _verdicts(schema, await oracle.supported(claims, item.contexts or (), question))
        raise ValueError(f"deepeval asked for a {schema.__name__}, which is new")


def _verdicts(schema: type[BaseModel], held: Sequence[bool]) -> BaseModel:
    return schema(verdicts=[{"verdict": "yes" if yes else "no", "reason": ""} for yes in held])
