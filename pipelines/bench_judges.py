"""What a judge costs beside its oracle: CPU time of our formulas and of the adapters to ragas and deepeval.

The oracle answers at once from a table, and the model says at once what fits the schema, so that what is measured is the
adapter with the library's metric in it. Medians of single judgements, warm. `make bench` prints them; 3 ms is the promise.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Any

from pipelines.judges.asked import asked
from pipelines.judges.judge import Item, Judge, Verdict
from pipelines.judges.llm import Llm
from pipelines.judges.own import Own
from pipelines.judges.replies import Replies
from pipelines.judges.rubrics import Rubric
from systems.interface import Call, Prompt, ToolUse

TIMES = 200
PROMISED_MS = 3.0
RUBRICS = {"brief": Rubric("The answer is brief.", ("Count the sentences.",))}
CLAIMS = [f"This is claim number {at} of the answer." for at in range(5)]
ITEM = Item(
    "What does the kettle cost?",
    " ".join(CLAIMS),
    tuple(f"This is passage number {at}. " * 40 for at in range(5)),
    " ".join(CLAIMS),
    (ToolUse("1", "search", '{"query": "kettle"}'),),
    (ToolUse("1", "search", '{"query": "kettle"}'),),
)


class AtOnce:
    """An oracle that costs nothing."""

    name = "at-once"

    async def claims(self, text: str, question: str) -> list[str]:
        return CLAIMS

    async def verdicts(self, claims: Sequence[str], evidence: Sequence[str], question: str) -> list[Verdict]:
        return [YES] * len(claims)

    async def relevant(self, question: str, statements: Sequence[str]) -> list[bool]:
        return [True] * len(statements)

    async def useful(self, question: str, reference: str, passages: Sequence[str]) -> list[bool]:
        return [True] * len(passages)

    async def rubric(self, criteria: str, steps: Sequence[str], item: Item) -> tuple[int, str]:
        return 8, ""


YES = Verdict("", "supported", 1.0)


class FillsAtOnce:
    """A model that costs nothing: it knows by the fields of a schema what to say."""

    name = "fills-at-once"

    async def stream(self, prompt: Prompt, call: Call) -> AsyncGenerator[str | ToolUse, None]:
        schema = prompt.response_schema or {}
        title = f"{','.join(sorted(schema['properties']))}/{schema['title']}"
        yield SAID[f"{title} of ours" if "NumberedVerdict" in schema.get("$defs", {}) else title]


def _said() -> dict[str, str]:
    """What fits, by the fields and the title of a schema of ours, of ragas' and of deepeval's."""
    statements = [{"statement": claim, "reason": "It says so.", "verdict": 1} for claim in CLAIMS]
    attributed = [{"statement": claim, "reason": "It says so.", "attributed": 1} for claim in CLAIMS]
    numbered = [{"number": at, "label": "supported", "reason": "It says so."} for at in range(1, 6)]
    said: dict[str, Any] = {
        "claims/Claims": {"claims": CLAIMS},
        "verdicts/Verdicts": {"verdicts": [{"verdict": "yes", "reason": "It says so."}] * 5},
        "verdicts/Verdicts of ours": {"verdicts": numbered},
        "verdicts/YesNos": {"verdicts": [{"number": at, "yes": True} for at in range(1, 6)]},
        "mark,reason/Mark": {"mark": 8, "reason": "It is."},
        "reason,score/ReasonScore": {"score": 8, "reason": "It is."},
        "statements/StatementGeneratorOutput": {"statements": CLAIMS},
        "statements/Statements": {"statements": CLAIMS},
        "truths/Truths": {"truths": CLAIMS},
        "statements/NLIStatementOutput": {"statements": statements},
        "statements/StatementFaithfulnessOutput": {"statements": statements},
        "classifications/ContextRecallOutput": {"classifications": attributed},
        "reason,verdict/ContextPrecisionOutput": {"reason": "It says so.", "verdict": 1},
        "FN,FP,TP/ClassificationWithReason": {
            "TP": [{"statement": c, "reason": ""} for c in CLAIMS],
            "FP": [],
            "FN": [],
        },
        "noncommittal,question/AnswerRelevanceOutput": {"question": ITEM.question, "noncommittal": 0},
    }
    return {title: json.dumps(one) for title, one in said.items()}


SAID = _said()


def main() -> None:
    """Print one line a judge and metric."""
    asyncio.run(_main())


async def _main() -> None:
    from pipelines.judges.deepeval import Deepeval
    from pipelines.judges.ragas import Ragas

    by_model = Replies(FillsAtOnce())
    kinds: dict[str, tuple[Judge, Judge]] = {
        "own": (Own(AtOnce(), RUBRICS), Own(Llm(by_model), RUBRICS)),
        "ragas": (Ragas(AtOnce()), Ragas(by_model)),
        "deepeval": (Deepeval(AtOnce(), RUBRICS), Deepeval(by_model, RUBRICS)),
    }
    print(
        f"{'judgement':<34} {'by an oracle':>13} {'by a model':>13}   (CPU ms above what answers; promised {PROMISED_MS:g})"
    )
    for name, (oracle, model) in kinds.items():
        for metric in oracle.metrics:
            print(
                f"{metric + '.' + name:<34} {await _ms(oracle, metric):>10.2f} ms {await _ms(model, metric):>10.2f} ms"
            )


async def _ms(judge: Judge, metric: str, clock: Callable[[], float] = time.process_time) -> float:
    """Median CPU milliseconds of a judgement."""
    took = []
    for _ in range(TIMES):
        started = clock()
        opinion = await asked(judge, metric, ITEM)
        took.append(clock() - started)
        assert opinion.score is not None, opinion
    return statistics.median(took[TIMES // 10 :]) * 1000


if __name__ == "__main__":
    main()
