"""Does an answer say that it does not know? By patterns: each is in the tests, with its near misses. English in
many forms, the other languages of helpdesk (German, French, Spanish, Portuguese) in the commonest."""

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
# Passages and the like can only be the system's sources. Articles, documents and pages may be what an answer is about
# ("this article does not contain milk") unless they were "provided", and what a policy does not give is an answer, too.
_TEXTS = r"(?:passages?|contexts?|excerpts?|snippets?|sources?|texts?|documentation|knowledge base)"
_SOURCES = rf"(?:{_TEXTS}|documents?|articles?|pages?|help cent(?:re|er)|faqs?)"
_THE = r"(?:the|these|those|this|any of the|your|my)"
_THE_SOURCES = rf"{_THE}\s(?:\w+\s){{0,2}}{_SOURCES}"
_A_POLICY = rf"{_THE}\s(?:\w+\s){{0,2}}polic(?:y|ies)"
_GIVEN = r"(?:provided|given|supplied|retrieved|available|above)"
_THE_TEXTS = (
    rf"(?:(?:{_THE}\s(?:\w+\s){{0,2}})?{_TEXTS}(?: {_GIVEN})?|{_THE} (?:{_GIVEN} {_SOURCES}|{_SOURCES} {_GIVEN}))"
)
_ANY_SOURCES = rf"(?:{_THE_SOURCES}|{_SOURCES}|{_A_POLICY})(?: {_GIVEN}| i have)?"
_NONE_OF = r"\b(?:none of|nothing in|no|neither(?: of)?)"
_FACTS = r"(?:information|details?|answer|mention|indication|knowledge)"
# To say is what texts do; to hold is what goods and shops do, too, so that there the source or the object has to tell.
_SAY = (
    r"(?:(?:say|state|mention|indicate|discuss|describe|tell|explain|detail|list|name|clarify)s?"
    r"|specif(?:y|ies)|address(?:es)?)\b"
)
_HOLD = r"(?:contain|provide|hold|give|include|have|has|offer|cover|answer|reveal)s?\b"
_STATED = r"(?:stated|mentioned|specified|said|indicated|described|discussed)"
_TOLD = rf"(?:{_STATED}|given|provided|found|known|answered|contained|available|clear|determined|addressed|listed)"
_NOT = r"(?:do|does|did|can) not (?:\w+ly )?"
_IS_NOT = r"(?:is|are|was|were|has|have) not (?:been )?(?:\w+ly )?"
_ABOUT = r"(?:about|on|of|for|in|as to|regarding|concerning)\b"
_WH = r"(?:which|what|who|whom|whose|how|why|whether)\b"
_LEAD_IN = re.compile(
    rf"^\W*(?:(?:i am\s)?(?:so\s|very\s)?sorry|(?:i|my|we) apologi\w+|apologies|unfortunately"
    r"|i am afraid(?: that)?|as an? [\w ]+(?=,)"
    rf"|(?:based on|according to|from|given|in)\s(?:{_THE_SOURCES}|the\s(?:{_GIVEN}\s)?information)"
    rf"(?:\s(?:{_GIVEN}|i have))?)\b[\s,.:;!–—-]*(?:but\s)?",
    re.IGNORECASE,
)
_ABSTAINING = re.compile(
    "|".join(
        (
            # who answers does not know, have or find it
            r"^(?:i|we) (?:really |simply |just )?(?:do|did) not know\b",
            r"^(?:i|we) (?:(?:do|did) not (?:currently )?have|have no|have not) (?:[\w']+ ){0,3}"
            rf"(?:{_FACTS}|data|idea|access|context)\b",
            r"^i (?:can|could) not (?:find|answer|say|tell|determine|confirm|provide|give|locate|see)\b",
            r"^we (?:can|could) not (?:find|determine|locate)\b",
            r"^i (?:am|was) (?:unable|not able) to\b",
            r"^(?:i|we) (?:do not see|did not find|found no|see no)\b",
            r"^i am not (?:sure|certain|aware)\b(?!.*\bbut\b)",
            # the sources do not say or hold it
            rf"^{_ANY_SOURCES} {_NOT}{_SAY}",
            rf"^{_THE_TEXTS} {_NOT}{_HOLD}(?! to\b)",
            rf"^{_ANY_SOURCES} (?:{_NOT}{_HOLD} (?:\w+ ){{0,3}}|(?:{_HOLD}|makes?) no (?:\w+ )?){_FACTS}\b",
            rf"^{_ANY_SOURCES} {_NOT}{_HOLD} (?:which|how|why|whether|(?:this|that|the|your) question)\b",
            rf"{_NONE_OF} (?:\w+ )?{_ANY_SOURCES} (?:{_SAY}|{_HOLD} (?:\w+ ){{0,3}}{_FACTS}\b)",
            rf"{_NONE_OF} (?:\w+ )?{_THE_TEXTS} {_HOLD}",
            rf"^{_ANY_SOURCES} (?:is|are) silent\b",
            # they say something else only
            rf"^{_THE_SOURCES} (?:\w+ly )?(?:{_SAY}|{_HOLD}).*(?:\b(?:but|and)|[,;])(?: they| it)? {_NOT}{_SAY}",
            rf"^{_THE_SOURCES} (?:\w+ly )?{_SAY}.*\bbut not (?:(?:\w+ )?{_WH}|(?:when|where)\W*$)",
            rf"^{_THE_SOURCES} (?:\w+ly )?(?:give|list|describe|mention)s?\b(?! you\b).*"
            rf"\bbut (?:not|none|nothing) {_ABOUT}",
            # there is no answer
            rf"^there (?:is|are|was|were) (?:no|not any|not enough|insufficient) (?:\w+ ){{0,2}}{_FACTS}"
            rf"(?=[.,;]| (?:{_ABOUT}|(?:given|provided|available|to (?:say|tell|answer|determine))\b))",
            rf"^no (?:\w+ )?{_FACTS}(?:\W*$| {_ABOUT}(?!.*\b(?:is|are|was|were|be)\b))",
            rf"^no (?:\w+ )?{_FACTS} (?:{_ABOUT}.* )?(?:is|are|was|were) {_TOLD}\b(?! to\b)",
            rf"^(?:not enough|insufficient) (?:\w+ )?(?:{_FACTS}|data)\b",
            # it is not stated
            r"^(?:it|this|that) is un(?:clear|known)\b",
            rf"^(?:it|this|that) {_IS_NOT}(?:{_STATED}|known|clear)(?=[.,;:]|$| (?:if|when|where|{_WH})\b)",
            rf"^(?!.*\b(?:if|unless|because)\b).*\b{_IS_NOT}(?:stated|mentioned|specified)\W*$",
            rf"(?:\b{_IS_NOT}|\bcan not be |^not ){_TOLD} (?:anywhere )?(?:in|by|from) {_THE_SOURCES}\b",
            rf"\b{_IS_NOT}{_STATED} (?:in|by) {_A_POLICY}\b",
            r"^(?:it|this|that) is not possible to (?:say|tell|determine|answer|know)\b",
            r"^(?:(?:it|this|that) )?can not be (?:answered|determined|known|said|found in)\b",
            rf"^not {_STATED}\W*$",
            rf"^(?:this|that|the|your) (?:question|answer) (?:can not be|is not) (?:answerable|in|{_TOLD})\b",
            r"^(?:unknown|unanswerable|no answer|n/a)\W*$",
        )
    ),
    re.IGNORECASE,
)

