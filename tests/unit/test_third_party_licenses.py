"""THIRD_PARTY_LICENSES.md: every pinned package is on it, and may be shipped.

What is installed here is compared with the page, and only that: pins for other platforms and
Pythons are held to the page's own word.
"""

from importlib.metadata import Distribution, PathDistribution
from pathlib import Path

import orjson
import pytest

from scripts import third_party_licenses as licences
from scripts.third_party_licenses import (
    ALLOWED_BECAUSE,
    NOTICE_ONLY,
    LicenceError,
    Package,
    Pin,
    compiled_in,
    declared_licence,
    describe_package,
    format_table,
    installed_package,
    is_allowed,
    read_pins,
    read_table,
    split_page,
)

PAGE = licences.PAGE.read_text("utf-8")
PROSE = " ".join(split_page(PAGE)[::2])
PINS = list(read_pins(licences.REQUIREMENTS.read_text("utf-8")))
INSTALLED = [package for pin in PINS if pin.holds_here and (package := installed_package(pin.name))]


def write_package(folder: Path, name: str, version: str, *declared: str) -> Distribution:
    """Write what an installed package declares and return it."""
    metadata = folder / f"{name}-{version}.dist-info"
    metadata.mkdir()
    lines = ["Metadata-Version: 2.4", f"Name: {name}", f"Version: {version}", *declared, ""]
    (metadata / "METADATA").write_text("\n".join(lines))
    (metadata / "RECORD").write_text(f"{metadata.name}/METADATA,,\n")
    return PathDistribution(metadata)


def test_every_pin_is_listed_with_its_version() -> None:
    """The table has a row for each pin of requirements.txt and no other: run `make licenses`."""
    listed = [(package.name, package.version) for package in read_table(PAGE)]
    assert listed == [(pin.name, pin.version) for pin in PINS]


def test_every_listed_licence_is_allowed() -> None:
    """Each row can be met with licences of the list, whatever platform it is for."""
    assert [row for row in read_table(PAGE) if not is_allowed(row.licence)] == []


def test_the_list_says_what_is_installed() -> None:
    """A row is what the package of that version declares here: run `make licenses`."""
    rows = {(row.name, row.version): row for row in read_table(PAGE)}
    for pin in PINS:
        if pin.holds_here:
            assert describe_package(pin) == rows[pin.name, pin.version]


def test_what_wheels_have_compiled_in_is_allowed() -> None:
    """So is every part that a wheel's own bill of materials names."""
    parts = [part for package in INSTALLED for part in compiled_in(package)]
    assert len(parts) > 100
    assert [part for part in parts if not is_allowed(part[1])] == []


def test_what_asks_for_more_than_a_notice_is_explained() -> None:
    """The page's prose names each package and part whose licence does, and each reason is used."""
    listed = [(row.name, row.licence) for row in read_table(PAGE)]
    parts = [part for package in INSTALLED for part in compiled_in(package)]
    asking = [part for part in listed + parts if not is_allowed(part[1], NOTICE_ONLY)]
    assert [name for name, _ in asking if name not in PROSE] == []
    for licence in ALLOWED_BECAUSE:
        assert any(licence in expression for _, expression in asking), licence


def test_wheels_with_libraries_of_others_are_explained() -> None:
    """The page's prose names each wheel that carries shared libraries in a folder of their own."""
    carriers = [package.name for package in INSTALLED if licences.brings_libraries(package)]
    assert [name for name in carriers if f"| {name}" not in PROSE] == []


@pytest.mark.parametrize(
    ("expression", "allowed"),
    [
        ("MIT", True),
        ("MPL-2.0 AND (Apache-2.0 OR MIT)", True),
        ("MIT OR GPL-3.0-only", True),
        ("Apache-2.0 WITH LLVM-exception", True),
        ("GPL-3.0-only", False),
        ("MIT AND GPL-3.0-only", False),
        ("(MIT OR Apache-2.0) AND AGPL-3.0-or-later", False),
        ("GPL-3.0-or-later WITH GCC-exception-3.1", False),
        ("LGPL-2.1-or-later", False),
        ("UNKNOWN", False),
        ("BSD License", False),
        ("MIT AND", False),
        ("(MIT", False),
        ("", False),
    ],
)
def test_an_expression_is_read_with_its_choices(expression: str, allowed: bool) -> None:
    """One allowed alternative is enough, of a conjunction each part; what is unknown is refused."""
    assert is_allowed(expression) is allowed


