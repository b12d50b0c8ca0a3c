"""Sends articles to Kafka and reports what the broker confirmed and what it refused."""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from kafka.errors import (
    CorruptRecordError,
    InvalidRecordError,
    InvalidTimestampError,
    KafkaError,
    MessageSizeTooLargeError,
    PolicyViolationError,
    RecordListTooLargeError,
)

from pipeline.article_files import MESSAGE_MAX_BYTES, ArticleMessage, Refusal
from pipeline.errors import ConfigurationError
from pipeline.kafka_client import (
    DEFAULT_TIMEOUT_SECONDS,
    kafka_errors_translated,
    open_producer,
    translate_kafka_error,
)
from pipeline.kafka_security import KafkaCluster
from pipeline.models import SourcePosition
from pipeline.topics import describe

IN_FLIGHT_MAX_RECORDS = 1000
IN_FLIGHT_MAX_BYTES = 2 * MESSAGE_MAX_BYTES
_BATCH_BYTES = 256 * 1024
_LINGER_MILLISECONDS = 5
_CLOSE_TIMEOUT_SECONDS = 5

_TOO_LARGE = (MessageSizeTooLargeError, RecordListTooLargeError)
# The broker's word on this one record; every other error is about the broker or the topic.
_REFUSALS = (
    *_TOO_LARGE,
    CorruptRecordError,
    InvalidRecordError,
    InvalidTimestampError,
    PolicyViolationError,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedReport:
    """What became of a feed."""

    delivered: int = 0
    """Articles the broker confirmed."""
    refused: tuple[Refusal, ...] = ()
    """What could not be read or what the broker did not take."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _InFlight:
    name: str
    size: int
    future: Any


class ConfirmedProducer:
    """Sends records and hands out the broker's answers in order of sending; bounded memory.

    Closing without `flush` gives up what is not answered yet.
    """

    def __init__(
        self,
        cluster: KafkaCluster,
        topic: str,
        *,
        timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
    ) -> None:
        """Connect. A topic that does not exist is not created: brokers do it with one partition.

        Raises BrokerUnavailableError, and ConfigurationError without the topic.
        """
        if not describe(cluster, [topic], timeout_seconds=timeout_seconds)[0].exists:
            raise ConfigurationError(
                f"Topic {topic} does not exist: start a worker or run `claimwire topics create`."
            )
        self._cluster = cluster
        self._topic = topic
        self._in_flight: deque[_InFlight] = deque()
        self._in_flight_bytes = 0
        self._producer = open_producer(
            cluster,
            timeout_seconds=timeout_seconds,
            max_request_size=2 * MESSAGE_MAX_BYTES,  # the broker says what is too large for it
            batch_size=_BATCH_BYTES,
            linger_ms=_LINGER_MILLISECONDS,
        )

    def send(
        self,
        name: str,
        *,
        key: bytes | None,
        value: bytes | None,
        headers: Sequence[tuple[str, bytes]] = (),
        partition: int | None = None,
    ) -> list[SourcePosition | Refusal]:
        """Send a record; return answers that have come meanwhile, to this or earlier records.

        A value of None is a tombstone and needs a key; without a partition the key chooses it.
        Waits while too much is unanswered. Raises BrokerUnavailableError when the broker is gone.
        """
        with kafka_errors_translated(self._cluster):
            future = self._producer.send(
                self._topic, value, key=key, headers=list(headers), partition=partition
            )
        size = len(value or b"")
        self._in_flight.append(_InFlight(name=name, size=size, future=future))
        self._in_flight_bytes += size
        answers = []
        while self._in_flight and (self._is_full() or self._in_flight[0].future.is_done):
            answers.append(self._await_oldest())
        return answers

    def flush(self) -> list[SourcePosition | Refusal]:
        """Wait for all answers still due and return them; raises BrokerUnavailableError."""
        answers = []
        while self._in_flight:
            answers.append(self._await_oldest())
        return answers

    def close(self) -> None:
        """Close the connection; safe to call again."""
        if self._in_flight:
            # KafkaProducer.close trips over what is unanswered, and then leaves its thread behind.
            self._in_flight.clear()
            self._producer._sender.force_close()
            self._producer._sender.join(_CLOSE_TIMEOUT_SECONDS)
        self._producer.close(timeout=_CLOSE_TIMEOUT_SECONDS)

    def __enter__(self) -> "ConfirmedProducer":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _is_full(self) -> bool:
        return (
            len(self._in_flight) >= IN_FLIGHT_MAX_RECORDS
            or self._in_flight_bytes >= IN_FLIGHT_MAX_BYTES
        )

    def _await_oldest(self) -> SourcePosition | Refusal:
        oldest = self._in_flight[0]
        answer: SourcePosition | Refusal
        try:
            confirmed = oldest.future.get()  # the producer's delivery timeout ends it
        except _REFUSALS as error:
            answer = Refusal(name=oldest.name, reason=refusal_reason(error, oldest.size))
        except KafkaError as error:
            raise translate_kafka_error(error, self._cluster) from error
        else:
            answer = SourcePosition(
                topic=self._topic, partition=confirmed.partition, offset=confirmed.offset
            )
        self._in_flight.popleft()
        self._in_flight_bytes -= oldest.size
        return answer


def feed(
    articles: Iterable[ArticleMessage | Refusal],
    *,
    cluster: KafkaCluster,
    topic: str,
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
    on_delivered: Callable[[SourcePosition], None] = lambda position: None,
    on_refused: Callable[[Refusal], None] = lambda refusal: None,
) -> FeedReport:
    """Send articles and wait until the broker has confirmed or refused every one of them.

    The callbacks run in the caller's thread, in order of sending. `articles` is read as it is
    sent, never ahead. Raises BrokerUnavailableError when the broker goes away meanwhile: what was
    delivered by then has been told; feeding all of it again is safe, claims keep their ids.
    """
    delivered = 0
    refused: list[Refusal] = []

    def take(answers: Iterable[SourcePosition | Refusal]) -> None:
        nonlocal delivered
        for answer in answers:
            if isinstance(answer, Refusal):
                refused.append(answer)
                on_refused(answer)
            else:
                delivered += 1
                on_delivered(answer)

    with ConfirmedProducer(cluster, topic, timeout_seconds=timeout_seconds) as producer:
        for article in articles:
            if isinstance(article, Refusal):
                take([article])
            else:
                take(producer.send(article.name, key=article.key, value=article.value))
        take(producer.flush())
    return FeedReport(delivered=delivered, refused=tuple(refused))


def refusal_reason(error: KafkaError, size: int) -> str:
    """Say why the broker does not take a record of `size` bytes, and what to do."""
    if isinstance(error, _TOO_LARGE):
        return (
            f"It is larger than the broker takes ({size:,} bytes): shorten it, "
            "or raise the topic's max.message.bytes."
        )
    return f"The broker refuses it ({type(error).__name__}): see the topic's settings."
