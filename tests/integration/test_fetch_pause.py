"""The pause between fetches that found nothing, on a broker that answers those at once."""

import asyncio
import time

import pytest
from aiokafka import AIOKafkaClient, AIOKafkaConsumer, TopicPartition
from aiokafka.consumer import consumer as aiokafka_consumer

from pipeline.broker import EmbeddedBroker
from pipeline.fetch_pause import PausingFetcher, pause_empty_fetches
from pipeline.topic_definitions import TopicDefinition
from pipeline.topics import create_missing

PAUSE_SECONDS = 0.025


async def count_fetches(bootstrap_servers: str, topic: str, seconds: float) -> int:
    """Return how many fetches a consumer at the end of a topic sends in so long."""
    count = 0
    send = AIOKafkaClient.send

    async def counting_send(
        self: AIOKafkaClient, node: object, request: object, **options: object
    ) -> object:
        nonlocal count
        count += "Fetch" in type(request).__name__
        return await send(self, node, request, **options)

    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap_servers)
    await consumer.start()
    try:
        consumer.assign([TopicPartition(topic, 0)])
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(AIOKafkaClient, "send", counting_send)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(consumer.getone(), seconds)
    finally:
        await consumer.stop()
    return count


def test_empty_fetches_are_spaced(broker: EmbeddedBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the end of a topic a consumer asks once a pause, not as fast as it is answered."""
    monkeypatch.setattr(aiokafka_consumer, "Fetcher", aiokafka_consumer.Fetcher)  # put back after
    topic = f"pause-{time.time_ns()}"
    create_missing(
        broker.cluster,
        [TopicDefinition(name=topic, partitions=1, replication_factor=1)],
    )
    monkeypatch.setattr(PausingFetcher, "pause_seconds", 0.0)  # and this
    pause_empty_fetches(PAUSE_SECONDS)
    count = asyncio.run(count_fetches(broker.bootstrap_servers, topic, 1.0))
    assert 1 <= count <= 1.0 / PAUSE_SECONDS + 2


@pytest.mark.parametrize(("has_records", "at_least"), [(False, PAUSE_SECONDS), (True, 0.0)])
def test_only_empty_fetches_are_paused(
    monkeypatch: pytest.MonkeyPatch, has_records: bool, at_least: float
) -> None:
    """A fetch that brings records is handed on at once, an empty one after the pause."""

    async def fetch(*_: object) -> bool:
        return has_records

    monkeypatch.setattr(PausingFetcher, "pause_seconds", PAUSE_SECONDS)
    monkeypatch.setattr(PausingFetcher.__bases__[0], "_proc_fetch_request", fetch)
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr("pipeline.fetch_pause.asyncio.sleep", sleep)
    fetcher = PausingFetcher.__new__(PausingFetcher)
    fetcher._closed = True  # nothing was started that would need closing
    assert asyncio.run(fetcher._proc_fetch_request(None, 0, None)) is has_records
    assert bool(pauses) is not has_records
    assert sum(pauses) == pytest.approx(at_least, abs=PAUSE_SECONDS / 2)