@pytest.mark.parametrize(
    ("declared", "licence"),
    [
        (["License-Expression: MIT OR GPL-2.0-only", "License: Apache 2.0"], "MIT OR GPL-2.0-only"),
        (["License: Apache 2.0"], "Apache-2.0"),
        (["License: MPL-2.0 AND MIT"], "MPL-2.0 AND MIT"),
        (["Classifier: License :: OSI Approved :: MIT License"], "MIT"),
        (["License: see the file", "Classifier: License :: OSI Approved :: MIT License"], "MIT"),
        (["Classifier: License :: OSI Approved :: BSD License"], ""),
        (["License: Copyright 2017, Somebody"], ""),
        ([], ""),
    ],
)
def test_what_a_package_declares(tmp_path: Path, declared: list[str], licence: str) -> None:
    """The expression comes first, then the text, then classifiers; a doubtful one is none."""
    assert declared_licence(write_package(tmp_path, "some", "1.0", *declared)) == licence


@pytest.mark.parametrize(
    ("declared", "version", "message"),
    [
        ("License-Expression: GPL-3.0-only", "1.0", "under GPL-3.0-only, which is not on the list"),
        ("License: ask us", "1.0", "does not declare clearly"),
        ("License-Expression: MIT", "1.1", "some 1.0 is not installed here: run make setup"),
    ],
)
def test_what_may_not_be_shipped_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, declared: str, version: str, message: str
) -> None:
    """A licence not allowed or not clear, or another version than the pinned, ends the command."""
    write_package(tmp_path, "some", version, declared)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(LicenceError, match=message):
        describe_package(Pin(name="some", version="1.0"))


def test_a_pin_for_another_platform_needs_no_install() -> None:
    """It is listed by what was read by hand; where nothing was, it is refused."""
    elsewhere = Pin(name="colorama", version="0.0", holds_here=False)
    assert describe_package(elsewhere) == Package(
        name="colorama", version="0.0", licence="BSD-3-Clause", has_text=None
    )
    with pytest.raises(LicenceError, match="READ_BY_HAND"):
        describe_package(Pin(name="no-such-package", version="1.0", holds_here=False))


def test_a_part_under_the_gpl_is_found(tmp_path: Path) -> None:
    """A bill of materials is read as CycloneDX has it; a part that names no licence is refused."""
    package = write_package(tmp_path, "some", "1.0")
    metadata = tmp_path / "some-1.0.dist-info"
    (metadata / "sboms").mkdir()
    parts = [
        {"name": "a", "licenses": [{"expression": "GPL-2.0-only"}]},
        {"name": "b", "licenses": [{"license": {"id": "MIT"}}]},
        {"name": "c", "licenses": [{"license": {"name": "Somebody's own"}}]},
        {"name": "d"},
    ]
    (metadata / "sboms" / "some.cyclonedx.json").write_bytes(orjson.dumps({"components": parts}))
    (metadata / "RECORD").write_text("some-1.0.dist-info/sboms/some.cyclonedx.json,,\n")
    refused = [name for name, licence in compiled_in(package) if not is_allowed(licence)]
    assert refused == ["a", "c", "d"]


def test_the_table_reads_back() -> None:
    """What is written into the page is what is read from it."""
    rows = [
        Package(name="a", version="1.0", licence="MIT OR Apache-2.0", has_text=True),
        Package(name="b", version="2", licence="MIT", has_text=False),
        Package(name="c", version="3", licence="MIT", has_text=None),
    ]
    page = f"before\n{licences.BEGIN}\n{format_table(rows)}{licences.END}\nafter\n"
    assert read_table(page) == rows
