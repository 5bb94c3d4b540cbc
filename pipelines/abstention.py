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

# The other languages: sources that do not say, people who do not know. A verb of saying or a noun of information has to be there:
# "les articles ne sont pas repris" and "dazu gibt es keine Gebühr" are answers.
_DE_SOURCES = (
    r"(?:artikeln?|passagen?|texte?n?|quellen?|dokumente?n?|unterlagen|(?:hilfe)?seiten?|ausz[uü]ge?n?|abschnitte?n?)"
)
_DE_FACTS = r"(?:angaben?|information(?:en)?|antwort(?:en)?|auskunft|hinweise?)"
_DE_SAID = r"(?:erwähnt|genannt|angegeben|beschrieben|beantwortet|gesagt|bekannt|aufgeführt)"
_FR_SOURCES = r"(?:articles?|passages?|textes?|documents?|sources?|pages?|extraits?)"
_FR_SAY = r"(?:di[ts]\w*|précis\w+|mentionn\w+|indiqu\w+|spécifi\w+|parl\w+|abord\w+|répond\w*|expliqu\w+)"
_FR_FACTS = r"(?:informations?|précisions?|indications?|réponses?|détails?)"
_ES_SOURCES = r"(?:artículos?|pasajes?|textos?|documentos?|fuentes?|páginas?|fragmentos?)"
_ES_SAY = r"(?:dic\w+|mencion\w+|indic\w+|especific\w+|aclar\w+|explic\w+|respond\w+)"
_ES_FACTS = r"(?:información|informaciones|datos?|respuestas?|detalles?)"
_PT_SOURCES = r"(?:artigos?|passage(?:m|ns)|textos?|trechos?|documentos?|fontes?|páginas?)"
_PT_SAY = r"(?:diz\w*|mencion\w+|indic\w+|especific\w+|refer\w+|explic\w+|respond\w+|esclarec\w+)"
_PT_FACTS = r"(?:informaç(?:ão|ões)|dados?|respostas?|detalhes?)"
_ELSEWHERE = re.compile(
    r"^(?:(?:leider|es tut mir leid|désolée?|je suis désolée?|malheureusement|lo siento|lamentablemente|lamento|desculpe"
    r"|infelizmente)\b[\s,.:;!–—-]*(?:aber |mais |pero |mas )?)?(?:"
    + "|".join(
        (
            r"(?:das |dies )?weiß ich (?:leider )?nicht\b|ich weiß (?:es |das |dies )?(?:leider )?nicht\b",
            r"(?:ich k(?:ann|onnte)|k(?:ann|onnte) ich) (?:\w+ ){0,4}(?:nicht|nichts|keine (?:\w+ )?"
            rf"{_DE_FACTS}) (?:\w+ )?(?:finden|beantworten|sagen|geben)\b",
            r"(?:dazu |darüber |hierzu )?(?:ich (?:habe|finde|fand)|(?:habe|finde|fand) ich) (?:\w+ ){0,2}(?:keine (?:\w+ )?"
            rf"{_DE_FACTS}\b|nichts (?:dazu|darüber|hierzu)\b)",
            r"(?:das|dies|dazu|darüber|hierzu) (?:steht|finde ich|geht) (?:\w+ )?(?:nichts?|nirgends) (?:in|aus) \w+"
            rf" {_DE_SOURCES}\b",
            rf"(?:das|dies|es) (?:wird|ist) (?:leider )?(?:in \w+ {_DE_SOURCES} )?(?:nicht|nirgends) {_DE_SAID}\b",
            rf"(?:der|die|das|diese[rs]?) {_DE_SOURCES} (?:sag|nenn|erwähn|verr[aä]t|beantwort)\w* (?:\w+ ){{0,3}}"
            r"(?:nichts?|keine\w*)\b",
            rf"(?:der|die|das|diese[rs]?) {_DE_SOURCES} (?:enth|g[ei]b|mach)\w* (?:\w+ ){{0,2}}keine (?:\w+ )?{_DE_FACTS}\b",
            rf"(?:dazu|darüber|hierzu|hierüber) gibt es keine {_DE_FACTS}\b|es gibt (?:\w+ )?keine {_DE_FACTS}\b",
            r"je (?:ne |n')(?:le |l'|en )?(?:sais|connais) pas\b(?! (?:plus|où)\b)",
            r"je (?:ne |n')(?:peux|puis|pouvais|arrive) pas (?:à )?(?:vous )?(?:le )?(?:répondre|dire|trouver)\b",
            rf"je (?:ne |n')trouve (?:pas\W*$|pas (?:d'|de |cette |l')|rien\b|aucune? {_FR_FACTS})",
            rf"je n'ai (?:pas |aucune? )(?:d'|de |cette |l')?{_FR_FACTS}\b",
            rf"(?:l'|les |ces |cet |le |ce |la |cette ){_FR_SOURCES} (?:\w+ )?(?:ne |n')(?:le |l'|en |y )?{_FR_SAY}"
            r" (?:pas|rien|aucune?)\b",
            rf"(?:l'|les |ces |le |la ){_FR_SOURCES} (?:\w+ )?(?:ne |n')(?:conti\w+|donn\w+|fourni\w+) (?:pas|aucune?)"
            rf" (?:d'|de |cette )?{_FR_FACTS}\b",
            rf"(?:ce|cela|ça|ceci) n'est (?:pas|nulle part) (?:{_FR_SAY}|connu)\b|aucune? {_FR_FACTS}\b",
            r"no (?:lo )?sé\b",
            r"no (?:puedo|pude|he podido) (?:responder|contestar|encontrarlo|encontrar nada|decirlo|saberlo)\b",
            rf"no (?:tengo|dispongo de|encuentro|encontré|hay) (?:esa |esta |ninguna |la |más )?(?:{_ES_FACTS}\b|nada\W*$)",
            rf"(?:el|la|los|las|est[aeo]s?) {_ES_SOURCES} no (?:lo |la )?{_ES_SAY}\b",
            rf"(?:eso |esto )?no se (?:dice|menciona|indica|especifica)(?: nada)?(?:\W*$|[.,;]| en \w+ {_ES_SOURCES}\b)",
            rf"(?:eso|esto) no (?:está|aparece|figura|viene) (?:{_ES_SAY}|en \w+ {_ES_SOURCES})\b",
            r"não (?:o )?sei\b|não (?:consigo|posso|pude) (?:responder|dizer-lhe|dizê-lo|encontrar)\b",
            r"não (?:tenho|disponho de|encontro|encontrei|há) (?:ess[ea] |est[ea] |nenhuma |a |mais )?"
            rf"(?:{_PT_FACTS}\b|nada\W*$)",
            rf"(?:[oa]s?|est[ea]s?) {_PT_SOURCES} não (?:[oa] )?{_PT_SAY}\b",
            rf"(?:isso|isto) não (?:é|está|vem|aparece) (?:{_PT_SAY}|dito|em \w+ {_PT_SOURCES}|n[oa]s? {_PT_SOURCES})\b",
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
