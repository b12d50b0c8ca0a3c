"""What a topic's definition holds."""

import pytest

from pipeline.settings import Settings
from pipeline.topic_definitions import define_topics
from pipeline.wiring import topic_definitions


def test_topics_are_defined_with_retention_in_milliseconds() -> None:
    """Every name gets a definition of its own, with the retention in Kafka's unit."""
    first, second = define_topics(
        ["a", "b"], partitions=4, replication_factor=-1, retention_hours=1.5
    )
    assert (first.name, second.name) == ("a", "b")
    assert first.partitions == 4
    assert first.config == {"retention.ms": "5400000", "cleanup.policy": "delete"}


@pytest.mark.parametrize("policy", ["compact", "compact,delete"])
def test_a_compacted_topic_is_compacted_within_a_day(policy: str) -> None:
    """Else what was forgotten would wait until its segment is full, for as long as that takes."""
    (topic,) = define_topics(
        ["a"], partitions=1, replication_factor=-1, retention_hours=1, cleanup_policy=policy
    )
    assert topic.config == {
        "retention.ms": "3600000",
        "cleanup.policy": policy,
        "max.compaction.lag.ms": "86400000",
    }


def test_every_topic_of_the_settings_has_a_retention(monkeypatch: pytest.MonkeyPatch) -> None:
    """A week, dead letters two; claims and outcomes alone take the cleanup policy."""
    for name in ("CLAIMWIRE_TOPIC_RETENTION_HOURS", "CLAIMWIRE_DEAD_LETTER_RETENTION_HOURS"):
        monkeypatch.delenv(name, raising=False)
    settings = Settings(
        topic_partitions=6, topic_replication_factor=3, claims_cleanup_policy="compact,delete"
    )
    topics = topic_definitions(settings)
    assert tuple(topic.name for topic in topics) == settings.topics
    assert {(topic.partitions, topic.replication_factor) for topic in topics} == {(6, 3)}
    days = [int(topic.config["retention.ms"]) / 86_400_000 for topic in topics]
    assert days == [7, 7, 7, 14]
    policies = [topic.config["cleanup.policy"] for topic in topics]
    assert policies == ["delete", "compact,delete", "compact,delete", "delete"]
