"""Topics as the settings want them. Pure: what makes them so stands in `topics`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

_MILLISECONDS_PER_HOUR = 3_600_000
_COMPACTION_MAX_LAG_HOURS = 24
"""Without it a record may wait for compaction for as long as its segment is written to, which on a
quiet topic is weeks; what is forgotten is to be gone in a day."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TopicDefinition:
    """A topic as it should be."""

    name: str
    partitions: int
    replication_factor: int = -1
    """-1 leaves it to the broker."""
    config: Mapping[str, str] = field(default_factory=dict)
    """Kafka's topic settings, as `retention.ms`."""


def define_topics(
    names: Sequence[str],
    *,
    partitions: int,
    replication_factor: int,
    retention_hours: float,
    cleanup_policy: str = "delete",
) -> list[TopicDefinition]:
    """Define topics that are alike; `cleanup_policy` is Kafka's `delete`, `compact` or both.

    By `compact` alone the retention does not count: the latest record of each key stays.
    """
    config = {
        "retention.ms": str(int(retention_hours * _MILLISECONDS_PER_HOUR)),
        "cleanup.policy": cleanup_policy,
    }
    if "compact" in cleanup_policy:
        config["max.compaction.lag.ms"] = str(_COMPACTION_MAX_LAG_HOURS * _MILLISECONDS_PER_HOUR)
    return [
        TopicDefinition(
            name=name, partitions=partitions, replication_factor=replication_factor, config=config
        )
        for name in names
    ]
