"""What a prompt asks and what it offers to answer from, whatever its wording."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from systems.interface import Message
from systems.models.local.sentences import split
from systems.models.local.words import content

_ASKS = "question|query|q|frage|pregunta|pergunta|domanda|вопрос|问题|問題|質問"
_OFFERS = (
    "passages?|contexts?|documents?|sources?|excerpts?|search results|kontext|contexte|contexto|контекст|资料|上下文"
)
_REPLIES = "(?:helpful |final |your )?answer|a|response|assistant|antwort|respuesta|réponse"


def _label(words: str) -> re.Pattern[str]:
    """A label at the start of a line: `Question:`, `**Question:**`, `## Question`, `<question>`."""
    return re.compile(rf"^[^\w\n\[(]*(?:{words})[ \t*_]*(?:[:：>]|$)[ \t*_]*", re.I | re.M)


QUESTION, CONTEXT, ANSWER = _label(_ASKS), _label(_OFFERS), _label(_REPLIES)
TAG = re.compile(r"</?[a-z_]+(?: [^<>\n]*)?>", re.I)
MARKS = (  # how passages are numbered, the surest way first
    re.compile(
        r"^[^\w\n\[]*(?:(?:passage|document|source|doc|excerpt|result) *)?\[(\d{1,3})\][ \t]*[:.)]?[ \t]*", re.I | re.M
    ),
    re.compile(
        r"^[^\w\n]*(?:passage|document|source|doc|excerpt|result|snippet|chunk) *#?(\d{1,3})[ \t]*[:.)>\n]", re.I | re.M
    ),
    re.compile(r"^[ \t]*\(?(\d{1,3})[.)][ \t]+", re.M),
)
FIRST_PERSON = re.compile(r"\b(?:i|i'm|i've|my|me)\b", re.I)
STORY_WORDS = 40  # what a user tells before asking is shorter than this


@dataclass(frozen=True)
class Passage:
    """A stretch of text in the prompt, and the number that an answer may cite it by."""

    text: str
    number: int | None = None


@dataclass(frozen=True)
class Reading:
    """The question and the passages: None where the prompt offers none, empty where it announces some and holds none."""

    question: str
    passages: tuple[Passage, ...] | None


def read(messages: Sequence[Message]) -> Reading:
    """Find question and passages. The question is in the user's last message; passages are there, in what tools said,
    and in system messages where a label or numbers in brackets mark them."""
    users = [at for at, message in enumerate(messages) if message.role == "user"]
    asked = users[-1] if users else len(messages) - 1
    question, offered = _apart(messages[asked].content) if messages else ("", None)
    texts = [message.content for message in messages if message.role == "tool"]
    systems = [message.content for message in messages if message.role == "system"]
    texts += [text for said in systems if (text := _marked(said, MARKS[:-1])) is not None]  # "1. Be brief." is a rule
    texts += [offered] if offered is not None else []
    return Reading(question, tuple(p for text in texts for p in _numbered(TAG.sub("", text))) if texts else None)


def _apart(text: str) -> tuple[str, str | None]:
    """The question in a user's message and the text that comes with it, if it is meant to be answered from."""
    labels = list(QUESTION.finditer(text))
    if labels:
        before, after = text[: labels[-1].start()], text[labels[-1].end() :]
        ends = [end.start() for label in (CONTEXT, ANSWER) if (end := label.search(after))]
        question, rest = after[: min(ends, default=None)], after[min(ends, default=len(after)) :]
        before += "\n\n" + ANSWER.sub("", rest)
    else:
        question, before = _last(ANSWER.sub("", text).strip())
    question = TAG.sub("", question).strip()
    if (offered := _marked(before)) is not None:
        return question, offered
    if _is_context(before, question):
        return question, before
    return (question if labels else text.strip()), None


def _last(text: str) -> tuple[str, str]:
    """The part of an unlabelled message that asks, at its end or start, and the rest: paragraph, line or sentence."""
    for parts, joint in ((re.split(r"\n\s*\n", text), "\n\n"), (text.splitlines(), "\n"), (split(text), " ")):
        if len(parts) > 1:
            first_asks = parts[0].rstrip().endswith("?") and not parts[-1].rstrip().endswith("?")
            if first_asks or any(mark.match(parts[-1]) for mark in MARKS):
                return parts[0], joint.join(parts[1:])
            return parts[-1], joint.join(parts[:-1])
    return text, ""


def _marked(text: str, styles: tuple[re.Pattern[str], ...] = MARKS) -> str | None:
    """What follows a label such as `Passages:`, or begins with a passage's number; None where neither is there."""
    starts = [mark.start() for style in styles if (mark := style.search(text))]
    label = CONTEXT.search(text)
    if label and label.start() <= min(starts, default=len(text)):
        return text[label.end() :]
    return text[min(starts) :] if starts else None


def _is_context(text: str, question: str) -> bool:
    """Whether unmarked text before a question is there to answer it: long, or about what is asked and not about me."""
    if len(text.split()) >= STORY_WORDS:
        return True
    return not FIRST_PERSON.search(text) and len({*content(text)} & {*content(question)}) >= 2


def _numbered(text: str) -> list[Passage]:
    """The passages of a text: between rising numbers where there are some, else all of it as one."""
    for style in MARKS:
        marks: list[re.Match[str]] = []
        for mark in style.finditer(text):
            if not marks or int(mark[1]) > int(marks[-1][1]):
                marks.append(mark)
        listed = style is MARKS[-1] and marks and text[: marks[0].start()].strip()  # a list below text is part of it
        if marks and not listed:
            ends = [mark.start() for mark in marks[1:]] + [len(text)]
            shown = [Passage(text[: marks[0].start()].strip())]
            shown += [
                Passage(text[mark.end() : end].strip(), int(mark[1])) for mark, end in zip(marks, ends, strict=True)
            ]
            return [passage for passage in shown if passage.text]
    return [Passage(text.strip())] if text.strip() else []
