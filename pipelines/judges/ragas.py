"""ragas 0.4.3 as a judge: its metrics, its formulas and, where a model is asked, its prompts.

Its metrics ask an LLM through `agenerate(prompt, response_model)`. Ours gets the prompt with the data that it was made of (see
`_WithData`), so that an oracle is handed that data and no text has to be parsed back; a model is sent the text as ragas
writes it. Metrics hold no state of an item, but our LLM does: both are made for each item, which takes microseconds.

What is corrected, and nothing else: docs/metrics.md, "Where definitions differ".
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pipelines.silence import hush

hush()  # before the next line: ragas asks the environment whether it may track

from pydantic import BaseModel  # noqa: E402
from ragas.embeddings.base import BaseRagasEmbedding  # noqa: E402
from ragas.llms.base import InstructorBaseRagasLLM  # noqa: E402
from ragas.messages import AIMessage, ToolCall  # noqa: E402
from ragas.metrics import collections  # noqa: E402

from pipelines.judges import tools  # noqa: E402
from pipelines.judges.asked import NEEDS, NothingToJudge, score_of  # noqa: E402
from pipelines.judges.guarded import Guarded  # noqa: E402
from pipelines.judges.judge import Item, JudgeFailed, Opinion, Oracle  # noqa: E402
from pipelines.judges.replies import Replies  # noqa: E402
from systems.interface import Message, ToolUse  # noqa: E402
from systems.retrieval.embedding import Embedder, MiniLM  # noqa: E402

PROMPTS = (  # the attributes in which ragas' metrics keep them
    "prompt",
    "statement_prompt",
    "statement_generator_prompt",
    "nli_statement_prompt",
    "faithfulness_prompt",
    "correctness_classifier_prompt",
)
OF_SUPPORT = ("NLIStatementOutput", "StatementFaithfulnessOutput")  # one schema, two names
QUESTIONS = 3  # that a model makes up for answer relevancy; ragas' default
NO_QUESTION = "(no question was asked)"  # ragas refuses an empty one, also where it only stands beside the answer


class _Fills(Protocol):
    """What answers a prompt: an oracle or a model."""

    async def fill(self, prompt: _WithData, schema: type[BaseModel], item: Item) -> BaseModel: ...


@dataclass(frozen=True)
class Ragas:
    """ragas' metrics, fed by an oracle or by a model."""

    by: Oracle | Replies
    embedder: Embedder | None = None

    @property
    def name(self) -> str:
        return f"ragas({self.by.model.name if isinstance(self.by, Replies) else self.by.name})"

    @property
    def metrics(self) -> tuple[str, ...]:
        return tuple(NEEDS)

    async def score(self, metric: str, item: Item) -> Opinion:
        llm = _Llm(_ByModel(self.by) if isinstance(self.by, Replies) else _ByOracle(Guarded(self.by)), item)
        result = await _of_tools(metric, item) if metric.startswith("tool") else await self._asking(metric, llm, item)
        if metric == "answer_correctness" and llm.silent:
            # ragas takes a side without statements for a perfect match, which would reward silence.
            return Opinion(
                float(llm.silent == 2), "neither claims anything" if llm.silent == 2 else "one claims nothing"
            )
        if metric == "tool_call_f1" and not item.tools and not item.expected_tools:
            return Opinion(1.0, "no call was expected and none made")  # 0/0, for which ragas says 0
        return score_of(min(1.0, max(0.0, result)) if metric == "answer_relevancy" else result)

    async def _asking(self, metric: str, llm: _Llm, item: Item) -> float:
        question = item.question if item.question.strip() else NO_QUESTION
        found = list(item.contexts or ("",))  # ragas refuses an empty list
        made: Any
        asked: dict[str, Any]
        match metric:
            case "faithfulness":
                made = _made(collections.Faithfulness, llm)
                asked = {"user_input": question, "response": item.answer, "retrieved_contexts": found}
            case "answer_relevancy":
                times = QUESTIONS if isinstance(self.by, Replies) else 1  # an oracle would say the same three times
                made = _made(collections.AnswerRelevancy, llm, embeddings=_Embedding(self.embedder), strictness=times)
                asked = {"user_input": question, "response": item.answer}
            case "context_precision":
                made = _made(collections.ContextPrecisionWithReference, llm)
                asked = {"user_input": question, "reference": item.reference, "retrieved_contexts": found}
            case "context_recall":
                made = _made(collections.ContextRecall, llm)
                asked = {"user_input": question, "reference": item.reference, "retrieved_contexts": found}
            case "answer_correctness":
                made = _made(collections.AnswerCorrectness, llm, weights=[1.0, 0.0])
                asked = {"user_input": question, "response": item.answer, "reference": item.reference}
            case "noise_sensitivity":
                made = _made(collections.NoiseSensitivity, llm)
                asked = {"user_input": question, "response": item.answer, "reference": item.reference}
                asked["retrieved_contexts"] = found
            case _:
                raise ValueError(f"no metric is named {metric!r}")
        return float((await made.ascore(**asked)).value)


