"""What the description of a variant says, without building it: its system, its model, and what one has that another has not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

UNSET = "unset"


@dataclass(frozen=True)
class Part:
    """A part with its fields, and the wrappers around it, outermost first."""

    name: str
    fields: Mapping[str, Any]
    wrappers: tuple[Part, ...] = ()


def part(description: Any) -> Part | None:
    """The part that a description names; None for a plain value such as a number or a list."""
    if isinstance(description, str):
        return Part(description, {})
    if not isinstance(description, Mapping) or len(description) != 1:
        return None
    ((name, fields),) = description.items()
    if name == "chain":
        *wrappers, inner = (found for link in fields if (found := part(link)))
        return Part(inner.name, inner.fields, tuple(wrappers))
    return Part(name, fields or {}) if isinstance(fields, Mapping | None) else None


def system(description: Any) -> str:
    """`rag`: the name of the system inside its wrappers."""
    found = part(description)
    return found.name if found else UNSET


def models(description: Any) -> list[Part]:
    """Every model that a description names, in order, each once."""
    found = part(description)
    inner = [] if found is None else [named for field, value in found.fields.items() for named in _models(field, value)]
    return list({model_name(model): model for model in inner}.values())


def _models(field: str, value: Any) -> Iterator[Part]:
    found = part(value)
    if found and field == "model":
        yield found
    elif found:
        yield from models(value)


def model_name(model: Part) -> str:
    """`small` of `{local: {tier: small}}`, `gpt-5-mini` of `{openai: {model: gpt-5-mini}}`, else the name of the part."""
    return str(model.fields.get("tier") or model.fields.get("model") or model.name)


def priced_as(model: Part) -> str | None:
    """The model whose price a local one borrows, and whose class of latency it sleeps; None for a real model."""
    from systems.models.local.model import PROFILES

    return PROFILES[model.fields["tier"]].priced_as if model.name == "local" else None


def modelled_note(descriptions: Iterable[Any]) -> str:
    """A sentence that says which figures of these variants are modelled; empty where all models are real."""
    return borrowed((model_name(model), priced_as(model)) for one in descriptions for model in models(one))


def borrowed(names: Iterable[tuple[str, str | None]]) -> str:
    """The same for models by name, each with the model that it is priced as."""
    pairs = dict.fromkeys(f"{name} as {other}" for name, other in names if other)
    return f"Latency of local models is modelled, and they are priced as others: {', '.join(pairs)}." if pairs else ""


def one_line(description: Any) -> str:
    """The description as one line of YAML, with content hashes cut short."""
    import yaml

    plain = json.loads(json.dumps(description))  # copies what YAML anchors share, or it would be printed as aliases
    line = yaml.safe_dump(plain, default_flow_style=True, sort_keys=False, width=10**6, allow_unicode=True)
    line = line.removesuffix("...\n").strip()  # YAML ends a bare word so
    return re.sub(r"\b([0-9a-f]{8})[0-9a-f]{56}\b", r"\1…", line)


def changes(a: Any, b: Any, where: str = "") -> list[str]:
    """What has to be changed in `a` to get `b`, one entry a change: `retriever: bm25 → dense`, `model.tier: small → large`.

    A part that another takes the place of is one change, with its wrappers and the fields that the other lacks; the fields
    that both have are compared one by one.
    """
    if a == b:
        return []
    of_a, of_b = part(a), part(b)
    if of_a is None or of_b is None or not (of_a.fields or of_b.fields):
        return [f"{where}: {_short(a)} → {_short(b)}"]
    replaced = of_a.name != of_b.name
    found = [f"{where or 'system'}: {of_a.name} → {of_b.name}"] if replaced else _rewrapped(of_a, of_b, where)
    for field in dict.fromkeys([*of_a.fields, *of_b.fields]):
        if not replaced or (field in of_a.fields and field in of_b.fields):
            below = f"{where}.{field}" if where else field
            found += changes(of_a.fields.get(field, UNSET), of_b.fields.get(field, UNSET), below)
    return found


def _rewrapped(a: Part, b: Part, where: str) -> list[str]:
    names_a, names_b = ([wrapper.name for wrapper in one.wrappers] for one in (a, b))
    if names_a != names_b:
        around = f"around {where}" if where else "wrappers"
        return [f"{around}: {', '.join(names_a) or 'none'} → {', '.join(names_b) or 'none'}"]
    pairs = zip(a.wrappers, b.wrappers, strict=True)
    return [
        change
        for of_a, of_b in pairs
        for change in changes({of_a.name: of_a.fields}, {of_b.name: of_b.fields}, of_a.name)
    ]


def _short(value: Any) -> str:
    found = part(value)
    if found and not found.fields:
        return found.name
    return one_line(value) if isinstance(value, Mapping | list) else str(value)
