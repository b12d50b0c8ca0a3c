"""The manifests in `deploy/kubernetes/`: what they name exists, and what must fit together does."""

import asyncio
import itertools
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from pipeline import __version__
from pipeline.dashboard.feed import ClaimFeed
from pipeline.dashboard.server import create_app
from pipeline.dashboard.store import ClaimStore
from pipeline.settings import Settings
from pipeline.web_pages import add_health_pages, add_metrics_page
from tests.kubernetes_manifests import (
    KUBERNETES,
    OVERLAYS,
    Resource,
    build,
    environment,
    of_kind,
    pod_specs,
)
from tests.promql import RULE_FILES

WORKER, DASHBOARD, TOPICS = "claimwire-worker", "claimwire-dashboard", "claimwire-topics"

LONGEST_BATCH_SHARE = 0.5
"""Of the rebalance timeout: the longest batch takes less (rules/articles.yml, docs/adr/0001)."""

each_overlay = pytest.mark.parametrize("overlay", OVERLAYS)
each_pod = pytest.mark.parametrize(
    ("overlay", "name"), list(itertools.product(OVERLAYS, [WORKER, DASHBOARD, TOPICS]))
)


class FakePages:
    """Notes the paths of the pages it is given, as a Faust app would serve them."""

    def __init__(self) -> None:
        self.paths: set[str] = set()

    def page(self, path: str, *, name: str) -> Any:
        """Note a page's path."""
        self.paths.add(path)
        return lambda view: view


