"""`claimwire dashboard` as a user types it: what it prints, how it ends, what it ships with."""

import json
import os
import signal
import socket
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from pipeline.broker import free_port
from pipeline.dashboard.server import STATIC_FOLDER
from tests.worker_process import CLAIMWIRE


def _environment(**settings: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if "CLAIMWIRE" not in name}
    broker = {"CLAIMWIRE_BROKER": f"127.0.0.1:{free_port()}"}
    return clean | broker | {f"CLAIMWIRE_{name}": value for name, value in settings.items()}


def _run(*arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*CLAIMWIRE, "dashboard", *arguments],
        env=_environment(**settings),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_beyond_this_machine_it_asks_for_a_token_first() -> None:
    """One sentence, status 2, nothing bound; a token that is too short is told as well."""
    refused = _run("--host", "0.0.0.0")
    assert refused.returncode == 2
    assert refused.stderr.startswith("claimwire: ")
    assert "CLAIMWIRE_DASHBOARD_TOKEN" in refused.stderr
    assert refused.stderr.count("\n") == 1
    short = _run(DASHBOARD_TOKEN="hunter2")
    assert short.returncode == 2
    assert "CLAIMWIRE_DASHBOARD_TOKEN" in short.stderr
    assert "hunter2" not in short.stderr


@pytest.mark.parametrize("log_format", ["readable", "json"])
def test_a_taken_port_is_one_sentence(log_format: str) -> None:
    """With the port, and how to name another; in a JSON log a line of JSON."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = _run("--port", str(port), "--log-format", log_format)
    assert ended.returncode == 2
    (line,) = ended.stderr.splitlines()
    sentence = line if log_format == "readable" else json.loads(line)["message"]
    assert f"port {port}" in sentence


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_prints_its_address_and_stops_when_told(number: signal.Signals) -> None:
    """Without a broker, too, which it says once in its log."""
    process = subprocess.Popen(
        [*CLAIMWIRE, "dashboard", "--port", "0", "--log-format", "json"],
        env=_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith("Dashboard  http://127.0.0.1:")
    assert process.stderr is not None
    first = json.loads(process.stderr.readline())
    assert "waiting for it" in first["message"]
    process.send_signal(number)
    rest, log = process.communicate(timeout=30)
    assert (process.returncode, rest, log) == (0, "", "")


def test_the_page_ships_in_the_wheel(tmp_path: Path) -> None:
    """Every file of it, and what it imports stands in the requirements."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        timeout=120,
        check=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as opened:
        names = set(opened.namelist())
        metadata = next(name for name in names if name.endswith("/METADATA"))
        requirements = opened.read(metadata).decode()
    assert {f"pipeline/dashboard/static/{path.name}" for path in STATIC_FOLDER.iterdir()} <= names
    for name in ("starlette", "uvicorn", "aiokafka"):
        assert f"Requires-Dist: {name}" in requirements
