"""`.ci/run` and the checks of `deploy/`: what they do where a program is missing."""

import shutil
import subprocess
from pathlib import Path
from subprocess import CompletedProcess

import pytest

ROOT = Path(__file__).parents[2]
CHECK = ROOT / "deploy" / "prometheus" / "check"
PACKAGES = (ROOT / ".ci" / "apt.txt").read_text("utf-8").split()


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """Return a folder that is the whole PATH: the few real programs that the scripts live on."""
    folder = tmp_path / "programs"
    folder.mkdir()
    for name in ("bash", "dirname", "env", "tail"):
        (folder / name).symlink_to(shutil.which(name) or name)
    return folder


def write_program(folder: Path, name: str, body: str) -> None:
    """Write a program that notes its arguments in `calls` and goes on with `body`."""
    calls = folder.parent / "calls"
    path = folder / name
    path.write_text(f'#!/bin/sh\necho {name} "$@" >>"{calls}"\n{body}\n', "utf-8")
    path.chmod(0o755)


def calls(folder: Path) -> list[str]:
    """Return what the programs were called with."""
    return (folder.parent / "calls").read_text("utf-8").splitlines()


def run(script: Path, programs: Path, *, ci: bool) -> CompletedProcess[str]:
    """Run a script that finds nothing but these programs."""
    return subprocess.run(
        [script],
        env={"PATH": str(programs)} | ({"CI": "true"} if ci else {}),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def write_ci_programs(programs: Path, *, installed: str = "", user: int = 0) -> None:
    """Write the programs of `.ci/run`: dpkg-query knows the package `installed` and no other."""
    write_program(programs, "dpkg-query", f'[ "$3" = "{installed}" ] && printf installed || exit 1')
    write_program(programs, "id", f"echo {user}")
    write_program(programs, "make", "")
    write_program(programs, "service", "exit 1")


MAKES = ["make check", "make test", "make test-all"]


@pytest.mark.parametrize("package", PACKAGES)
def test_ci_installs_what_is_missing(programs: Path, package: str) -> None:
    """As root, CI installs the packages that are missing, and only those, before it runs."""
    write_ci_programs(programs, installed=package)
    write_program(programs, "apt-get", "echo talk")
    ended = run(ROOT / ".ci" / "run", programs, ci=True)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    missing = [name for name in PACKAGES if name != package]
    assert [call for call in calls(programs) if not call.startswith(("dpkg-query", "id"))] == [
        "apt-get -q update",
        f"apt-get -qy install --no-install-recommends {' '.join(missing)}",
        *(["service prometheus stop"] if "prometheus" in missing else []),
        *MAKES,
    ]


def test_ci_without_root(programs: Path) -> None:
    """Who is not root gets one sentence with the packages' names, and the run goes on."""
    write_ci_programs(programs, user=1000)
    write_program(programs, "apt-get", "")
    ended = run(ROOT / ".ci" / "run", programs, ci=False)
    assert ended.returncode == 0
    assert ended.stderr.splitlines() == [
        f".ci/run: not installed: {' '.join(PACKAGES)} (needs root and apt-get)"
    ]
    assert [call for call in calls(programs) if call.startswith(("apt-get", "make"))] == MAKES


def test_ci_with_an_archive_out_of_reach(programs: Path) -> None:
    """When apt-get fails, its last line is told, and the run goes on to say what it misses."""
    write_ci_programs(programs)
    write_program(programs, "apt-get", "echo talk; echo 'E: no route to the archive' >&2; exit 100")
    ended = run(ROOT / ".ci" / "run", programs, ci=False)
    assert ended.returncode == 0
    assert ended.stderr.count("\n") == 1
    assert "E: no route to the archive" in ended.stderr
    assert calls(programs)[-3:] == MAKES


@pytest.mark.parametrize("ci", [True, False])
def test_check_without_promtool(programs: Path, ci: bool) -> None:
    """Without promtool the check is skipped with a line that says so; in CI it fails."""
    ended = run(CHECK, programs, ci=ci)
    assert ended.returncode == (1 if ci else 0)
    assert ended.stderr.startswith("SKIPPED: the Prometheus rules were not checked: ")
    assert ended.stderr.count("\n") == (2 if ci else 1)


@pytest.mark.parametrize("failing", ["check config", "check rules", "test rules"])
def test_check_fails_with_promtool(programs: Path, failing: str) -> None:
    """A configuration, rule or rule test that promtool refuses fails the check."""
    write_program(programs, "promtool", f'[ "$1 $2" != "{failing}" ]')
    assert run(CHECK, programs, ci=False).returncode == 1
    assert calls(programs)[-1].startswith(f"promtool {failing} ")


TOOLS = ["hadolint", "check-jsonschema", "docker-compose"]


@pytest.fixture
def compose_check(tmp_path: Path) -> Path:
    """Return a copy of `deploy/compose-check` without the project's environment beside it."""
    folder = tmp_path / "deploy"
    folder.mkdir()
    return Path(shutil.copy(ROOT / "deploy" / "compose-check", folder))


@pytest.mark.parametrize("ci", [True, False])
@pytest.mark.parametrize("missing", TOOLS)
def test_compose_check_without_a_tool(
    programs: Path, compose_check: Path, missing: str, ci: bool
) -> None:
    """What a missing tool would have checked is named, the rest is run; in CI it fails."""
    there = [tool for tool in TOOLS if tool != missing]
    for tool in there:
        write_program(programs, tool, "")
    ended = run(compose_check, programs, ci=ci)
    assert ended.returncode == (1 if ci else 0)
    assert ended.stderr.startswith("SKIPPED: ")
    assert f": there is no {missing} (" in ended.stderr
    assert ended.stderr.count("\n") == (2 if ci else 1)
    assert [call.split()[0] for call in calls(programs)] == there


@pytest.mark.parametrize("failing", TOOLS)
def test_compose_check_fails_with_each_tool(
    programs: Path, compose_check: Path, failing: str
) -> None:
    """What one of the tools refuses fails the check."""
    for tool in TOOLS:
        write_program(programs, tool, f"exit {int(tool == failing)}")
    assert run(compose_check, programs, ci=False).returncode == 1
    assert calls(programs)[-1].startswith(failing)
