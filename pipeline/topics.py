"""Topics: create what is missing, describe and alter what is there, wait for their broker."""

import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kafka import TopicPartition
from kafka.admin import ConfigResource, KafkaAdminClient, OffsetSpec
from kafka.errors import KafkaError, TopicAlreadyExistsError, UnknownTopicOrPartitionError

from pipeline.errors import BrokerUnavailableError, ConfigurationError
from pipeline.kafka_client import DEFAULT_TIMEOUT_SECONDS, admin_client
from pipeline.kafka_security import KafkaCluster
from pipeline.topic_definitions import TopicDefinition
from pipeline.topic_descriptions import PartitionDescription, TopicDescription
from pipeline.topic_drift import PARTITIONS, Remedy, TopicDrift

_PAUSE_MIN_SECONDS = 0.2
_PAUSE_MAX_SECONDS = 5.0
_TRY_TIMEOUT_SECONDS = 5.0
_NO_ERROR = 0
_ALTERED = "OK"
"""kafka-python's word for it; anything else is the broker's refusal."""


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
        config=_config(admin, name),
    )


def _config(admin: KafkaAdminClient, name: str) -> dict[str, str]:
    """Return the topic's settings; none where the broker does not show them to us."""
    with contextlib.suppress(KafkaError):  # an access right of its own, which many lack
        answer = admin.describe_configs([ConfigResource("TOPIC", name)], config_filter="all")
        return {
            key: setting["value"]
            for key, setting in answer["topic"][name].items()
            if setting["value"] is not None
        }
    return {}


def apply_remedies(
    cluster: KafkaCluster,
    drift: Sequence[TopicDrift],
    *,
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
) -> None:
    """Alter settings and add partitions as the drift wants it; of each topic in that order.

    Drift that only somebody else can mend is passed over. Raises BrokerUnavailableError, and
    ConfigurationError when the broker refuses: what came before that topic is done.
    """
    by_topic: dict[str, list[TopicDrift]] = {}
    for one in drift:
        if one.remedy in {Remedy.ALTER, Remedy.GROW}:
            by_topic.setdefault(one.topic, []).append(one)
    if not by_topic:
        return
    with admin_client(cluster, timeout_seconds=timeout_seconds) as admin:
        for topic, wanted in by_topic.items():
            if config := {one.setting: one.wanted for one in wanted if one.remedy is Remedy.ALTER}:
                _alter(admin, topic, config)
            for one in wanted:
                if one.setting == PARTITIONS:
                    _grow(admin, topic, int(one.wanted))
        admin.wait_for_topics(list(by_topic), timeout_ms=int(timeout_seconds * 1000))


def _alter(admin: KafkaAdminClient, topic: str, config: Mapping[str, str]) -> None:
    resource = ConfigResource("TOPIC", topic, dict(config))
    # raise_on_unknown would look the names up first; the broker judges them anyway.
    answer = admin.alter_configs([resource], raise_on_unknown=False)["topic"][topic]
    if answer != _ALTERED:
        raise ConfigurationError(
            f"Kafka refuses to alter {', '.join(config)} of topic {topic} ({answer}): "
            "correct the settings, or grant this client the access."
        )


def _grow(admin: KafkaAdminClient, topic: str, partitions: int) -> None:
    answer = admin.create_partitions({topic: partitions}, raise_errors=False)
    (result,) = answer.results
    if result.error_code != _NO_ERROR:
        raise ConfigurationError(
            f"Kafka refuses to give topic {topic} {partitions} partitions "
            f"({result.error_message or result.error_code}): "
            "correct the settings, or grant this client the access."
        )


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
