"""What `deploy/kubernetes/` builds, for the tests of it."""

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

KUBERNETES = Path(__file__).parents[1] / "deploy" / "kubernetes"
OVERLAYS = sorted(path.name for path in (KUBERNETES / "overlays").iterdir())

# The environment's own programs come first, as in deploy/kubernetes/check.
PROGRAMS = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])

Resource = dict[str, Any]


@cache
def build(overlay: str) -> tuple[Resource, ...]:
    """Return the resources of an overlay; skips the test where there is no kubectl, but not in CI.

    Raises CalledProcessError when the overlay cannot be built.
    """
    kubectl = shutil.which("kubectl", path=PROGRAMS)
    if kubectl is None:
        if os.environ.get("CI") == "true":
            pytest.fail("There is no kubectl, and with CI=true that is a failure.")
        pytest.skip("there is no kubectl")
    folder = KUBERNETES / "overlays" / overlay
    built = subprocess.run([kubectl, "kustomize", folder], capture_output=True, check=True)
    return tuple(yaml.safe_load_all(built.stdout))


def of_kind(overlay: str, kind: str) -> dict[str, Resource]:
    """Return an overlay's resources of one kind, by name."""
    return {
        resource["metadata"]["name"]: resource
        for resource in build(overlay)
        if resource["kind"] == kind
    }


def pod_specs(overlay: str) -> dict[str, Resource]:
    """Return every pod specification of an overlay, by the name of what makes the pods."""
    return {
        name: resource["spec"]["template"]["spec"]
        for kind in ("StatefulSet", "Deployment", "Job")
        for name, resource in of_kind(overlay, kind).items()
    }


def environment(overlay: str, name: str) -> dict[str, str | None]:
    """Return what a pod's only container finds in its environment; None: known to the cluster."""
    (container,) = pod_specs(overlay)[name]["containers"]
    config_maps = of_kind(overlay, "ConfigMap")
    found: dict[str, str | None] = {}
    for source in container["envFrom"]:
        found |= config_maps[source["configMapRef"]["name"]]["data"]
    return found | {
        variable["name"]: variable.get("value") for variable in container.get("env", [])
    }