_ELSEWHERE = re.compile(
    r"^(?:(?:leider|es tut mir leid|désolée?|je suis désolée?|malheureusement|lo siento|lamentablemente|lamento|desculpe"
    r"|infelizmente)\b[\s,.:;!–—-]*(?:aber |mais |pero |mas )?)?(?:"
    + "|".join(
        (
            # German
            r"(?:das |dies )?weiß ich (?:leider )?nicht\b|ich weiß (?:es |das |dies )?(?:leider )?nicht\b",
            r"(?:ich (?:kann|konnte)|k(?:ann|onnte) ich) (?:\w+ ){0,4}(?:nicht|nichts|keine\w*) (?:\w+ ){0,2}"
            r"(?:finden|beantworten|sagen)\b",
            r"(?:das|dies|dazu|darüber) (?:steht|finde ich|geht|wird) (?:leider )?(?:nicht|nichts) (?:in|aus) den\b",
            r"die (?:artikel|passagen|texte|quellen|dokumente|seiten) (?:sagen|nennen|enthalten|erwähnen|verraten)"
            r" (?:\w+ ){0,2}(?:nicht|nichts|keine\w*)\b",
            r"(?:dazu|darüber) (?:gibt es|habe ich|finde ich) keine\b|es gibt keine angaben?\b",
            # French
            r"je (?:ne|n') ?(?:le )?(?:sais|connais|trouve|peux|puis) (?:\w+ ){0,1}?pas\b|je n'ai (?:pas|aucune)\b",
            r"(?:les|ces) (?:articles|passages|textes|documents|sources|pages) (?:ne |n')(?:le |l'|en )?\w+"
            r" (?:pas|rien|aucune?)\b",
            r"(?:ce|cela|ça|ceci) n'est (?:pas|nulle part) (?:précisé|indiqué|mentionné|dit)\w*\b|aucune information\b",
            # Spanish
            r"no (?:lo )?sé\b|no (?:puedo|pude|encuentro|he podido) (?:\w+ )?(?:responder|decir|encontrar|saber|nada)\b",
            r"(?:los|las|estos|estas) (?:artículos|pasajes|textos|documentos|fuentes|páginas) no (?:lo |la )?"
            r"(?:dicen|mencionan|indican|contienen|especifican|aclaran|explican)\b",
            r"no se (?:dice|menciona|indica|especifica)\b(?! que\b)|no hay información\b",
            # Portuguese
            r"não (?:o )?sei\b|não (?:consigo|posso|encontro|encontrei) (?:\w+ )?(?:responder|dizer|encontrar|nada)\b",
            r"(?:os|as|estes|estas) (?:artigos|passagens|textos|trechos|documentos|fontes|páginas) não (?:o |a )?"
            r"(?:dizem|mencionam|indicam|contêm|especificam|referem|explicam)\b",
            r"(?:isso|isto) não (?:é|está) (?:dito|mencionado|indicado|especificado)\b|não há informaç\w+\b",
        )
    )
    + ")",
    re.IGNORECASE,
)


def abstained(text: str) -> bool:
    """Whether an answer is empty or opens by saying that it does not know or that its sources do not say.

    Its first sentence with a word in it decides; apologies before that are passed over. What comes after the abstention
    does not count: "I do not know, but it may be 5" abstains, where "I am not sure, but it may be 5" answers.
    """
    plain = without_citations(text.strip()[:OPENING])
    for pattern, replacement in _CONTRACTED:
        plain = pattern.sub(replacement, plain)
    while (rest := _LEAD_IN.sub("", plain)) != plain:
        plain = rest
    worded = (sentence for sentence in sentences(plain) if any(char.isalnum() for char in sentence))
    opening = next(worded, "").lstrip("\"'“( ")
    return not opening or bool(_ABSTAINING.search(opening) or _ELSEWHERE.search(opening))
