"""`deploy/compose.yaml`: what it names exists and fits, and the check finds what does not."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.settings import Settings
from tests.dockerfile import DOCKERFILE, ROOT, image_environment, named
from tests.promql import DEPLOY

TEXT = (DEPLOY / "compose.yaml").read_text("utf-8")
EXAMPLE = (DEPLOY / ".env.example").read_text("utf-8")
INTERPOLATED = dict(re.findall(r"\$\{(\w+):-([^}]*)\}", TEXT))
"""What a user may set for Compose, with the defaults."""


def resolve(value: Any) -> Any:
    """Put the defaults in the place of variables, in every text of a value, as Compose does."""
    if isinstance(value, dict):
        return {key: resolve(each) for key, each in value.items()}
    if isinstance(value, list):
        return [resolve(each) for each in value]
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value) if isinstance(value, str) else value


COMPOSE: dict[str, Any] = resolve(yaml.safe_load(TEXT))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: each for name, each in SERVICES.items() if each["image"] == "claimwire:local"}
OTHERS = {name: each for name, each in SERVICES.items() if name not in OURS}
JOBS = {name: each for name, each in SERVICES.items() if each["restart"] == "no"}
LONG_RUNNING = {name: each for name, each in SERVICES.items() if name not in JOBS}
WORKERS = {name: each for name, each in OURS.items() if "command" not in each and name not in JOBS}
UNITS = {"s": 1, "m": 60}
ReadSettings = Callable[[dict[str, Any]], Settings]


def seconds(duration: str) -> int:
    """Return a duration of Compose's, of one unit."""
    return int(duration[:-1]) * UNITS[duration[-1]]


def mounts(service: dict[str, Any]) -> dict[str, str]:
    """Return what is mounted, by the path within the container."""
    return {target: source for source, target, *_ in (m.split(":") for m in service["volumes"])}


