"""The version stands in pyproject.toml; whatever else names it agrees."""

import re
import tomllib
from pathlib import Path

import pytest

from pipeline import __version__

REPOSITORY = Path(__file__).parents[2]
QUOTED = re.compile(
    r"""claimwire:v?(\d[\w.-]*)                                # an image's tag
      | image\.version["']?\s*[=:]\s*["']?(\d[\w.-]*)          # an image's label
      | app\.kubernetes\.io/version["']?\s*:\s*["']?(\d[\w.-]*)
      | newTag:\s*["']?v?(\d[\w.-]*)                           # kustomize
    """,
    re.VERBOSE,
)


def quoted_versions(text: str) -> list[str]:
    """Return the versions of Claimwire that a file for deploying names."""
    return [next(filter(None, found.groups())) for found in QUOTED.finditer(text)]


def test_the_package_says_pyprojects_version() -> None:
    """What is installed here, and so on every claim, is that version: run `make setup`."""
    assert tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["version"] == (
        __version__
    )


def test_the_changelog_begins_with_it() -> None:
    """Its first section is of this version, unreleased or with the day of its release."""
    changelog = (REPOSITORY / "CHANGELOG.md").read_text()
    section = re.search(r"^## (\S+) \((unreleased|\d{4}-\d\d-\d\d)\)$", changelog, re.MULTILINE)
    assert section is not None
    assert section[1] == __version__


@pytest.mark.parametrize(
    "line",
    [
        "image: registry.example/claimwire:9.8.7",
        'LABEL org.opencontainers.image.version="9.8.7"',
        "    app.kubernetes.io/version: 9.8.7",
        '    newTag: "9.8.7"',
    ],
)
def test_a_version_for_deploying_is_found(line: str) -> None:
    """As image files, compose files and Kubernetes' write it."""
    assert quoted_versions(line) == ["9.8.7"]


def test_what_is_deployed_is_this_version() -> None:
    """No file under deploy/ names another."""
    for path in (REPOSITORY / "deploy").rglob("*"):
        if path.is_file():
            assert set(quoted_versions(path.read_text("utf-8", errors="replace"))) <= {
                __version__
            }, path
