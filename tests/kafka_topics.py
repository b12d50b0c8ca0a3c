"""Topics of a test's own on the shared broker."""

import contextlib
import gc
import uuid
import warnings
from collections.abc import Iterator

from pipeline.kafka_security import KafkaCluster
from pipeline.topic_definitions import define_topics
from pipeline.topics import create_missing


@contextlib.contextmanager
def loses_connections() -> Iterator[None]:
    """Decorate a test in which a broker is away, or its certificate is refused.

    kafka-python (3.0.12) leaves it to the garbage collector to close the socket of a connection
    that did not come about.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"unclosed <(ssl\.SSLS|s)ocket", ResourceWarning)
        yield
        gc.collect()


def create_topic(cluster: KafkaCluster, *, partitions: int = 1) -> str:
    """Create a topic with a name that no other test uses, and return the name."""
    name = f"test.{uuid.uuid4().hex}"
    create_missing(
        cluster,
        define_topics([name], partitions=partitions, replication_factor=-1, retention_hours=1),
    )
    return name
