"""From scored sentences to claims: what each carries, and where its offsets count."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.claims import FlaggingModel, ReadArticle, make_claims
from pipeline.models import (
    Article,
    ArticleText,
    Claim,
    Prediction,
    Quoted,
    Reason,
    TextBasis,
)
from pipeline.priorities import Priorities
from pipeline.sentences import SentencexSplitter
from tests.strategies import hostile_texts

NOW = datetime(2031, 3, 4, tzinfo=UTC)
MODEL = FlaggingModel(name="fake", revision="1", threshold=0.5)
BODY = (
    "Rents rose by 7 percent last year, the tenants' union said. It rained. "
    "“They will rise by 900 crowns more,” its president, Ada Quill, told members."
)


def read(body: str = BODY, *, language: str | None = "en", **article: str) -> ReadArticle:
    return ReadArticle(
        article=Article(identity="id:wire/1", body=body, **article),
        text=ArticleText(text=body, basis=TextBasis.BODY, sha256="0" * 64),
        language=language,
        sentences=tuple(SentencexSplitter().split(body)),
    )


def claims_of(
    item: ReadArticle, scores: list[float] | None = None, *, priorities: Priorities | None = None
) -> tuple[Claim, ...]:
    scores = [0.9] * len(item.sentences) if scores is None else scores
    predictions = [
        Prediction(
            label="x",
            score=score,
            claim_type="quantity",
            claim_type_score=0.8,
            reasons=(Reason(start=0, end=3, weight=0.5),),
        )
        for score in scores
    ]
    return make_claims(item, predictions, MODEL, priorities=priorities or Priorities(), now=NOW)


def test_sentences_under_the_threshold_are_no_claims() -> None:
    """The threshold itself flags; what is below does not, and nothing flagged is nothing made."""
    item = read()
    assert [claim.sentence_index for claim in claims_of(item, [0.5, 0.49, 0.8])] == [0, 2]
    assert claims_of(item, [0.1, 0.2, 0.3]) == ()


def test_a_claim_says_who_and_how_much() -> None:
    """Speaker and figures are those of the sentence, by offsets into the article's text."""
    first, _, last = claims_of(read())
    assert first.speaker
    assert (first.speaker.quoted, first.speaker.name) == (Quoted.REPORTED, "the tenants' union")
    assert last.speaker
    assert (last.speaker.quoted, last.speaker.name) == (Quoted.DIRECT, "Ada Quill")
    (percent,), (crowns,) = first.quantities, last.quantities
    assert BODY[percent.start : percent.end] == "7 percent"
    assert BODY[crowns.start : crowns.end] == "900 crowns"


def test_reasons_count_from_the_start_of_the_article() -> None:
    """A reason at the start of a sentence is moved to where the sentence stands."""
    for claim in claims_of(read()):
        assert [(reason.start, reason.end) for reason in claim.reasons] == [
            (claim.start, claim.start + 3)
        ]


def test_rank_follows_priority_and_priority_the_table() -> None:
    """Without a table the score orders; with one its weights do; ties go by position."""
    item = read(title="Rents", source="Tenant Times")
    plain = claims_of(item, [0.6, 0.7, 0.7])
    assert [(claim.priority, claim.rank) for claim in plain] == [(0.6, 3), (0.7, 1), (0.7, 2)]
    table = Priorities(speakers={("ada", "quill"): 0.0})
    weighed = claims_of(item, [0.6, 0.7, 0.9], priorities=table)
    assert [claim.rank for claim in weighed] == [2, 1, 3]
    assert weighed[2].priority == 0
    assert weighed[2].score == 0.9


@pytest.mark.parametrize("language", ["de", "fr"])
def test_english_grammar_reads_no_other_language(language: str) -> None:
    """An article in another language keeps what the classifier says and gets no guesses."""
    for claim in claims_of(read(language=language)):
        assert claim.speaker is None
        assert claim.quantities == ()
        assert claim.standalone is None
        assert claim.claim_type == "quantity"
        assert claim.rank is not None


@given(hostile_texts().map(lambda text: text.encode("utf-8", "replace").decode()))
def test_every_offset_stands_in_the_text(body: str) -> None:
    """Whatever the text, names lie within it, and figures within their sentence."""
    item = read(body, title=body[:40], published_at="2031-03-04")
    for claim in claims_of(item, [0.5 + 0.4 * (i % 2) for i in range(len(item.sentences))]):
        assert body[claim.start : claim.end] == claim.text
        if claim.speaker and claim.speaker.name is not None:
            assert body[claim.speaker.start : claim.speaker.end] == claim.speaker.name
        for quantity in claim.quantities:
            assert claim.start <= quantity.start < quantity.end <= claim.end


@given(st.lists(st.floats(0, 1), min_size=3, max_size=3))
def test_ranks_are_a_permutation(scores: list[float]) -> None:
    """The claims of an article are ranked 1 to their number."""
    claims = claims_of(read(), scores)
    assert sorted(claim.rank or 0 for claim in claims) == list(range(1, len(claims) + 1))
