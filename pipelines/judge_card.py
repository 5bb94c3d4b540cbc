"""docs/judges.md: what the local judge is, how well it agrees with labels, and what it is known to miss. All figures are the
stage's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipelines.agreement import Agreement
from pipelines.judges.features import COPY, FEATURES
from pipelines.judges.logistic import Logistic
from pipelines.measured import SourceFile
from pipelines.stats import Estimate
from pipelines.tables import align, table

MISLEADING = ("contrast", "hard")
AIM = 0.70  # of balanced accuracy on a set that took no part in teaching


@dataclass(frozen=True)
class Row:
    """One line of the card: which set, by a judge taught on which, and baselines taught on the same."""

    set: str
    kind: str
    taught_on: Sequence[str]
    judge: Agreement
    baselines: Mapping[str, Agreement]


SETS = {  # who labelled it; what it is
    "begin": (
        "people",
        "BEGIN, the Wizard of Wikipedia part (Dziri et al. 2022): replies of four chat models to a sentence of Wikipedia",
    ),
    "wice": (
        "people",
        "WiCE (Kamoi et al. 2023): sentences of Wikipedia and the pages that they cite; partly supported is unsupported",
    ),
    "halueval": (
        "by construction",
        "HaluEval, questions (Li et al. 2023): HotpotQA's right answer, and a wrong one that ChatGPT was told to make up",
    ),
    "natural": (
        "AI assistants",
        "ours (`datasets/claims`): sentences of answers to questions over two to four passages, as models write them",
    ),
    "contrast": (
        "AI assistants",
        "ours: claims and their twins, which differ in one fact (contrast pairs, Gardner et al. 2020)",
    ),
    "hard": ("AI assistants", "ours: written to mislead; overlap of words says nothing of the label"),
}
PUBLISHED = [
    [
        "HHEM-2.1-Open", "a fine-tuned T5, 110 M parameters", "RAGTruth-QA", "0.743",
        "https://huggingface.co/vectara/hallucination_evaluation_model",
    ],
    [
        "Bespoke-MiniCheck-7B", "a fine-tuned LLM, 7 B parameters", "LLM-AggreFact", "0.774",
        "https://docs.bespokelabs.ai/models/bespoke-minicheck",
    ],
]  # fmt: skip
PUBLISHED_HEADERS = ["judge", "what it is", "on", "balanced accuracy", "source"]


def page(
    rows: Sequence[Row],
    supported: Logistic,
    told: Mapping[str, Agreement],
    relevance: Agreement,
    confusion: Mapping[str, Mapping[str, Mapping[str, int]]],
    sources: Mapping[str, SourceFile],
    strength: float,
) -> str:
    """The page as Markdown."""
    unseen = [row for row in rows if row.kind == "left out"]
    return f"""# The local judge, and how far to trust it

Written by the `calibrate` stage, figures and all. The local judge needs no key and no network. It takes each sentence of an
answer as a claim, measures it against the evidence in {len(FEATURES)} ways, and a logistic model turns these into a probability
that it would be labelled supported. It is behind `faithfulness` and `groundedness`, and may answer for ragas and deepeval
(docs/metrics.md).

![balanced accuracy and calibration on each set](../results/judge/agreement.png)

## Agreement with labels

{_by_set(unseen)}

Balanced accuracy is the mean of the recalls of supported and unsupported texts; 0.5 is chance. Each set was scored by a judge
**taught without it**, baselines likewise. *words* is the share of the claim's words that stand in the evidence, *similar* the
cosine of the nearest sentence (MiniLM), each as the only feature.

{_summary(unseen)}

The judge that is shipped was taught on the public sets above and on the development clusters of *natural*. On the test clusters
of ours:

{_shipped(rows)}

