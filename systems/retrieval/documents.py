"""Documents, one a line as JSON. Characters of `text` are what every passage's start and end count."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from systems.errors import ConfigError, Fault

if TYPE_CHECKING:
    from pydantic import TypeAdapter


@dataclass(frozen=True)
class Document:
    """What is retrieved from. `id` is unique in its corpus; `labels` are what a retriever can filter by."""

    id: str
    title: str
    text: str
    labels: Mapping[str, str] = field(default_factory=dict)


def read_documents(path: Path) -> Iterator[Document]:
    """The documents in a JSON Lines file, read as they are asked for. Raises ConfigError naming a line that is none."""
    from pydantic import ValidationError

    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                yield _adapter().validate_json(line)
            except ValidationError as error:
                fault = error.errors()[0]
                where = ".".join([f"{path}:{number}", *(str(step) for step in fault["loc"])])
                raise ConfigError(Fault(where, fault["msg"], "expected an object with id, title and text")) from None


def write_documents(path: Path, documents: Iterable[Document]) -> None:
    """What read_documents reads; the same bytes for the same documents."""
    part = path.with_suffix(".part")  # a file that a full disk cut off must not be taken for the whole
    with part.open("wb") as file:
        for document in documents:
            file.write(_adapter().dump_json(document, exclude_defaults=True) + b"\n")
    part.replace(path)


@cache
def _adapter() -> TypeAdapter[Document]:
    from pydantic import TypeAdapter

    return TypeAdapter(Document)
