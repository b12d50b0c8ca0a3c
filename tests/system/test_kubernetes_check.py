"""`deploy/kubernetes/check`: passes what is shipped, refuses each kind of mistake by its name."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.kubernetes_manifests import KUBERNETES, OVERLAYS, PROGRAMS

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        os.environ.get("CI") != "true"
        and (
            shutil.which("kubectl", path=PROGRAMS) is None
            or find_spec("kubernetes_validate") is None
            or find_spec("cloudcoil") is None
        ),
        reason="there is no kubectl, or none of the packages with the schemas (make check)",
    ),
]


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """One mistake in one file, and what the check is to say of it."""

    file: str
    right: str
    wrong: str
    said: str
    """Follows the file's name."""

    @property
    def name(self) -> str:
        """Say what it is, for the test's name."""
        return f"{Path(self.file).stem}-{self.said.split(':', 1)[0].split('.')[-1]}"


MISTAKES = [
    Mistake(  # a field that is not there
        file="base/worker.yaml",
        right="minReadySeconds: 10",
        wrong="minimumReadySeconds: 10",
        said="spec: Additional properties are not allowed ('minimumReadySeconds' was unexpected)",
    ),
    Mistake(  # the same, deep within a pod
        file="base/dashboard.yaml",
        right="readOnlyRootFilesystem: true",
        wrong="readonlyRootFilesystem: true",
        said=(
            "spec.template.spec.containers.0.securityContext: Additional properties are not "
            "allowed ('readonlyRootFilesystem' was unexpected)"
        ),
    ),
    Mistake(  # of another type
        file="base/topics.yaml",
        right="backoffLimit: 6",
        wrong="backoffLimit: six",
        said="spec.backoffLimit: 'six' is not of type 'integer'",
    ),
    Mistake(  # left out
        file="base/dashboard.yaml",
        right=(
            "  selector:\n    matchLabels:\n      app.kubernetes.io/name: claimwire\n"
            "      app.kubernetes.io/component: dashboard\n  template:"
        ),
        wrong="  template:",
        said="spec: 'selector' is a required property",
    ),
    Mistake(
        file="base/network.yaml",
        right="networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: claimwire-dns",
        wrong="networking.k8s.io/v3\nkind: NetworkPolicy\nmetadata:\n  name: claimwire-dns",
        said="apiVersion, kind: no schema of NetworkPolicy networking.k8s.io/v3 is known",
    ),
    Mistake(
        file="components/autoscaling/scaled-object.yaml",
        right="maxReplicaCount: 4",
        wrong="maxReplicaCount: 4\n  maxReplicas: 4",
        said="spec.maxReplicas: no such field",
    ),
    Mistake(
        file="components/autoscaling/scaled-object.yaml",
        right='lagThreshold: "200"',
        wrong="lagThreshold: 200",
        said="spec.triggers.0.metadata.lagThreshold: Input should be a valid string",
    ),
    Mistake(
        file="components/monitoring/service-monitor.yaml",
        right="targetLabel: instance",
        wrong="target: instance",
        said="spec.endpoints.0.relabelings.0.target: no such field",
    ),
    Mistake(
        file="components/monitoring/service-monitor.yaml",
        right="interval: 15s",
        wrong="interval: 15 seconds",
        said="spec.endpoints.0.interval: String should match pattern",
    ),
    Mistake(
        file="overlays/production/trigger-authentication.yaml",
        right="parameter: password",
        wrong="parameters: password",
        said="spec.secretTargetRef.0.parameter: Field required",
    ),
    Mistake(
        file="components/monitoring/prometheus-rule.yaml",
        right="expr: up{",
        wrong="expression: up{",
        said="spec.groups.3.rules.1.expr: Field required",
    ),
]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of deploy/kubernetes, with what it reads beside it."""
    for name in ("kubernetes", "prometheus", "grafana"):
        shutil.copytree(KUBERNETES.parent / name, tmp_path / name)
    return tmp_path / "kubernetes"


def check(folder: Path) -> CompletedProcess[str]:
    """Run a folder's check with the programs of this environment."""
    return subprocess.run(
        [folder / "check"],
        env=os.environ | {"PATH": PROGRAMS},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def replace_once(path: Path, right: str, wrong: str) -> None:
    """Replace the first place of a text that is there."""
    text = path.read_text("utf-8")
    assert right in text
    path.write_text(text.replace(right, wrong, 1), "utf-8")


def test_what_is_shipped_passes(copy: Path) -> None:
    """Every overlay is built and held to its schemas, a line each, and nothing is left behind."""
    before = sorted(copy.rglob("*"))
    ended = check(copy)
    assert (ended.returncode, ended.stderr) == (0, "")
    said = [line.split(":")[0] for line in ended.stdout.splitlines()]
    assert said == [f"overlays/{name}" for name in OVERLAYS]
    assert sorted(copy.rglob("*")) == before


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_a_mistake_is_refused(copy: Path, mistake: Mistake) -> None:
    """The check fails and names the file and the field."""
    replace_once(copy / mistake.file, mistake.right, mistake.wrong)
    ended = check(copy)
    assert ended.returncode == 1
    assert f"{mistake.file}: {mistake.said}" in ended.stderr


def test_a_kustomization_that_cannot_be_built_is_refused(copy: Path) -> None:
    """What kustomize refuses fails the check, with the overlay's name and kustomize's words."""
    replace_once(copy / "overlays" / "dev" / "kustomization.yaml", "../../base", "../../bass")
    ended = check(copy)
    assert ended.returncode == 1
    assert "overlays/dev cannot be built." in ended.stderr
    assert "bass" in ended.stderr


def test_a_patch_that_breaks_a_resource_is_refused(copy: Path) -> None:
    """A mistake in an overlay's patch is told with the file of the resource and the overlay."""
    replace_once(
        copy / "overlays" / "production" / "kustomization.yaml", "value: 9093", "value: {tls: 9093}"
    )
    ended = check(copy)
    assert ended.returncode == 1
    assert "base/network.yaml: spec.egress.0.ports.0.port: " in ended.stderr
    assert "(NetworkPolicy claimwire-kafka of overlays/production)" in ended.stderr


def test_a_rule_that_was_not_written_anew_is_refused(copy: Path) -> None:
    """The check says which command brings a changed rule into the cluster's copy."""
    replace_once(copy.parent / "prometheus" / "rules" / "workers.yml", "for: 1m", "for: 3m")
    ended = check(copy)
    assert ended.returncode == 1
    assert "run deploy/kubernetes/write-prometheus-rule." in ended.stderr