def read_settings(overlay: str, name: str, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Return the settings that a pod's process reads."""
    for variable, value in environment(overlay, name).items():
        if value is not None:
            monkeypatch.setenv(variable, value)
    return Settings()


def only_container(overlay: str, name: str) -> Resource:
    """Return a pod's one container."""
    (container,) = pod_specs(overlay)[name]["containers"]
    assert isinstance(container, dict)
    return container


def probes(overlay: str, name: str) -> dict[str, Resource]:
    """Return the HTTP requests of a container's probes, by kind of probe."""
    container = only_container(overlay, name)
    kinds = ("startupProbe", "livenessProbe", "readinessProbe")
    return {kind: container[kind]["httpGet"] for kind in kinds}


@each_overlay
def test_every_pod_is_known(overlay: str) -> None:
    """The tests below look at all there is."""
    assert set(pod_specs(overlay)) == {WORKER, DASHBOARD, TOPICS}


@each_pod
def test_every_variable_is_a_setting(overlay: str, name: str) -> None:
    """A pod's variables are settings there are."""
    known = {f"CLAIMWIRE_{field.upper()}" for field in Settings.model_fields}
    assert set(environment(overlay, name)) <= known


@each_pod
def test_the_settings_are_valid(overlay: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each pod's settings are read without a complaint."""
    assert read_settings(overlay, name, monkeypatch).log_format == "json"


@each_pod
def test_a_service_sets_no_setting(overlay: str, name: str) -> None:
    """Kubernetes would name a Service's address CLAIMWIRE_DASHBOARD_PORT, which is a setting."""
    assert pod_specs(overlay)[name]["enableServiceLinks"] is False


@each_pod
def test_pods_fit_the_restricted_profile(overlay: str, name: str) -> None:
    """A pod has what Pod Security's restricted profile asks for, and a read-only file system."""
    pod = pod_specs(overlay)[name]
    assert pod["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 10001,
        "runAsGroup": 10001,
        "fsGroup": 10001,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert not {"hostNetwork", "hostPID", "hostIPC", "initContainers"} & set(pod)
    assert pod["automountServiceAccountToken"] is False
    assert only_container(overlay, name)["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    allowed = {"name", "configMap", "emptyDir", "projected", "secret"}
    assert all(set(volume) <= allowed for volume in pod["volumes"])


@each_overlay
def test_the_namespace_asks_for_the_restricted_profile(overlay: str) -> None:
    """The cluster refuses a pod that does not fit, and everything lies in that namespace."""
    (namespace,) = of_kind(overlay, "Namespace").values()
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    names = {
        resource["metadata"]["namespace"]
        for resource in build(overlay)
        if resource["kind"] != "Namespace"
    }
    assert names == {namespace["metadata"]["name"]}


@each_pod
def test_pods_say_what_they_need(overlay: str, name: str) -> None:
    """A container asks for CPU and memory, and its memory has a limit."""
    resources = only_container(overlay, name)["resources"]
    assert set(resources["requests"]) == {"cpu", "memory"}
    assert "memory" in resources["limits"]


@each_overlay
def test_the_worker_is_probed_where_it_answers(
    overlay: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Probes ask the worker's own pages, at its own port, on an address the node reaches."""
    pages = FakePages()
    add_metrics_page(pages)  # type: ignore[arg-type]
    add_health_pages(pages, is_live=NotImplemented, is_ready=NotImplemented)  # type: ignore[arg-type]
    asked = probes(overlay, WORKER)
    assert {kind: request["path"] for kind, request in asked.items()} == {
        "startupProbe": "/livez",
        "livenessProbe": "/livez",
        "readinessProbe": "/readyz",
    }
    settings = read_settings(overlay, WORKER, monkeypatch)
    (port,) = only_container(overlay, WORKER)["ports"]
    assert {request["path"] for request in asked.values()} <= pages.paths
    assert {request["port"] for request in asked.values()} == {port["name"]}
    assert port["containerPort"] == settings.web_port
    assert settings.web_host == "0.0.0.0"
    (service_port,) = of_kind(overlay, "Service")[WORKER]["spec"]["ports"]
    assert service_port["targetPort"] == port["name"]


def ask_dashboard(path: str, *, is_followed: bool) -> int:
    """Return the status of a page of a dashboard with a token."""
    feed = ClaimFeed(ClaimStore(max_claims=1, max_bytes=1))
    feed.is_broker_reachable = feed.is_topic_there = feed.is_caught_up = is_followed

    async def ask() -> int:
        transport = httpx.ASGITransport(create_app(feed, host="0.0.0.0", token="t" * 16))
        async with httpx.AsyncClient(transport=transport, base_url="http://10.0.0.1") as client:
            return (await client.get(path)).status_code

    return asyncio.run(ask())


@each_overlay
def test_the_dashboard_is_probed_where_it_answers(
    overlay: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The dashboard lives without Kafka and is ready with it; no probe knows the token."""
    asked = probes(overlay, DASHBOARD)
    for kind in ("startupProbe", "livenessProbe"):
        assert ask_dashboard(asked[kind]["path"], is_followed=False) == 200
    assert ask_dashboard(asked["readinessProbe"]["path"], is_followed=False) == 503
    assert ask_dashboard(asked["readinessProbe"]["path"], is_followed=True) == 200
    settings = read_settings(overlay, DASHBOARD, monkeypatch)
    (port,) = only_container(overlay, DASHBOARD)["ports"]
    assert {request["port"] for request in asked.values()} == {port["name"]}
    assert port["containerPort"] == settings.dashboard_port
    assert settings.dashboard_host == "0.0.0.0"
    (service_port,) = of_kind(overlay, "Service")[DASHBOARD]["spec"]["ports"]
    assert service_port["targetPort"] == port["name"]


@each_overlay
def test_a_worker_is_given_the_time_it_needs_to_stop(
    overlay: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Longest batch < the worker's own limit < the pod's: nothing is killed that still works."""
    settings = read_settings(overlay, WORKER, monkeypatch)
    longest_batch_seconds = settings.rebalance_timeout_seconds * LONGEST_BATCH_SHARE
    grace_seconds = pod_specs(overlay)[WORKER]["terminationGracePeriodSeconds"]
    assert longest_batch_seconds < settings.stop_timeout_seconds < grace_seconds


@each_overlay
def test_a_worker_is_back_before_its_session_ends(
    overlay: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rolling update moves no partition: the name is the pod's, the session outlasts a restart.

    A restart takes the longest batch and ten seconds (docs/adr/0010).
    """
    (name,) = (
        variable["valueFrom"]["fieldRef"]["fieldPath"]
        for variable in only_container(overlay, WORKER)["env"]
        if variable["name"] == "CLAIMWIRE_GROUP_INSTANCE_ID"
    )
    assert name == "metadata.name"
    assert WORKER in of_kind(overlay, "StatefulSet")
    settings = read_settings(overlay, WORKER, monkeypatch)
    restart_seconds = settings.rebalance_timeout_seconds * LONGEST_BATCH_SHARE + 10
    assert restart_seconds < settings.session_timeout_seconds


@each_overlay
def test_the_journal_outlives_the_container(overlay: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The state directory is a volume of the pod."""
    mounts = {
        mount["mountPath"]: mount["name"]
        for mount in only_container(overlay, WORKER)["volumeMounts"]
    }
    state_dir = str(read_settings(overlay, WORKER, monkeypatch).state_dir)
    volumes = {volume["name"]: volume for volume in pod_specs(overlay)[WORKER]["volumes"]}
    assert "emptyDir" in volumes[mounts[state_dir]]


@each_overlay
def test_no_more_workers_than_partitions(overlay: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No worker is started that would hold no partition; a person or KEDA counts, never both."""
    partitions = read_settings(overlay, WORKER, monkeypatch).topic_partitions
    worker = of_kind(overlay, "StatefulSet")[WORKER]["spec"]
    scaled_objects = of_kind(overlay, "ScaledObject")
    if scaled_objects:
        spec = scaled_objects[WORKER]["spec"]
        assert 1 <= spec["minReplicaCount"] <= spec["maxReplicaCount"] <= partitions
        assert "replicas" not in worker
    else:
        assert 1 <= worker["replicas"] <= partitions


def test_keda_asks_for_the_workers_lag() -> None:
    """KEDA reads the lag with variables that the worker has, as the worker's user."""
    scaled = of_kind("production", "ScaledObject")[WORKER]["spec"]
    assert scaled["scaleTargetRef"]["name"] == WORKER
    assert scaled["scaleTargetRef"]["kind"] == "StatefulSet"
    (trigger,) = scaled["triggers"]
    variables = environment("production", WORKER)
    names = {key: value for key, value in trigger["metadata"].items() if key.endswith("FromEnv")}
    assert names == {
        "bootstrapServersFromEnv": "CLAIMWIRE_BROKER",
        "consumerGroupFromEnv": "CLAIMWIRE_GROUP_ID",
        "topicFromEnv": "CLAIMWIRE_ARTICLES_TOPIC",
    }
    assert "://" not in (variables["CLAIMWIRE_BROKER"] or "")  # KEDA takes host:port alone
    authentication = of_kind("production", "TriggerAuthentication")
    spec = authentication[trigger["authenticationRef"]["name"]]["spec"]
    assert {given["name"] for given in spec["env"]} <= set(variables)
    assert {given["name"] for given in spec["secretTargetRef"]} <= secrets("production", WORKER)


def secrets(overlay: str, name: str) -> set[str]:
    """Return the Secrets that a pod's volumes hold."""
    found = set()
    for volume in pod_specs(overlay)[name]["volumes"]:
        if "secret" in volume:
            found.add(volume["secret"]["secretName"])
        for source in volume.get("projected", {}).get("sources", []):
            found.add(source["secret"]["name"])
    return found


@each_pod
def test_a_file_that_a_setting_names_is_mounted(overlay: str, name: str) -> None:
    """Each *_FILE lies in a volume that has it, and no secret stands in a variable."""
    pod = pod_specs(overlay)[name]
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    files = set()
    for mount in only_container(overlay, name)["volumeMounts"]:
        volume = volumes[mount["name"]]
        projected = [source["secret"] for source in volume.get("projected", {}).get("sources", [])]
        for source in [*projected, *([volume["secret"]] if "secret" in volume else [])]:
            files |= {f"{mount['mountPath']}/{item['path']}" for item in source["items"]}
    variables = environment(overlay, name)
    named = {value for key, value in variables.items() if key.endswith("_FILE")}
    assert named == files
    assert not {key for key in variables if re.search("(PASSWORD|TOKEN)$", key)}


@each_overlay
def test_secrets_are_not_in_the_manifests(overlay: str) -> None:
    """Secrets are made by whoever applies this, as the page says, and their names are on it."""
    assert not of_kind(overlay, "Secret")
    page = (KUBERNETES / "README.md").read_text("utf-8")
    for name in pod_specs(overlay):
        for secret in secrets(overlay, name):
            assert re.search(rf"create secret generic {secret} ", page), secret


@each_overlay
def test_what_a_pod_refers_to_is_there(overlay: str) -> None:
    """Config maps and the service account of a pod are in the same overlay."""
    for name, pod in pod_specs(overlay).items():
        assert pod["serviceAccountName"] in of_kind(overlay, "ServiceAccount")
        for source in only_container(overlay, name)["envFrom"]:
            assert source["configMapRef"]["name"] in of_kind(overlay, "ConfigMap")


def selects(selector: Resource, labels: dict[str, str]) -> bool:
    """Tell whether a label selector takes these labels."""
    return set(selector.get("matchLabels", selector).items()) <= set(labels.items())


@each_overlay
def test_selectors_find_their_pods(overlay: str) -> None:
    """A selector of a component finds that component's pods, by application and component."""
    pods = {
        resource["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/component"]: resource[
            "spec"
        ]["template"]["metadata"]["labels"]
        for kind in ("StatefulSet", "Deployment", "Job")
        for resource in of_kind(overlay, kind).values()
    }
    for component, workload in (
        ("worker", of_kind(overlay, "StatefulSet")[WORKER]),
        ("dashboard", of_kind(overlay, "Deployment")[DASHBOARD]),
    ):
        name = f"claimwire-{component}"
        selectors = [
            workload["spec"]["selector"],
            of_kind(overlay, "Service")[name]["spec"]["selector"],
            of_kind(overlay, "PodDisruptionBudget")[name]["spec"]["selector"],
            *(
                spread["labelSelector"]
                for spread in pod_specs(overlay)[name]["topologySpreadConstraints"]
            ),
        ]
        for selector in selectors:
            assert [each for each, labels in pods.items() if selects(selector, labels)] == [
                component
            ]


@each_overlay
def test_one_pod_at_a_time_is_taken_away(overlay: str) -> None:
    """A drained node takes one pod of a component, and none is kept by a pod that cannot start."""
    for budget in of_kind(overlay, "PodDisruptionBudget").values():
        assert budget["spec"]["maxUnavailable"] == 1
        assert budget["spec"]["unhealthyPodEvictionPolicy"] == "AlwaysAllow"


def policies(overlay: str) -> dict[str, Resource]:
    """Return the specifications of the network policies, by name."""
    return {name: each["spec"] for name, each in of_kind(overlay, "NetworkPolicy").items()}


@each_overlay
def test_the_network_is_closed_but_for_what_is_named(overlay: str) -> None:
    """All is denied; DNS and Kafka are let out, Prometheus and the ingress controller in."""
    found = policies(overlay)
    assert found["claimwire-default-deny"] == {
        "podSelector": {},
        "policyTypes": ["Ingress", "Egress"],
    }
    ways_in = {name for name, policy in found.items() if policy.get("ingress")}
    ways_out = {name for name, policy in found.items() if policy.get("egress")}
    assert ways_out == {"claimwire-dns", "claimwire-kafka"}
    assert ways_in == ({"claimwire-metrics", "claimwire-dashboard"} & set(found))
    for policy in found.values():
        for rule in [*policy.get("ingress", []), *policy.get("egress", [])]:
            assert rule["ports"]
            assert rule.get("from") or rule.get("to")
    (names,) = found["claimwire-dns"]["egress"][0]["to"]
    assert names["podSelector"]["matchLabels"] == {"k8s-app": "kube-dns"}


@each_overlay
def test_kafkas_port_is_let_out(overlay: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The network lets out the port that the broker's address names, and no other."""
    settings = read_settings(overlay, WORKER, monkeypatch)
    ports = {int(server.rsplit(":", 1)[1]) for server in settings.bootstrap_servers}
    (rule,) = policies(overlay)["claimwire-kafka"]["egress"]
    assert {port["port"] for port in rule["ports"]} == ports


@each_overlay
def test_prometheus_finds_the_workers(overlay: str) -> None:
    """A job is named as rules and dashboard want it, and each overlay has its own."""
    label = of_kind(overlay, "Service")[WORKER]["metadata"]["labels"]["app.kubernetes.io/instance"]
    (namespace,) = of_kind(overlay, "Namespace")
    assert label == namespace
    assert label.startswith("claimwire")
    for monitor in of_kind(overlay, "ServiceMonitor").values():
        spec = monitor["spec"]
        service = of_kind(overlay, "Service")[WORKER]
        assert spec["jobLabel"] == "app.kubernetes.io/instance"
        assert selects(spec["selector"], service["metadata"]["labels"])
        (endpoint,) = spec["endpoints"]
        assert endpoint["port"] == service["spec"]["ports"][0]["name"]
        (rule,) = policies(overlay)["claimwire-metrics"]["ingress"]
        assert [port["port"] for port in rule["ports"]] == [endpoint["port"]]


def test_the_prometheus_rule_is_the_rule_files() -> None:
    """The rules in the cluster are those of deploy/prometheus, group by group."""
    (rule,) = of_kind("production", "PrometheusRule").values()
    groups = [
        group for path in RULE_FILES for group in yaml.safe_load(path.read_text("utf-8"))["groups"]
    ]
    # kustomize writes a folded expression with other line ends, which say nothing in PromQL.
    assert with_single_spaces(rule["spec"]["groups"]) == with_single_spaces(groups)


def with_single_spaces(value: Any) -> Any:
    """Return a document whose texts have single spaces for all white space."""
    if isinstance(value, dict):
        return {key: with_single_spaces(each) for key, each in value.items()}
    if isinstance(value, list):
        return [with_single_spaces(each) for each in value]
    return " ".join(value.split()) if isinstance(value, str) else value


def test_the_prometheus_rule_is_written_anew(tmp_path: Path) -> None:
    """What the script writes is what is committed, and a changed rule changes it."""
    deploy = tmp_path / "deploy"
    for name in ("kubernetes", "prometheus"):
        shutil.copytree(KUBERNETES.parent / name, deploy / name)
    written = deploy / "kubernetes" / "components" / "monitoring" / "prometheus-rule.yaml"
    before = written.read_bytes()
    script = deploy / "kubernetes" / "write-prometheus-rule"
    subprocess.run([script], check=True, timeout=30)
    assert written.read_bytes() == before
    rules = deploy / "prometheus" / "rules" / "workers.yml"
    rules.write_text(rules.read_text("utf-8").replace("for: 1m", "for: 3m"), "utf-8")
    subprocess.run([script], check=True, timeout=30)
    assert written.read_bytes() == before.replace(b"for: 1m", b"for: 3m")


def test_grafanas_dashboard_is_the_dashboard() -> None:
    """The config map holds the file, small enough for `kubectl apply` to keep a copy beside it."""
    config_map = of_kind("production", "ConfigMap")["claimwire-grafana"]
    dashboard = KUBERNETES.parent / "grafana" / "dashboards" / "claimwire.json"
    assert config_map["data"] == {"claimwire.json": dashboard.read_text("utf-8")}
    assert config_map["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert dashboard.stat().st_size < 200_000


@each_overlay
def test_the_image_is_one(overlay: str) -> None:
    """Every component runs the same image; production's is this release."""
    images = {only_container(overlay, name)["image"] for name in pod_specs(overlay)}
    assert len(images) == 1
    if overlay == "production":
        assert images.pop().endswith(f":{__version__}")


@pytest.mark.parametrize("overlay", [name for name in OVERLAYS if name != "production"])
def test_dev_needs_no_operator(overlay: str) -> None:
    """Outside production every kind is Kubernetes' own: a bare cluster takes it."""
    groups = {resource["apiVersion"].split("/")[0] for resource in build(overlay)}
    assert groups <= {"v1", "apps", "batch", "policy", "networking.k8s.io"}


@pytest.mark.parametrize("ci", [True, False])
@pytest.mark.parametrize(
    ("programs", "missing"),
    [
        (["bash", "dirname"], "kubectl"),
        (["bash", "dirname", "kubectl"], "python3"),
        (["bash", "dirname", "kubectl", "python3"], "Python package kubernetes_validate"),
    ],
)
def test_check_without_its_tools(
    tmp_path: Path, programs: list[str], missing: str, ci: bool
) -> None:
    """Without what it needs the check is skipped with a line that names it; in CI it fails."""
    folder = tmp_path / "programs"
    folder.mkdir()
    for name in programs:
        if name in {"kubectl", "python3"}:
            (folder / name).write_text("#!/bin/sh\nexit 1\n", "utf-8")
            (folder / name).chmod(0o755)
        else:
            (folder / name).symlink_to(shutil.which(name) or name)
    script = shutil.copy2(KUBERNETES / "check", tmp_path)  # out of reach of this environment
    ended = subprocess.run(
        [script],
        env={"PATH": str(folder)} | ({"CI": "true"} if ci else {}),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == (1 if ci else 0)
    assert ended.stderr.startswith(
        f"SKIPPED: the Kubernetes manifests were not checked: there is no {missing} "
    )
    assert ended.stderr.count("\n") == (2 if ci else 1)
