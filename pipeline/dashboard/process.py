"""Runs the dashboard: binds the port, follows the topic, serves until it is told to stop."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Iterator

import uvicorn

from pipeline.dashboard.feed import ClaimFeed
from pipeline.dashboard.reader import ClaimReader
from pipeline.dashboard.security import is_loopback
from pipeline.dashboard.server import create_app
from pipeline.dashboard.store import ClaimStore
from pipeline.errors import ConfigurationError
from pipeline.kafka_security import KafkaCluster

_BYTES_PER_CLAIM = 16_384
"""Memory for each claim that may be held, on the average; a usual one takes 2 kB."""
_STOP_TIMEOUT_SECONDS = 3
_BACKLOG = 128
_MAX_CONNECTIONS = 500


def bind(host: str, port: int, *, token: str | None) -> socket.socket:
    """Return a socket that listens; port 0 takes a free one.

    Raises ConfigurationError for a port that is taken, a host that is not of this machine, and a
    host that others reach while no token guards what they would see.
    """
    if token is None and not is_loopback(host):
        raise ConfigurationError(
            f"The dashboard would be open to whoever reaches {host}: set "
            "CLAIMWIRE_DASHBOARD_TOKEN, or bind to 127.0.0.1."
        )
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
    except OSError as error:
        raise _cannot_bind(host, port, error) from None
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(_BACKLOG)
    except OSError as error:
        listening.close()
        raise _cannot_bind(host, port, error) from None
    return listening


def address_of(listening: socket.socket) -> str:
    """Return the address that a browser on this machine opens."""
    host, port = listening.getsockname()[:2]
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - told apart, not bound to
        host = "127.0.0.1" if host == "0.0.0.0" else "::1"  # noqa: S104
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


async def serve(
    listening: socket.socket,
    *,
    host: str,
    token: str | None,
    cluster: KafkaCluster,
    topic: str,
    max_claims: int,
    on_ready: Callable[[], None] = lambda: None,
) -> None:
    """Follow the topic and serve it on this socket until SIGINT or SIGTERM.

    Raises ConfigurationError when Kafka is there and refuses us.
    """
    feed = ClaimFeed(ClaimStore(max_claims=max_claims, max_bytes=_BYTES_PER_CLAIM * max_claims))
    reader = ClaimReader(cluster, topic, feed)
    await reader.check_access()
    app = create_app(feed, host=host, token=token, follow=reader.run)
    config = uvicorn.Config(
        app,
        log_config=None,
        log_level="warning",
        access_log=False,  # a query holds what somebody searched for
        server_header=False,
        date_header=False,
        limit_concurrency=_MAX_CONNECTIONS,
        timeout_graceful_shutdown=_STOP_TIMEOUT_SECONDS,
        ws="none",
    )
    on_ready()
    await _Server(config, feed).serve(sockets=[listening])


class _Server(uvicorn.Server):
    """Stops in order, and by itself: uvicorn's own would raise the signal again at the end.

    It waits for open answers to end; the streams of events do when the feed is ended.
    """

    def __init__(self, config: uvicorn.Config, feed: ClaimFeed) -> None:
        super().__init__(config)
        self._feed = feed

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        numbers = (signal.SIGINT, signal.SIGTERM)
        for number in numbers:
            loop.add_signal_handler(number, self._stop)
        try:
            yield
        finally:
            for number in numbers:
                loop.remove_signal_handler(number)

    def _stop(self) -> None:
        self._feed.end()
        self.should_exit = True


def _cannot_bind(host: str, port: int, error: OSError) -> ConfigurationError:
    return ConfigurationError(
        f"The dashboard cannot listen on port {port} of {host} ({error.strerror}): name another "
        "with --port or CLAIMWIRE_DASHBOARD_PORT."
    )
