"""From a description to an object: `{rag: {retriever: {dense: {top_k: 5}}, model: {local: {tier: small}}}}`.

A part is a dataclass; its fields are its configuration, and a field's annotation says what may stand there: another kind of
part, or a value that pydantic checks. A chain is a list, outermost wrapper first, of which the last is the part itself.
Classes are named by strings and imported when they are used, so that a chatbot never pays for a vector store.
"""

from __future__ import annotations

import ast
import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import MISSING, asdict, fields, is_dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints
from weakref import WeakValueDictionary

from systems.errors import ConfigError, Fault
from systems.interface import Model, Service, System

PARTS: dict[str, dict[str, str]] = {
    "system": {"chatbot": "systems.chatbot:Chatbot", "rag": "systems.rag:Rag", "search": "systems.search:Search"},
    "model": {"local": "systems.models.local.model:Local", "scripted": "systems.models.scripted:Scripted"},
    "wrapper": {
        "breaker": "systems.patterns.breaker:Breaker",
        "fallback": "systems.patterns.fallback:Fallback",
        "faults": "systems.patterns.faults:Faults",
        "gateway": "systems.patterns.gateway:Gateway",
        "hedge": "systems.patterns.hedge:Hedge",
        "limit": "systems.patterns.limit:Limit",
        "provider_limit": "systems.patterns.provider_limit:ProviderLimit",
        "queue": "systems.patterns.queue:Queue",
        "retry": "systems.patterns.retry:Retry",
        "timeout": "systems.patterns.timeout:Timeout",
    },
    "retriever": {
        "bm25": "systems.retrieval.retrievers:Bm25",
        "dense": "systems.retrieval.retrievers:Dense",
        "hybrid": "systems.retrieval.retrievers:Hybrid",
        "mmr": "systems.retrieval.reranking:Mmr",
        "parent": "systems.retrieval.reranking:Parent",
    },
    "index": {"table": "systems.retrieval.store:Table"},
    "ann": {
        "ivf_flat": "systems.retrieval.ann:IvfFlat",
        "ivf_hnsw_sq": "systems.retrieval.ann:IvfHnswSq",
        "ivf_pq": "systems.retrieval.ann:IvfPq",
    },
    "chunker": {
        "document": "systems.retrieval.chunking:Whole",
        "headings": "systems.retrieval.structure:Headings",
        "recursive": "systems.retrieval.chunking:Recursive",
        "sentences": "systems.retrieval.structure:Sentences",
        "tokens": "systems.retrieval.chunking:Tokens",
    },
    "embedder": {"minilm": "systems.retrieval.embedding:MiniLM"},
    "learnt": {"files": "systems.models.local.learnt:Learnt"},
}
DEFAULTS: dict[str, Any] = {"embedder": "minilm"}  # kinds that nobody has to name

_shared: WeakValueDictionary[str, Any] = WeakValueDictionary()
_users: dict[int, int] = {}
_opening: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()


class Built:
    """A part and all that it stands on. `async with built as part:` opens them, innermost first, and closes them again.

    `fingerprint` is a content hash of what the part is made of: its description, the files that it reads, the code of
    its classes and of the modules these import from here.
    """

    def __init__(self, part: Any, parts: list[Any], fingerprint: str) -> None:
        self.part, self.parts, self.fingerprint = part, parts, fingerprint

    async def __aenter__(self) -> Any:
        async with AsyncExitStack() as stack:
            for part in self.parts:
                await stack.enter_async_context(_opened(part))
            self._stack = stack.pop_all()
        return self.part

    async def __aexit__(self, *error: Any) -> None:
        await self._stack.aclose()


def build(description: Any, kind: str = "system", where: str = "", given: Mapping[str, Any] | None = None) -> Built:
    """Make the part that `description` describes. Equal descriptions give one shared object.

    `where` is how errors name the place; `given` maps a kind to the description that fills a field of that kind which
    `description` leaves out (the index of a run, what a local model has learnt). Raises ConfigError with every fault.
    """
    builder = _Builder({**DEFAULTS, **(given or {})})
    part = builder.make(description, kind, where or kind)
    if builder.faults:
        raise ConfigError(builder.faults)
    return Built(part, builder.parts, builder.fingerprint())


