"""What a release gives its user: a wheel and an sdist that work where nothing else of ours is.

Each is installed with the pinned requirements into an environment that held nothing, not even pip.
There, a guard stops whatever opens a file of the repository or a connection.
"""

import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import orjson
import pytest

REPOSITORY = Path(__file__).parents[2]
VERSION = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["version"]
SENTENCE = "Unemployment in Norland fell to 4.1 percent in May, the statistics office said."
GUARD = f"""\
import os, sys

def refuse(event, arguments):
    if event == "socket.connect":
        raise SystemExit(f"guard: a connection to {{arguments[1]}}")
    if event in ("open", "os.listdir", "os.scandir") and isinstance(arguments[0], (str, bytes)):
        path = os.path.realpath(os.fsdecode(arguments[0]))
        if path.startswith({str(REPOSITORY.resolve()) + os.sep!r}):
            raise SystemExit(f"guard: {{path}} was opened")

sys.addaudithook(refuse)
"""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@dataclass(frozen=True, kw_only=True)
class Release:
    """The files of a release."""

    wheel: Path
    sdist: Path


@dataclass(frozen=True, kw_only=True)
class Installation:
    """An environment with Claimwire in it, and a folder far from the repository."""

    programs: Path
    elsewhere: Path

    def run(self, *command: str, program: str = "claimwire") -> subprocess.CompletedProcess[str]:
        """Run one of its programs as a user would, and return what it said."""
        return subprocess.run(
            [self.programs / program, *command],
            cwd=self.elsewhere,
            env=_bare_environment() | {"HOME": str(self.elsewhere), "COLUMNS": "80"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


def _bare_environment() -> Mapping[str, str]:
    ours = ("CLAIMWIRE_", "PYTHON", "VIRTUAL_ENV", "HF_")
    return {key: value for key, value in os.environ.items() if not key.startswith(ours)}


def _run(*command: str | Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=REPOSITORY,
        env=_bare_environment(),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-3000:]


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """The sdist, and the wheel built from it, as `make dist` builds them."""
    folder = tmp_path_factory.mktemp("dist")
    _run("build", "--no-isolation", "--outdir", folder)
    (wheel,) = folder.glob("*.whl")
    (sdist,) = folder.glob("*.tar.gz")
    return Release(wheel=wheel, sdist=sdist)


@pytest.fixture(scope="module", params=["wheel", "sdist"])
def installation(
    request: pytest.FixtureRequest, release: Release, tmp_path_factory: pytest.TempPathFactory
) -> Installation:
    """One of the two in an empty environment, with the guard set."""
    folder = tmp_path_factory.mktemp("installed")
    environment = folder / "environment"
    _run("venv", "--without-pip", environment)
    programs = environment / "bin"
    pip = ("pip", "--python", programs / "python")
    _run(*pip, "install", "--require-hashes", "--requirement", "requirements.txt")
    _run(*pip, "install", "--no-deps", getattr(release, request.param))
    _run(*pip, "check")
    (packages,) = environment.glob("lib/python3.*/site-packages")
    (packages / "guard.py").write_text(GUARD)
    (packages / "guard.pth").write_text("import guard\n")
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    return Installation(programs=programs, elsewhere=elsewhere)


def test_names_and_contents(release: Release) -> None:
    """Both are called by the version; the wheel holds the package and the licences, no more."""
    assert release.wheel.name == f"claimwire-{VERSION}-py3-none-any.whl"
    assert release.sdist.name == f"claimwire-{VERSION}.tar.gz"
    with zipfile.ZipFile(release.wheel) as wheel:
        names = set(wheel.namelist())
    metadata = f"claimwire-{VERSION}.dist-info"
    assert {Path(name).parts[0] for name in names} == {"pipeline", metadata}
    assert {Path(name).suffix for name in names} <= set(
        ".css .html .js .json .jsonl .md .onnx .py .svg .txt .yaml".split()
    ) | {""}
    assert f"{metadata}/licenses/LICENSE" in names
    assert f"{metadata}/licenses/THIRD_PARTY_LICENSES.md" in names
    with tarfile.open(release.sdist) as sdist:
        assert f"claimwire-{VERSION}/requirements.txt" in sdist.getnames()


def test_the_sdist_lacks_nothing(release: Release, tmp_path: Path) -> None:
    """The wheel built from it is the wheel built from the repository, byte for byte."""
    _run("build", "--no-isolation", "--wheel", "--outdir", tmp_path)
    (from_repository,) = tmp_path.iterdir()
    with zipfile.ZipFile(from_repository) as one, zipfile.ZipFile(release.wheel) as other:
        assert one.namelist() == other.namelist()
    assert from_repository.read_bytes() == release.wheel.read_bytes()


def test_it_runs_without_the_repository(installation: Installation) -> None:
    """The package comes from the environment, and says the version that it was called by."""
    found = installation.run("-c", "import pipeline; print(pipeline.__file__)", program="python")
    assert Path(found.stdout.strip()).is_relative_to(installation.programs.parent)
    assert installation.run("--version").stdout == f"claimwire {VERSION}\n"


def test_it_finds_claims(installation: Installation) -> None:
    """Plain text and HTML become claims by the shipped model, each with the version in it."""
    articles = installation.elsewhere / "articles"
    articles.mkdir()
    (articles / "a.txt").write_text(SENTENCE)
    (articles / "b.html").write_text(f"<html><body><p>{SENTENCE}</p></body></html>")
    done = installation.run("detect", "--json", "articles")
    assert done.returncode == 0, done.stderr
    claims = [orjson.loads(line) for line in done.stdout.splitlines()]
    assert [(claim["text"], claim["pipeline_version"]) for claim in claims] == [
        (SENTENCE, VERSION)
    ] * 2


@pytest.mark.parametrize("command", ["topics", "worker", "dashboard", "dead-letters"])
def test_it_explains_its_commands(installation: Installation, command: str) -> None:
    """The commands that speak to Kafka load there, too."""
    done = installation.run(command, "--help")
    assert done.returncode == 0, done.stderr
    assert re.search(rf"Usage: claimwire {command} ", done.stdout)


@pytest.mark.parametrize(
    "forbidden",
    [
        f"open({str(REPOSITORY / 'pyproject.toml')!r})",
        "import socket; socket.create_connection(('127.0.0.1', 9))",
    ],
)
def test_the_guard_guards(installation: Installation, forbidden: str) -> None:
    """A file of the repository and a connection are refused, or the tests above say nothing."""
    done = installation.run("-c", forbidden, program="python")
    assert done.returncode == 1
    assert done.stderr.startswith("guard: ")
