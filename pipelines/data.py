"""Examples, documents and the formats that they come in.

A DATASET is the name of a folder in `datasets/`, the path of such a folder, or `format:path` for public data in its own format.
A format is a function from a path to a Dataset; FORMATS names them by "module:function" and they are imported when used.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

from annotated_types import Gt
from pydantic import AllowInfNan

from systems.errors import ConfigError, Fault
from systems.interface import Request
from systems.retrieval.documents import Document

if TYPE_CHECKING:
    from pydantic import TypeAdapter

FORMATS = {
    "beir": "pipelines.formats.beir:read",
    "chroma": "pipelines.formats.chroma:read",
    "csv": "pipelines.formats.tables:read_csv",
    "folder": "pipelines.formats.folder:read",
    "hf": "pipelines.formats.hub:read",
    "hotpot": "pipelines.formats.hotpot:read",
    "jsonl": "pipelines.formats.tables:read_jsonl",
    "smart": "pipelines.formats.smart:read",
    "squad": "pipelines.formats.squad:read",
}
HOME = Path("datasets")
_STRICT: Any = {"extra": "forbid"}  # a misspelt field is a fault, not a silence


@dataclass(frozen=True)
class Gold:
    """A gold passage: characters `start` to `end` of a document, the text that stands there, and how relevant it is (where
    judges graded it; 1 where it simply is)."""

    document: str
    start: int
    end: int
    text: str
    grade: Annotated[float, Gt(0), AllowInfNan(False)] = 1.0

    __pydantic_config__ = _STRICT


@dataclass(frozen=True)
class Example:
    """A question with its reference answer, the short strings that a right answer holds, its gold passages, and the cluster
    that it is resampled with.

    With neither strings nor passages it cannot be answered from the documents. With passages alone nobody has written down
    what a right answer says: it is a question for retrieval only.
    """

    id: str
    question: str
    answer: str
    answers: tuple[str, ...]
    gold: tuple[Gold, ...]
    cluster: str
    split: Literal["dev", "test"]
    tags: tuple[str, ...] = ()

    __pydantic_config__ = _STRICT

    @property
    def answerable(self) -> bool:
        return bool(self.answers or self.gold)

    @property
    def has_reference(self) -> bool:
        """Whether an answer can be told right from wrong."""
        return bool(self.answers) or not self.answerable

    @property
    def request(self) -> Request:
        """All that a system ever sees of an example."""
        return Request(self.question)


@dataclass(frozen=True)
class Dataset:
    """Documents, examples about them, and the card: name, version, licence, source."""

    name: str
    card: Mapping[str, Any]
    documents: list[Document]
    examples: list[Example] = field(repr=False)

    @cached_property
    def sha256(self) -> str:
        """A content hash of everything that a score depends on."""
        return hashlib.sha256(repr((self.documents, self.examples)).encode()).hexdigest()[:16]


def load(dataset: str) -> Dataset:
    """Read a dataset by name or by `format:path`. Raises ConfigError with every fault in its files."""
    format_name, _, path = dataset.partition(":")
    if not path:
        format_name, path = "folder", dataset if Path(dataset, "README.md").is_file() else str(HOME / dataset)
        if not Path(path).is_dir():
            raise ConfigError(
                Fault(f"dataset {dataset!r}", "no such folder in datasets/", f"known: {known_datasets()}")
            )
    return read(format_name, Path(path))


def read(format_name: str, path: Path) -> Dataset:
    """Read the dataset at `path` in the named format."""
    if format_name not in FORMATS:
        raise ConfigError(Fault(f"format {format_name!r}", "no such format", f"known: {', '.join(sorted(FORMATS))}"))
    if format_name != "hf" and not path.exists():  # that one may be a name on the hub
        raise ConfigError(Fault(str(path), "no such file or folder", f"expected data in the format {format_name!r}"))
    module, _, function = FORMATS[format_name].partition(":")
    dataset = cast(Dataset, getattr(import_module(module), function)(path))
    if not dataset.examples:
        raise ConfigError(Fault(str(path), "holds no examples", "an empty dataset scores nothing"))
    return dataset


def known_datasets() -> str:
    """The names of the folders in datasets/, for an error."""
    return ", ".join(sorted(path.parent.name for path in HOME.glob("*/README.md"))) or "none"


def made(path: Path) -> Path:
    """`path`, which a stage writes; a ConfigError that says what to run where it is not there."""
    if not path.exists():
        raise ConfigError(Fault(str(path), "not made yet", "run `dvc repro` (or `make repro`) first"))
    return path


def read_text(path: Path) -> str:
    """A UTF-8 file's text. Raises ConfigError naming the byte that is not UTF-8."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        what = f"byte {error.object[error.start]:#04x} at offset {error.start} is not UTF-8"
        raise ConfigError(Fault(str(path), what, "save the file as UTF-8")) from None


def write_examples(path: Path, examples: list[Example]) -> None:
    """One example a line, as JSON."""
    with path.open("wb") as file:
        for example in examples:
            file.write(example_adapter().dump_json(example, exclude_defaults=True) + b"\n")


def read_examples(path: Path) -> list[Example]:
    """What write_examples wrote."""
    with made(path).open("rb") as file:
        return [example_adapter().validate_json(line) for line in file]


def examples_by_request(examples: Iterable[Example]) -> dict[str, list[Example]]:
    """The examples that each response answers: two that ask the same words share one."""
    by_id: dict[str, list[Example]] = {}
    for example in examples:
        by_id.setdefault(example.request.id(), []).append(example)
    return by_id


@cache
def example_adapter() -> TypeAdapter[Example]:
    """Reads and writes one example."""
    from pydantic import TypeAdapter

    return TypeAdapter(Example)
