"""`scripts/test-all`: what it runs, what it says of what it could not run."""

import os
import subprocess
from pathlib import Path
from subprocess import CompletedProcess

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "test-all"


def write_program(path: Path, *, output: str = "", status: int = 0) -> Path:
    """Write a program that notes its arguments, prints and ends; it stands in for pytest."""
    path.write_text(
        f"#!/bin/sh\necho \"$@\" >>'{path}.calls'\ncat <<'END'\n{output}\nEND\nexit {status}\n",
        encoding="utf-8",
    )
    path.chmod(0o755)
    return path


def run(*arguments: Path, ci: bool) -> CompletedProcess[str]:
    kept = {key: value for key, value in os.environ.items() if key != "CI"}
    return subprocess.run(
        [SCRIPT, *arguments],
        env=kept | ({"CI": "true"} if ci else {}),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.mark.parametrize("ci", [True, False])
def test_all_that_there_is(tmp_path: Path, ci: bool) -> None:
    """Both parts run, each in its environment, and the last line says that nothing is missing."""
    slow = write_program(tmp_path / "slow", output="3 passed")
    torch = write_program(tmp_path / "torch", output="4 passed")
    ended = run(slow, torch, write_program(tmp_path / "build"), ci=ci)
    assert ended.returncode == 0
    assert ended.stdout.splitlines()[-1] == "test-all: nothing was skipped."
    assert (tmp_path / "slow.calls").read_text() == "-m pytest -m slow and not torch\n"
    assert (tmp_path / "torch.calls").read_text() == "-m pytest -m torch\n"


@pytest.mark.parametrize("ci", [True, False])
def test_torch_that_cannot_be_had(tmp_path: Path, ci: bool) -> None:
    """The missing part is named with its reason at the end, and is a failure in CI only."""
    reason = "ERROR: No matching distribution found for torch==2.13.0"
    build = write_program(
        tmp_path / "build",
        output=f"Installing\n{reason}\nmake: *** [Makefile:66: .venv-torch/.ready] Error 1",
        status=2,
    )
    torch = write_program(tmp_path / "torch")
    ended = run(write_program(tmp_path / "slow"), torch, build, ci=ci)
    assert ended.returncode == (1 if ci else 0)
    last = "\n".join(ended.stdout.splitlines()[-2:])
    assert f"test-all: not run: torch: its environment cannot be made: {reason}" in last
    assert not (tmp_path / "torch.calls").exists()


@pytest.mark.parametrize("ci", [True, False])
def test_skips_and_nothing_to_run(tmp_path: Path, ci: bool) -> None:
    """A test that pytest skipped is named with its reason, as is a part without any test."""
    skip = "[1] tests/test_a.py:7: no broker here"
    slow = write_program(tmp_path / "slow", output=f"SKIPPED {skip}\n1 passed, 1 skipped")
    torch = write_program(tmp_path / "torch", output="nothing collected", status=5)
    ended = run(slow, torch, write_program(tmp_path / "build"), ci=ci)
    assert ended.returncode == (1 if ci else 0)
    assert f"test-all: not run: slow and not torch: {skip}" in ended.stdout
    assert "test-all: not run: torch: no test is marked so" in ended.stdout


@pytest.mark.parametrize("part", ["slow", "torch"])
def test_a_failure_in_either_part(tmp_path: Path, part: str) -> None:
    """A failing test in one part fails the whole, after the other part has run."""
    programs = {
        name: write_program(tmp_path / name, status=1 if name == part else 0)
        for name in ("slow", "torch")
    }
    ended = run(*programs.values(), write_program(tmp_path / "build"), ci=False)
    assert ended.returncode == 1
    assert all((tmp_path / f"{name}.calls").exists() for name in programs)
