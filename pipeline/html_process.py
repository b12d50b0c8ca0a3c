"""The process that parses HTML, so that a hostile body can neither hang nor end the worker.

A parser written in C or Rust cannot be stopped in a thread, nor its memory bounded: 500 kB of
`<ul><li>x` make resiliparse ask for gigabytes, a tag of 60,000 attributes holds it for 6 s. In a
process of its own it is killed when it is late, and has a limit on memory. The process is started
for the first HTML body and kept. A round trip takes 0.1 ms beside the parsing (0.07 ms of CPU,
both ends together), a start about 0.5 s of CPU; at rest the process takes 55 MB.

Not multiprocessing, nor pebble on top of it: their child runs the parent's `__main__` again (under
`faust -A pipeline.worker` it imports all of Faust), a pool whose idle child is killed stays
broken, and results come back as pickles out of the process that read the untrusted body. Bytes
over a socket need none of that.
"""

import contextlib
import os
import resource
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from pkgutil import resolve_name

from pipeline.errors import ArticleError, ConfigurationError, Stage

EXTRACT_HTML = "pipeline.html:extract_html"

_START_TIMEOUT_SECONDS = 60.0
# The process ends itself this long after the parent should have ended it: the parent is gone.
_ORPHAN_GRACE_SECONDS = 1.0
# Measured of 500 kB of hostile markup: 190 MB, or else without any bound. Linux heeds this limit;
# on macOS the time limit alone bounds the memory.
_MEMORY_MAX_BYTES = 512 * 2**20
# What of the environment goes into the process: no setting and no secret, just how to load
# Python's libraries where they are not in their usual place.
_KEPT_ENVIRONMENT = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
_MESSAGE_LENGTH = struct.Struct("!Q")
_CHUNK_BYTES = 1 << 20


class HtmlProcess:
    """Runs one extraction at a time in a child process; may be called from any thread."""

    def __init__(self, *, timeout_seconds: float, extract: str = EXTRACT_HTML) -> None:
        """`extract` names a function, `module:function`, from HTML to text and extractor."""
        self._timeout_seconds = timeout_seconds
        self._extract = extract
        self._lock = threading.Lock()
        self._child: _Child | None = None

    def extract(self, html: str) -> tuple[str, str]:
        """Return the text and the extractor's `name/version`; `html` has no lone surrogates.

        Raises ArticleError (`html_timeout`, `html_failed`) when this body is to blame, and
        ConfigurationError when the process cannot be started at all. Works again after either.
        """
        with self._lock:
            try:
                reply = self._ask(html.encode())
            except TimeoutError:
                raise ArticleError(
                    Stage.EXTRACT,
                    "html_timeout",
                    f"Parsing the HTML body took longer than {self._timeout_seconds:g} s; "
                    "replay it with a higher html_timeout_seconds if it is worth that.",
                ) from None
            except EOFError:
                raise ArticleError(
                    Stage.EXTRACT,
                    "html_failed",
                    "Parsing the HTML body ended the parser's process twice; "
                    "replay it once the parser is mended.",
                ) from None
        extractor, _, text = reply.decode().partition("\n")
        return text, extractor

    def close(self) -> None:
        """End the child process, if there is one; a later `extract` starts another."""
        with self._lock:
            self._end_child()

    def _ask(self, request: bytes) -> bytes:
        """Return the child's answer; raise TimeoutError, or EOFError when it died of it twice.

        Twice, because the first time it may have been killed from outside.
        """
        for last_try in (False, True):
            child = self._child = self._child or _Child(self._extract, self._timeout_seconds)
            try:
                return child.ask(request, self._timeout_seconds)
            except TimeoutError:
                self._end_child()
                raise
            except (EOFError, ConnectionError) as error:
                self._end_child()
                if last_try:
                    raise EOFError from error
        raise AssertionError("unreachable")

    def _end_child(self) -> None:
        if self._child is not None:
            self._child.end()
            self._child = None


