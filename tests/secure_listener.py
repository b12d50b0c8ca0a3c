"""A listener as a production Kafka has it, in front of the embedded broker, which has none.

It ends TLS, asks for client certificates and logins, and passes every other request on. The answers
that name servers name this listener, so that clients stay on it. What Kafka does at its edge is
done here alike: one request of a connection at a time; who has not logged in may ask for the API
versions alone, and is else hung up on; a login where there are no logins is an illegal state.
"""

import contextlib
import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any

from kafka.protocol.api_key import ApiKey
from kafka.protocol.metadata import ApiVersionsResponse, FindCoordinatorResponse, MetadataResponse
from kafka.protocol.sasl import (
    SaslAuthenticateRequest,
    SaslAuthenticateResponse,
    SaslHandshakeRequest,
    SaslHandshakeResponse,
)

from pipeline.broker import HOST, EmbeddedBroker
from tests.sasl_server import Exchange, LoginRefusedError

Mechanisms = Mapping[str, Callable[[], Exchange]]

_METADATA, _FIND_COORDINATOR, _API_VERSIONS = 3, 10, 18
_SASL_HANDSHAKE, _SASL_AUTHENTICATE = 17, 36
_UNSUPPORTED_MECHANISM, _ILLEGAL_STATE, _UNSUPPORTED_VERSION, _LOGIN_REFUSED = 33, 34, 35, 58
_FRAME_MAX_BYTES = 100 * 1024 * 1024
_IDLE_TIMEOUT_SECONDS = 120
_REFUSAL_PAUSE_SECONDS = 0.1
"""Kafka hangs up that long after a refused login (connection.failed.authentication.delay.ms)."""


