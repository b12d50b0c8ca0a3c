"""What a user types first: the demo and the always-on run, as commands."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import orjson
import psutil
import pytest

from pipeline.broker import free_port
from tests.worker_process import CLAIMWIRE

SENTENCE = "Unemployment in Norland fell to 4.1 percent in May, the statistics office said."


def environment(tmp_path: Path) -> dict[str, str]:
    """Return an environment without settings of Claimwire's, but one thread for the model."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("CLAIMWIRE_")}
    return clean | {
        "CLAIMWIRE_STATE_DIR": str(tmp_path / "state"),
        "CLAIMWIRE_MODEL_THREADS": "1",
        "CLAIMWIRE_DASHBOARD_PORT": str(free_port()),
    }


def test_demo_shows_claims_and_sums(tmp_path: Path) -> None:
    """The demo publishes the samples, prints claims, adds up every article and ends with 0."""
    done = subprocess.run(
        [*CLAIMWIRE, "demo"],
        env=environment(tmp_path) | {"COLUMNS": "80"},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "articles in, each with its outcome" in done.stdout
    assert "dead letter: 1 wrong_shape" in done.stdout
    assert "language (de)" in done.stdout or "language (es)" in done.stdout
    assert max(len(line) for line in done.stdout.splitlines()) <= 80


def test_demo_takes_the_users_own_files(tmp_path: Path) -> None:
    """A folder of text, HTML and JSON files goes through the demo."""
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "a.txt").write_text(SENTENCE)
    (folder / "b.html").write_text(f"<html><body><p>{SENTENCE}</p></body></html>")
    (folder / "c.json").write_bytes(orjson.dumps({"body": SENTENCE, "title": "Jobs"}))
    (folder / "d.jsonl").write_bytes(b'{"body": "Hello there, all of you."}\nnot json\n')
    done = subprocess.run(
        [*CLAIMWIRE, "demo", str(folder)],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.count("Unemployment in Norland") == 3
    assert "dead letter: 1 not_json" in done.stdout


def test_demo_of_a_file_that_is_not_there(tmp_path: Path) -> None:
    """A wrong path is told in one sentence, before anything is started."""
    done = subprocess.run(
        [*CLAIMWIRE, "demo", str(tmp_path / "nothing.jsonl")],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "does not exist" in done.stderr


def wait_until(condition: "object", log: Path, seconds: float = 90) -> None:
    """Wait for a condition, and fail with the log."""
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, log.read_text()[-3000:]
        time.sleep(0.1)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_run_publishes_the_inbox_and_stops_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    """`run` publishes the inbox, shows the page, restarts a killed worker, leaves no process."""
    inbox = tmp_path / "inbox"
    log = tmp_path / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*CLAIMWIRE, "run", "--inbox", str(inbox), "--no-samples"],
            env=environment(tmp_path),
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_until(lambda: "Ctrl-C stops everything" in log.read_text(), log)
        (inbox / "first.txt").write_text(SENTENCE)
        wait_until((inbox / "done" / "first.txt").exists, log)
        wait_until(lambda: log.read_text().count("Unemployment in Norland") == 1, log)
        (page,) = [line.split()[1] for line in log.read_text().splitlines() if "Claims  " in line]
        wait_until(lambda: "Norland" in httpx.get(f"{page}api/claims").text, log)
        children = psutil.Process(process.pid).children(recursive=True)
        assert any("dashboard" in child.cmdline() for child in children)
        worker = next(child for child in children if "worker" in child.cmdline())
        worker.kill()
        wait_until(lambda: "killed by signal 9" in log.read_text(), log)
        (inbox / "second.txt").write_text(SENTENCE.replace("Norland", "Sudland"))
        wait_until(lambda: "Unemployment in Sudland" in log.read_text(), log)
        children = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(number)
        assert process.wait(60) == 0, log.read_text()
        gone, alive = psutil.wait_procs(children, timeout=5)
        assert not alive, (alive, gone)
    finally:
        process.kill()
    assert "Traceback" not in log.read_text()


def test_a_taken_port_costs_the_dashboard_only(tmp_path: Path) -> None:
    """One sentence says so, and articles become claims all the same."""
    inbox, log = tmp_path / "inbox", tmp_path / "log"
    inbox.mkdir()
    (inbox / "one.txt").write_text(SENTENCE)
    settings = environment(tmp_path)
    with socket.socket() as taken, log.open("wb") as out:
        taken.bind(("127.0.0.1", int(settings["CLAIMWIRE_DASHBOARD_PORT"])))
        taken.listen()
        process = subprocess.Popen(
            [*CLAIMWIRE, "run", "--no-samples", "--inbox", str(inbox)],
            env=settings,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_until(lambda: "Unemployment in Norland" in log.read_text(), log)
            process.terminate()
            assert process.wait(60) == 0, log.read_text()
        finally:
            process.kill()
    said = [line for line in log.read_text().splitlines() if "ashboard" in line]
    assert said == [
        f"No dashboard: port {settings['CLAIMWIRE_DASHBOARD_PORT']} is taken; "
        "set CLAIMWIRE_DASHBOARD_PORT."
    ]


def test_module_and_command_are_one() -> None:
    """`claimwire` is installed beside the Python that runs the tests."""
    command = Path(sys.executable).with_name("claimwire")
    done = subprocess.run([command, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("claimwire ")