class _Builder:
    def __init__(self, given: Mapping[str, Any]) -> None:
        self.given = given
        self.faults: list[Fault] = []
        self.parts: list[Any] = []  # dependencies before what stands on them
        self.made: list[Any] = []  # the same as plain values, for the fingerprint

    def make(self, description: Any, kind: str, where: str) -> Any:
        if isinstance(description, str):
            description = {description: {}}
        if not isinstance(description, Mapping) or len(description) != 1:
            return self.fault(where, f"{description!r} is no {kind}", f"expected one of: {known(kind)}, chain")
        ((name, config),) = description.items()
        if name == "chain" and kind in ("system", "model"):
            return self.chain(config, kind, f"{where}.chain")
        if name not in PARTS[kind]:
            return self.fault(where, f"no part is named {name!r}", f"known: {known(kind)}")
        return self.one(PARTS[kind][name], config, f"{where}.{name}", {}, kind)

    def chain(self, links: Any, kind: str, where: str) -> Any:
        if not isinstance(links, list) or not links:
            return self.fault(where, f"{links!r} is no list", f"expected wrappers, outermost first, then a {kind}")
        part = self.make(links[-1], kind, f"{where}[{len(links) - 1}]")
        inner_layer = getattr(part, "layer", getattr(part, "LAYER", None))
        for at in range(len(links) - 2, -1, -1):
            link, here = links[at], f"{where}[{at}]"
            if isinstance(link, str):
                link = {link: {}}
            if not isinstance(link, Mapping) or len(link) != 1:
                self.fault(here, f"{link!r} is no wrapper", f"expected one of: {known('wrapper')}")
                continue
            ((name, config),) = link.items()
            if name not in PARTS["wrapper"]:
                self.fault(here, f"no wrapper is named {name!r}", f"known: {known('wrapper')}")
                continue
            cls = load(PARTS["wrapper"][name])
            if kind not in cls.AROUND:
                self.fault(here, f"{name} cannot stand around a {kind}", f"it goes around: {', '.join(cls.AROUND)}")
            part = self.one(PARTS["wrapper"][name], config, f"{here}.{name}", {"inner": part}, kind)
            layer = getattr(part, "layer", cls.LAYER)  # of this one, where it hangs on a field
            if inner_layer is not None and inner_layer <= layer:
                self.fault(
                    here,
                    f"{name} cannot stand outside {links[at + 1]!r}",
                    "see the order of wrappers in docs/systems.md",
                )
            inner_layer = layer
        return part

    def one(self, target: str, config: Any, where: str, ready: dict[str, Any], around: str) -> Any:
        try:
            cls, fields = load(target), settable(load(target))
        except Exception as error:  # whatever a module does when it is imported
            return self.fault(where, f"{target} cannot be imported: {type(error).__name__}: {error}", "")
        config = {} if config is None else config
        if not isinstance(config, Mapping):
            return self.fault(where, f"{config!r} is no mapping of fields", f"fields: {', '.join(fields)}")
        faults_before = len(self.faults)
        for key in sorted(map(str, config.keys() - fields.keys())):
            self.fault(f"{where}.{key}", "no such field", f"fields: {', '.join(fields) or 'none'}")
        values = dict(ready)
        for name, (hint, required) in fields.items():
            kind = kind_of(hint, around)
            if kind and (name in config or kind in self.given):
                values[name] = self.make(config.get(name, self.given.get(kind)), kind, f"{where}.{name}")
            elif name in config and (kind_of_each := kind_of_items(hint, around)):
                values[name] = self.several(config[name], kind_of_each, f"{where}.{name}")
            elif name in config:
                values[name] = self.value(config[name], hint, f"{where}.{name}")
            elif required:
                self.fault(f"{where}.{name}", "missing", f"expected {f'a part: {known(kind)}' if kind else hint}")
        if len(self.faults) > faults_before or any(value is None for value in ready.values()):
            return None
        plain = {name: plain_value(value) for name, value in values.items()}
        key = json.dumps([target, plain], sort_keys=True)
        part = _shared.get(key)
        if part is None:
            try:
                part = cls(**values)
            except ValueError as error:
                return self.fault(where, str(error), "")
            part._key = hashlib.sha256(key.encode()).hexdigest()
            _shared[key] = part
        if not any(part is other for other in self.parts):
            self.parts.append(part)
            self.made.append([target, plain, code_hash(target.partition(":")[0])])
        return part

    def several(self, descriptions: Any, kind: str, where: str) -> tuple[Any, ...]:
        """The parts of a list of descriptions; one that stands alone is a list of one."""
        if not isinstance(descriptions, list):
            return (self.make(descriptions, kind, where),)
        return tuple(self.make(one, kind, f"{where}[{at}]") for at, one in enumerate(descriptions))

    def value(self, given: Any, hint: Any, where: str) -> Any:
        from pydantic import TypeAdapter, ValidationError

        try:
            return TypeAdapter(hint).validate_python(given)
        except ValidationError as error:
            for one in error.errors():
                at = ".".join([where, *(str(step) for step in one["loc"])])
                self.fault(at, f"{one['input']!r} was given", one["msg"])
            return None

    def fault(self, where: str, what: str, allowed: str) -> None:
        self.faults.append(Fault(where, what, allowed))

    def fingerprint(self) -> str:
        return hashlib.sha256(json.dumps(self.made, sort_keys=True).encode()).hexdigest()[:16]


