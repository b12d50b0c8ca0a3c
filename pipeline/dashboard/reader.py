"""Follows the claims topic: all partitions, no consumer group, nothing committed."""

import asyncio
import contextlib
import functools
import logging
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from pipeline.aiokafka_security import aiokafka_configs
from pipeline.dashboard.feed import ClaimFeed
from pipeline.errors import BrokerUnavailableError, ClaimwireError, ConfigurationError
from pipeline.kafka_security import KafkaCluster
from pipeline.topics import check_access

logger = logging.getLogger(__name__)

_FETCH_TIMEOUT_MS = 500
_WATCH_PAUSE_SECONDS = 2.0
_WATCH_TIMEOUT_SECONDS = 3.0
_RETRY_PAUSE_SECONDS = 1.0
_REQUEST_TIMEOUT_MS = 5_000
_METADATA_MAX_AGE_MS = 10_000
"""New partitions are seen that much later."""
_RECORDS_PER_TURN = 500
"""Read at a time; after them the event loop turns, so that the page is answered meanwhile."""
_RECORDS_PER_CLAIM = 2
"""How far back each partition is read, in records for each claim that is held: a topic may hold
millions. More than one, because repeated and foreign records stand between the claims."""


class ClaimReader:
    """Reads the latest claims of the topic into a feed, then whatever comes, until cancelled."""

    def __init__(self, cluster: KafkaCluster, topic: str, feed: ClaimFeed) -> None:
        """Prepare to read; nothing is opened yet."""
        self._cluster = cluster
        self._topic = topic
        self._feed = feed
        self._start_ends: dict[TopicPartition, int] = {}
        """End of each partition when it was first seen: from there on, claims are live."""
        self._next_offsets: dict[TopicPartition, int] = {}
        """Where a new connection goes on."""
        self._was_reachable: bool | None = None
        """None: nothing is known yet."""

    async def check_access(self) -> None:
        """Return when Kafka takes us or is not there; raises ConfigurationError if it refuses."""
        with contextlib.suppress(BrokerUnavailableError):
            await self._try_access()

    async def run(self) -> None:
        """Read for ever. A broker or a topic that is not there is waited for.

        One that refuses us from some time on is waited for too: certificates and passwords are
        renewed.
        """
        # It says at every try that the broker is away; here that is said once, in one sentence.
        logging.getLogger("aiokafka").setLevel(logging.CRITICAL + 1)
        while True:
            try:
                await self._try_access()
                context = self._cluster.open_tls_context()
            except ClaimwireError as error:
                self._note_broker(reachable=False, error=error)
                await asyncio.sleep(_RETRY_PAUSE_SECONDS)
                continue
            consumer = AIOKafkaConsumer(
                bootstrap_servers=list(self._cluster.servers),
                **aiokafka_configs(self._cluster.security, context),
                group_id=None,
                enable_auto_commit=False,
                auto_offset_reset="earliest",  # of a topic that was made anew
                metadata_max_age_ms=_METADATA_MAX_AGE_MS,
                request_timeout_ms=_REQUEST_TIMEOUT_MS,
            )
            try:
                await self._read(consumer)
            except (KafkaError, OSError) as error:
                self._note_broker(reachable=False, error=error)
            finally:
                with contextlib.suppress(KafkaError, OSError, TimeoutError):
                    async with asyncio.timeout(_REQUEST_TIMEOUT_MS / 1000):
                        await consumer.stop()
            await asyncio.sleep(_RETRY_PAUSE_SECONDS)

    async def _try_access(self) -> None:
        """Ask with the other client, which says what aiokafka's only logs."""
        check = functools.partial(
            check_access, self._cluster, timeout_seconds=_WATCH_TIMEOUT_SECONDS
        )
        await asyncio.get_running_loop().run_in_executor(None, check)

    async def _read(self, consumer: Any) -> None:
        """Read until something fails for good; what fails for a while, aiokafka tries again."""
        await consumer.start()
        # Not by asking for this topic alone: that would make Kafka create it, with its defaults.
        while self._topic not in await consumer.topics():
            self._note_broker(reachable=True)
            self._feed.is_topic_there = False
            self._feed.announce()
            await asyncio.sleep(_WATCH_PAUSE_SECONDS)
        self._feed.is_topic_there = True
        consumer.assign([TopicPartition(self._topic, 0)])  # its metadata name the others
        await consumer.end_offsets([TopicPartition(self._topic, 0)])
        await self._assign_all(consumer)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._fetch(consumer))
                tasks.create_task(self._watch(consumer))
        except* (KafkaError, OSError) as errors:
            raise errors.exceptions[0] from None

    async def _assign_all(self, consumer: Any) -> None:
        """Assign every partition there is, each where it was left or near enough to its end."""
        numbers = consumer.partitions_for_topic(self._topic) or {0}
        partitions = [TopicPartition(self._topic, number) for number in sorted(numbers)]
        ends = await consumer.end_offsets(partitions)
        firsts = await consumer.beginning_offsets(partitions)
        self._note_broker(reachable=True)
        consumer.assign(partitions)
        window = _RECORDS_PER_CLAIM * self._feed.store.max_claims
        for partition in partitions:
            self._start_ends.setdefault(partition, ends[partition])
            start = max(firsts[partition], ends[partition] - window)
            left_at = self._next_offsets.get(partition, 0)
            is_same_topic = left_at <= ends[partition]
            consumer.seek(partition, max(start, left_at) if is_same_topic else start)

    async def _fetch(self, consumer: Any) -> None:
        while True:
            batches = await consumer.getmany(
                timeout_ms=_FETCH_TIMEOUT_MS, max_records=_RECORDS_PER_TURN
            )
            for partition, records in batches.items():
                for record in records:
                    self._feed.add(record.value, key=record.key, timestamp_ms=record.timestamp)
                    self._next_offsets[partition] = record.offset + 1
            if not self._feed.is_caught_up:
                self._feed.is_caught_up = await self._is_caught_up(consumer)
            if batches:
                self._feed.announce()
                await asyncio.sleep(0)

    async def _is_caught_up(self, consumer: Any) -> bool:
        for partition in consumer.assignment():
            if await consumer.position(partition) < self._start_ends[partition]:
                return False
        logger.info("Read what %s held: %d claims.", self._topic, len(self._feed.store))
        return True

    async def _watch(self, consumer: Any) -> None:
        """Ask the broker every now and then whether it is there, and for new partitions."""
        while True:
            await asyncio.sleep(_WATCH_PAUSE_SECONDS)
            try:
                async with asyncio.timeout(_WATCH_TIMEOUT_SECONDS):
                    await consumer.end_offsets(list(consumer.assignment()))
            except (KafkaError, TimeoutError) as error:
                self._note_broker(reachable=False, error=error)
                continue
            self._note_broker(reachable=True)
            numbers = consumer.partitions_for_topic(self._topic) or set()
            if numbers - {partition.partition for partition in consumer.assignment()}:
                await self._assign_all(consumer)

    def _note_broker(self, *, reachable: bool, error: BaseException | None = None) -> None:
        if reachable is self._was_reachable:
            return
        self._was_reachable = self._feed.is_broker_reachable = reachable
        if reachable:
            logger.info("Kafka answers at %s.", self._cluster)
        elif isinstance(error, ConfigurationError):
            logger.warning("%s", error)
        else:
            name = type(error).__name__
            logger.warning("Kafka does not answer at %s (%s): waiting for it.", self._cluster, name)
        self._feed.announce()
