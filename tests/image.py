"""Builds what deploy/Dockerfile builds, and runs it, without Docker: bubblewrap is the container.

The RUN lines of the build stage are run as they stand, with its ARGs, WORKDIR and COPYs, on this
machine's Python. What they make runs read-only, as the image's user, in the image's environment and
without the project's tree. Not played: the base image and its libraries, and the final stage's RUN.
"""

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess

from tests.dockerfile import (
    ROOT,
    Instruction,
    arguments_with_defaults,
    image_environment,
    named,
    pairs,
    read_dockerfile,
)

BUILD, FINAL = 0, 1
USER = "10001"
STATE_DIR = image_environment()["CLAIMWIRE_STATE_DIR"]
SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"
_BUILDERS_OWN = {"dev", "opt", "proc", "src", "tmp"}


def find_python() -> Path:
    """Return the image's Python where this machine has it, else the one that runs the tests."""
    minor = ".".join(arguments_with_defaults()["PYTHON_TAG"].split(".")[:2])
    for name in (f"python{minor}", sys.executable):
        if shutil.which(name):
            done = subprocess.run(
                [name, "-c", "import os, sys; print(os.path.realpath(sys._base_executable))"],
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode == 0:
                return Path(done.stdout.strip())
    raise AssertionError(f"{sys.executable} does not run")


@dataclass(frozen=True, kw_only=True)
class BuiltImage:
    """What the build stage made, and how it runs."""

    opt: Path
    """The folder that is /opt in the image."""
    python: Path
    """The Python that stands in for the base image's."""

    def command(
        self,
        arguments: Sequence[str],
        *,
        state_dir: Path,
        settings: Mapping[str, str] | None = None,
        mounts: Mapping[Path, str] | None = None,
    ) -> list[str]:
        """Return the command that runs a program of the image as a container would."""
        prefix = str(self.python.parents[1])
        environment = image_environment() | {"HOME": STATE_DIR} | dict(settings or {})
        environment["PATH"] = environment["PATH"].replace("$PATH", SYSTEM_PATH)
        return [
            *("bwrap", "--die-with-parent", "--unshare-user", "--unshare-pid", "--as-pid-1"),
            *(
                "--uid",
                USER,
                "--gid",
                USER,
                "--ro-bind",
                "/usr",
                "/usr",
                "--ro-bind",
                "/etc",
                "/etc",
            ),
            *_links(),
            *("--ro-bind", prefix, prefix, "--ro-bind", str(self.opt), "/opt"),
            *(word for path, at in (mounts or {}).items() for word in ("--ro-bind", str(path), at)),
            *("--bind", str(state_dir), STATE_DIR, "--chdir", STATE_DIR),
            *("--proc", "/proc", "--dev", "/dev", "--remount-ro", "/", "--clearenv"),
            *(word for pair in environment.items() for word in ("--setenv", *pair)),
            *arguments,
        ]

    def run(
        self, *arguments: str, state_dir: Path, mounts: Mapping[Path, str] | None = None
    ) -> CompletedProcess[str]:
        """Run a program of the image to its end."""
        return subprocess.run(
            self.command(arguments, state_dir=state_dir, mounts=mounts),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


def _links() -> list[str]:
    """Return what makes /bin, /lib and the like as they are here."""
    words: list[str] = []
    for name in ("bin", "sbin", "lib", "lib64"):
        path = Path("/", name)
        if path.is_symlink():
            words += ["--symlink", os.readlink(path), str(path)]
        elif path.exists():
            words += ["--ro-bind", str(path), str(path)]
    return words


class Builder:
    """Plays the build stage in a folder of its own."""

    def __init__(self, folder: Path, **arguments: str) -> None:
        """Prepare to build with these build arguments; the rest are at their defaults."""
        self._folder = folder
        self._arguments = arguments
        self._python = find_python()
        for name in ("opt", "src"):
            (folder / name).mkdir()
        # In the place of the base image's own Python, which the first RUN installs pip into.
        subprocess.run([self._python, "-m", "venv", folder / "base"], check=True)

    def build(self) -> BuiltImage:
        """Run the build stage, then what the final stage copies from the tree."""
        environment: dict[str, str] = {}
        for instruction in read_dockerfile():
            if instruction.stage == BUILD:
                if instruction.name == "ARG":
                    environment |= pairs(instruction) | self._arguments
                elif instruction.name == "COPY":
                    _copy(instruction, self._folder / "src")
                elif instruction.name == "RUN":
                    done = self.run(instruction.arguments, environment)
                    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
        for instruction in named("COPY", stage=FINAL):
            if "--from=" not in instruction.arguments:
                source, target = shlex.split(instruction.arguments)
                shutil.copy(ROOT / source, self._folder / target.removeprefix("/"))
        return BuiltImage(opt=self._folder / "opt", python=self._python)

    def run(self, command: str, arguments: Mapping[str, str]) -> CompletedProcess[str]:
        """Run one RUN line: /opt and /src are ours, the rest is this machine's, read-only."""
        (workdir,) = (each.arguments for each in named("WORKDIR", stage=BUILD))
        base = self._folder / "base"
        return subprocess.run(
            [
                *("bwrap", "--die-with-parent", "--unshare-user", "--uid", "0", "--gid", "0"),
                *(
                    word
                    for path in sorted(Path("/").iterdir())
                    if path.name not in _BUILDERS_OWN and path.exists()
                    for word in ("--ro-bind", str(path), str(path))
                ),
                *("--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp"),
                *("--bind", str(base), str(base), "--bind", str(self._folder / "opt"), "/opt"),
                *("--bind", str(self._folder / "src"), workdir, "--chdir", workdir),
                *("/bin/sh", "-c", command),
            ],
            env=os.environ | dict(arguments) | {"PATH": f"{base / 'bin'}:{SYSTEM_PATH}"},
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )


def _copy(instruction: Instruction, target: Path) -> None:
    """Copy as COPY does into the working directory, less what .dockerignore leaves out."""
    *sources, last = shlex.split(instruction.arguments)
    for source in sources:
        path = ROOT / source
        if path.is_dir():
            shutil.copytree(path, target / last, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(path, target / last)


def entry_point() -> list[str]:
    """Return the image's entry point."""
    (entry,) = named("ENTRYPOINT")
    words: list[str] = json.loads(entry.arguments)
    return words
