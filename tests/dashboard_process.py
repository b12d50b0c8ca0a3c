"""Runs the real dashboard process, as a user does, and asks it over HTTP."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from pipeline.broker import FETCH_PAUSE_SECONDS, free_port


@dataclass(frozen=True)
class RunningDashboard:
    """A dashboard that answers."""

    url: str
    process: "subprocess.Popen[bytes]"
    log_path: Path

    def get(self, path: str, **options: Any) -> httpx.Response:
        """Ask for a path."""
        return httpx.get(self.url + path, timeout=20, **options)

    def wait_until(self, condition: Callable[[], bool], seconds: float = 60) -> None:
        """Return once the condition holds; fail with the log when it does not in time."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, self.log_path.read_text()[-3000:]
            assert self.process.poll() is None, self.log_path.read_text()[-3000:]
            time.sleep(0.05)

    def status(self) -> dict[str, Any]:
        """Return the counters."""
        status: dict[str, Any] = self.get("api/status").json()
        return status

    def texts(self, **params: str) -> list[str]:
        """Return the sentences of the claims that fit."""
        claims = self.get("api/claims", params=params).json()["claims"]
        return [one["claim"]["text"] for one in claims]


@contextlib.contextmanager
def running_dashboard(
    broker: str, topic: str, log_path: Path, *, port: int | None = None, **settings: str
) -> Iterator[RunningDashboard]:
    """Run `claimwire dashboard` until the block ends; it must then stop by itself."""
    port = port if port is not None else free_port()
    clean = {name: value for name, value in os.environ.items() if "CLAIMWIRE" not in name}
    own = {
        "BROKER": broker,
        "CLAIMS_TOPIC": topic,
        "DASHBOARD_PORT": str(port),
        "FETCH_PAUSE_SECONDS": str(FETCH_PAUSE_SECONDS),
        **settings,
    }
    with log_path.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "pipeline.cli", "dashboard"],
            env=clean | {f"CLAIMWIRE_{name}": value for name, value in own.items()},
            stdout=log,
            stderr=log,
        )
    running = RunningDashboard(f"http://127.0.0.1:{port}/", process, log_path)
    try:
        running.wait_until(lambda: _answers(running))
        yield running
        process.terminate()
        assert process.wait(20) == 0, log_path.read_text()[-3000:]
        assert "Traceback" not in log_path.read_text()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _answers(running: RunningDashboard) -> bool:
    with contextlib.suppress(httpx.TransportError):
        running.get("healthz")
        return True
    return False