def _made(kind: Callable[..., Any], llm: _Llm, **more: Any) -> Any:
    """A metric whose prompts carry their data."""
    metric = kind(llm=llm, **more)
    for name in PROMPTS:
        if hasattr(metric, name):
            setattr(metric, name, _Prompt(getattr(metric, name), rendered=isinstance(llm.answers, _ByModel)))
    return metric


async def _of_tools(metric: str, item: Item) -> float:
    made = collections.ToolCallAccuracy() if metric == "tool_call_accuracy" else collections.ToolCallF1()
    called, expected = _calls(item.tools), _calls(item.expected_tools or ())
    with warnings.catch_warnings():  # nothing is waited for in here, so no other task sees the filter
        warnings.simplefilter("ignore")  # that calls are missing, or of another number, is in the score
        result = await made.ascore(user_input=[AIMessage(content="", tool_calls=called)], reference_tool_calls=expected)
    return float(result.value)


def _calls(calls: Sequence[ToolUse]) -> list[ToolCall]:
    return [ToolCall(name=call.name, args=dict(tools.arguments(call))) for call in calls]


class _WithData(str):
    """A prompt's text, and the data that it was made of."""

    data: Any


@dataclass(frozen=True)
class _Prompt:
    """One of ragas' prompts; rendered only where a model will read it."""

    inner: Any
    rendered: bool

    def to_string(self, data: BaseModel) -> _WithData:
        prompt = _WithData(self.inner.to_string(data) if self.rendered else "")
        prompt.data = data
        return prompt


class _Llm(InstructorBaseRagasLLM):
    """What ragas asks, for one item. `silent` counts the texts that claimed nothing."""

    def __init__(self, answers: _Fills, item: Item) -> None:
        self.answers, self.item, self.silent = answers, item, 0

    def generate(self, prompt: str, response_model: type[Any]) -> Any:
        raise NotImplementedError("only asked asynchronously")

    async def agenerate(self, prompt: str, response_model: type[Any]) -> Any:
        assert isinstance(prompt, _WithData)
        if response_model.__name__ == "StatementGeneratorOutput" and not _text(prompt.data).strip():
            filled: Any = response_model(statements=[])
        elif response_model.__name__ in OF_SUPPORT and not prompt.data.context.strip():
            filled = response_model(statements=[_one(said, verdict=False) for said in prompt.data.statements])
        else:
            filled = await self.answers.fill(prompt, response_model, self.item)
        self._check(prompt.data, filled)
        return filled

    def _check(self, data: Any, filled: Any) -> None:
        """ragas takes what comes: a score of no statements is NaN, that of a verdict of 7 is 7."""
        name = type(filled).__name__
        if name == "StatementGeneratorOutput" and not filled.statements:
            if type(data).__module__.endswith("answer_correctness.util"):
                self.silent += 1
                return
            # Noise sensitivity asks for the reference's claims, too.
            raise NothingToJudge(f"the {'answer' if _text(data) == self.item.answer else 'reference'} claims nothing")
        if name == "ContextRecallOutput" and not filled.classifications:
            raise NothingToJudge("the reference claims nothing")
        if name in OF_SUPPORT:
            if len(filled.statements) != len(data.statements):
                raise JudgeFailed("a wrong number of verdicts")
            _zero_or_one(one.verdict for one in filled.statements)
        elif name == "AnswerRelevanceOutput":
            _zero_or_one([filled.noncommittal])
            if not filled.question.strip():
                raise JudgeFailed("no question made up")
        elif name == "ContextPrecisionOutput":
            _zero_or_one([filled.verdict])
        elif name == "ContextRecallOutput":
            _zero_or_one(one.attributed for one in filled.classifications)
        elif name == "ClassificationWithReason" and len(filled.TP) + len(filled.FP) != len(data.answer):
            raise JudgeFailed("a wrong number of verdicts")


