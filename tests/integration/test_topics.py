"""Topics on a real broker."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from pipeline.article_files import ArticleMessage
from pipeline.broker import EmbeddedBroker
from pipeline.errors import ConfigurationError
from pipeline.feed import feed
from pipeline.kafka_security import plaintext_cluster
from pipeline.topics import (
    TopicDefinition,
    create_missing,
    define_topics,
    describe,
    wait_for_broker,
)
from tests.kafka_topics import create_topic, loses_connections


def _definitions(count: int) -> list[TopicDefinition]:
    names = [f"test.{uuid.uuid4().hex}" for _ in range(count)]
    return define_topics(names, partitions=3, replication_factor=-1, retention_hours=2)


def test_missing_topics_are_created_once(broker: EmbeddedBroker) -> None:
    """The second call finds them; a third, with one more, creates that one only."""
    cluster = broker.cluster
    first, second = _definitions(2)
    assert create_missing(cluster, [first]) == [first.name]
    assert create_missing(cluster, [first]) == []
    assert create_missing(cluster, [first, second]) == [second.name]


def test_many_may_create_the_same_topics_at_once(broker: EmbeddedBroker) -> None:
    """Workers that start together do not trip over one another, and one of them creates."""
    definitions = _definitions(2)
    with ThreadPoolExecutor(4) as pool:
        created = list(pool.map(lambda _: create_missing(broker.cluster, definitions), range(4)))
    assert sorted(name for names in created for name in names) == sorted(
        definition.name for definition in definitions
    )


def test_a_topic_is_described_as_it_was_defined(broker: EmbeddedBroker) -> None:
    """Partitions, retention, offsets and messages are the broker's; the order is the caller's."""
    cluster = broker.cluster
    (definition,) = _definitions(1)
    create_missing(cluster, [definition])
    articles = [ArticleMessage(name=str(n), key=str(n).encode(), value=b"{}") for n in range(10)]
    feed(articles, cluster=cluster, topic=definition.name)
    missing, found = describe(cluster, ["test.missing", definition.name])
    assert (missing.exists, missing.name) == (False, "test.missing")
    assert found.exists
    assert [partition.partition for partition in found.partitions] == [0, 1, 2]
    assert found.retention_ms == 2 * 3_600_000
    assert found.max_message_bytes is not None
    assert found.messages == 10
    assert sum(partition.end_offset for partition in found.partitions) == 10
    assert all(partition.first_offset == 0 for partition in found.partitions)


def test_describing_does_not_create(broker: EmbeddedBroker) -> None:
    """A look at a topic that is missing leaves it missing."""
    name = f"test.{uuid.uuid4().hex}"
    for _ in range(2):
        (topic,) = describe(broker.cluster, [name])
        assert not topic.exists


def test_a_definition_the_broker_refuses_is_told_with_its_reason(broker: EmbeddedBroker) -> None:
    """More replicas than brokers and a name Kafka does not allow are set-up errors."""
    cluster = broker.cluster
    for wrong in (
        TopicDefinition(name=f"test.{uuid.uuid4().hex}", partitions=1, replication_factor=7),
        TopicDefinition(name="test topic", partitions=1),
    ):
        with pytest.raises(ConfigurationError, match="test"):
            create_missing(cluster, [wrong])


@loses_connections()
def test_a_broker_that_is_there_is_not_waited_for(broker: EmbeddedBroker) -> None:
    """No line is said, also when the first of several addresses leads nowhere."""
    lines: list[str] = []
    cluster = plaintext_cluster("127.0.0.1:1", broker.bootstrap_servers)
    wait_for_broker(cluster, timeout_seconds=5, on_wait=lines.append)
    assert lines == []
    assert describe(cluster, [create_topic(cluster)])[0].exists
