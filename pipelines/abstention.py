"""Does an answer say that it does not know? In English, by patterns: every one is in the tests, with its near misses."""

from __future__ import annotations

import re

from pipelines.prose import sentences, without_citations

OPENING = 2000  # characters in which an abstention is looked for: bounds the time that a text can take
_CONTRACTED = [
    (re.compile(r"[’‘ʼ`´]"), "'"),
    (re.compile(r"[*_#>]+"), ""),
    (re.compile(r"\bcan(?:'t|not)\b", re.IGNORECASE), "can not"),
    (re.compile(r"\bdont\b", re.IGNORECASE), "do not"),
    (re.compile(r"n't\b", re.IGNORECASE), " not"),
    (re.compile(r"\bi'm\b", re.IGNORECASE), "i am"),
    (re.compile(r"\b(there|it|that)'s\b", re.IGNORECASE), r"\1 is"),
    (re.compile(r"\b(i|we)'(?:ve)\b", re.IGNORECASE), r"\1 have"),
]
_SOURCES = r"(?:passages?|contexts?|documents?|documentation|sources?|excerpts?|articles?|texts?|knowledge base)"
_THE_SOURCES = rf"(?:the|these|this|any of the|your|my)\s(?:\w+\s){{0,2}}{_SOURCES}"
_FACTS = r"(?:information|details?|data|answer|mention|indication|knowledge|evidence)"
_TOLD = r"(?:stated|mentioned|specified|given|provided|found|known|indicated|answered|contained|discussed)"
_TELL = r"(?:say|state|mention|specify|contain|provide|hold|give|indicate|answer|tell|discuss|address|include|have|reveal)s?"
_LEAD_IN = re.compile(
    rf"^\W*(?:(?:i am\s)?(?:so\s|very\s)?sorry|(?:i|my|we) apologi\w+|apologies|unfortunately"
    r"|i am afraid(?: that)?|as an? [\w ]+(?=,)"
    rf"|(?:based on|according to|from|given|in)\s{_THE_SOURCES}(?:\s(?:provided|given|above|i have))?)\b[\s,.:;!–—-]*(?:but\s)?",
    re.IGNORECASE,
)
_ABSTAINING = re.compile(
    "|".join(
        (
            r"^(?:i|we) (?:really |simply |just )?(?:do|did) not know\b",
            r"^(?:i|we) (?:(?:do|did) not (?:currently )?have|have no|have not) (?:[\w']+ ){0,3}"
            rf"(?:{_FACTS}|idea|access|context)\b",
            r"^i (?:can|could) not (?:find|answer|say|tell|determine|confirm|provide|give|locate|see)\b",
            r"^i (?:am|was) (?:unable|not able) to\b",
            r"^i (?:do not see|did not find|found no|see no)\b",
            r"^i am not (?:sure|certain|aware)\b(?!.*\bbut\b)",
            rf"^(?:{_THE_SOURCES}|{_SOURCES})(?: provided| given| above| i have)? (?:do|does|did|can) not (?:\w+ly )?{_TELL}\b",
            rf"^{_THE_SOURCES}\b.*\b(?:they|it|but) (?:do|does) not (?:\w+ly )?{_TELL}\b",
            rf"\b(?:none of {_THE_SOURCES}|nothing in {_THE_SOURCES}|no (?:\w+ )?{_SOURCES}) {_TELL}\b",
            rf"^there (?:is|are|was|were) (?:no|not any|not enough|insufficient) (?:\w+ ){{0,2}}{_FACTS}"
            r"(?=[.,;]| (?:about|on|of|for|in|as to|regarding|given|provided|available|to (?:say|tell|answer|determine))\b)",
            rf"^(?:no|not enough|insufficient) (?:\w+ )?{_FACTS}\b",
            rf"^(?:it|this|that) is (?:not {_TOLD}|unclear|unknown)\b",
            r"^(?:it|this|that) is not possible to (?:say|tell|determine|answer|know)\b",
            r"^(?:(?:it|this|that) )?can not be (?:answered|determined|known|said|found in)\b",
            rf"^not {_TOLD}\b",
            rf"\bnot (?:be )?(?:\w+ly )?(?:{_TOLD} |available |determined )?(?:in|by|from) {_THE_SOURCES}\b",
            rf"^(?:this|that|the|your) (?:question|answer) (?:can not be|is not) (?:answerable|available|in|{_TOLD})\b",
            r"^(?:unknown|unanswerable|no answer|n/a)\W*$",
        )
    ),
    re.IGNORECASE,
)


def abstained(text: str) -> bool:
    """Whether an answer is empty or opens, in its first sentence, by saying that it does not know or that its sources do not say.

    Apologies before that are passed over. What comes after the abstention does not count: "I do not know, but
    it may be 5" abstains, where "I am not sure, but it may be 5" answers.
    """
    plain = without_citations(text.strip()[:OPENING])
    for pattern, replacement in _CONTRACTED:
        plain = pattern.sub(replacement, plain)
    while (rest := _LEAD_IN.sub("", plain)) != plain:
        plain = rest
    opening = next(iter(sentences(plain)), "").lstrip("\"'“( ")
    return not any(char.isalnum() for char in opening) or bool(_ABSTAINING.search(opening))