@pytest.fixture
def settings_of(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ReadSettings:
    """Return what reads the settings of a container; its secrets are a file of ours."""
    secret = tmp_path / "secret"
    secret.write_text("0123456789abcdef\n", "utf-8")

    def read(service: dict[str, Any]) -> Settings:
        for name, value in (image_environment() | service["environment"]).items():
            if name.startswith("CLAIMWIRE_"):
                is_secret = str(value).startswith("/run/secrets/")
                monkeypatch.setenv(name, str(secret if is_secret else value))
        return Settings()

    return read


def test_the_services() -> None:
    """There are two workers, a job for the topics, a dashboard, the feeder and what watches."""
    assert sorted(OURS) == ["dashboard", "feeder", "topics", "worker-1", "worker-2"]
    assert sorted(OTHERS) == ["alertmanager", "grafana", "kafka", "prometheus"]
    assert sorted(JOBS) == ["feeder", "topics"]
    assert sorted(WORKERS) == ["worker-1", "worker-2"]


@pytest.mark.parametrize("name", OURS)
def test_every_setting_exists(name: str, settings_of: ReadSettings) -> None:
    """A service sets what there is to set, to values that the settings take."""
    ours = {key for key in OURS[name]["environment"] if key.startswith("CLAIMWIRE_")}
    names = {key.removeprefix("CLAIMWIRE_").lower() for key in ours}
    assert names <= set(Settings.model_fields)
    assert settings_of(OURS[name]).bootstrap_servers == ["kafka:19092"]


def test_grafana_is_told_what_its_provisioning_asks() -> None:
    """Each variable in Grafana's provisioning files is set, and no other of ours."""
    asked = {
        name
        for path in (DEPLOY / "grafana" / "provisioning").glob("*/*.yml")
        for name in re.findall(r"\$(CLAIMWIRE_\w+)", path.read_text("utf-8"))
    }
    environment = SERVICES["grafana"]["environment"]
    assert {name for name in environment if name.startswith("CLAIMWIRE_")} == asked
    assert environment["CLAIMWIRE_DASHBOARDS"] in mounts(SERVICES["grafana"])
    assert environment["CLAIMWIRE_PROMETHEUS_URL"] == "http://prometheus:9090"


def test_the_example_tells_what_there_is_to_set() -> None:
    """.env.example has each variable of compose.yaml at its default, and Compose's own two."""
    told = dict(re.findall(r"^(?:# )?([A-Z_]+)=(.*)$", EXAMPLE, re.MULTILINE))
    assert {name: told.pop(name) for name in ("COMPOSE_PROJECT_NAME", "COMPOSE_PROFILES")} == {
        "COMPOSE_PROJECT_NAME": "claimwire",
        "COMPOSE_PROFILES": "core,monitoring",
    }
    assert told == INTERPOLATED
    assert "$" not in resolve(TEXT)


def test_a_variable_has_one_default() -> None:
    """A variable that stands in several places has the same default in each."""
    found = set(re.findall(r"\$\{(\w+):-([^}]*)\}", TEXT))
    assert len(found) == len(INTERPOLATED)


@pytest.mark.parametrize("name", OTHERS)
def test_images_are_pinned(name: str) -> None:
    """An image of others' is pinned to a release."""
    assert re.fullmatch(r"[\w-]+/[\w-]+:v?\d+\.\d+\.\d+", OTHERS[name]["image"])


def test_the_image_is_built_once_from_the_dockerfile() -> None:
    """One service builds the image that all of ours run; the context is the whole tree."""
    (build,) = (service["build"] for service in SERVICES.values() if "build" in service)
    assert (DEPLOY / build["context"]).resolve() == ROOT
    assert (DEPLOY / build["context"] / build["dockerfile"]).resolve() == DOCKERFILE
    arguments = {each.arguments.split("=")[0] for each in named("ARG", stage=1)}
    assert set(build["args"]) == arguments


@pytest.mark.parametrize("name", LONG_RUNNING)
def test_a_service_that_runs_on_is_kept_going(name: str) -> None:
    """A service that runs on has a health check, a restart policy and bounds."""
    service = LONG_RUNNING[name]
    check = service["healthcheck"]
    assert check["test"][0] == "CMD"
    assert seconds(check["timeout"]) < seconds(check["interval"])
    assert service["restart"] == "unless-stopped" or re.match(r"on-failure:\d", service["restart"])


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_bounded(name: str) -> None:
    """Every service has bounds of memory and processes, no capabilities, and logs that rotate."""
    service = SERVICES[name]
    assert re.fullmatch(r"\d+[mg]", service["mem_limit"])
    assert service["pids_limit"] > 0
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["logging"] == {"driver": "local"}


@pytest.mark.parametrize("name", OURS)
def test_our_containers_are_read_only(name: str) -> None:
    """Ours write to /tmp and the state directory alone."""
    assert OURS[name]["read_only"] is True
    assert OURS[name]["tmpfs"] == ["/tmp"]
    assert OURS[name]["init"] is True


@pytest.mark.parametrize("name", [*WORKERS, "dashboard"])
def test_our_health_check_is_the_images(name: str) -> None:
    """A worker and the dashboard are asked what the image's own health check asks."""
    (check,) = named("HEALTHCHECK")
    ours = SERVICES[name]["healthcheck"]
    image = dict(re.findall(r"--([\w-]+)=(\S+)", check.arguments))
    assert {key: image[key.replace("_", "-")] for key in ours if key != "test"} == {
        key: str(value) for key, value in ours.items() if key != "test"
    }
    assert ours["test"] == yaml.safe_load(f"[CMD, {check.arguments.split('CMD [')[1]}")


def test_a_wrong_worker_is_not_restarted_for_ever(settings_of: ReadSettings) -> None:
    """Restarts of a worker are counted, and enough to bury an article that ends it."""
    for service in WORKERS.values():
        restarts = int(service["restart"].removeprefix("on-failure:"))
        assert restarts > settings_of(service).crash_restarts_max + 2


def test_a_worker_has_time_to_stop(settings_of: ReadSettings) -> None:
    """Compose waits longer for a worker than the worker gives itself."""
    for service in WORKERS.values():
        allowed = settings_of(service).stop_timeout_seconds
        assert seconds(service["stop_grace_period"]) > allowed


def test_each_worker_is_a_member_of_its_own(settings_of: ReadSettings) -> None:
    """Each worker has a name in the group and a state directory that no other has."""
    members = {settings_of(each).group_instance_id: mounts(each) for each in WORKERS.values()}
    assert set(members) == set(WORKERS)
    for name, mounted in members.items():
        assert mounted == {image_environment()["CLAIMWIRE_STATE_DIR"]: name}


def test_a_worker_uses_no_more_threads_than_cores(settings_of: ReadSettings) -> None:
    """A bound of cores is not seen from inside: the model is told the same number."""
    for service in WORKERS.values():
        assert settings_of(service).model_threads == float(service["cpus"])


def test_topics_come_before_who_uses_them() -> None:
    """Workers, dashboard and feeder wait for the job that creates the topics, it for Kafka."""
    for name in {*OURS} - {"topics"}:
        assert OURS[name]["depends_on"]["topics"] == {"condition": "service_completed_successfully"}
    for service in OURS.values():
        assert service["depends_on"]["kafka"] == {"condition": "service_healthy"}
    assert OURS["topics"]["command"] == ["topics", "create"]


def test_profiles() -> None:
    """Each service is of one profile and waits only for its own or for core."""
    of = {name: service["profiles"] for name, service in SERVICES.items()}
    assert {profile for (profile,) in of.values()} == {"core", "monitoring", "demo"}
    for name, service in SERVICES.items():
        for needed in service.get("depends_on", ()):
            assert of[needed] in (["core"], of[name])


@pytest.mark.parametrize("name", [name for name in SERVICES if "volumes" in SERVICES[name]])
def test_what_is_mounted_is_there(name: str) -> None:
    """A path of the tree exists and is mounted read-only; a volume is declared."""
    for mount in SERVICES[name]["volumes"]:
        source, _, *mode = mount.split(":")
        if source.startswith("."):
            assert (DEPLOY / source).exists()
            assert mode == ["ro"]
        else:
            assert source in COMPOSE["volumes"]


def test_every_volume_is_used() -> None:
    """Each named volume belongs to one service."""
    used = [
        source
        for service in SERVICES.values()
        if "volumes" in service
        for source in mounts(service).values()
        if not source.startswith(".")
    ]
    assert sorted(used) == sorted(COMPOSE["volumes"])


def test_secrets_are_files_that_git_does_not_see() -> None:
    """A secret comes from deploy/secrets, which git ignores, and is asked for where it lies."""
    ignored = (ROOT / ".gitignore").read_text("utf-8").splitlines()
    assert {"/deploy/secrets/", "/deploy/.env"} <= set(ignored)
    for name, secret in COMPOSE["secrets"].items():
        assert secret == {"file": f"./secrets/{name}"}
        (user,) = (each for each in SERVICES.values() if name in each.get("secrets", ()))
        assert f"/run/secrets/{name}" in user["environment"].values()


def test_ports_are_published_to_this_machine_alone(settings_of: ReadSettings) -> None:
    """What is published is bound to the loopback; the dashboard's is the port that it binds."""
    published = {name: each["ports"] for name, each in SERVICES.items() if "ports" in each}
    assert all(port.startswith("127.0.0.1:") for ports in published.values() for port in ports), (
        published
    )
    assert not set(published) & set(WORKERS)
    port = settings_of(OURS["dashboard"]).dashboard_port
    assert published["dashboard"] == [f"127.0.0.1:{port}:{port}"]


def test_kafka_is_where_it_is_looked_for() -> None:
    """Kafka's listeners, what it advertises and its health check agree with the broker's name."""
    kafka = SERVICES["kafka"]
    environment = kafka["environment"]
    listeners = dict(re.findall(r"(\w+)://:(\d+)", environment["KAFKA_LISTENERS"]))
    assert environment["KAFKA_ADVERTISED_LISTENERS"] == (
        f"INTERNAL://kafka:{listeners['INTERNAL']},HOST://localhost:{listeners['HOST']}"
    )
    assert OURS["worker-1"]["environment"]["CLAIMWIRE_BROKER"] == f"kafka:{listeners['INTERNAL']}"
    assert kafka["ports"] == [f"127.0.0.1:{listeners['HOST']}:{listeners['HOST']}"]
    assert kafka["healthcheck"]["test"][-1] == f"localhost:{listeners['INTERNAL']}"
    assert environment["KAFKA_LOG_DIRS"] in mounts(kafka)
    secured = dict(
        pair.split(":") for pair in environment["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"].split(",")
    )
    assert set(secured) == set(listeners)


def targets(path: Path) -> list[str]:
    """Return the targets of a file that Prometheus reads them from."""
    return [
        target for group in yaml.safe_load(path.read_text("utf-8")) for target in group["targets"]
    ]


def test_prometheus_looks_where_the_workers_are(settings_of: ReadSettings) -> None:
    """The configuration is the one of all; Compose's own files name its workers, on their port."""
    mounted = mounts(SERVICES["prometheus"])
    assert mounted["/etc/prometheus"] == "./prometheus"
    configuration = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text("utf-8"))
    found_by_file = [
        file
        for section in (
            *configuration["scrape_configs"],
            *configuration["alerting"]["alertmanagers"],
        )
        for discovery in section["file_sd_configs"]
        for file in discovery["files"]
    ]
    assert sorted(found_by_file) == ["alertmanagers.yml", "workers.yml"]
    for file in found_by_file:
        assert (DEPLOY / "prometheus" / file).exists()  # a mount needs something to lie on
        assert mounted[f"/etc/prometheus/{file}"] == f"./compose/{file}"
    assert targets(DEPLOY / "compose" / "workers.yml") == [
        f"{name}:{settings_of(worker).web_port}" for name, worker in WORKERS.items()
    ]
    assert all(each["environment"]["CLAIMWIRE_WEB_HOST"] == "0.0.0.0" for each in WORKERS.values())
    assert targets(DEPLOY / "compose" / "alertmanagers.yml") == ["alertmanager:9093"]


