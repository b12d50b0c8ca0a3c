"""Holds the resources of a built overlay to their schemas: `validate.py OVERLAY FILE`.

Kubernetes' own kinds go to kubernetes-validate, strictly, by the oldest and the newest release that
the manifests are for. Custom resources go to models made from the operators' published definitions.
Neither takes a field it does not know. A kind that nobody knows is an error too.

It is called by `check`, which has kustomize annotate where each resource comes from.
"""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pydantic
import yaml

KUBERNETES_VERSIONS = ("1.30", "1.37")
MODELS = {
    "keda.sh/v1alpha1": "cloudcoil.models.keda.v1alpha1",
    "monitoring.coreos.com/v1": "cloudcoil.models.prometheus_operator.v1",
}
"""Modules with a model of each custom resource, by apiVersion."""
_ORIGIN = "config.kubernetes.io/origin"
_ROOT = Path(__file__).parent

Resource = dict[str, Any]


def find_problems(resource: Resource) -> Iterator[str]:
    """Yield what is wrong with a resource, each with the path of its field."""
    module = MODELS.get(resource["apiVersion"])
    if module is not None:
        yield from _custom_problems(resource, module)
        return
    versions_by_problem: dict[str, list[str]] = {}
    for version in KUBERNETES_VERSIONS:
        problem = _kubernetes_problem(resource, version)
        if problem is not None:
            versions_by_problem.setdefault(problem, []).append(version)
    for problem, versions in versions_by_problem.items():
        yield f"{problem} (Kubernetes {', '.join(versions)})"


def _kubernetes_problem(resource: Resource, version: str) -> str | None:
    try:
        kubernetes_validate.validate(resource, version, strict=True)
    except kubernetes_validate.ValidationError as error:
        return f"{'.'.join(map(str, error.path)) or '(top)'}: {error.message}"
    except kubernetes_validate.SchemaNotFoundError as error:
        return f"apiVersion, kind: no schema of {error.kind} {error.api_version} is known"
    return None


def _custom_problems(resource: Resource, module: str) -> Iterator[str]:
    model = getattr(importlib.import_module(module), resource["kind"], None)
    if model is None:
        yield f"apiVersion, kind: no schema of a {resource['kind']} is known"
        return
    try:
        read = model.model_validate(resource, strict=True)
    except pydantic.ValidationError as error:
        for one in error.errors():
            yield f"{'.'.join(map(str, one['loc']))}: {one['msg']}"
        return
    # The models pass over what they do not know: what they have not kept is unknown.
    kept = read.model_dump(by_alias=True, mode="json", exclude_unset=True)
    yield from _unknown_fields(resource, kept, "")


def _unknown_fields(given: object, kept: object, path: str) -> Iterator[str]:
    if isinstance(given, dict) and isinstance(kept, dict):
        for key, value in given.items():
            if key not in kept:
                yield f"{path}{key}: no such field"
            else:
                yield from _unknown_fields(value, kept[key], f"{path}{key}.")
    elif isinstance(given, list) and isinstance(kept, list):
        for index, (one, other) in enumerate(zip(given, kept, strict=True)):
            yield from _unknown_fields(one, other, f"{path}{index}.")


def take_origin(resource: Resource) -> str:
    """Remove kustomize's note of where a resource comes from and return the path it names."""
    annotations = resource["metadata"]["annotations"]
    origin = yaml.safe_load(annotations.pop(_ORIGIN))
    if not annotations:
        del resource["metadata"]["annotations"]
    path = Path(origin.get("path") or origin["configuredIn"])
    # Relative to the folder that `check` builds in, which is one below this one.
    return str(Path(*path.parts[1:]) if path.parts[0] == ".." else path)


def main(overlay: str, built: Path) -> int:
    """Print every problem of a built overlay; return 1 when there are some."""
    resources = [each for each in yaml.safe_load_all(built.read_text("utf-8")) if each]
    problems = 0
    for resource in resources:
        origin = take_origin(resource)
        for problem in find_problems(resource):
            problems += 1
            name = f"{resource['kind']} {resource['metadata']['name']}"
            print(f"{origin}: {problem} ({name} of {overlay})", file=sys.stderr)
    if not problems:
        print(f"{overlay}: {len(resources)} resources are as their schemas say")
    return 1 if problems or not resources else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
