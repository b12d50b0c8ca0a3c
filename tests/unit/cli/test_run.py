"""What `claimwire run` and `claimwire demo` check before they start anything."""

from pathlib import Path

import pytest

from pipeline.cli import run_command


@pytest.mark.parametrize("command", ["run", "demo", "worker"])
def test_a_wrong_table_of_priorities_is_told_at_once(
    command: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One sentence with file and line, and exit status 2: not a worker that ends in its log."""
    table = tmp_path / "mine.toml"
    table.write_text("[topics]\nrents = 2\n", encoding="utf-8")
    monkeypatch.setenv("CLAIMWIRE_PRIORITIES", str(table))
    monkeypatch.setenv("CLAIMWIRE_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("CLAIMWIRE_BROKER", "127.0.0.1:1")
    assert run_command([command]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"claimwire: {table}, line 1: [topics]: there is no such table")


@pytest.mark.parametrize("command", ["run", "demo"])
def test_the_embedded_broker_is_not_started_for_those_who_want_security(
    command: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It knows none: whoever set a protocol is told to name the Kafka they mean."""
    monkeypatch.setenv("CLAIMWIRE_SECURITY_PROTOCOL", "SSL")
    monkeypatch.setenv("CLAIMWIRE_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.delenv("CLAIMWIRE_BROKER", raising=False)
    monkeypatch.delenv("KAFKA_BOOTSTRAP_SERVERS", raising=False)
    assert run_command([command]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "name it with --broker" in line
