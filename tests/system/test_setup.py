"""What `make setup` says, before it makes anything, on a machine that lacks something.

The missing parts are played by small programs first on PATH: the script asks `python` and `uname`,
and these answer as such a machine would.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]


def program(folder: Path, name: str, script: str) -> Path:
    """Put an executable shell script into a folder and return its path."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def check_python(python: str, tmp_path: Path, *, uname: str = "") -> tuple[int, str]:
    """Run scripts/check-python as `make setup` does; return exit status and what it said."""
    if uname:
        system, machine = uname.split("/")
        program(tmp_path, "uname", f"case $1 in -s) echo {system};; -m) echo {machine};; esac")
    done = subprocess.run(
        [str(REPOSITORY / "scripts" / "check-python"), python],
        env=os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == ""
    return done.returncode, done.stderr


def test_this_python_passes_without_a_word(tmp_path: Path) -> None:
    """On a machine that has everything the check is silent."""
    assert check_python(sys.executable, tmp_path, uname="Linux/x86_64") == (0, "")


def test_a_missing_python_is_one_sentence(tmp_path: Path) -> None:
    """Without the Python that was named, setup says which to install or how to name another."""
    status, said = check_python("python9.9", tmp_path)
    assert status == 1
    assert said.startswith("make setup: there is no python9.9 here: install Python 3.11 to 3.13")
    assert said.count("\n") == 1


@pytest.mark.parametrize("version", ["3.10", "3.14", "2.7"])
def test_another_python_is_refused_in_one_sentence(version: str, tmp_path: Path) -> None:
    """A Python outside 3.11 to 3.13 is named with its version, and setup goes no further."""
    python = program(tmp_path, "old-python", f"echo {version}")
    status, said = check_python(str(python), tmp_path)
    assert status == 1
    assert f"is Python {version} and Claimwire needs 3.11 to 3.13" in said
    assert said.count("\n") == 1


def test_a_python_without_venv_is_refused_in_one_sentence(tmp_path: Path) -> None:
    """A Python that cannot make environments (Debian splits venv off) says what to install."""
    python = program(
        tmp_path, "bare-python", "case $2 in *ensurepip*) exit 1;; *) echo 3.11;; esac"
    )
    status, said = check_python(str(python), tmp_path)
    assert status == 1
    assert "cannot make environments" in said
    assert "python3-venv" in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("platform", ["Linux/riscv64", "Darwin/x86_64"])
def test_without_an_embedded_broker_setup_goes_on(platform: str, tmp_path: Path) -> None:
    """Where no embedded broker exists setup says to set BROKER= and is no failure."""
    status, said = check_python(sys.executable, tmp_path, uname=platform)
    assert status == 0
    assert "no embedded broker" in said
    assert "set BROKER=kafka://host:9092" in said
    assert said.count("\n") == 1


def test_another_system_is_refused_in_one_sentence(tmp_path: Path) -> None:
    """A system that Claimwire does not run on is told what to use instead."""
    status, said = check_python(sys.executable, tmp_path, uname="MINGW64_NT/x86_64")
    assert status == 1
    assert "runs on Linux and macOS, not on MINGW64_NT" in said
    assert said.count("\n") == 1


def test_make_setup_stops_at_the_refusal(tmp_path: Path) -> None:
    """`make setup` with a wrong Python makes no environment and ends with the sentence."""
    python = program(tmp_path, "old-python", "echo 3.10")
    for name in ("Makefile", "pyproject.toml", "requirements-dev.txt", "scripts"):
        (tmp_path / name).symlink_to(REPOSITORY / name)
    done = subprocess.run(
        ["make", "setup", f"PYTHON={python}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    assert "is Python 3.10 and Claimwire needs 3.11 to 3.13" in done.stderr
    assert not (tmp_path / ".venv").exists()
