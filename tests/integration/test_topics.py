"""Topics on a real broker."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from pipeline.article_files import ArticleMessage
from pipeline.broker import EmbeddedBroker
from pipeline.errors import ConfigurationError
from pipeline.feed import feed
from pipeline.kafka_security import plaintext_cluster
from pipeline.topic_definitions import TopicDefinition, define_topics
from pipeline.topic_drift import Remedy, TopicDrift, plan_topics
from pipeline.topics import apply_remedies, create_missing, describe, wait_for_broker
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
    assert found.cleanup_policy == "delete"
    assert found.max_message_bytes is not None
    assert found.messages == 10
    assert sum(partition.end_offset for partition in found.partitions) == 10
    assert all(partition.first_offset == 0 for partition in found.partitions)


def test_topics_are_altered_to_their_definition_and_then_left_alone(
    broker: EmbeddedBroker,
) -> None:
    """Settings and partitions become as defined, records stay, and a second look finds nothing."""
    cluster = broker.cluster
    before = _definitions(2)
    create_missing(cluster, before)
    names = [definition.name for definition in before]
    message = ArticleMessage(name="a", key=b"a", value=b"{}")
    feed([message], cluster=cluster, topic=names[0])
    wanted = [
        *define_topics(
            names[:1],
            partitions=5,
            replication_factor=1,
            retention_hours=1,
            cleanup_policy="compact,delete",
        ),
        before[1],
    ]
    plan = plan_topics(wanted, describe(cluster, names))
    assert {(one.topic, one.setting, one.remedy) for one in plan.drift} == {
        (names[0], "partitions", Remedy.GROW),
        (names[0], "retention.ms", Remedy.ALTER),
        (names[0], "cleanup.policy", Remedy.ALTER),
        (names[0], "max.compaction.lag.ms", Remedy.ALTER),
    }
    apply_remedies(cluster, plan.drift)
    altered, untouched = describe(cluster, names)
    assert plan_topics(wanted, [altered, untouched]).drift == ()
    assert (len(altered.partitions), altered.messages) == (5, 1)
    assert len(untouched.partitions) == 3


def test_an_existing_topic_is_not_altered_by_creating(broker: EmbeddedBroker) -> None:
    """What a worker does at its start leaves a topic that differs as it is."""
    cluster = broker.cluster
    (first,) = _definitions(1)
    create_missing(cluster, [first])
    other = define_topics([first.name], partitions=7, replication_factor=-1, retention_hours=9)
    assert create_missing(cluster, other) == []
    assert plan_topics([first], describe(cluster, [first.name])).drift == ()


@pytest.mark.parametrize(
    ("setting", "wanted", "remedy", "words"),
    [
        ("cleanup.policy", "nonsense", Remedy.ALTER, "alter cleanup.policy of topic"),
        ("no.such.setting", "1", Remedy.ALTER, "alter no.such.setting of topic"),
        ("partitions", "2", Remedy.GROW, "2 partitions"),
    ],
)
def test_an_alteration_the_broker_refuses_is_told_with_its_reason(
    broker: EmbeddedBroker, setting: str, wanted: str, remedy: Remedy, words: str
) -> None:
    """The topic and what was asked for are named, and the topic stays as it was."""
    cluster = broker.cluster
    (first,) = _definitions(1)
    create_missing(cluster, [first])
    drift = TopicDrift(topic=first.name, setting=setting, wanted=wanted, found="x", remedy=remedy)
    with pytest.raises(ConfigurationError, match=words) as caught:
        apply_remedies(cluster, [drift])
    assert first.name in str(caught.value)
    assert plan_topics([first], describe(cluster, [first.name])).drift == ()


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