class _Child:
    """One running process and our end of the socket to it."""

    def __init__(self, extract: str, timeout_seconds: float) -> None:
        self._socket, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, "-P", "-m", __name__]
            try:
                self._process = subprocess.Popen(
                    [*command, str(theirs.fileno()), str(timeout_seconds), extract],
                    pass_fds=[theirs.fileno()],
                    # Neither parser has anything to say that is not out of an article.
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    env=_environment(),
                    process_group=0,  # Ctrl-C is for the parent, from the first moment on
                )
            except OSError as error:
                self._socket.close()
                raise ConfigurationError(
                    f"The process that parses HTML cannot be started ({error.strerror}): "
                    "see to the limits on processes and memory."
                ) from error
        try:
            _receive(self._socket, time.monotonic() + _START_TIMEOUT_SECONDS)
        except (EOFError, OSError) as error:
            if isinstance(error, TimeoutError):
                self.end()
            self._socket.close()
            raise ConfigurationError(
                "The process that parses HTML does not start (it ended with status "
                f"{self._process.wait()}): install Claimwire anew, and see to its memory."
            ) from error

    def ask(self, request: bytes, timeout_seconds: float) -> bytes:
        """Send and receive; raise TimeoutError, or EOFError or ConnectionError when it died."""
        deadline = time.monotonic() + timeout_seconds
        self._socket.settimeout(timeout_seconds)
        _send(self._socket, request)
        return _receive(self._socket, deadline)

    def end(self) -> None:
        """Kill the process (it holds nothing worth saving) and wait for it."""
        self._socket.close()
        self._process.kill()
        self._process.wait()


def _environment() -> dict[str, str]:
    """Return the child's environment: it imports from where the parent does."""
    kept = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
    return {**kept, "PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path)}


def _send(connection: socket.socket, message: bytes) -> None:
    connection.sendall(_MESSAGE_LENGTH.pack(len(message)) + message)


def _receive(connection: socket.socket, deadline: float | None = None) -> bytes:
    """Return the next message; raise EOFError at the end, TimeoutError at the deadline."""
    (length,) = _MESSAGE_LENGTH.unpack(_receive_exactly(connection, _MESSAGE_LENGTH.size, deadline))
    return _receive_exactly(connection, length, deadline)


def _receive_exactly(connection: socket.socket, length: int, deadline: float | None) -> bytes:
    received = bytearray()
    while len(received) < length:
        if deadline is not None:
            connection.settimeout(max(deadline - time.monotonic(), 0.001))
        chunk = connection.recv(min(length - len(received), _CHUNK_BYTES))
        if not chunk:
            raise EOFError
        received += chunk
    return bytes(received)


def serve(connection: socket.socket, timeout_seconds: float, extract: str) -> None:
    """Answer requests until the parent closes the socket or dies: the child's whole life.

    While it parses an alarm is set that no parser can hold up: unhandled, SIGALRM ends the
    process. So it outlives its parent by no more than the time limit.
    """
    extract_html = resolve_name(extract)
    _send(connection, b"")  # ready: what comes now is on an article's account
    with contextlib.suppress(EOFError, ConnectionError):
        while True:
            html = _receive(connection).decode()
            signal.setitimer(signal.ITIMER_REAL, timeout_seconds + _ORPHAN_GRACE_SECONDS)
            text, extractor = extract_html(html)
            signal.setitimer(signal.ITIMER_REAL, 0)
            _send(connection, f"{extractor}\n{text}".encode())


def _limit(kind: int, maximum: int) -> None:
    """Lower a resource limit for good, unless it is lower already."""
    _, hard = resource.getrlimit(kind)
    lower = maximum if hard == resource.RLIM_INFINITY else min(maximum, hard)
    resource.setrlimit(kind, (lower, lower))


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _limit(resource.RLIMIT_DATA, _MEMORY_MAX_BYTES)
    _limit(resource.RLIMIT_CORE, 0)  # a core dump would hold an article
    serve(socket.socket(fileno=int(sys.argv[1])), float(sys.argv[2]), sys.argv[3])
