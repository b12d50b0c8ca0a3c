"""The supervisor: a worker that ends is started again, unless that is of no use."""

import sys
import threading
from pathlib import Path

import pytest

from pipeline.errors import EXIT_STATUSES_OF_NO_USE_TO_REPEAT
from pipeline.supervisor import WorkerSupervisor


class Said:
    """Collects what the supervisor says and lets a test wait for it."""

    def __init__(self, count: int) -> None:
        self.lines: list[str] = []
        self.enough = threading.Event()
        self._count = count

    def __call__(self, line: str) -> None:
        self.lines.append(line)
        if len(self.lines) >= self._count:
            self.enough.set()


def supervise(tmp_path: Path, code: str, said: Said) -> WorkerSupervisor:
    """Return a started supervisor of a Python one-liner."""
    supervisor = WorkerSupervisor(
        [sys.executable, "-c", code],
        environment={"MARK": "set"},
        log_path=tmp_path / "log",
        stop_timeout_seconds=10,
        say=said,
    )
    supervisor.start()
    return supervisor


def test_starts_again_and_says_so(tmp_path: Path) -> None:
    """A worker that crashes is started again, with a line each time."""
    said = Said(2)
    code = "import os; print(os.environ['MARK'], flush=True); os._exit(7)"
    supervisor = supervise(tmp_path, code, said)
    assert said.enough.wait(20)
    supervisor.stop()
    assert "The worker ended (exit status 7); starting it again in 1 s." in said.lines[0]
    assert (tmp_path / "log").read_text().splitlines()[:2] == ["set", "set"]


@pytest.mark.parametrize("status", sorted(EXIT_STATUSES_OF_NO_USE_TO_REPEAT))
def test_gives_up_where_it_is_of_no_use(tmp_path: Path, status: int) -> None:
    """A worker that says that something must be mended is not started again."""
    said = Said(1)
    supervisor = supervise(tmp_path, f"print('what it said'); raise SystemExit({status})", said)
    assert supervisor.given_up.wait(20)
    assert said.lines == ["The worker ended for good: what it said"]
    supervisor.stop()


def test_stop_leaves_no_process(tmp_path: Path) -> None:
    """After stop the worker is gone, also one that does not heed SIGTERM."""
    code = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
        "print('deaf', flush=True); time.sleep(600)"
    )
    supervisor = WorkerSupervisor(
        [sys.executable, "-c", code],
        environment={},
        log_path=tmp_path / "log",
        stop_timeout_seconds=1,
        say=lambda _: None,
    )
    supervisor.start()
    while "deaf" not in ((tmp_path / "log").read_text() if (tmp_path / "log").exists() else ""):
        pass
    supervisor.stop()
    assert supervisor.pid is None
