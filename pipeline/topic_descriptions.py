"""Topics as the broker has them. Pure: who asks the broker stands in `topics`."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True, slots=True)
class PartitionDescription:
    """A partition as the broker has it."""

    partition: int
    leader: int
    replicas: tuple[int, ...]
    in_sync_replicas: tuple[int, ...]
    first_offset: int
    """Of the oldest record still kept."""
    end_offset: int
    """Of the next record to be written."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TopicDescription:
    """A topic as the broker has it; one that does not exist has no partitions."""

    name: str
    partitions: tuple[PartitionDescription, ...] = ()
    config: Mapping[str, str] = field(default_factory=dict)
    """Kafka's topic settings, as `retention.ms`; empty where the broker does not show them."""

    @property
    def exists(self) -> bool:
        """Tell whether the broker has the topic."""
        return bool(self.partitions)

    @property
    def messages(self) -> int:
        """Offsets between the first and the end: the records kept, and transaction markers."""
        return sum(p.end_offset - p.first_offset for p in self.partitions)

    @property
    def retention_ms(self) -> int | None:
        """How long records are kept; -1: for ever. None where the broker does not say."""
        return self._number("retention.ms")

    @property
    def max_message_bytes(self) -> int | None:
        """How large a record may be. None where the broker does not say."""
        return self._number("max.message.bytes")

    @property
    def cleanup_policy(self) -> str | None:
        """`delete`, `compact` or `compact,delete`. None where the broker does not say."""
        policy = self.config.get("cleanup.policy")
        return None if policy is None else normalise_cleanup_policy(policy)

    def _number(self, name: str) -> int | None:
        value = self.config.get(name)
        return None if value is None else int(value)


def normalise_cleanup_policy(policy: str) -> str:
    """Return one spelling: Kafka takes `delete, compact` for `compact,delete`."""
    return ",".join(sorted(part.strip() for part in policy.split(",")))
