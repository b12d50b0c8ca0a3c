"""Topics: create what is missing, describe what is there, wait for the broker that holds them."""

import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kafka import TopicPartition
from kafka.admin import ConfigResource, KafkaAdminClient, OffsetSpec
from kafka.errors import KafkaError, TopicAlreadyExistsError, UnknownTopicOrPartitionError

from pipeline.errors import BrokerUnavailableError, ConfigurationError
from pipeline.kafka_client import DEFAULT_TIMEOUT_SECONDS, admin_client
from pipeline.kafka_security import KafkaCluster

_PAUSE_MIN_SECONDS = 0.2
_PAUSE_MAX_SECONDS = 5.0
_TRY_TIMEOUT_SECONDS = 5.0
_NO_ERROR = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class TopicDefinition:
    """A topic as it should be created."""

    name: str
    partitions: int
    replication_factor: int = -1
    """-1 leaves it to the broker."""
    config: Mapping[str, str] = field(default_factory=dict)
    """Kafka's topic settings, as `retention.ms`."""


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
    retention_ms: int | None = None
    """None where the broker does not say; -1: for ever."""
    max_message_bytes: int | None = None
    """None where the broker does not say."""

    @property
    def exists(self) -> bool:
        """Tell whether the broker has the topic."""
        return bool(self.partitions)

    @property
    def messages(self) -> int:
        """Offsets between the first and the end: the records kept, and transaction markers."""
        return sum(p.end_offset - p.first_offset for p in self.partitions)


def define_topics(
    names: Sequence[str], *, partitions: int, replication_factor: int, retention_hours: float
) -> list[TopicDefinition]:
    """Define topics that are alike."""
    config = {"retention.ms": str(int(retention_hours * 3_600_000))}
    return [
        TopicDefinition(
            name=name, partitions=partitions, replication_factor=replication_factor, config=config
        )
        for name in names
    ]


def create_missing(
    cluster: KafkaCluster,
    definitions: Sequence[TopicDefinition],
    *,
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
) -> list[str]:
    """Create the topics that do not exist, wait until all are ready, return the names created.

    A topic that exists is left as it is. Another process may do the same at the same time.
    Raises BrokerUnavailableError, or ConfigurationError when the broker refuses a definition.
    """
    if not definitions:
        return []
    names = [definition.name for definition in definitions]
    with admin_client(cluster, timeout_seconds=timeout_seconds) as admin:
        found = {name for name, topic in _topics(admin, names).items() if topic["partitions"]}
        missing = [definition for definition in definitions if definition.name not in found]
        created = _create(admin, missing) if missing else []
        admin.wait_for_topics(names, timeout_ms=int(timeout_seconds * 1000))
    return created


def _create(admin: KafkaAdminClient, definitions: Sequence[TopicDefinition]) -> list[str]:
    answer = admin.create_topics(
        {
            definition.name: {
                "num_partitions": definition.partitions,
                "replication_factor": definition.replication_factor,
                "configs": dict(definition.config),
            }
            for definition in definitions
        },
        raise_errors=False,
    )
    created = []
    for topic in answer["topics"]:
        if topic["error_code"] == _NO_ERROR:
            created.append(topic["name"])
        elif topic["error_code"] != TopicAlreadyExistsError.errno:  # another process was quicker
            raise ConfigurationError(
                f"Kafka refuses to create topic {topic['name']} "
                f"({topic['error_message'] or topic['error_code']}): correct its settings."
            )
    return created


def describe(
    cluster: KafkaCluster,
    names: Sequence[str],
    *,
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
) -> list[TopicDescription]:
    """Describe the topics, in the order asked for; one that is missing has no partitions.

    Raises BrokerUnavailableError.
    """
    if not names:
        return []
    with admin_client(cluster, timeout_seconds=timeout_seconds) as admin:
        topics = _topics(admin, names)
        return [_describe(admin, name, topics[name]["partitions"]) for name in names]


def _topics(admin: KafkaAdminClient, names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return the metadata of each name; a missing topic's holds no partitions."""
    topics = {topic["name"]: topic for topic in admin.describe_topics(list(names))}
    for topic in topics.values():
        if topic["error_code"] not in {_NO_ERROR, UnknownTopicOrPartitionError.errno}:
            raise ConfigurationError(
                f"Kafka does not describe topic {topic['name']} (error {topic['error_code']}): "
                "check its name and this client's access."
            )
    return {name: topics.get(name, {"name": name, "partitions": []}) for name in names}


def _describe(
    admin: KafkaAdminClient, name: str, partitions: Sequence[Mapping[str, Any]]
) -> TopicDescription:
    if not partitions:
        return TopicDescription(name=name)
    topic_partitions = [TopicPartition(name, p["partition_index"]) for p in partitions]
    first = admin.list_partition_offsets(dict.fromkeys(topic_partitions, OffsetSpec.EARLIEST))
    end = admin.list_partition_offsets(dict.fromkeys(topic_partitions, OffsetSpec.LATEST))
    config = _config(admin, name)
    return TopicDescription(
        name=name,
        partitions=tuple(
            PartitionDescription(
                partition=at.partition,
                leader=p["leader_id"],
                replicas=tuple(p["replica_nodes"]),
                in_sync_replicas=tuple(p["isr_nodes"]),
                first_offset=first[at].offset,
                end_offset=end[at].offset,
            )
            for at, p in sorted(zip(topic_partitions, partitions, strict=True))
        ),
        retention_ms=config.get("retention.ms"),
        max_message_bytes=config.get("max.message.bytes"),
    )


def _config(admin: KafkaAdminClient, name: str) -> dict[str, int]:
    """Return the topic's numeric settings; none where the broker does not show them to us."""
    with contextlib.suppress(KafkaError):  # an access right of its own, which many lack
        answer = admin.describe_configs([ConfigResource("TOPIC", name)], config_filter="all")
        settings = answer["topic"][name]
        return {
            key: int(settings[key]["value"])
            for key in ("retention.ms", "max.message.bytes")
            if key in settings
        }
    return {}


def check_access(cluster: KafkaCluster, *, timeout_seconds: float) -> None:
    """Return when Kafka answers and takes us, having tried once.

    Raises BrokerUnavailableError, and ConfigurationError when a certificate or a login is refused.
    """
    with admin_client(cluster, timeout_seconds=timeout_seconds) as admin:
        # Of no topic, but of a server that the cluster names: perhaps not as its certificate does.
        admin.describe_topics([])


def wait_for_broker(
    cluster: KafkaCluster,
    *,
    timeout_seconds: float | None,
    on_wait: Callable[[str], None] = lambda line: None,
) -> None:
    """Return once Kafka answers and takes us; try again with growing pauses until then.

    `on_wait` gets one line, at the first failure, and no more. `timeout_seconds` None: wait for
    ever. Raises BrokerUnavailableError when the time is over, ConfigurationError at once when a
    certificate or a login is refused.
    """
    deadline = float("inf") if timeout_seconds is None else time.monotonic() + timeout_seconds
    pause = _PAUSE_MIN_SECONDS
    told = False
    while True:
        try_timeout = max(min(_TRY_TIMEOUT_SECONDS, deadline - time.monotonic()), 0.1)
        try:
            check_access(cluster, timeout_seconds=try_timeout)
            return
        except BrokerUnavailableError:
            if time.monotonic() >= deadline:
                raise
        if not told:
            on_wait(f"Kafka does not answer at {cluster} yet: waiting for it.")
            told = True
        time.sleep(max(min(pause, deadline - time.monotonic()), 0))
        pause = min(pause * 2, _PAUSE_MAX_SECONDS)
