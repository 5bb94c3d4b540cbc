"""docs/judges.md: what the local judge is, how well it agrees with people, and what it is known to miss. All figures are the
stage's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipelines.agreement import Agreement
from pipelines.judges.features import FEATURES
from pipelines.judges.logistic import Logistic
from pipelines.measured import SourceFile
from pipelines.stats import Estimate
from pipelines.tables import align, table

AIM = 0.70  # of balanced accuracy on a set that took no part in teaching


@dataclass(frozen=True)
class Row:
    """One line of the card: which set, by a judge taught on which, and baselines taught on the same."""

    set: str
    kind: str
    taught_on: Sequence[str]
    judge: Agreement
    baselines: Mapping[str, Agreement]


SETS = {
    "begin": "BEGIN, the Wizard of Wikipedia part (Dziri et al. 2022): replies of four chat models to one sentence of Wikipedia",
    "halueval": "HaluEval, questions (Li et al. 2023): a right answer and one that ChatGPT made up, a passage of Wikipedia",
    "wice": "WiCE (Kamoi et al. 2023): sentences of Wikipedia and the pages that they cite; partly supported is unsupported",
    "natural": "ours: sentences of answers to questions over two to four passages, as models write them",
    "contrast": "ours: claims and their twins, which differ in one fact (contrast pairs, Gardner et al. 2020)",
    "hard": "ours: written to mislead; overlap of words says nothing of the label",
}
PUBLISHED = [
    ["HHEM-2.1-Open", "a fine-tuned T5, 110 M parameters", "RAGTruth-QA", "0.743", "https://huggingface.co/vectara/hallucination_evaluation_model"],
    ["MiniCheck-7B", "a fine-tuned LLM, 7 B parameters", "LLM-AggreFact", "0.774", "https://arxiv.org/abs/2404.10774"],
]  # fmt: skip
PUBLISHED_HEADERS = ["judge", "what it is", "on", "balanced accuracy", "source"]


def page(
    rows: Sequence[Row],
    supported: Logistic,
    told: Mapping[str, Agreement],
    relevance: Agreement,
    sources: Mapping[str, SourceFile],
    strength: float,
) -> str:
    """The page as Markdown."""
    unseen = [row for row in rows if row.kind == "left out"]
    return f"""# The local judge, and how far to trust it

Written by the `calibrate` stage, figures and all. The local judge needs no key and no network. It takes each sentence of an
answer as a claim, measures it against the evidence in {len(FEATURES)} ways, and a logistic model turns these into a probability
that people would call it supported. It is behind `faithfulness` and `groundedness`, and may answer for ragas and deepeval
(docs/metrics.md).

![balanced accuracy and calibration on each set](../results/judge/agreement.png)

## Agreement with people

{_by_set(unseen)}

Balanced accuracy is the mean of the recalls of supported and unsupported texts; 0.5 is chance. Each set was scored by a judge
**taught without it**, baselines likewise. *words* is the share of the claim's words that stand in the evidence, *similar* the
cosine of the nearest sentence (MiniLM), each as the only feature.

{_summary(unseen)}

The judge that is shipped was taught on the public sets above and on the development clusters of *natural*. On the test clusters
of ours:

{_shipped(rows)}

**What that means.** About one label in six of such sets is itself doubtful when people look again (for HaluEval and its kin, see
the discussion in MiniCheck's paper), so that 1.0 is not to be had. For scale only, since the data differ:

{table(PUBLISHED, PUBLISHED_HEADERS, "github", ("left", "left", "left", "right", "left"))}

{_unsure(unseen)}

## What it misses

- It compares words and vectors; it does not reason. On *contrast* and *hard*, where a supported claim may share few words with
  its evidence and a wrong one may differ by one that stands elsewhere in it, it does no better than chance: arithmetic, exchanged
  roles and figures, dropped conditions go unseen.
- A number that stands nowhere in the evidence halves the probability, so that "60 days" is not supported by "30 days"; nor is a
  right sum that the evidence does not state.
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

The features are few because more of them, tried on the same left-out sets, served those worse; so these figures are somewhat
optimistic, except for *hard* and for what the shipped judge does on test clusters, which nothing was chosen on.

Every set and each label counts the same, so that 0.5 means as likely supported as not where half of all claims are. The penalty
of the regression (C = {strength:g}) is the one with the least loss over sets left out in turn. Of an unsupported text of several
sentences, the one that shares fewest words with the evidence is taken for the culprit; a text is as supported as its least
supported sentence.

{_coefficients(supported)}

## Your own judge, your own labels

`archbench judge calibrate DATASET --judge NAME` does the same for any judge of `params.yaml` on any labelled set: agreement as it
stands, and after a calibration whose figures come from folds of clusters that took no part in it. DATASET is `claims`, a public
set in its own format (`archbench datasets`), or a table of yours: `claims:FILE.jsonl` with `text`, `evidence` and `label`.
"""


def _by_set(rows: Sequence[Row]) -> str:
    lines = [
        [
            row.set,
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
    headers = ["set", "texts", "supported", "balanced accuracy", "AUROC", "recall of supported / unsupported", *named]
    explained = "\n".join(f"- *{row.set}*: {SETS.get(row.set, row.set)}." for row in rows)
    return f"{table(lines, headers, 'github', align(len(headers)))}\n\n{explained}"


def _summary(rows: Sequence[Row]) -> str:
    public = [row for row in rows if row.set not in ("hard", "contrast")]
    reached = [row.set for row in public if row.judge.balanced_accuracy.value >= AIM]
    missed = [f"{row.set} ({row.judge.balanced_accuracy.value:.2f})" for row in public if row.set not in reached]
    mean = sum(row.judge.balanced_accuracy.value for row in public) / len(public)
    less = f" Below: {', '.join(missed)}." if missed else ""
    return (
        f"The aim is {AIM:.0%} on a set never trained on. Reached on {', '.join(reached) or 'none'}.{less} Mean over these:"
        f" {mean:.3f}; *contrast* and *hard* are made to mislead. Where a single feature does as well, it is in the table, too."
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
