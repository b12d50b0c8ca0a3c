"""How far a consumer group is behind, asked of Kafka over a connection of its own."""

from collections.abc import Mapping

from kafka import TopicPartition
from kafka.admin import OffsetSpec

from pipeline.kafka_client import admin_client
from pipeline.kafka_security import KafkaCluster
from pipeline.watchdog import LagReader


class KafkaLagReader(LagReader):
    """Reads committed and end offsets with kafka-python: it works when the worker's client hangs.

    Connects anew each time: it is asked rarely, and only when something may be wrong.
    """

    def __init__(self, cluster: KafkaCluster, *, group_id: str, topic: str) -> None:
        """Ask this cluster about this group's place in this topic."""
        self._cluster = cluster
        self._group_id = group_id
        self._topic = topic

    def read(self) -> Mapping[tuple[str, int], tuple[int, int]]:
        """Return (committed, end) by topic and partition.

        Where the group has not committed yet it stands at the first offset. Raises
        BrokerUnavailableError when Kafka does not answer.
        """
        with admin_client(self._cluster) as admin:
            (topic,) = admin.describe_topics([self._topic])
            partitions = [
                TopicPartition(self._topic, partition["partition_index"])
                for partition in topic["partitions"]
            ]
            first = admin.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.EARLIEST))
            end = admin.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.LATEST))
            groups = admin.list_group_offsets({self._group_id: partitions})
        committed = {
            partition: metadata.offset
            for partition, metadata in groups[self._group_id].items()
            if metadata.offset >= 0
        }
        return {
            (partition.topic, partition.partition): (
                committed.get(partition, first[partition].offset),
                end[partition].offset,
            )
            for partition in partitions
        }
