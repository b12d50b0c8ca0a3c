"""Outcome records: what they say, that they are by their schema, and that they read back."""

from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.detection import failed, skipped
from pipeline.errors import ArticleError, Stage
from pipeline.headers import Header
from pipeline.json_schemas import OUTCOME_SCHEMA, describe_violations
from pipeline.models import Article, ArticleResult, Claim, Outcome, SkipReason, SourcePosition
from pipeline.outcomes import (
    ForeignMessageError,
    OutcomeRecord,
    decode_outcome,
    encode_outcome,
    outcome_headers,
    outcome_key,
    record_outcome,
)
from tests.wire_strategies import articles, claims, clean_text, headers, moments, positions

NOW = datetime(2031, 3, 4, 7, 15, tzinfo=UTC)
SOURCE = SourcePosition(topic="news.articles", partition=3, offset=48213)
ARTICLE = Article(identity="id:wire/7", body="x", invalid_dates=("published_at",))

results = (
    st.builds(
        ArticleResult,
        outcome=st.sampled_from([Outcome.CLAIMS, Outcome.NO_CLAIMS]),
        language=st.none() | st.just("en"),
        sentence_count=st.integers(0, 10**5),
        claims=st.lists(claims, max_size=3).map(tuple),
    )
    | st.builds(skipped, st.sampled_from(SkipReason), language=st.none() | st.just("de"))
    | st.builds(ArticleError, st.sampled_from(Stage), clean_text, clean_text).map(failed)
)
records = st.builds(
    record_outcome,
    results,
    article=st.none() | articles,
    source=positions,
    message_key=st.none() | st.binary(max_size=40),
    model_name=clean_text,
    model_revision=clean_text,
    processed_at=moments,
    pipeline_version=clean_text,
)


def record(
    result: ArticleResult, *, article: Article | None = ARTICLE, key: bytes | None = b"k"
) -> OutcomeRecord:
    return record_outcome(
        result,
        article=article,
        source=SOURCE,
        message_key=key,
        model_name="m",
        model_revision="r",
        processed_at=NOW,
        pipeline_version="0.1.0",
    )


@given(records)
def test_an_encoded_outcome_is_by_its_schema_and_reads_back(outcome: OutcomeRecord) -> None:
    """Whatever became of an article, its record validates, and decoding gives the same record."""
    value = encode_outcome(outcome)
    assert describe_violations(OUTCOME_SCHEMA, orjson.loads(value)) == ""
    assert decode_outcome(value) == outcome


@given(st.lists(claims, min_size=1, max_size=4))
def test_claims_are_named_in_order(found: list[Claim]) -> None:
    """The record of an article with claims lists their ids as they stand in the article."""
    result = ArticleResult(outcome=Outcome.CLAIMS, sentence_count=9, claims=tuple(found))
    outcome = record(result)
    assert outcome.claim_ids == tuple(claim.claim_id for claim in found)
    assert (outcome.stage, outcome.reason) == (None, None)
    assert outcome.sentence_count == 9


def test_a_skip_says_why() -> None:
    """A skipped article's record has the reason and, for a language, which one."""
    outcome = record(skipped(SkipReason.LANGUAGE, language="de"))
    assert (outcome.outcome, outcome.reason, outcome.language) == ("skipped", "language", "de")


def test_a_dead_letter_says_where_and_why_but_not_what() -> None:
    """Stage and reason stand in the record; the message stands in the dead letter only."""
    error = ArticleError(Stage.DECODE, "not_json", "The message is not JSON.")
    outcome = record(failed(error), article=None)
    assert (outcome.stage, outcome.reason) == ("decode", "not_json")
    assert outcome.article_identity is None
    assert b"The message" not in encode_outcome(outcome)


def test_bad_dates_are_named() -> None:
    """The date fields that were read as null stand in the record, so that they can be counted."""
    assert record(ArticleResult(outcome=Outcome.NO_CLAIMS)).invalid_dates == ("published_at",)


@pytest.mark.parametrize(
    ("article", "key", "expected"),
    [
        (ARTICLE, b"k", b"id:wire/7"),
        (None, b"k", b"k"),
        (None, b"\xff", "\ufffd".encode()),
        (None, b"", b"news.articles/3/48213"),
        (None, None, b"news.articles/3/48213"),
    ],
)
def test_the_message_key(article: Article | None, key: bytes | None, expected: bytes) -> None:
    """The article's identity, without it the message's key, without that its position."""
    outcome = record(skipped(SkipReason.TOMBSTONE), article=article, key=key)
    assert outcome_key(outcome) == expected


def test_a_vast_message_key_does_not_make_a_vast_record() -> None:
    """A key of a megabyte stands in the record as its hash, so the broker takes the record."""
    outcome = record(skipped(SkipReason.TOMBSTONE), article=None, key=b"x" * 1_000_000)
    assert len(encode_outcome(outcome)) + len(outcome_key(outcome)) < 2000


@given(records, headers)
def test_headers_name_the_message_and_nothing_of_the_article(
    outcome: OutcomeRecord, received: list[Header]
) -> None:
    """An outcome is one CloudEvent per message: the same for a retry, told by its position."""
    found = dict(outcome_headers(outcome, article_headers=received))
    source = outcome.source
    assert found["ce_id"] == f"{source.partition}.{source.offset}".encode()
    assert found["ce_subject"] == f"{source.topic}/{source.partition}/{source.offset}".encode()
    assert found["ce_dataschema"] == b"urn:claimwire:schema:outcome.v1"


@pytest.mark.parametrize("value", [b"", b"{", b"[]", b"{}", b'{"outcome":"lost"}', b"\xff"])
def test_a_foreign_message_is_refused(value: bytes) -> None:
    """What Claimwire did not write is refused with one error, not read half."""
    with pytest.raises(ForeignMessageError, match="find out who wrote it"):
        decode_outcome(value)


def test_a_record_of_a_newer_version_is_read() -> None:
    """Fields and stages that a newer worker adds do not stop an older reader."""
    document = orjson.loads(encode_outcome(record(ArticleResult(outcome=Outcome.NO_CLAIMS))))
    newer = document | {"stage": "judge", "speakers": [], "model": document["model"] | {"x": 1}}
    assert decode_outcome(orjson.dumps(newer)).stage == "judge"
