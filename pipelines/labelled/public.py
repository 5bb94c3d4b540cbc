"""Public labelled sets whose formats are read: where to get them, under which licence, how large they are, whom to cite."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PublicSet:
    """A public labelled set: how to name it, and what to know before using it."""

    call: str
    license: str
    size: str
    source: str
    citation: str


PUBLIC_SETS = {
    "HaluEval": PublicSet(
        "halueval:qa_data.json",
        "MIT",
        "10,000 pairs each of qa, dialogue, summarization; no person labelled them",
        "https://github.com/RUCAIBox/HaluEval",
        "Li, Cheng, Zhao, Nie, Wen 2023: HaluEval: A Large-Scale Hallucination Evaluation Benchmark for Large Language Models."
        " EMNLP. arXiv:2305.11747",
    ),
    "BEGIN": PublicSet(
        "begin:begin_dev_wow.tsv",
        "CC BY 4.0",
        "12,000 replies of dialogue models, a tenth of them development",
        "https://github.com/google/BEGIN-dataset",
        "Dziri, Rashkin, Linzen, Reitter 2022: Evaluating Attribution in Dialogue Systems: The BEGIN Benchmark. TACL."
        " arXiv:2105.00071",
    ),
    "WiCE": PublicSet(
        "wice:dev.jsonl",
        "texts CC BY-SA 4.0 and Common Crawl's terms, labels ODC-BY 1.0",
        "1,043 rows over 349 claims in the chunks of its development split",
        "https://github.com/ryokamoi/wice",
        "Kamoi, Goyal, Rodriguez, Durrett 2023: WiCE: Real-World Entailment for Claims in Wikipedia. EMNLP. arXiv:2303.01432",
    ),
    "RAGTruth": PublicSet(
        "ragtruth:dataset",
        "MIT",
        "17,790 responses to 2,965 sources, 7,664 with a marked span",
        "https://github.com/ParticleMedia/RAGTruth",
        "Niu, Wu, Zhu, Xu, Shum, Zhong, Song, Zhang 2024: RAGTruth: A Hallucination Corpus for Developing Trustworthy"
        " Retrieval-Augmented Language Models. ACL. arXiv:2401.00396",
    ),
}
