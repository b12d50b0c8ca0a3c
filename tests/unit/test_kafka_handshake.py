"""The first words with a server that is not Kafka, or hardly."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from pipeline.broker import free_port
from pipeline.errors import BrokerUnavailableError, ConfigurationError
from pipeline.kafka_handshake import greet_any
from pipeline.kafka_security import KafkaCluster, KafkaSecurity, Tls, plaintext_cluster

API_VERSIONS_ANSWER = bytes.fromhex("0000000a 00000001 0000 00000000")


@contextlib.contextmanager
def listening(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """Answer each connection in one way and close it; yields the address."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        is_over = threading.Event()

        def serve() -> None:
            while True:
                connection, _ = server.accept()
                with connection, contextlib.suppress(OSError):
                    if is_over.is_set():
                        return
                    connection.settimeout(10)
                    answer(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        address = server.getsockname()
        try:
            yield f"127.0.0.1:{address[1]}"
        finally:
            is_over.set()
            socket.create_connection(address).close()
            thread.join()


def _close(connection: socket.socket) -> None:
    pass


def _talk_http(connection: socket.socket) -> None:
    connection.recv(1000)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def _answer_the_first_alone(connection: socket.socket) -> None:
    connection.recv(1000)
    connection.sendall(API_VERSIONS_ANSWER)
    connection.recv(1000)


@pytest.mark.parametrize("answer", [_close, _talk_http])
@pytest.mark.parametrize("tls", [None, Tls()], ids=["in the clear", "TLS"])
def test_a_server_that_says_nothing_of_kafka_is_waited_for(
    answer: Callable[[socket.socket], None], tls: Tls | None
) -> None:
    """What closes or speaks another protocol may be a proxy whose Kafka is away."""
    with listening(answer) as address:
        cluster = KafkaCluster(servers=(address,), security=KafkaSecurity(tls=tls, login=None))
        with pytest.raises(BrokerUnavailableError, match=address):
            greet_any(cluster, cluster.open_tls_context(), time.monotonic() + 5)


def test_a_server_that_hangs_up_on_who_is_not_logged_in_is_told() -> None:
    """It answers what anybody may ask, and closes at the next question, twice."""
    with (
        listening(_answer_the_first_alone) as address,
        pytest.raises(ConfigurationError, match="CLAIMWIRE_SASL_MECHANISM"),
    ):
        greet_any(plaintext_cluster(address), None, time.monotonic() + 5)


def test_a_server_that_closes_once_is_no_reason() -> None:
    """One that is being stopped closes too: when it does not answer again, it is away."""
    asked: list[int] = []

    def stop_after_one(connection: socket.socket) -> None:
        asked.append(1)
        if len(asked) == 1:
            _answer_the_first_alone(connection)

    with listening(stop_after_one) as address, pytest.raises(BrokerUnavailableError):
        greet_any(plaintext_cluster(address), None, time.monotonic() + 5)


def test_a_refusal_says_more_than_an_absence() -> None:
    """Of several servers that are of no use, the one whose fault can be mended is named."""
    nobody = f"127.0.0.1:{free_port()}"
    with listening(_answer_the_first_alone) as address:
        cluster = plaintext_cluster(nobody, address)
        with pytest.raises(ConfigurationError, match=address):
            greet_any(cluster, None, time.monotonic() + 10)
