"""The Faust loop: receive a micro-batch, have it processed, acknowledge it.

It follows the one idiom that lost nothing under random kill -9 (docs/adr/0001): `noack_take`, one
batch in hand, every output acknowledged by the broker first, then every event in arrival order.
Anything raised here ends the process (CrashingSupervisor): nothing was acknowledged, so the next
process is handed the same articles.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any, cast

import faust
from aiokafka.errors import KafkaError, MessageSizeTooLargeError, RecordTooLargeError
from faust.exceptions import ProducerSendError
from faust.types import EventT, StreamT

from pipeline import metrics
from pipeline.batches import BatchProcessor
from pipeline.crash_journal import CrashJournal
from pipeline.errors import BrokerUnavailableError, DeadLetterLimitExceededError
from pipeline.headers import Headers
from pipeline.models import SourcePosition
from pipeline.outputs import Message, OutgoingRecord, Publisher

logger = logging.getLogger(__name__)

_RETRY_PAUSE_SECONDS = 1.0
_TOO_LARGE = (MessageSizeTooLargeError, RecordTooLargeError)


class FaustPublisher(Publisher):
    """Publishes with the worker's own producer, and waits for every acknowledgement."""

    def __init__(self, app: faust.App, *, timeout_seconds: float, attempts: int) -> None:
        """Try each record `attempts` times, each within `timeout_seconds`."""
        self._app = app
        self._timeout_seconds = timeout_seconds
        self._attempts = attempts
        self._topics: dict[str, Any] = {}

    async def publish(self, records: Sequence[OutgoingRecord]) -> list[str | None]:
        """See Publisher."""
        return list(await asyncio.gather(*(self._publish_one(record) for record in records)))

    async def _publish_one(self, record: OutgoingRecord) -> str | None:
        for attempt in range(1, self._attempts + 1):
            try:
                async with asyncio.timeout(self._timeout_seconds):
                    # The first await hands the record to the producer, the second waits for the
                    # broker: without it a failed send is only logged while the offset commits.
                    await (
                        await self._topic(record.topic).send(
                            key=record.key, value=record.value, headers=list(record.headers)
                        )
                    )
            except (KafkaError, ProducerSendError, TimeoutError) as error:
                cause = error.__cause__ if isinstance(error, ProducerSendError) else error
                if isinstance(cause, _TOO_LARGE):
                    return f"the record of {len(record.value or b'')} bytes is too large"
                logger.warning(
                    "Sending to %s failed (%s), try %d of %d.",
                    record.topic,
                    type(cause).__name__,
                    attempt,
                    self._attempts,
                )
                metrics.SEND_RETRIES.inc()
                await asyncio.sleep(_RETRY_PAUSE_SECONDS * attempt)
            else:
                return None
        raise BrokerUnavailableError(
            f"Kafka did not take a record for {record.topic} in {self._attempts} tries; "
            "the worker ends unacknowledged and repeats the batch once it is started again."
        )

    def _topic(self, name: str) -> Any:
        if name not in self._topics:
            self._topics[name] = self._app.topic(
                name, key_type=bytes, key_serializer="raw", value_type=bytes, value_serializer="raw"
            )
        return self._topics[name]


class BatchBytesGate:
    """Holds a stream back while the batch being gathered is full in bytes.

    `noack_take` bounds a batch in messages only, and 32 of the longest articles would hold up a
    rebalance for minutes. `admit` is a stream processor: it runs before `noack_take` buffers a
    value, and waits exactly as `noack_take` itself does when its own bound is reached.
    """

    def __init__(self, max_bytes: int) -> None:
        """Let batches of up to `max_bytes` through; a single larger value is let through alone."""
        self._max_bytes = max_bytes
        self._admitted_bytes = 0
        self._released = asyncio.Event()

    async def admit(self, value: bytes | None) -> bytes | None:
        """Return the value once the batch being gathered has room for it."""
        size_bytes = len(value) if value is not None else 0
        while self._admitted_bytes and self._admitted_bytes + size_bytes > self._max_bytes:
            self._released.clear()
            await self._released.wait()
        self._admitted_bytes += size_bytes
        return value

    def release(self) -> None:
        """Say that the gathered batch was taken: the next one begins."""
        self._admitted_bytes = 0
        self._released.set()


def add_detection_agent(
    app: faust.App,
    *,
    articles_topic: str,
    processor: BatchProcessor,
    journal: CrashJournal,
    batch_max_articles: int,
    batch_max_bytes: int,
    batch_max_wait_seconds: float,
    on_progress: Callable[[], None],
    on_limit_exceeded: Callable[[DeadLetterLimitExceededError], None],
) -> None:
    """Attach the agent that turns articles into claims to the app."""
    # Raw bytes: a value that Faust itself failed to decode would end the stream without a word.
    articles = app.topic(
        articles_topic,
        internal=True,
        key_type=bytes,
        key_serializer="raw",
        value_type=bytes,
        value_serializer="raw",
    )

    async def process_group(group: Sequence[Message]) -> None:
        sources = [message.source for message in group]
        attempts = journal.attempts(sources[0])
        journal.begin(sources)
        if attempts:
            await processor.bury(group[0], attempts=attempts)
        else:
            await processor.process(group)

    @app.agent(articles, name="detect_claims", concurrency=1)
    async def detect_claims(stream: StreamT[Any]) -> None:
        gate = BatchBytesGate(batch_max_bytes)
        stream.add_processor(gate.admit)
        batches = cast(faust.Stream[Any], stream).noack_take(
            batch_max_articles, within=batch_max_wait_seconds
        )
        async for events in batches:
            gate.release()
            messages = [_message(event) for event in events]
            size_bytes = sum(len(message.value or b"") for message in messages)
            metrics.BATCH_FILL.observe(
                max(len(messages) / batch_max_articles, size_bytes / batch_max_bytes)
            )
            metrics.IN_FLIGHT.set(len(messages))
            for group in journal.split_batch([message.source for message in messages]):
                try:
                    await process_group([messages[index] for index in group])
                except BrokerUnavailableError:
                    journal.close()  # the broker ends this process, not the articles in hand
                    raise
                for index in group:
                    events[index].ack()
                journal.finish([messages[index].source for index in group])
                metrics.IN_FLIGHT.dec(len(group))
                metrics.LAST_PROGRESS.set_to_current_time()
                on_progress()
            try:
                processor.check_dead_letter_share()
            except DeadLetterLimitExceededError as error:
                on_limit_exceeded(error)
                await asyncio.Event().wait()  # takes no further batch while the worker stops


def _message(event: EventT[Any]) -> Message:
    received = event.message
    return Message(
        source=SourcePosition(
            topic=received.topic, partition=received.partition, offset=received.offset
        ),
        key=received.key,
        value=received.value,
        # Not event.headers, a mapping: names may repeat, and a dead letter keeps them all.
        headers=tuple(cast(Headers, received.headers) or ()),
        timestamp_seconds=_timestamp_seconds(received.timestamp),
    )


def _timestamp_seconds(received: float | None) -> float | None:
    """Return Unix seconds as Faust gives them; Kafka says -1 ms where there are none."""
    return received if received is not None and received > 0 else None