def _text(data: Any) -> str:
    """The text whose statements are asked for; ragas has two names for it."""
    return str(data.text if hasattr(data, "text") else data.answer)


def _zero_or_one(verdicts: Any) -> None:
    if not set(verdicts) <= {0, 1}:
        raise JudgeFailed("a verdict that is neither 0 nor 1")


@dataclass(frozen=True)
class _ByModel:
    replies: Replies

    async def fill(self, prompt: _WithData, schema: type[BaseModel], item: Item) -> BaseModel:
        return await self.replies.fill([Message("user", str(prompt))], schema)


@dataclass(frozen=True)
class _ByOracle:
    """Answers ragas' questions with those of an oracle."""

    oracle: Guarded

    async def fill(self, prompt: _WithData, schema: type[BaseModel], item: Item) -> BaseModel:
        data, oracle, question = prompt.data, self.oracle, item.question
        match schema.__name__:
            case "StatementGeneratorOutput":
                return schema(statements=await oracle.claims(_text(data), question))
            case "NLIStatementOutput" | "StatementFaithfulnessOutput":
                held = await oracle.supported(data.statements, _passages(data.context, item), question)
                return schema(
                    statements=[_one(said, verdict=yes) for said, yes in zip(data.statements, held, strict=True)]
                )
            case "ContextPrecisionOutput":
                (useful,) = await oracle.useful(question, item.reference, [data.context])
                return schema(reason="", verdict=useful)
            case "ContextRecallOutput":
                claims = await oracle.claims(data.answer, question)
                held = await oracle.supported(claims, _passages(data.context, item), question)
                return schema(
                    classifications=[_one(said, attributed=yes) for said, yes in zip(claims, held, strict=True)]
                )
            case "ClassificationWithReason":
                right = await oracle.supported(data.answer, [item.reference], question)
                known = await oracle.supported(data.ground_truth, [item.answer], question)
                sides = {"TP": _those(data.answer, right, True), "FP": _those(data.answer, right, False)}
                return schema(**sides, FN=_those(data.ground_truth, known, False))
            case "AnswerRelevanceOutput":
                # An oracle makes up no questions: what the answer claims is compared with the question instead.
                claims = await oracle.some_claims(data.response, question, "answer")
                return schema(question=" ".join(claims), noncommittal=0)
        raise ValueError(f"ragas asked for a {schema.__name__}, which is new")


def _passages(context: str, item: Item) -> Sequence[str]:
    """The passages that ragas joined into one text."""
    together = item.contexts or ()
    return together if context == "\n".join(together) else (context,)


def _one(statement: str, **verdict: bool) -> dict[str, Any]:
    return {"statement": statement, "reason": "", **{key: int(yes) for key, yes in verdict.items()}}


def _those(statements: Sequence[str], held: Sequence[bool], which: bool) -> list[dict[str, str]]:
    return [{"statement": said, "reason": ""} for said, yes in zip(statements, held, strict=True) if yes is which]


class _Embedding(BaseRagasEmbedding):
    """Our embedder, as ragas wants one."""

    def __init__(self, embedder: Embedder | None) -> None:
        super().__init__()
        self.embedder = embedder or MiniLM()

    def embed_text(self, text: str, **more: Any) -> list[float]:
        return [float(value) for value in self.embedder.embed([text])[0]]

    async def aembed_text(self, text: str, **more: Any) -> list[float]:
        return self.embed_text(text)
