"""Opens kafka-python's clients: outside the worker, everything that speaks to Kafka does it here.

kafka-python waits and logs where a command should speak: with nobody listening its constructors
retry for 30 seconds, print warnings, and leave sockets behind. Here a broker that is not there is
one BrokerUnavailableError, at once when the port is closed and within the timeout when it is
silent; one that refuses us is a ConfigurationError (kafka_handshake.py, kafka_network.py).
"""

import contextlib
import logging
import time
from collections.abc import Callable, Iterator
from typing import Any

from kafka import KafkaConsumer, KafkaProducer
from kafka.admin import KafkaAdminClient
from kafka.errors import (
    AuthorizationError,
    BrokerResponseError,
    IllegalArgumentError,
    IllegalStateError,
    KafkaConfigurationError,
    KafkaError,
    RetriableError,
)
from kafka.net.compat import KafkaNetClient

from pipeline.errors import ClaimwireError, ConfigurationError
from pipeline.kafka_handshake import greet_any, unavailable
from pipeline.kafka_network import kafka_python_configs, open_network
from pipeline.kafka_security import KafkaCluster

DEFAULT_TIMEOUT_SECONDS = 10.0
_OUR_MISTAKES = (IllegalArgumentError, IllegalStateError, KafkaConfigurationError)

# What kafka-python has to say reaches the user as an exception; its log lines would say it again,
# in its own words, at every try.
logging.getLogger("kafka").setLevel(logging.CRITICAL + 1)


@contextlib.contextmanager
def admin_client(
    cluster: KafkaCluster, *, timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS
) -> Iterator[KafkaAdminClient]:
    """Lend a client for topics and offsets; KafkaErrors leave the block as ours."""
    with kafka_errors_translated(cluster):
        client = _open(
            KafkaAdminClient,
            cluster,
            timeout_seconds,
            request_timeout_ms=_milliseconds(timeout_seconds),
        )
        try:
            yield client
        finally:
            client.close()


def open_consumer(
    cluster: KafkaCluster,
    *,
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
    **configs: Any,
) -> KafkaConsumer:
    """Return a consumer without a group; the caller closes it.

    Raises BrokerUnavailableError when Kafka does not answer in time, ConfigurationError when it
    refuses us.
    """
    with kafka_errors_translated(cluster):
        return _open(
            KafkaConsumer,
            cluster,
            timeout_seconds,
            group_id=None,
            enable_auto_commit=False,
            request_timeout_ms=_milliseconds(timeout_seconds),
            **configs,
        )


def open_producer(
    cluster: KafkaCluster,
    *,
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
    **configs: Any,
) -> KafkaProducer:
    """Return a producer whose sends are confirmed by all replicas, in order; the caller closes it.

    Not idempotent on purpose: after one record that is too large for the broker, kafka-python's
    idempotent producer refuses every record that follows (3.0.12, tried). A retry may then write
    a record twice, which the pipeline is made for.

    Raises BrokerUnavailableError when Kafka does not answer in time, ConfigurationError when it
    refuses us.
    """
    timeout_ms = _milliseconds(timeout_seconds)
    with kafka_errors_translated(cluster):
        return _open(
            KafkaProducer,
            cluster,
            timeout_seconds,
            acks="all",
            enable_idempotence=False,
            max_in_flight_requests_per_connection=1,  # more would reorder records on a retry
            max_block_ms=timeout_ms,
            request_timeout_ms=timeout_ms // 2,
            delivery_timeout_ms=timeout_ms,
            **configs,
        )


@contextlib.contextmanager
def kafka_errors_translated(cluster: KafkaCluster) -> Iterator[None]:
    """Raise kafka-python's errors as ours: mend the set-up, or wait for the broker."""
    try:
        yield
    except _OUR_MISTAKES:
        raise
    except KafkaError as error:
        raise translate_kafka_error(error, cluster) from error


def translate_kafka_error(error: BaseException, cluster: KafkaCluster) -> ClaimwireError:
    """Return the error of ours that says what an operator does about it."""
    what = type(error).__name__
    if isinstance(error, AuthorizationError):
        return ConfigurationError(
            f"Kafka at {cluster} does not allow this ({what}): grant this client the access."
        )
    if isinstance(error, BrokerResponseError) and not isinstance(error, RetriableError):
        return ConfigurationError(
            f"Kafka at {cluster} refuses the request ({what}): correct it, or the topic's set-up."
        )
    return unavailable(cluster)


def _open(
    factory: Callable[..., Any],
    cluster: KafkaCluster,
    timeout_seconds: float,
    **configs: Any,
) -> Any:
    """Construct a client, and close what it opened when it fails half-way."""
    deadline = time.monotonic() + timeout_seconds
    context = cluster.open_tls_context()
    greet_any(cluster, context, deadline)
    opened: list[KafkaNetClient] = []

    def open_kept_network(**network_configs: Any) -> KafkaNetClient:
        opened.append(open_network(cluster.security, **network_configs))
        return opened[-1]

    try:
        return factory(
            bootstrap_servers=list(cluster.servers),
            bootstrap_timeout_ms=_milliseconds(max(deadline - time.monotonic(), 0.1)),
            kafka_client=open_kept_network,
            **kafka_python_configs(cluster.security, context),
            **configs,
        )
    except BaseException:
        for network in opened:
            network.close()
        raise


def _milliseconds(seconds: float) -> int:
    return max(int(seconds * 1000), 1)
