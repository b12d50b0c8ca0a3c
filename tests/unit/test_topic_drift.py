"""How topics differ from their definitions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.topic_definitions import TopicDefinition
from pipeline.topic_descriptions import PartitionDescription, TopicDescription
from pipeline.topic_drift import PARTITIONS, REPLICATION_FACTOR, Remedy, find_drift, plan_topics

CONFIG = {"retention.ms": "3600000", "cleanup.policy": "compact,delete"}

positive = st.integers(1, 9)
configs = st.dictionaries(
    st.sampled_from(["retention.ms", "cleanup.policy", "max.compaction.lag.ms"]),
    st.sampled_from(["1", "2", "compact"]),
)


def described(
    *replicas: int, name: str = "a", config: dict[str, str] | None = None
) -> TopicDescription:
    """Return a topic with so many replicas of each partition."""
    return TopicDescription(
        name=name,
        partitions=tuple(
            PartitionDescription(
                partition=number,
                leader=0,
                replicas=tuple(range(count)),
                in_sync_replicas=(0,),
                first_offset=0,
                end_offset=0,
            )
            for number, count in enumerate(replicas)
        ),
        config=CONFIG if config is None else config,
    )


def defined(partitions: int = 2, replication_factor: int = -1, **changed: str) -> TopicDefinition:
    """Return the definition of the topic."""
    return TopicDefinition(
        name="a",
        partitions=partitions,
        replication_factor=replication_factor,
        config=CONFIG | {name.replace("_", "."): value for name, value in changed.items()},
    )


def told(wanted: TopicDefinition, found: TopicDescription) -> list[tuple[str, str, object, Remedy]]:
    """Return the drift, a tuple each."""
    return [(one.setting, one.wanted, one.found, one.remedy) for one in find_drift(wanted, found)]


def test_a_topic_that_is_as_defined_does_not_drift() -> None:
    """A cleanup policy written the other way round is the same, and other settings are not ours."""
    config = {"retention.ms": "3600000", "cleanup.policy": "delete,compact", "segment.ms": "7"}
    assert told(defined(), described(1, 1, config=config)) == []


def test_more_partitions_can_be_added_and_fewer_cannot_be_had() -> None:
    """Kafka adds partitions and takes none away."""
    assert told(defined(4), described(1, 1)) == [(PARTITIONS, "4", "2", Remedy.GROW)]
    assert told(defined(1), described(1, 1)) == [(PARTITIONS, "1", "2", Remedy.NONE)]


def test_replicas_are_compared_where_the_definition_names_them() -> None:
    """The fewest and the most of any partition are told; -1 leaves them to the broker."""
    assert told(defined(replication_factor=3), described(3, 3)) == []
    assert told(defined(replication_factor=-1), described(3, 1)) == []
    drift = (REPLICATION_FACTOR, "3", "1", Remedy.REASSIGN)
    assert told(defined(replication_factor=3), described(1, 1)) == [drift]
    drift = (REPLICATION_FACTOR, "3", "1 to 3", Remedy.REASSIGN)
    assert told(defined(replication_factor=3), described(3, 1)) == [drift]


def test_settings_are_compared_with_what_the_broker_shows() -> None:
    """One that it does not show may be anything: there is somebody to look, nothing to alter."""
    assert told(defined(retention_ms="1"), described(1, 1)) == [
        ("retention.ms", "1", "3600000", Remedy.ALTER)
    ]
    assert told(defined(), described(1, 1, config={})) == [
        ("retention.ms", "3600000", None, Remedy.LOOK),
        ("cleanup.policy", "compact,delete", None, Remedy.LOOK),
    ]


def test_two_topics_are_not_compared() -> None:
    """A mix-up of the caller's is told, not reported as drift."""
    with pytest.raises(ValueError, match="two topics"):
        list(find_drift(defined(), described(1, name="b")))


def test_a_plan_parts_what_is_missing_from_what_differs() -> None:
    """A missing topic has no drift; drift is found again by what can be done about it."""
    other = TopicDefinition(name="b", partitions=1)
    plan = plan_topics([defined(4), other], [described(1), TopicDescription(name="b")])
    assert plan.missing == (other,)
    assert [one.remedy for one in plan.drift] == [Remedy.GROW]
    assert plan.drift_with(Remedy.GROW, Remedy.ALTER) == list(plan.drift)
    assert plan.drift_with(Remedy.ALTER) == []


@given(positive, st.integers(-1, 4).filter(bool), configs, positive, positive, configs)
def test_a_topic_drifts_until_it_is_made_as_defined(
    partitions: int,
    replication_factor: int,
    wanted_config: dict[str, str],
    there: int,
    replicas: int,
    config: dict[str, str],
) -> None:
    """Whatever differs: with each drift made good, nothing differs any more."""
    wanted = TopicDefinition(
        name="a", partitions=partitions, replication_factor=replication_factor, config=wanted_config
    )
    drift = list(find_drift(wanted, described(*[replicas] * there, config=config)))
    mended = {one.setting: one.wanted for one in drift}
    there = int(mended.pop(PARTITIONS, there))
    replicas = int(mended.pop(REPLICATION_FACTOR, replicas))
    assert not list(find_drift(wanted, described(*[replicas] * there, config=config | mended)))
