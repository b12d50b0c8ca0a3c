"""How each message of the articles topic ended: the records of the outcomes topic.

Metrics die with a process, this topic does not: whoever wants to know that nothing was lost adds
up these records against the positions of the articles topic. Pure: no Kafka here.
"""

from dataclasses import dataclass
from datetime import datetime

import orjson

from pipeline.errors import ClaimwireError
from pipeline.headers import Header, Headers, cloudevents_headers, trace_headers
from pipeline.identity import shorten_key
from pipeline.json_schemas import (
    OUTCOME_SCHEMA,
    describe_violations,
    schema_id,
    schema_validator,
)
from pipeline.models import Article, ArticleResult, Outcome, SourcePosition
from pipeline.records import event_source
from pipeline.timestamps import format_rfc3339, parse_rfc3339


class ForeignMessageError(ClaimwireError):
    """A message on one of Claimwire's own topics is not by its schema: find out who wrote it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OutcomeRecord:
    """How one message of the articles topic ended, as the outcomes topic tells it."""

    source: SourcePosition
    message_key: str | None
    """The message's key, shortened if need be; bytes that are no UTF-8 are replaced by U+FFFD."""
    article_identity: str | None
    """None when the message could not be decoded."""
    outcome: Outcome
    stage: str | None = None
    """Where it failed (errors.Stage; a newer worker may know more of them); None if it did not."""
    reason: str | None = None
    language: str | None = None
    sentence_count: int = 0
    claim_ids: tuple[str, ...] = ()
    invalid_dates: tuple[str, ...] = ()
    model_name: str
    model_revision: str
    processed_at: datetime
    pipeline_version: str


def record_outcome(
    result: ArticleResult,
    *,
    article: Article | None,
    source: SourcePosition,
    message_key: bytes | None,
    model_name: str,
    model_revision: str,
    processed_at: datetime,
    pipeline_version: str,
) -> OutcomeRecord:
    """Say how the message at `source` ended; `article` is None when it could not be decoded."""
    key = shorten_key(message_key)
    return OutcomeRecord(
        source=source,
        message_key=None if key is None else key.decode("utf-8", "replace"),
        article_identity=None if article is None else article.identity,
        outcome=result.outcome,
        stage=None if result.error is None else result.error.stage,
        reason=result.reason,
        language=result.language,
        sentence_count=result.sentence_count,
        claim_ids=tuple(claim.claim_id for claim in result.claims),
        invalid_dates=() if article is None else article.invalid_dates,
        model_name=model_name,
        model_revision=model_revision,
        processed_at=processed_at,
        pipeline_version=pipeline_version,
    )


def outcome_key(record: OutcomeRecord) -> bytes:
    """Return the message key: the article's identity, so that its outcomes stay in order.

    Without one: the message's key, without that: its position.
    """
    return (record.article_identity or record.message_key or _name_position(record.source)).encode()


def encode_outcome(record: OutcomeRecord) -> bytes:
    """Write an outcome as JSON by `schemas/outcome.v1.json`."""
    return orjson.dumps(
        {
            "source": {
                "topic": record.source.topic,
                "partition": record.source.partition,
                "offset": record.source.offset,
            },
            "message_key": record.message_key,
            "article_identity": record.article_identity,
            "outcome": record.outcome,
            "stage": record.stage,
            "reason": record.reason,
            "language": record.language,
            "sentence_count": record.sentence_count,
            "claim_ids": record.claim_ids,
            "invalid_dates": record.invalid_dates,
            "model": {"name": record.model_name, "revision": record.model_revision},
            "processed_at": format_rfc3339(record.processed_at),
            "pipeline_version": record.pipeline_version,
        }
    )


def decode_outcome(value: bytes) -> OutcomeRecord:
    """Read an outcome back; raises ForeignMessageError on what `encode_outcome` did not write."""
    try:
        document = orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise ForeignMessageError("This outcome is not JSON; find out who wrote it.") from error
    if not schema_validator(OUTCOME_SCHEMA).is_valid(document):
        raise ForeignMessageError(
            f"This outcome breaks outcome.v1.json ({describe_violations(OUTCOME_SCHEMA, document)})"
            "; find out who wrote it."
        )
    return OutcomeRecord(
        source=SourcePosition(
            topic=document["source"]["topic"],
            partition=document["source"]["partition"],
            offset=document["source"]["offset"],
        ),
        message_key=document["message_key"],
        article_identity=document["article_identity"],
        outcome=Outcome(document["outcome"]),
        stage=document["stage"],
        reason=document["reason"],
        language=document["language"],
        sentence_count=document["sentence_count"],
        claim_ids=tuple(document["claim_ids"]),
        invalid_dates=tuple(document["invalid_dates"]),
        model_name=document["model"]["name"],
        model_revision=document["model"]["revision"],
        processed_at=parse_rfc3339(document["processed_at"]),
        pipeline_version=document["pipeline_version"],
    )


def outcome_headers(record: OutcomeRecord, *, article_headers: Headers) -> list[Header]:
    """Return an outcome message's headers; one event per message, however often it is retried."""
    headers = cloudevents_headers(
        event_id=f"{record.source.partition}.{record.source.offset}",
        source=event_source(record.source.topic, record.model_name, record.model_revision),
        event_type="claimwire.outcome.v1",
        subject=_name_position(record.source),
        time=record.processed_at,
        dataschema=schema_id(OUTCOME_SCHEMA),
    )
    return headers + trace_headers(article_headers)


def _name_position(source: SourcePosition) -> str:
    return f"{source.topic}/{source.partition}/{source.offset}"
