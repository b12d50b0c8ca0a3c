"""The embedded development broker: a real process that speaks Kafka, for demos and tests.

It is the `noida-db` binary of the extra `broker`, never part of a production install. Its limits
stand in docs/adr/0002: one worker at a time, messages under 1 MB, data held in memory as well as
on disk.
"""

import contextlib
import os
import socket
import stat
import subprocess
import time
from importlib.resources import as_file, files
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType

from pipeline.errors import BrokerUnavailableError, ConfigurationError
from pipeline.kafka_security import KafkaCluster, plaintext_cluster

HOST = "127.0.0.1"
FETCH_PAUSE_SECONDS = 0.025
"""For `CLAIMWIRE_FETCH_PAUSE_SECONDS`: the embedded broker answers empty fetches at once."""
_START_TIMEOUT_SECONDS = 15
_STOP_TIMEOUT_SECONDS = 10


class EmbeddedBroker:
    """A broker process that lives as long as the `with` block; its data stays in `data_dir`."""

    def __init__(self, data_dir: Path, *, port: int | None = None) -> None:
        """Prepare a broker on `port`, or on a free one, without starting it."""
        self.data_dir = data_dir
        self.port = port if port is not None else free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._binary = contextlib.ExitStack()

    @property
    def bootstrap_servers(self) -> str:
        """The broker's address, as `host:port`."""
        return f"{HOST}:{self.port}"

    @property
    def cluster(self) -> KafkaCluster:
        """The broker as clients take it: it knows neither TLS nor logins."""
        return plaintext_cluster(self.bootstrap_servers)

    @property
    def log_path(self) -> Path:
        """What the broker process prints."""
        return self.data_dir / "broker.log"

    def start(self) -> None:
        """Start the process and return once it accepts connections.

        Raises ConfigurationError without the extra, BrokerUnavailableError when it does not start.
        """
        binary = self.find_binary()
        self.data_dir.mkdir(parents=True, exist_ok=True)
        with self.log_path.open("ab") as log:
            # A session of its own: Ctrl-C reaches us alone, and we stop the parts in order.
            self._process = subprocess.Popen(
                self.command(binary),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._wait_until_listening(self._process)

    def stop(self) -> None:
        """Stop the process; safe to call again."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            try:
                process.wait(_STOP_TIMEOUT_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._binary.close()

    def is_running(self) -> bool:
        """Tell whether the process is there."""
        return self._process is not None and self._process.poll() is None

    def __enter__(self) -> "EmbeddedBroker":
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def command(self, binary: str) -> list[str]:
        """Return the command that starts the broker."""
        port = str(self.port)
        return [
            binary,
            "start",
            "--only",
            "kafka",
            "--kafka-port",
            port,
            "--data-dir",
            str(self.data_dir),
        ]

    def find_binary(self) -> str:
        """Return the path of the broker's program; raises ConfigurationError without the extra."""
        if find_spec("noida_db") is None:
            raise ConfigurationError(
                "The embedded broker is not installed: install claimwire[broker], "
                "or name your own Kafka with BROKER=kafka://host:9092."
            )
        path = self._binary.enter_context(as_file(files("noida_db") / "noida-db"))
        if not os.access(path, os.X_OK):
            path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return str(path)

    def _wait_until_listening(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + _START_TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            if process.poll() is not None:
                break
            with contextlib.suppress(OSError), socket.create_connection((HOST, self.port), 1):
                return
            time.sleep(0.02)
        self.stop()
        raise BrokerUnavailableError(
            f"The embedded broker did not start on port {self.port}: see {self.log_path}."
        )


def free_port() -> int:
    """Return a TCP port of this host that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def is_port_free(port: int) -> bool:
    """Tell whether a server could listen on this TCP port of this host now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True
