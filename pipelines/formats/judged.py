"""Questions with judged documents, as test collections for retrieval have them: no answers, gold is the whole document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from pipelines.data import Example, Gold
from systems.errors import Fault
from systems.retrieval.documents import Document

Judgements: TypeAlias = dict[str, dict[str, float]]  # query -> document -> grade; 0 where it was judged not relevant


def judge(judged: Judgements, query: str, document: str, grade: float, where: str, faults: list[Fault]) -> None:
    """Note one judgement. Two that differ on one pair are a fault; that one stands twice is not."""
    before = judged.setdefault(query, {}).setdefault(document, grade)
    if before != grade:
        what = f"query {query!r} and document {document!r} are judged twice, differently"
        faults.append(Fault(where, what, "keep one line"))


def retrieval_example(
    query: str, question: str, grades: Mapping[str, float], documents: Mapping[str, Document]
) -> Example | None:
    """The question with what is relevant to it; None where nothing is, which retrieval cannot be scored on.

    Its cluster is itself: the queries of a test collection are drawn one by one.
    """
    relevant = [(documents[id], grade) for id, grade in grades.items() if grade > 0 and id in documents]
    gold = tuple(Gold(document.id, 0, len(document.text), document.text, grade) for document, grade in relevant)
    return Example(query, question, "", (), gold, cluster=query, split="test") if gold else None
