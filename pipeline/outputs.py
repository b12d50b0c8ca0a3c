"""What the worker reads and writes, one record at a time: from an examined message to records.

Pure: the publisher that hands records to the broker is a port, which agents.py fills.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from pipeline.dead_letters import dead_letter_headers, oversize_headers, oversize_replacement
from pipeline.headers import TRACEPARENT, Headers
from pipeline.identity import shorten_key
from pipeline.models import Article, ArticleResult, Claim, SourcePosition
from pipeline.outcomes import encode_outcome, outcome_headers, outcome_key, record_outcome
from pipeline.records import claim_headers, encode_claim


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """One message of the articles topic, as it came."""

    source: SourcePosition
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    timestamp_seconds: float | None = None
    """Unix time its producer (or the broker, by the topic's set-up) gave it; None without one."""
    traceparent: bytes | None = None
    """Of the span that the worker gave it; None: what comes of it goes on with the trace it has."""

    @property
    def trace(self) -> Headers:
        """The headers that what comes of this message takes its trace from."""
        if self.traceparent is None:
            return self.headers
        return (*self.headers, (TRACEPARENT, self.traceparent))


@dataclass(frozen=True, kw_only=True, slots=True)
class Examined:
    """A message with what became of it."""

    message: Message
    article: Article | None
    result: ArticleResult


@dataclass(frozen=True, kw_only=True, slots=True)
class OutgoingRecord:
    """One record for the broker."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers = ()


class Publisher(Protocol):
    """Hands records to the broker."""

    async def publish(self, records: Sequence[OutgoingRecord]) -> list[str | None]:
        """Return once the broker has answered for every record, in order.

        None where it took the record, else why it refuses it for good (too large). Tries again
        where that helps, and raises BrokerUnavailableError when it does not.
        """
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class OutputTopics:
    """Where the three kinds of output go."""

    claims: str
    outcomes: str
    dead_letters: str


@dataclass(frozen=True, kw_only=True, slots=True)
class OutputRecords:
    """Makes the records of the three output topics."""

    topics: OutputTopics
    model_name: str
    model_revision: str
    pipeline_version: str

    def claim(self, claim: Claim, message: Message, *, detected_at: datetime) -> OutgoingRecord:
        """Return the record of a claim; its key is the claim's id."""
        return OutgoingRecord(
            topic=self.topics.claims,
            key=claim.claim_id.encode(),
            value=encode_claim(
                claim, detected_at=detected_at, pipeline_version=self.pipeline_version
            ),
            headers=claim_headers(
                claim,
                source=message.source,
                detected_at=detected_at,
                article_headers=message.trace,
            ),
        )

    def dead_letter(self, item: Examined, *, failed_at: datetime) -> OutgoingRecord:
        """Return the record of a failed message: as it came, with what happened in its headers."""
        if item.result.error is None:
            raise ValueError("only a message that failed becomes a dead letter")
        return OutgoingRecord(
            topic=self.topics.dead_letters,
            key=item.message.key,
            value=item.message.value,
            headers=dead_letter_headers(
                item.result.error,
                source=item.message.source,
                headers=item.message.headers,
                failed_at=failed_at,
            ),
        )

    def replacement(self, record: OutgoingRecord, message: Message) -> OutgoingRecord:
        """Return what goes in place of a dead letter that is too large for the broker."""
        return replace(
            record,
            key=shorten_key(record.key),
            value=oversize_replacement(message.value, message.source),
            headers=oversize_headers(record.headers),
        )

    def outcome(self, item: Examined, *, processed_at: datetime) -> OutgoingRecord:
        """Return the record that says how a message ended."""
        outcome = record_outcome(
            item.result,
            article=item.article,
            source=item.message.source,
            message_key=item.message.key,
            model_name=self.model_name,
            model_revision=self.model_revision,
            processed_at=processed_at,
            pipeline_version=self.pipeline_version,
        )
        return OutgoingRecord(
            topic=self.topics.outcomes,
            key=outcome_key(outcome),
            value=encode_outcome(outcome),
            headers=outcome_headers(outcome, article_headers=item.message.trace),
        )
