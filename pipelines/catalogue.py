"""The datasets that there are here, with their cards, and the public ones whose formats are read: licence, citation, source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pipelines.check_claims import claim_counts
from pipelines.check_data import counts
from pipelines.data import HOME, read
from pipelines.formats.card import CLAIMS, holds_claims, parsed
from pipelines.labelled.folder import contents
from pipelines.labelled.public import PUBLIC_SETS, PublicSet
from pipelines.params import Params
from pipelines.tables import table
from systems.errors import ConfigError, Fault


@dataclass(frozen=True)
class Public:
    """A public dataset: how to name it on the command line, and what to know before using it."""

    call: str
    license: str
    source: str
    citation: str


@dataclass(frozen=True)
class Listed:
    """A dataset that is here, as the table shows it; one that cannot be read has faults instead."""

    name: str
    format: str
    path: str
    version: str = "-"
    documents: int = 0
    examples: int = 0
    splits: Mapping[str, int] = field(default_factory=dict)
    license: str = "-"
    language: str = "-"
    faults: tuple[str, ...] = ()


PUBLIC = {
    "SQuAD 2.0": Public(
        "squad:dev-v2.0.json",
        "CC BY-SA 4.0",
        "https://rajpurkar.github.io/SQuAD-explorer/",
        "Rajpurkar, Jia, Liang 2018: Know What You Don't Know: Unanswerable Questions for SQuAD. ACL. arXiv:1806.03822",
    ),
    "PolicyQA": Public(
        "squad:dev.json",
        "MIT",
        "https://github.com/wasiahmad/PolicyQA",
        "Ahmad, Chi, Tian, Chang 2020: PolicyQA: A Reading Comprehension Dataset for Privacy Policies. Findings of EMNLP."
        " arXiv:2010.02557",
    ),
    "HotpotQA": Public(
        "hotpot:hotpot_dev_distractor_v1.json",
        "CC BY-SA 4.0",
        "https://hotpotqa.github.io",
        "Yang et al. 2018: HotpotQA: A Dataset for Diverse, Explainable Multi-hop Question Answering. EMNLP. arXiv:1809.09600",
    ),
    "2WikiMultihopQA": Public(
        "hotpot:dev.json",
        "Apache-2.0",
        "https://github.com/Alab-NII/2wikimultihop",
        "Ho, Nguyen, Sugawara, Aizawa 2020: Constructing A Multi-hop QA Dataset for Comprehensive Evaluation of Reasoning Steps."
        " COLING. arXiv:2011.01060",
    ),
    "Cranfield": Public(
        "smart:cranfield",
        "public research collection, no licence stated",
        "https://ir.dcs.gla.ac.uk/resources/test_collections/cran/",
        "Cleverdon 1967: The Cranfield tests on index language devices. Aslib Proceedings 19(6), 173-194",
    ),
    "BEIR": Public(
        "beir:scifact",
        "per set: see each one's page before use",
        "https://github.com/beir-cellar/beir",
        "Thakur, Reimers, Rücklé, Srivastava, Gurevych 2021: BEIR: A Heterogeneous Benchmark for Zero-shot Evaluation of"
        " Information Retrieval Models. NeurIPS Datasets and Benchmarks. arXiv:2104.08663",
    ),
    "Chroma chunking": Public(
        "chroma:evaluation_data",
        "MIT",
        "https://github.com/brandonstarxel/chunking_evaluation",
        "Smith, Troynikov 2024: Evaluating Chunking Strategies for Retrieval. Chroma."
        " https://research.trychroma.com/evaluating-chunking",
    ),
    "Hugging Face hub": Public(
        "hf:owner/name@revision",
        "per data set: see its page before use",
        "https://huggingface.co/datasets",
        "Lhoest et al. 2021: Datasets: A Community Library for Natural Language Processing. EMNLP demos. arXiv:2109.02846",
    ),
}
ALL_PUBLIC: Mapping[str, Public | PublicSet] = {**PUBLIC, **PUBLIC_SETS}


def listed(params: Params) -> list[Listed]:
    """Every dataset of params.yaml and every folder in `datasets/`, each once."""
    named = {name: (one.format, one.path) for name, one in params.datasets.items()}
    known = {path.resolve() for _, path in named.values()}
    ours = {folder.name: (_format_of(folder), folder) for folder in sorted(HOME.glob("*")) if folder.is_dir()}
    new = {name: where for name, where in ours.items() if where[1].resolve() not in known and name not in named}
    return [_listed(name, *where) for name, where in {**named, **new}.items()]


def _listed(name: str, format_name: str, path: Path) -> Listed:
    try:
        if format_name == CLAIMS:
            return _listed_claims(name, path)
        dataset = read(format_name, path)
    except ConfigError as error:
        return Listed(name, format_name, str(path), faults=tuple(str(fault) for fault in error.faults))
    splits = Counter(example.split for example in dataset.examples)
    version, license, language = (str(dataset.card.get(key, "-")) for key in ("version", "license", "language"))
    sizes = len(dataset.documents), len(dataset.examples)
    return Listed(name, format_name, str(path), version, *sizes, dict(sorted(splits.items())), license, language)


def _listed_claims(name: str, path: Path) -> Listed:
    """Labelled claims: their passages are the documents, and each claim is an example."""
    held = contents(path)
    version, license, language = (str(held.card.get(key, "-")) for key in ("version", "license", "language"))
    counted = claim_counts(held)
    sizes = counted["passages"], counted["claims"]
    return Listed(name, CLAIMS, str(path), version, *sizes, counted["splits"], license, language)


def _format_of(folder: Path) -> str:
    """How a folder in `datasets/` is read."""
    return CLAIMS if holds_claims(folder) else "folder"


def as_text(datasets: Sequence[Listed]) -> str:
    """The datasets that are here, then the public ones."""
    rows = []
    for one in datasets:
        splits = ", ".join(f"{split} {n:,}" for split, n in one.splits.items()) or "cannot be read"
        sizes = ("-", "-") if one.faults else (f"{one.documents:,}", f"{one.examples:,}")
        rows.append([one.name, one.format, one.version, *sizes, splits, one.license, one.language])
    headers = ["dataset", "format", "version", "documents", "examples", "splits", "licence", "language"]
    left, right = "left", "right"
    here = table(rows, headers, "simple", (left, left, right, right, right, left, left, left))
    known = [[name, one.call, one.license, one.source] for name, one in PUBLIC.items()]
    public = table(known, ["public", "call", "licence", "where"], "simple", (left,) * 4)
    labels = [[name, one.call, one.license, one.size, one.source] for name, one in PUBLIC_SETS.items()]
    labelled = table(labels, ["labelled, for judges", "call", "licence", "size", "where"], "simple", (left,) * 5)
    notes = [fault for one in datasets for fault in one.faults]
    cite = "Public data stays where you keep it. `archbench datasets NAME` prints a card, or whom to cite."
    return "\n\n".join([here, *(["\n".join(notes)] if notes else []), public, labelled, cite])


def card(params: Params, name: str) -> dict[str, Any]:
    """One dataset's card in full: of one that is here, or of a public one, which the start of its name is enough for."""
    source = params.datasets.get(name)
    format_name, path = (source.format, source.path) if source else (_format_of(HOME / name), HOME / name)
    if not source and not path.is_dir():
        public = [one for one in ALL_PUBLIC if one.casefold().startswith(name.casefold())]
        if len(public) == 1:
            return {"name": public[0], **asdict(ALL_PUBLIC[public[0]])}
        here = sorted({*params.datasets, *(folder.name for folder in HOME.glob("*") if folder.is_dir())})
        raise ConfigError(Fault(f"dataset {name!r}", "no such dataset", f"known: {', '.join([*here, *ALL_PUBLIC])}"))
    if format_name == CLAIMS:
        held = contents(path)
        counted = claim_counts(held)
        return {**held.card, "format": CLAIMS, "path": str(path), **counted, "prose": _prose(path / "README.md")}
    dataset = read(format_name, path)
    prose = _prose(path / "README.md")
    return {**dataset.card, "format": format_name, "path": str(path), **counts(dataset), "prose": prose}


def _prose(readme: Path) -> str:
    """What the card says below its YAML."""
    if not readme.is_file():
        return ""
    text = readme.read_text(encoding="utf-8")
    return text.split("---\n", 2)[-1].strip() if parsed(text, readme) else ""


def card_as_text(card: Mapping[str, Any]) -> str:
    """A card for people: every field with its value, the licence and whom to cite among them, then the prose."""
    import yaml

    fields = {key: value for key, value in card.items() if key not in ("prose", "counts")}
    shown = yaml.safe_dump(fields, sort_keys=False, allow_unicode=True, width=120).strip()
    return "\n\n".join(filter(None, [shown, card.get("prose", "")]))
