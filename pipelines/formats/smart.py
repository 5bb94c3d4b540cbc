"""The format of the SMART system, in which Cranfield is handed on (Cleverdon 1967): a folder with a corpus (`*.all*`: `.I` id,
`.T` title, `.A` `.B` `.W` body), queries (`*.qry`) and judgements (`*qrel*`: query, document, code).

The qrels number queries by their place in the .qry file, not by its `.I` lines. Their codes are Cleverdon's: 1 is a complete
answer, 4 of minimum interest; 5 of no interest. So a code's grade is 5 - code, and 5, 0 and -1 are dropped
(the readme does not say what -1 means; every query has one, often of a document that ranks high; others drop it, too).
A document's text is title, space, body; where the body starts with the title, as most do, it is the body. An empty document
(Cranfield has two: 471 and 995) is left out, and a judgement that names it is dropped, since nothing could ever retrieve
it and there is no passage to point at; the card lists them under `empty`. All of it is "test", each query a cluster.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pipelines.data import Dataset
from pipelines.formats.judged import Judgements, judge, retrieval_example
from pipelines.formats.reading import only_file, text_lines
from systems.errors import ConfigError, Fault
from systems.retrieval.documents import Document

MARK = re.compile(r"\.([A-Z])(?:\s+(\S+))?\s*$")
CODES = range(-1, 6)


@dataclass
class _Record:
    where: str
    id: str
    sections: dict[str, list[str]] = field(default_factory=dict)

    def text(self, section: str) -> str:
        return "".join(self.sections.get(section, [])).strip()


def read(path: Path) -> Dataset:
    """Read a SMART folder. Raises ConfigError with every fault, each with its file and line."""
    corpus, queries_file, qrels = _files(path)
    faults: list[Fault] = []
    documents = _documents(corpus, faults)
    queries = _queries(queries_file, faults)
    complete = not faults  # an id is only unknown where every line that could name it was read
    judged: Judgements = {}
    for where, query, document, grade in _judgements(qrels, faults):
        judge(judged, query, document, grade, where, faults)
        if complete and query not in queries:
            what = f"there is no query {query}"
            faults.append(Fault(where, what, f"{queries_file.name} holds {len(queries)}, counted from 1"))
        if complete and document not in documents:
            faults.append(Fault(where, f"no document has the id {document!r}", f"see {corpus.name}"))
    if faults:
        raise ConfigError(faults)
    full = {id: document for id, document in documents.items() if document.text}
    examples = [retrieval_example(id, text, judged.get(id, {}), full) for id, text in queries.items()]
    name = path.resolve().name
    card = {"name": name, "version": qrels.name, "source": "SMART", "empty": [id for id in documents if id not in full]}
    return Dataset(name, card, list(full.values()), [example for example in examples if example])


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        raise ConfigError(Fault(str(path), "is no folder", "expected one with *.all*, *.qry and *qrel*"))
    found: list[Path] = []
    faults: list[Fault] = []
    for pattern in ("*.all*", "*.qry", "*qrel*"):
        files = sorted(file for file in path.glob(pattern) if not file.name.endswith(("readme", ".md")))
        try:
            found.append(only_file(path, files, pattern))
        except ConfigError as error:
            faults += error.faults
    if faults:
        raise ConfigError(faults)
    return found


def _documents(path: Path, faults: list[Fault]) -> dict[str, Document]:
    documents: dict[str, Document] = {}
    first: dict[str, str] = {}
    for record in _records(path, faults):
        if record.id in first:
            faults.append(Fault(record.where, f"the id {record.id!r} is taken", f"first used at {first[record.id]}"))
        first.setdefault(record.id, record.where)
        title, body = _one_line(record.text("T")), record.text("W")
        repeated = _one_line(body).startswith(title)
        documents[record.id] = Document(record.id, title, (body if repeated else f"{title} {body}").strip())
    if not documents and not faults:
        faults.append(Fault(str(path), "holds no document", "expected lines like `.I 1`, `.T`, `.W`"))
    return documents


def _queries(path: Path, faults: list[Fault]) -> dict[str, str]:
    queries: dict[str, str] = {}
    for number, record in enumerate(_records(path, faults), 1):
        queries[str(number)] = _one_line(record.text("W"))
        if not queries[str(number)]:
            faults.append(Fault(record.where, f"query {record.id} asks nothing", "expected its words under .W"))
    return queries


def _records(path: Path, faults: list[Fault]) -> Iterator[_Record]:
    """Every record of a file. A section that stands twice in one is one section."""
    record: _Record | None = None
    section: list[str] | None = None
    for number, line in text_lines(path, faults):
        where = f"{path}:{number}"
        mark = MARK.match(line)
        if mark and mark[1] == "I":
            if record:
                yield record
            if not mark[2]:
                faults.append(Fault(where, "`.I` names no id", "expected a line like `.I 1`"))
            record, section = _Record(where, mark[2] or "?"), None
        elif record is None and line.strip():
            faults.append(Fault(where, f"{line.strip()[:60]!r} stands before the first record", "expected `.I 1`"))
            return
        elif record and mark and not mark[2]:
            section = record.sections.setdefault(mark[1], [])
        elif section is not None:
            section.append(line)
        elif line.strip():
            faults.append(Fault(where, f"{line.strip()[:60]!r} is in no section", "expected `.T` or `.W` before it"))
    if record:
        yield record


def _judgements(path: Path, faults: list[Fault]) -> Iterator[tuple[str, str, str, float]]:
    """(place, query, document, grade) of every line."""
    for number, line in text_lines(path, faults):
        if not line.strip():
            continue
        where = f"{path}:{number}"
        try:
            query, document, code = line.split()
            grade = 5 - int(code) if int(code) in CODES else None
            query = str(int(query))
        except ValueError:
            grade = None
        if grade is None:
            faults.append(Fault(where, f"{line.strip()[:60]!r} was given", "expected query, document, code (-1 to 5)"))
        else:
            yield where, query, document, float(grade) if 1 <= grade <= 4 else 0.0


def _one_line(text: str) -> str:
    return " ".join(text.split())
