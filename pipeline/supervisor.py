"""Keeps a process running: for one machine, what systemd or Kubernetes does for many."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pipeline.errors import EXIT_STATUSES_OF_NO_USE_TO_REPEAT
from pipeline.log_format import message_of

_PAUSE_MIN_SECONDS = 1.0
_PAUSE_MAX_SECONDS = 30.0
_STEADY_SECONDS = 60.0
"""A worker that ran for so long starts with the shortest pause again."""


class WorkerSupervisor:
    """Starts a worker, and starts it again whenever it ends by itself."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        log_path: Path,
        stop_timeout_seconds: float,
        say: Callable[[str], None],
        name: str = "worker",
    ) -> None:
        """Prepare to run `command` with its output appended to `log_path`.

        `environment` is added to this process's own; `say` is told of every end and start of
        the `name`, in a thread of the supervisor's.
        """
        self._command = list(command)
        self._environment = dict(environment)
        self._log_path = log_path
        self._stop_timeout_seconds = stop_timeout_seconds
        self._say = say
        self._name = name
        self._process: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._keep_running, name="supervisor", daemon=True)
        self.given_up = threading.Event()
        """Set when the worker ended in a way that starting it again cannot mend."""

    @property
    def pid(self) -> int | None:
        """Process id of the worker that runs now, for people and for tests."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def start(self) -> None:
        """Start the worker and begin to watch over it."""
        self._thread.start()

    def stop(self) -> None:
        """Stop the worker as an operator would, and for good; kill it if it takes too long."""
        self._stopping.set()
        deadline = time.monotonic() + self._stop_timeout_seconds
        told: int | None = None
        while self._thread.is_alive():
            if time.monotonic() > deadline:
                self._signal(signal.SIGKILL)
            elif told != self.pid:  # once each: a restart may have been under way
                told = self.pid
                self._signal(signal.SIGTERM)
            self._thread.join(0.1)

    def _keep_running(self) -> None:
        pause_seconds = _PAUSE_MIN_SECONDS
        while not self._stopping.is_set():
            started = time.monotonic()
            status = self._run_once()
            if self._stopping.is_set():
                return
            if status in EXIT_STATUSES_OF_NO_USE_TO_REPEAT:
                self._say(f"The {self._name} ended for good: {self._last_words()}")
                self.given_up.set()
                return
            if time.monotonic() - started > _STEADY_SECONDS:
                pause_seconds = _PAUSE_MIN_SECONDS
            self._say(
                f"The {self._name} ended ({_describe(status)}); starting it again in "
                f"{pause_seconds:.0f} s. Its log: {self._log_path}"
            )
            self._stopping.wait(pause_seconds)
            pause_seconds = min(pause_seconds * 2, _PAUSE_MAX_SECONDS)

    def _run_once(self) -> int:
        with self._log_path.open("ab") as log:
            # A session of its own: Ctrl-C reaches us alone, and we stop the parts in order.
            self._process = subprocess.Popen(
                self._command,
                env={**os.environ, **self._environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self._process.wait()

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            if self._process is not None and self._process.poll() is None:
                self._process.send_signal(number)

    def _last_words(self) -> str:
        """Return the last line of the worker's log: it says in one sentence why it ended."""
        lines = self._log_path.read_text("utf-8", "replace").splitlines()
        return message_of(lines[-1]) if lines else f"see {self._log_path}"


def _describe(status: int) -> str:
    if status < 0:
        return f"killed by signal {-status}"
    return f"exit status {status}"