class SecureListener(socketserver.ThreadingTCPServer):
    """Listens as long as the `with` block lasts."""

    daemon_threads = False
    request_queue_size = 128

    def __init__(
        self,
        broker: EmbeddedBroker,
        *,
        tls: ssl.SSLContext | None = None,
        mechanisms: Mechanisms | None = None,
        advertised_host: str = HOST,
    ) -> None:
        """Listen on a free port; without `mechanisms` nobody logs in."""
        super().__init__((HOST, 0), _Connection)
        self.broker = broker
        self.tls = tls
        self.mechanisms = mechanisms or {}
        self.logins: list[tuple[str, str]] = []
        """Mechanism and user of each login that succeeded."""
        self.passed_on: set[str] = set()
        """Kafka's names of the requests that reached the broker, ApiVersions left out."""
        self._advertised_host = advertised_host
        self._open: set[socket.socket] = set()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), name="listener")

    @property
    def address(self) -> str:
        """Where it listens, as `host:port`."""
        return f"{HOST}:{self.server_address[1]}"

    def __enter__(self) -> "SecureListener":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        self.shutdown()
        self._thread.join()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.server_close()  # waits for the connections' threads

    def keep(self, *connections: socket.socket) -> contextlib.ExitStack:
        """Hold connections so that they can be hung up; leaving the result closes them."""
        stack = contextlib.ExitStack()
        for connection in connections:
            connection.settimeout(_IDLE_TIMEOUT_SECONDS)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            stack.enter_context(connection)
            self._open.add(connection)
            stack.callback(self._open.discard, connection)
        return stack

    def rewrite(self, api_key: int, version: int, answer: bytes) -> bytes:
        """Return the broker's answer as this listener gives it."""
        if api_key == _METADATA:
            metadata = MetadataResponse.decode(answer, version=version, header=True)
            self._name_this_listener(metadata.brokers)
            return bytes(metadata.encode(header=True))
        if api_key == _FIND_COORDINATOR:
            found = FindCoordinatorResponse.decode(answer, version=version, header=True)
            self._name_this_listener(found.coordinators if version >= 4 else [found])
            return bytes(found.encode(header=True))
        if api_key == _API_VERSIONS and self.mechanisms:
            if int.from_bytes(answer[4:6], "big") == _UNSUPPORTED_VERSION:
                return answer  # the client asks again, as it must of Kafka
            versions = ApiVersionsResponse.decode(answer, version=version, header=True)
            own = {_SASL_HANDSHAKE, _SASL_AUTHENTICATE}
            versions.api_keys = [known for known in versions.api_keys if known.api_key not in own]
            versions.api_keys += [
                ApiVersionsResponse.ApiVersion(
                    version=version, api_key=key, min_version=0, max_version=1
                )
                for key in sorted(own)
            ]
            return bytes(versions.encode(header=True))
        return answer

    def _name_this_listener(self, nodes: Any) -> None:
        for node in nodes:
            if node.port > 0:  # else nobody is named
                node.host, node.port = self._advertised_host, self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that leave, or that are not let in."""


class _Connection(socketserver.BaseRequestHandler):
    """One client: its login, then its requests to the broker and the answers back."""

    server: SecureListener

    def handle(self) -> None:
        """Serve until either side leaves."""
        self._mechanism = ""
        self._exchange: Exchange | None = None
        self._is_in = not self.server.mechanisms
        client = self.request
        client.settimeout(_IDLE_TIMEOUT_SECONDS)
        if self.server.tls is not None:
            client = self.server.tls.wrap_socket(client, server_side=True)
        behind = socket.create_connection((HOST, self.server.broker.port))
        with self.server.keep(client, behind):
            while self._serve_request(client, behind):
                pass

    def _serve_request(self, client: socket.socket, behind: socket.socket) -> bool:
        """Answer one request; return whether the client may stay."""
        request = _read_frame(client)
        api_key = int.from_bytes(request[:2], "big")
        version = int.from_bytes(request[2:4], "big")
        if api_key == _SASL_HANDSHAKE:
            return self._begin_login(client, version, request)
        if api_key == _SASL_AUTHENTICATE:
            return self._continue_login(client, version, request)
        if not self._is_in and api_key != _API_VERSIONS:
            return False
        _write_frame(behind, request)
        _write_frame(client, self.server.rewrite(api_key, version, _read_frame(behind)))
        if api_key != _API_VERSIONS:
            self.server.passed_on.add(ApiKey(api_key).name)
        return True

    def _begin_login(self, client: socket.socket, version: int, request: bytes) -> bool:
        asked = SaslHandshakeRequest.decode(request, version=version, header=True)
        error_code = 0
        if not self.server.mechanisms:
            error_code = _ILLEGAL_STATE
        elif asked.mechanism not in self.server.mechanisms:
            error_code = _UNSUPPORTED_MECHANISM
        else:
            self._mechanism = asked.mechanism
            self._exchange = self.server.mechanisms[asked.mechanism]()
            next(self._exchange)
        answer = SaslHandshakeResponse(
            error_code=error_code, mechanisms=list(self.server.mechanisms), version=version
        )
        return self._answer_login(client, answer, asked.header.correlation_id)

    def _continue_login(self, client: socket.socket, version: int, request: bytes) -> bool:
        asked = SaslAuthenticateRequest.decode(request, version=version, header=True)
        said, error_code = b"", 0
        if self._exchange is None:
            error_code = _ILLEGAL_STATE
        else:
            try:
                said = self._exchange.send(bytes(asked.auth_bytes))
            except LoginRefusedError:
                error_code = _LOGIN_REFUSED
            except StopIteration as end:
                user, said = end.value
                self._is_in = True
                self.server.logins.append((self._mechanism, user))
        answer = SaslAuthenticateResponse(
            error_code=error_code,
            error_message="refused" if error_code else None,
            auth_bytes=said,
            session_lifetime_ms=0,
            version=version,
        )
        return self._answer_login(client, answer, asked.header.correlation_id)

    def _answer_login(self, client: socket.socket, answer: Any, correlation_id: int) -> bool:
        answer.with_header(correlation_id=correlation_id)
        _write_frame(client, answer.encode(header=True))
        if answer.error_code:
            time.sleep(_REFUSAL_PAUSE_SECONDS)
        return answer.error_code == 0


def _read_frame(connection: socket.socket) -> bytes:
    """Return the next frame without its size; raise ConnectionError at the end, and for none."""
    size = int.from_bytes(_read_exactly(connection, 4), "big", signed=True)
    if not 0 <= size <= _FRAME_MAX_BYTES:
        raise ConnectionAbortedError
    return _read_exactly(connection, size)


def _read_exactly(connection: socket.socket, size: int) -> bytes:
    received = bytearray()
    while len(received) < size:
        part = connection.recv(min(size - len(received), 1 << 20))
        if not part:
            raise ConnectionResetError
        received += part
    return bytes(received)


def _write_frame(connection: socket.socket, frame: bytes) -> None:
    connection.sendall(len(frame).to_bytes(4, "big") + frame)
