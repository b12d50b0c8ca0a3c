"""What is said of a broker that does not answer."""

import gc
import socket
import threading
import time
import warnings

import pytest
from kafka.errors import (
    InvalidTopicError,
    KafkaTimeoutError,
    NotEnoughReplicasError,
    TopicAuthorizationFailedError,
)

from pipeline.broker import free_port
from pipeline.errors import BrokerUnavailableError, ClaimwireError, ConfigurationError
from pipeline.kafka_client import (
    admin_client,
    open_consumer,
    open_producer,
    translate_kafka_error,
)
from pipeline.kafka_security import KafkaCluster, plaintext_cluster


def _open_admin(cluster: KafkaCluster, *, timeout_seconds: float) -> None:
    with admin_client(cluster, timeout_seconds=timeout_seconds):
        pass


OPENERS = [_open_admin, open_consumer, open_producer]


@pytest.mark.parametrize("opener", OPENERS)
def test_a_closed_port_is_told_at_once(opener) -> None:
    """With nobody listening no time-out is waited for, and the sentence names the address."""
    server = f"127.0.0.1:{free_port()}"
    started = time.monotonic()
    with pytest.raises(BrokerUnavailableError, match=server):
        opener(plaintext_cluster(server), timeout_seconds=30)
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("opener", OPENERS)
def test_a_silent_port_is_given_up_in_time_and_leaves_nothing_open(opener) -> None:
    """Something listens and never answers: an error in time, no thread and no socket left."""
    threads = set(threading.enumerate())
    with socket.socket() as silent, warnings.catch_warnings():
        warnings.simplefilter("error")
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        started = time.monotonic()
        with pytest.raises(BrokerUnavailableError):
            opener(plaintext_cluster(address), timeout_seconds=1)
        assert time.monotonic() - started < 5
        gc.collect()  # an unclosed socket would warn here
    assert set(threading.enumerate()) <= threads


@pytest.mark.parametrize("server", ["no-such-host.invalid:9092", "localhost:http", "[::1"])
def test_an_address_that_leads_nowhere_is_an_unavailable_broker(server: str) -> None:
    """A host without address, a port that is no number and broken brackets end the same way."""
    with pytest.raises(BrokerUnavailableError):
        _open_admin(plaintext_cluster(server), timeout_seconds=2)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (KafkaTimeoutError(), BrokerUnavailableError),
        (NotEnoughReplicasError(), BrokerUnavailableError),
        (InvalidTopicError(), ConfigurationError),
        (TopicAuthorizationFailedError(), ConfigurationError),
    ],
)
def test_what_waiting_mends_is_told_from_what_it_does_not(
    error: Exception, expected: type[ClaimwireError]
) -> None:
    """A time-out asks for patience, a refusal for a correction."""
    assert type(translate_kafka_error(error, plaintext_cluster("kafka:9092"))) is expected
