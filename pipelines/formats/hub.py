"""Whatever Hugging Face's `datasets` reads: `owner/name@revision` on the hub, or a folder or file of Parquet, JSON Lines or CSV
that is here. What is on the hub changes, so a revision has to be named, best a commit; rows are streamed.

With a revision it is a name on the hub; without one it is what exists here under that path.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from pipelines.data import Dataset, Example
from pipelines.formats.card import card_beside
from pipelines.formats.columns import contents
from systems.errors import ConfigError, Fault
from systems.retrieval.documents import Document

BUILDERS = {".parquet": "parquet", ".jsonl": "json", ".json": "json", ".csv": "csv"}
HUB = re.compile(r"(?P<name>[\w.-]+(?:/[\w.-]+)?)(?:@(?P<revision>\S+))?", re.ASCII)
PREFERRED = ("test", "validation", "dev")  # of several splits, the first of these that there is


def read(path: Path) -> Dataset:
    """Read `owner/name@revision`, or a folder or file that exists. Raises ConfigError with every fault, each with its row."""
    source = str(path)
    if path.exists():
        name = path.resolve().name if path.is_dir() else path.stem
        card = {"name": name, "version": "unknown", "source": f"hf:{source}", **card_beside(path)}
    else:
        where, _, revision = source.partition("@")
        name = where.rpartition("/")[2]
        card = {"name": name, "version": revision, "source": f"hf:{source}"}
    faults: list[Fault] = []
    documents, examples = hub_contents(source, card, faults)
    if faults:
        raise ConfigError(faults)
    return Dataset(name, card, documents, examples)


def hub_contents(source: str, card: Mapping[str, Any], faults: list[Fault]) -> tuple[list[Document], list[Example]]:
    """The documents and examples of the split and configuration that the card names, or of the ones there are."""
    asked = f"hf:{source}"
    rows = _rows(source, asked, card.get("config"), card.get("hf_split"))
    return contents(rows, card, asked, faults)


def _rows(source: str, asked: str, config: str | None, split: str | None) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        splits = _splits(source, asked, config)
        name = _split(list(splits), split, asked)
        for number, row in enumerate(splits[name], 1):
            yield f"{asked}: {name} row {number}", row
    except (ConfigError, ConnectionError):
        raise
    except Exception as error:  # whatever the library, the hub or a parser says of what was asked for
        if _lost(error):
            raise ConnectionError(f"{asked}: the hub cannot be reached: {error}") from error
        what = " ".join(str(error).split())[:300].rstrip(".") or type(error).__name__
        raise ConfigError(Fault(asked, what, "see the data set's page for its revisions and configurations")) from error


def _lost(error: Exception) -> bool:
    """Whether the machine's connection failed, not what was asked for. After a refused connection, the hub's client asks again
    on a client that it has closed, and that is all that it then says."""
    return any(one.__name__ == "TransportError" for one in type(error).__mro__) or "client has been closed" in str(
        error
    )


def _splits(source: str, asked: str, config: str | None) -> Mapping[str, Any]:
    """Every split there is, to be streamed. `datasets` takes seconds to import, so that comes last."""
    path = Path(source)
    parts = HUB.fullmatch(source)
    if not path.exists():
        if not parts:
            raise ConfigError(Fault(asked, "is no folder here and no name on the hub", "expected owner/name@revision"))
        if not parts["revision"]:
            what = "names no revision, and what is on the hub changes"
            allowed = f"pin one, best a commit: hf:{source}@COMMIT (a folder or file that is here needs none)"
            raise ConfigError(Fault(asked, what, allowed))
    if path.is_file() and path.suffix not in BUILDERS:
        raise ConfigError(Fault(asked, f"{path.suffix!r} files are not read", f"known: {', '.join(BUILDERS)}"))
    if path.is_file():
        return _loaded(BUILDERS[path.suffix], data_files={"test": str(path)})
    if path.exists():
        return _loaded(str(path.resolve()), config)
    assert parts
    return _from_hub(parts["name"], parts["revision"], config, asked)


def _from_hub(name: str, revision: str, config: str | None, asked: str) -> Mapping[str, Any]:
    try:
        return _loaded(name, config, revision=revision)
    except ConnectionError:
        if (offline := os.environ["HF_HUB_OFFLINE"]).upper() not in ("1", "ON", "YES", "TRUE"):
            raise
        what = f"{name} at revision {revision} is not here, and the hub was not asked, because HF_HUB_OFFLINE={offline}"
        raise ConfigError(Fault(asked, what, "to allow it: HF_HUB_OFFLINE=0 archbench ...")) from None


def _loaded(*arguments: Any, **named: Any) -> Mapping[str, Any]:
    """What `datasets` loads. By name, because our folder of data sets is named like the library. Whoever calls: unless the hub is
    allowed, it is not asked."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")  # read when the library is imported
    splits: Mapping[str, Any] = import_module("datasets").load_dataset(*arguments, streaming=True, **named)
    return splits


def _split(found: list[str], wanted: str | None, asked: str) -> str:
    if wanted is not None:
        if wanted not in found:
            raise ConfigError(
                Fault(f"{asked}: hf_split", f"no split is named {wanted!r}", f"known: {', '.join(found)}")
            )
        return wanted
    if len(found) == 1:
        return found[0]
    for name in PREFERRED:
        if name in found:
            return name
    what = f"several splits: {', '.join(found)}"
    raise ConfigError(Fault(asked, what, "say which in a card: `rows: hf:...` and `hf_split: NAME`"))
