"""Topics, as far as they can be tested without a broker."""

import time

import pytest

from pipeline.broker import free_port
from pipeline.errors import BrokerUnavailableError
from pipeline.kafka_security import KafkaCluster, plaintext_cluster
from pipeline.topics import (
    PartitionDescription,
    TopicDescription,
    create_missing,
    define_topics,
    describe,
    wait_for_broker,
)


@pytest.fixture
def nobody() -> KafkaCluster:
    """An address where nothing listens."""
    return plaintext_cluster(f"127.0.0.1:{free_port()}")


def test_topics_are_defined_with_retention_in_milliseconds() -> None:
    """Every name gets a definition of its own, with the retention in Kafka's unit."""
    first, second = define_topics(
        ["a", "b"], partitions=4, replication_factor=-1, retention_hours=1.5
    )
    assert (first.name, second.name) == ("a", "b")
    assert first.partitions == 4
    assert first.config == {"retention.ms": "5400000"}


def test_messages_are_counted_from_the_first_kept_offset() -> None:
    """What retention has deleted is not counted, and a missing topic holds nothing."""
    partitions = tuple(
        PartitionDescription(
            partition=number,
            leader=1,
            replicas=(1,),
            in_sync_replicas=(1,),
            first_offset=first,
            end_offset=end,
        )
        for number, (first, end) in enumerate([(10, 15), (0, 2)])
    )
    assert TopicDescription(name="a", partitions=partitions).messages == 7
    missing = TopicDescription(name="b")
    assert (missing.exists, missing.messages) == (False, 0)


def test_nothing_asked_for_needs_no_broker(nobody: KafkaCluster) -> None:
    """No names and no definitions are an empty answer, not an error."""
    assert describe(nobody, []) == []
    assert create_missing(nobody, []) == []


def test_waiting_for_a_broker_says_one_line_and_gives_up_in_time(nobody: KafkaCluster) -> None:
    """Several tries fail, one line is said, and the error comes when the time is over."""
    lines: list[str] = []
    started = time.monotonic()
    with pytest.raises(BrokerUnavailableError, match=str(nobody)):
        wait_for_broker(nobody, timeout_seconds=1.5, on_wait=lines.append)
    assert 1.4 < time.monotonic() - started < 5
    assert len(lines) == 1
    assert str(nobody) in lines[0]
