"""What stands between two `---` lines at the start of a Markdown file: a dataset's card, a document's labels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pipelines.data import read_text
from systems.errors import ConfigError, Fault

REQUIRED = ("name", "version", "license", "language")
HELP = "see datasets/README.md"
CLAIMS = "claims"  # the `kind` of a folder that holds labelled claims instead of documents and questions


def front_matter(text: str, path: Path) -> tuple[str | None, str]:
    """(what stands between the `---` lines, what follows them); (None, text) where the first line is none.

    Raises ConfigError where the second is missing.
    """
    lines = text.split("\n")
    if lines[0].rstrip() != "---":
        return None, text
    for number, line in enumerate(lines[1:], 1):
        if line.rstrip() == "---":
            return "\n".join(lines[1:number]), "\n".join(lines[number + 1 :])
    raise ConfigError(Fault(f"{path}:1", "a --- line that no second one closes", "front matter stands between two"))


def read_card(path: Path) -> Mapping[str, Any]:
    """A card that has everything it needs. Raises ConfigError where it has not."""
    if not path.is_file():
        raise ConfigError(Fault(str(path), "missing", f"a dataset needs a card: {HELP}"))
    card = parsed(read_text(path), path)
    if card is None:
        raise ConfigError(Fault(f"{path}:1", "no YAML between two --- lines", HELP))
    missing = [key for key in REQUIRED if key not in card]
    if missing:
        raise ConfigError(Fault(str(path), f"the card lacks {', '.join(missing)}", HELP))
    return card


def card_beside(path: Path) -> Mapping[str, Any]:
    """The card beside a file, or in a folder, of the user's; empty where there is none. It need not say everything."""
    readme = (path if path.is_dir() else path.parent) / "README.md"
    return parsed(read_text(readme), readme) or {} if readme.is_file() else {}


def holds_claims(folder: Path) -> bool:
    """Whether a folder's card says that it holds labelled claims. What is wrong with a card is said where it is read."""
    try:
        return folder.is_dir() and card_beside(folder).get("kind") == CLAIMS
    except ConfigError:
        return False


def parsed(text: str, path: Path) -> Mapping[str, Any] | None:
    """The card in the text of a README; None where it has none. Raises ConfigError where it is no YAML mapping."""
    import yaml

    front, _ = front_matter(text, path)
    if front is None:
        return None
    try:
        card = yaml.safe_load(front)
    except yaml.YAMLError as error:
        raise ConfigError(Fault(str(path), f"the card is no YAML: {' '.join(str(error).split())}")) from None
    if not isinstance(card, dict):
        raise ConfigError(Fault(f"{path}:2", f"the card is {str(card)[:60]!r}", "expected lines like `name: mine`"))
    return card


def labels_and_text(text: str, path: Path) -> tuple[Mapping[str, str], str]:
    """A document's labels and what follows them. Values are strings as they are written, whatever YAML would make of them."""
    import yaml

    front, rest = front_matter(text, path)
    if front is None:
        return {}, text
    try:
        node = yaml.compose(front, yaml.SafeLoader)
    except yaml.YAMLError as error:
        what = f"the front matter is no YAML: {' '.join(str(error).split())}"
        raise ConfigError(Fault(f"{path}:2", what, "expected lines like `status: current`")) from None
    faults: list[Fault] = []
    labels = dict(_labels(node, path, faults))
    if faults:
        raise ConfigError(faults)
    return labels, rest


def _labels(node: Any, path: Path, faults: list[Fault]) -> Iterator[tuple[str, str]]:
    expected = "expected lines like `status: current`"
    if node is None:
        return
    if node.id != "mapping":
        faults.append(Fault(f"{path}:2", f"the front matter is a {node.id}", expected))
        return
    seen: set[str] = set()
    for key, value in node.value:
        where = f"{path}:{key.start_mark.line + 2}"
        if key.id != "scalar" or value.id != "scalar" or not key.value or not value.value:
            given = "nothing" if value.id == "scalar" else f"a {value.id}"
            faults.append(Fault(where, f"{str(key.value)[:60]!r} has {given} for a value", expected))
        elif key.value in seen:
            faults.append(Fault(where, f"the label {key.value!r} stands twice", "keep one"))
        else:
            seen.add(key.value)
            yield key.value, value.value
