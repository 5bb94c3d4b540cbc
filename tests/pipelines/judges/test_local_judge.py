"""What the local judge takes for supported, and what it is known to miss."""

import asyncio
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.judges import local
from pipelines.judges.asked import asked
from pipelines.judges.features import FEATURES, features
from pipelines.judges.judge import Item
from pipelines.judges.local import Local, likelihood, verdict
from pipelines.judges.own import Own
from pipelines.judges.texts import PIECE_CHARS, claims, names, numbers, pieces
from systems.errors import ConfigError

ARTICLE = (
    "Returns are free within 30 days. The kettle must be unused and in its box. Refunds are paid within 5 working days."
    " Gift cards cannot be refunded. Our shop was founded in Bergen. We love tea. Opening hours vary by season."
)
EVIDENCE = ("Something else.", ARTICLE)


@pytest.mark.parametrize(
    "claim",
    [
        "Returns are free within 30 days.",
        "You can return it for free within 30 days.",
        "Refunding takes 5 working days.",
        "A gift card can't be refunded.",
        "The shop comes from Bergen.",
    ],
)
def test_what_the_evidence_says_is_supported(claim: str) -> None:
    assert verdict(claim, EVIDENCE).label == "supported"


@pytest.mark.parametrize(
    "claim",
    [
        "The warranty lasts for three years.",
        "Kettles are painted by volunteers in Norway.",
        "The founder studied chemistry in Vienna.",
    ],
)
def test_an_invention_is_not_found(claim: str) -> None:
    assert verdict(claim, EVIDENCE).label == "not_found"


@pytest.mark.parametrize(
    "claim",
    [
        "Returns are free within 60 days.",
        "Returns are free within 5 days.",  # a number that stands elsewhere
        "Returns are not free within 30 days.",
        "Gift cards can be refunded.",
        "Returns are free within 30 days, and refunds take 7 working days.",
    ],
)
def test_a_wrong_number_or_negation_in_a_sentence_that_is_otherwise_there_is_not_supported(claim: str) -> None:
    assert verdict(claim, EVIDENCE).label != "supported"


def test_the_reason_names_the_number_that_is_missing() -> None:
    assert "60" in verdict("Returns are free within 60 days.", EVIDENCE).reason


def test_small_words_for_numbers_and_those_of_the_question_veto_nothing() -> None:
    assert features("In one of two ways, returns are free.", EVIDENCE)["number_missing"] == 0
    assert features("For your 7 shirts, returns are free.", EVIDENCE)["number_missing"] == 1
    assert features("For your 7 shirts, returns are free.", EVIDENCE, "Can I return 7 shirts?")["number_missing"] == 0


def test_it_misses_exchanged_roles_as_its_page_says() -> None:
    assert verdict("Our shop was founded in Oslo.", EVIDENCE).label == "supported"


def test_a_short_answer_is_read_after_its_question() -> None:
    found = features("Bergen.", EVIDENCE, "Where was the shop founded?")
    assert found["similar"] > features("Bergen.", EVIDENCE)["similar"] + 0.2


def test_no_evidence_supports_nothing() -> None:
    for nothing in ((), ("",), (" \n", "")):
        assert verdict("Returns are free.", nothing).probability == 0
        assert verdict("Returns are free.", nothing).label == "not_found"


def test_a_text_is_as_supported_as_its_least_supported_sentence() -> None:
    good, bad = "Returns are free within 30 days.", "Kettles are painted by volunteers in Norway."
    assert likelihood(f"{good} {bad}", EVIDENCE) == verdict(bad, EVIDENCE).probability


def test_markup_and_headings_claim_nothing() -> None:
    answer = "## Returns\n<p>Returns are <b>free</b> within 30 days.</p><script>alert('30 euros')</script>"
    assert [" ".join(claim.split()) for claim in claims(answer)] == ["Returns are free within 30 days."]


def test_claims_are_the_sentences_that_say_something() -> None:
    answer = "Yes. Returns are free [1]. The passages do not say who pays for gifts. 30 days [2, 3]!"
    assert claims(answer) == ["Returns are free.", "30 days!"]
    assert claims("I do not know: the passages do not say.") == []


def test_numbers_and_names_are_found_in_figures_and_words() -> None:
    assert numbers("Three of 1,000.00 kettles, 4,90 euros") == {"3", "1000", "4.9"}
    assert names("The shop of Anna Berg is in Bergen. If so, call.") == ["anna", "berg", "bergen"]


def test_a_sentence_without_end_is_cut_at_spaces() -> None:
    text = "tea leaves " * 1000
    assert all(len(piece) <= PIECE_CHARS for piece in pieces(text))
    assert "".join("".join(pieces(text)).split()) == "".join(text.split())


HOSTILE = [
    "",
    "   ",
    "😀🎉",
    "<b>Returns</b> are <script>alert(1)</script> free",
    "الشحن مجاني",
    "三十天内免费退货。",
    "возврат бесплатный",
    "a" * 20_000,
    "\x00\ud800"[:1],
    "NaN inf -1e999",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_any_text_has_a_probability(text: str) -> None:
    for claim, passages in ((text, EVIDENCE), ("Returns are free.", (text,)), (text, (text,))):
        found = verdict(claim, tuple(passages))
        assert 0 <= found.probability <= 1
        assert found.probability == found.probability


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=80), st.lists(st.text(max_size=80), max_size=3), st.text(max_size=30))
def test_features_are_finite_whatever_the_texts(claim: str, passages: list[str], question: str) -> None:
    found = features(claim, passages, question)
    assert list(found) == list(FEATURES)
    assert all(-1.001 <= value <= 2.001 for value in found.values())


@settings(max_examples=20, deadline=None)
@given(st.lists(st.sampled_from(["tea", "kettle", "Bergen", "refund", "season", "thirty"]), min_size=4, max_size=8))
def test_the_same_question_has_the_same_answer_in_any_company(words: list[str]) -> None:
    claim = " ".join(words)
    alone = features(claim, [ARTICLE])
    features("something else", ["other passages"])
    assert features(claim, [ARTICLE]) == alone


def test_fifty_thousand_words_are_judged() -> None:
    long = "Returns are free within 30 days. " * 8_000
    assert likelihood(long, EVIDENCE) == verdict("Returns are free within 30 days.", EVIDENCE).probability
    assert verdict("Returns are free within 30 days.", (long,)).label == "supported"


def test_the_local_judge_cannot_apply_a_rubric_and_says_so() -> None:
    from pipelines.judges.rubrics import Rubric

    judge = Own(Local(), {"brief": Rubric("The answer is brief.")})
    opinion = asyncio.run(asked(judge, "rubric:brief", Item("?", "Yes.")))
    assert opinion.failed
    assert "criteria in words" in opinion.reason


def test_as_an_oracle_it_tells_relevant_and_useful_from_what_is_not() -> None:
    question = "How long do I have to return a kettle?"
    relevant = asyncio.run(
        Local().relevant(question, ["You have 30 days to return a kettle.", "Our shop was founded in Bergen."])
    )
    assert relevant == [True, False]
    useful = asyncio.run(Local().useful(question, "Returns are free within 30 days.", EVIDENCE))
    assert useful == [False, True]


def test_what_it_has_learnt_must_be_there_and_of_its_schema(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="not made yet"):
        local.learnt(tmp_path / "none.json")
    (tmp_path / "old.json").write_text(json.dumps({"schema": 0}))
    with pytest.raises(ConfigError, match="schema 0"):
        local.learnt(tmp_path / "old.json")