**What that means.** In sets of this kind about one label in six is itself doubtful when it is looked at again (16 % over fourteen
fact-checking benchmarks: Seo et al. 2025, https://arxiv.org/abs/2506.13342), so that 1.0 is not to be had. For scale only, since
the data differ:

{table(PUBLISHED, PUBLISHED_HEADERS, "github", ("left", "left", "left", "right", "left"))}

{_unsure(unseen)}

## What it misses

- It compares words and vectors; it does not reason. On *contrast* and *hard*, where a supported claim may share few words with
  its evidence and a wrong one may differ by one that stands elsewhere in it, it does no better than chance: arithmetic, exchanged
  roles and figures, dropped conditions go unseen.
- A number, in figures or from ten up in words, that stands neither in the evidence nor in the question is a veto: "60 days" is
  never supported by "30 days"; nor is a right sum that the evidence does not state. A second veto: the nearest sentence says
  nearly the same (cosine {COPY}) but has other numbers, or one of the two is negated. The words beside a number (30 days, 30
  months) are not looked at.
{_confusion(confusion)}

- Contradicted or not found? Among unsupported claims of *natural* (test) it tells the two with balanced accuracy
  {_figure(told["natural"].balanced_accuracy)}; of *contrast*, {_figure(told["contrast"].balanced_accuracy)}; of *hard*,
  {_figure(told["hard"].balanced_accuracy)}, where the label is a guess.
- Relevance of a statement to a question, by their cosine: own reference answer against the next question's, on the test split:
  balanced accuracy {_figure(relevance.balanced_accuracy)}, AUROC {_figure(relevance.auroc)}.
- English only: none of these sets holds another language. Other scripts are compared word for word.
- It cannot apply criteria in words: a rubric needs a model.
- A model that copies sentences out of its passages is faithful by construction.

## What it was taught on

{_sources(sources)}

Public texts are not kept here; the tables of what was measured on them are (`results/judge/features/`, numbers only, each with
its source's hash). To measure them anew, after a change of the features: `archbench judge measure begin:FILE halueval:FILE
wice:FILE`. HaluEval's general file (4,507 answers of ChatGPT with people's labels) has no evidence beside its answers and
cannot teach a judge of support.

The features are few because more of them, tried on the sets above as they stand there (of *natural*, the test clusters), served
those worse, and so were the vetoes decided on: all these figures are somewhat optimistic. The coefficients saw none of the sets
that they are scored on.

Every set and each label counts the same, so that 0.5 means as likely supported as not where half of all claims are. The penalty
of the regression (C = {strength:g}) is the one with the least loss over sets left out in turn. Of an unsupported text of several
sentences, the one that shares fewest words with the evidence is taken for the culprit; a text is as supported as its least
supported sentence.

{_coefficients(supported)}

## Your own judge, your own labels

`archbench judge calibrate DATASET --judge NAME` does the same for any judge of `params.yaml` on any labelled set: agreement as it
stands, and after a calibration whose figures come from folds of clusters that took no part in it. DATASET is `claims`, a public
set in its own format (`archbench datasets`), or a table of yours: `claims:FILE.jsonl` or `.csv`, a row a text:

```json
{{"text": "Refunds take 5 days.", "evidence": ["We refund within 5 days."], "label": "supported", "question": "How long?"}}
```

`evidence` is a text or a list; `label` supported, contradicted, not_found or unsupported (1 and 0 will do); `question` and
`cluster` may be missing (rows with the same evidence are one cluster then). `--out FILE` writes the calibration of a judge's
probabilities, and says the line for `judges:` of `params.yaml` that applies it. It is refused where it makes the judge worse.
"""


def _by_set(rows: Sequence[Row]) -> str:
    lines = [
        [
            row.set,
            SETS[row.set][0],
            f"{row.judge.n:,}",
            f"{row.judge.supported / row.judge.n:.0%}",
            _figure(row.judge.balanced_accuracy),
            _figure(row.judge.auroc),
            f"{row.judge.sensitivity:.2f} / {row.judge.specificity:.2f}",
            *(f"{one.balanced_accuracy.value:.2f}, {one.auroc.value:.2f}" for one in row.baselines.values()),
        ]
        for row in rows
    ]
    named = [f"{name}: accuracy, AUROC" for name in rows[0].baselines]
    headers = [
        "set",
        "labelled by",
        "texts",
        "supported",
        "balanced accuracy",
        "AUROC",
        "recall of supported / unsupported",
        *named,
    ]
    explained = "\n".join(f"- *{row.set}*: {SETS[row.set][1]}." for row in rows)
    return f"{table(lines, headers, 'github', ('left', 'left', *align(len(headers))[2:]))}\n\n{explained}"


def _summary(rows: Sequence[Row]) -> str:
    people = [row for row in rows if SETS[row.set][0] == "people"]
    others = [row for row in rows if row.set not in MISLEADING and row not in people]
    told = "; ".join(
        f"{who}: {', '.join(f'{row.set} {row.judge.balanced_accuracy.value:.2f}' for row in some)}"
        for who, some in (("labelled by people", people), ("otherwise", others))
    )
    better = [
        f"*{name}* on {row.set} ({one.balanced_accuracy.value:.2f} against {row.judge.balanced_accuracy.value:.2f})"
        for row in rows
        for name, one in row.baselines.items()
        if one.balanced_accuracy.value >= row.judge.balanced_accuracy.value
    ]
    single = f" A single feature does as well or better: {', '.join(better)}." if better else ""
    return (
        f"The aim is a balanced accuracy of {AIM:.2f} on a set that taught nothing. What it is: {told}. *contrast* and *hard* are"
        f" made to mislead.{single}"
    )


def _confusion(found: Mapping[str, Mapping[str, Mapping[str, int]]]) -> str:
    """Of the claims with each label, how many got which, by set."""
    labels = ("supported", "contradicted", "not_found")
    lines = [
        [name, label, sum(said.values()), *(said.get(one, 0) for one in labels)]
        for name, of_label in found.items()
        for label, said in of_label.items()
    ]
    headers = ["test clusters of", "label", "claims", *(f"called {one}" for one in labels)]
    return (
        "- **A wrong fact in a sentence that is otherwise there mostly goes unseen**: most contradicted claims are called"
        f" supported.\n\n{table(lines, headers, 'github', ('left', 'left', *align(4)))}"
    )


def _unsure(rows: Sequence[Row]) -> str:
    errors = ", ".join(f"{row.set} {row.judge.calibration_error:.2f}" for row in rows)
    return (
        f"**Its probabilities** are off by this much in the mean on a set that it has not seen (expected calibration error):"
        f" {errors}."
        " AUROC says how well it orders texts; where accuracy is much lower than AUROC suggests, the order is right and the"
        " threshold is not, and labels of your own help: see the end of this page."
    )


def _shipped(rows: Sequence[Row]) -> str:
    found = [row for row in rows if row.kind == "test"]
    lines = [[row.set, row.judge.n, _figure(row.judge.balanced_accuracy), _figure(row.judge.auroc)] for row in found]
    return table(lines, ["set", "texts", "balanced accuracy", "AUROC"], "github", align(4))


def _sources(sources: Mapping[str, SourceFile]) -> str:
    lines = [[name, one.file, one.items, one.clusters, one.licence, one.sha256] for name, one in sources.items()]
    text = table(
        lines,
        ["set", "file", "texts", "clusters", "licence", "content hash"],
        "github",
        ("left", "left", "right", "right", "left", "left"),
    )
    return f"{text}\n\nand the development clusters of *natural* (`datasets/claims`)."


def _coefficients(model: Logistic) -> str:
    lines = [[name, FEATURES[name], f"{value:+.3f}"] for name, value in model.coefficients.items()]
    headers = ["feature", "what it is", "coefficient"]
    return f"{table(lines, headers, 'github', ('left', 'left', 'right'))}\n\nIntercept {model.intercept:+.3f}."


def _figure(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return f"{estimate.value:.3f}"
    return f"{estimate.value:.3f} ({estimate.low:.2f} to {estimate.high:.2f})"
