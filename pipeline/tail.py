"""Reads topics without a consumer group: nothing is committed, nobody else is disturbed."""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import TracebackType

from kafka import TopicPartition

from pipeline.errors import ConfigurationError
from pipeline.kafka_client import (
    DEFAULT_TIMEOUT_SECONDS,
    kafka_errors_translated,
    open_consumer,
)
from pipeline.kafka_handshake import unavailable
from pipeline.kafka_security import KafkaCluster
from pipeline.models import SourcePosition

# Between two looks that find nothing: a new record is read that much later.
_MIN_PAUSE_SECONDS = 0.002
_MAX_PAUSE_SECONDS = 0.05
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """A record as Kafka holds it."""

    position: SourcePosition
    timestamp: datetime
    """When it was written, by its producer or the broker; UTC."""
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...] = ()
    """In order; names may repeat."""

    @property
    def is_tombstone(self) -> bool:
        """Tell whether it says that its key's records are to be forgotten."""
        return self.value is None


class TopicTail:
    """All partitions of some topics, read from the beginning or from the moment of opening.

    Partitions that are added to a topic later are not read: open another tail. A broker that
    goes away and comes back is waited for.
    """

    def __init__(
        self,
        cluster: KafkaCluster,
        topics: Sequence[str],
        *,
        from_beginning: bool = False,
        timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
    ) -> None:
        """Open the tail: what is written after this returns will be read.

        Raises BrokerUnavailableError, and ConfigurationError for a topic that does not exist.
        """
        self._cluster = cluster
        self._timeout_seconds = timeout_seconds
        self._buffer: deque[Record] = deque()
        self._pause_seconds = _MIN_PAUSE_SECONDS
        self._consumer = open_consumer(cluster, timeout_seconds=timeout_seconds)
        try:
            with kafka_errors_translated(cluster):
                self._partitions = [tp for topic in topics for tp in self._partitions_of(topic)]
                self._consumer.assign(self._partitions)
                start = (
                    self._consumer.beginning_offsets(self._partitions)
                    if from_beginning
                    else self._consumer.end_offsets(self._partitions)
                )
                for partition, offset in start.items():
                    self._consumer.seek(partition, offset)
        except BaseException:
            self.close()
            raise

    def records(
        self,
        *,
        limit: int | None = None,
        timeout_seconds: float | None = None,
        stop: Callable[[], bool] = lambda: False,
    ) -> Iterator[Record]:
        """Yield records as they come, in order within a partition, until one of the three ends it.

        `limit` counts records, `timeout_seconds` counts from the first call for a record, `stop`
        is asked at least four times a second. Calling again goes on where this left off.
        """
        deadline = None if timeout_seconds is None else time.monotonic() + timeout_seconds
        left = float("inf") if limit is None else limit
        while left > 0 and not stop():
            if self._buffer:
                left -= 1
                yield self._buffer.popleft()
            elif deadline is not None and time.monotonic() >= deadline:
                return
            else:
                self._poll()

    def records_until_end(self) -> Iterator[Record]:
        """Yield what the topics hold at the time of the call, and end.

        What is written meanwhile is dropped: use the tail for nothing else afterwards.
        Raises BrokerUnavailableError when nothing arrives for the tail's timeout.
        """
        with kafka_errors_translated(self._cluster):
            ends = self._consumer.end_offsets(self._partitions)
        progress_at = time.monotonic()
        while True:
            while self._buffer:
                record = self._buffer.popleft()
                at = TopicPartition(record.position.topic, record.position.partition)
                if record.position.offset < ends[at]:
                    yield record
                progress_at = time.monotonic()
            with kafka_errors_translated(self._cluster):
                if all(self._consumer.position(tp) >= end for tp, end in ends.items()):
                    return
            if time.monotonic() - progress_at > self._timeout_seconds:
                raise unavailable(self._cluster)
            self._poll()

    def close(self) -> None:
        """Close the connection; safe to call again."""
        self._consumer.close(timeout_ms=1000)

    def __enter__(self) -> "TopicTail":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _partitions_of(self, topic: str) -> list[TopicPartition]:
        partitions = self._consumer.partitions_for_topic(topic)
        if not partitions:
            raise ConfigurationError(
                f"Topic {topic} does not exist: start a worker or run `claimwire topics create`."
            )
        return [TopicPartition(topic, partition) for partition in sorted(partitions)]

    def _poll(self) -> None:
        # Not poll(timeout): it asks again as soon as it is answered, and the embedded broker
        # answers at once when there is nothing: that costs most of a core.
        with kafka_errors_translated(self._cluster):
            batches = self._consumer.poll(timeout_ms=0)
        if batches:
            self._pause_seconds = _MIN_PAUSE_SECONDS
        else:
            time.sleep(self._pause_seconds)
            self._pause_seconds = min(2 * self._pause_seconds, _MAX_PAUSE_SECONDS)
        for partition, batch in batches.items():
            for record in batch:
                self._buffer.append(
                    Record(
                        position=SourcePosition(
                            topic=partition.topic,
                            partition=partition.partition,
                            offset=record.offset,
                        ),
                        timestamp=_EPOCH + timedelta(milliseconds=record.timestamp),
                        key=record.key,
                        value=record.value,
                        headers=tuple(record.headers),
                    )
                )
