"""An answer as JSON that is valid against a schema, as a model's structured output is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from systems.models.local.answer import Answer, best
from systems.models.local.sentences import split
from systems.models.local.words import Overlap, content

NUMBER = re.compile(r"(?:(?<!\w)-)?\d{1,15}(?:,\d{3})*(?:\.\d{1,15})?")
NO = re.compile(r"\b(?:no|not|never|none|cannot|without|nothing|neither|nor)\b|n['’]t\b", re.I)
DEPTH = 4  # below this, a schema that refers to itself gets no further optional parts


def fill(schema: Mapping[str, Any], answer: Answer) -> Any:
    """A value for `schema`: strings say the answer, numbers are the first in its evidence (else null where allowed, else
    0), an enum's value is the one most like the evidence, a boolean is false where the evidence denies or is empty.

    Knows type (also a list of types), properties, items, enum, const, anyOf and oneOf (their first), $ref into $defs,
    minimum and maximum, minLength and maxLength, minItems and maxItems. Other keywords are not looked at.
    """
    return _fill(schema, answer, schema, 0)


def _fill(schema: Any, answer: Answer, root: Mapping[str, Any], depth: int) -> Any:
    if not isinstance(schema, Mapping):
        return answer.text  # `true`: anything goes
    if "$ref" in schema:
        return _fill(_resolve(schema["$ref"], root), answer, root, depth + 1)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return _choose(schema["enum"], answer)
    if options := schema.get("anyOf") or schema.get("oneOf"):
        nullable = any(isinstance(option, Mapping) and option.get("type") == "null" for option in options)
        return None if nullable and (depth > DEPTH or not answer.evidence) else _fill(options[0], answer, root, depth)
    types = schema.get("type", "object" if "properties" in schema else "string")
    nullable = "null" in types if isinstance(types, list) else False
    kind = next((one for one in types if one != "null"), "null") if isinstance(types, list) else types
    match kind:
        case "object":
            needed = schema.get("required", ())
            parts = schema.get("properties", {}).items()
            return {k: _fill(part, answer, root, depth + 1) for k, part in parts if depth <= DEPTH or k in needed}
        case "array":
            return _array(schema, answer, root, depth)
        case "number" | "integer":
            return _number(schema, answer, kind == "integer", nullable)
        case "boolean":
            return bool(answer.evidence) and not NO.search(answer.evidence)
        case "null":
            return None
    return None if nullable and not answer.evidence else _string(schema, answer.text)


def _array(schema: Mapping[str, Any], answer: Answer, root: Mapping[str, Any], depth: int) -> list[Any]:
    """One item per sentence of the evidence."""
    sentences = split(answer.evidence) if depth <= DEPTH else []
    most, least = schema.get("maxItems", len(sentences)), schema.get("minItems", 0)
    sources = [Answer(sentence, sentence) for sentence in sentences[:most]]
    sources += [answer] * (least - len(sources))
    return [_fill(schema.get("items", {}), source, root, depth + 1) for source in sources]


def _number(schema: Mapping[str, Any], answer: Answer, whole: bool, nullable: bool) -> float | int | None:
    found = NUMBER.search(answer.evidence)
    if not found and nullable:
        return None
    value: float = float(found[0].replace(",", "")) if found else 0.0
    value = max(schema.get("minimum", value), min(schema.get("maximum", value), value))
    return round(value) if whole else value


def _string(schema: Mapping[str, Any], text: str) -> str:
    return text[: schema.get("maxLength")].ljust(schema.get("minLength", 0), ".")


def _choose(options: list[Any], answer: Answer) -> Any:
    """The option of which the evidence holds most; null where there is no evidence, else the first of equals."""
    if not answer.evidence and None in options:
        return None
    evidence = Overlap([dict.fromkeys(content(answer.evidence or answer.text), 1.0)])
    return options[best([evidence.match(str(option)).shares()[0] for option in options])]


def _resolve(reference: str, root: Mapping[str, Any]) -> Any:
    node: Any = root
    for step in reference.removeprefix("#").strip("/").split("/"):
        node = node[step] if step else node
    return node