@pytest.mark.parametrize("name", ["prometheus", "alertmanager", "grafana"])
def test_the_port_that_is_published_is_the_one_that_is_asked(name: str) -> None:
    """The health check asks the port that is published."""
    (port,) = (published.split(":")[-1] for published in SERVICES[name]["ports"])
    assert SERVICES[name]["healthcheck"]["test"][-1].startswith(f"http://127.0.0.1:{port}/")


def test_alertmanager_tells_our_severities_apart() -> None:
    """A critical alert goes to a receiver of its own, and every receiver is there."""
    configuration = yaml.safe_load(
        (DEPLOY / "alertmanager" / "alertmanager.yml").read_text("utf-8")
    )
    (critical,) = configuration["route"]["routes"]
    assert critical["matchers"] == ['severity="critical"']
    used = {configuration["route"]["receiver"], critical["receiver"]}
    assert used == {receiver["name"] for receiver in configuration["receivers"]}


TOOLS = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
BROKEN = [
    ("hadolint", "Dockerfile", "USER 10001:10001", "USER root", "DL3002"),
    ("hadolint", "Dockerfile", '"pip==${PIP_VERSION}"', "pip", "DL3013"),
    ("hadolint", "Dockerfile", "STOPSIGNAL", "STOPSINGAL", "unexpected"),
    ("check-jsonschema", "compose.yaml", "read_only: true", "readonly: true", "readonly"),
    ("check-jsonschema", "compose.yaml", "cap_drop: [ALL]", "cap_drop: ALL", "cap_drop"),
    ("docker-compose", "compose.yaml", '["worker-2:/var', '["worker-3:/var', "worker-3"),
    (
        "docker-compose",
        "compose.yaml",
        "    topics:\n      cond",
        "    topic:\n      cond",
        "topic",
    ),
    ("docker-compose", "compose.yaml", "${IMAGE:-claimwire:local}", "${IMAGE", "image"),
]
"""A validator, a file, what is replaced in it by what, and what the validator then says."""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of deploy/ that a test may break."""
    return Path(shutil.copytree(DEPLOY, tmp_path / "deploy"))


def check(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the check of a copy of deploy/."""
    return subprocess.run(
        [folder / "compose-check"],
        env={"PATH": TOOLS},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def require(tool: str) -> None:
    """Skip a test whose tool is missing."""
    if shutil.which(tool, path=TOOLS) is None:
        pytest.skip(f"there is no {tool}")


def test_the_check_passes_what_is_shipped(copy: Path) -> None:
    """What is shipped passes, and no tool has a word to say against it."""
    require("docker-compose")
    require("hadolint")  # `make check` installs it, `make test` alone does not
    done = check(copy)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("tool", "file", "good", "bad", "said"), BROKEN, ids=[f"{each[0]} {each[4]}" for each in BROKEN]
)
def test_the_check_rejects_what_is_broken(
    copy: Path, tool: str, file: str, good: str, bad: str, said: str
) -> None:
    """Each validator ends the check at what it is there to find, and names it."""
    require(tool)
    text = (copy / file).read_text("utf-8")
    assert good in text
    (copy / file).write_text(text.replace(good, bad), "utf-8")
    done = check(copy)
    assert done.returncode != 0
    assert said in done.stdout + done.stderr