def known(kind: str) -> str:
    """The names of the parts of a kind, for an error."""
    return ", ".join(sorted(PARTS[kind]))


@cache
def load(target: str) -> Any:
    """The class that "module:Class" names."""
    module, _, name = target.partition(":")
    return getattr(import_module(module), name)


@cache
def settable(cls: Any) -> dict[str, tuple[Any, bool]]:
    """The fields that a description may set: {name: (annotation, required)}. A wrapper's `inner` comes from the chain."""
    hints = get_type_hints(cls, include_extras=True)
    return {
        field.name: (hints[field.name], field.default is MISSING and field.default_factory is MISSING)
        for field in fields(cls)
        if field.init and field.name != "inner"
    }


def kind_of(hint: Any, around: str) -> str | None:
    """The kind of part that an annotation asks for, or None where it is a plain value.

    A `Service[In, Out]` is of the kind that a wrapper stands `around`.
    """
    if hint == System:
        return "system"
    if hint == Model:
        return "model"
    if get_origin(hint) is Service:
        return around
    name = getattr(hint, "__name__", "").lower()
    return name if name in PARTS else None


def kind_of_items(hint: Any, around: str) -> str | None:
    """The kind of part that an annotation `tuple[kind, ...]` asks for, or None."""
    return kind_of(get_args(hint)[0], around) if get_origin(hint) is tuple else None


def plain_value(value: Any) -> Any:
    """What goes into a content hash: a part by its own hash, a file by its content, the rest as it is."""
    if hasattr(value, "_key"):
        return value._key
    if isinstance(value, Path):
        return hashlib.sha256(value.read_bytes()).hexdigest() if value.is_file() else f"no file {value.name}"
    if isinstance(value, tuple | list):
        return [plain_value(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return value


@cache
def code_hash(module: str) -> str:
    """A hash of a module's source and of the modules of `systems` that it imports, however indirectly."""
    sources = {name: path.read_bytes() for name, path in _imported(module, {}).items()}
    return hashlib.sha256(b"".join(name.encode() + source for name, source in sorted(sources.items()))).hexdigest()


def _imported(module: str, seen: dict[str, Path]) -> dict[str, Path]:
    spec = find_spec(module)
    if module in seen or spec is None or spec.origin is None:
        return seen
    seen[module] = Path(spec.origin)
    for name in _imports(ast.parse(seen[module].read_text(encoding="utf-8"))):
        if name.startswith("systems.") and name != __name__:
            _imported(name, seen)
    return seen


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


@asynccontextmanager
async def _opened(part: Any) -> AsyncIterator[None]:
    """Open a part for its first user and close it after its last."""
    lock = _opening.setdefault(id(part), asyncio.Lock())
    async with lock:  # a second user waits until the first has opened it
        if id(part) not in _users and hasattr(part, "open"):
            await part.open()
        _users[id(part)] = _users.get(id(part), 0) + 1
    try:
        yield
    finally:
        _users[id(part)] -= 1
        if not _users[id(part)]:
            del _users[id(part)]
            if hasattr(part, "close"):
                await part.close()
