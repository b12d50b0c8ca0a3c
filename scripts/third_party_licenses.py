"""Writes the table of packages in THIRD_PARTY_LICENSES.md: `make licenses`.

The packages are the pinned ones of requirements.txt; their licences are what the packages installed
here declare, as SPDX expressions. A licence that is not on the list below ends the command: whoever
adds it there says in a line why it may be shipped.
"""

import re
import sys
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import orjson
from license_expression import ExpressionError, ExpressionParseError, get_spdx_licensing
from packaging.requirements import Requirement

REPOSITORY = Path(__file__).parents[1]
REQUIREMENTS = REPOSITORY / "requirements.txt"
PAGE = REPOSITORY / "THIRD_PARTY_LICENSES.md"

BEGIN = "<!-- written by make licenses -->"
END = "<!-- until here -->"

NOTICE_ONLY = frozenset(
    "0BSD, Apache-2.0, Apache-2.0 WITH LLVM-exception, BSD-2-Clause, BSD-3-Clause, "
    "BSD-3-Clause-Modification, BSL-1.0, CC0-1.0, CNRI-Python, ISC, MIT, MIT-0, PSF-2.0, "
    "Unicode-3.0, Unicode-DFS-2016, Unlicense, Zlib".split(", ")
)
"""They ask for their text and notices to go along, or for nothing."""

ALLOWED_BECAUSE = {
    "MPL-2.0": "binds its own files, not what uses them; unchanged ones need a pointer to it",
    "MPL-1.1": "as MPL-2.0; tld offers it beside GPL and LGPL, and we take it",
}
"""What asks for more, each with why it may be shipped all the same."""

ALLOWED = NOTICE_ONLY | ALLOWED_BECAUSE.keys()

SPDX_OF_NAMES = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache 2": "Apache-2.0",
    "Apache 2.0": "Apache-2.0",
    "Apache 2.0 License": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "ISC License": "ISC",
    "MIT License": "MIT",
    "The BSD 2-Clause License": "BSD-2-Clause",
}
"""What packages wrote before there was a field for SPDX expressions. "BSD License" is none."""

READ_BY_HAND = {
    "colorama": "BSD-3-Clause",  # for Windows, so no environment of ours has it
    "faust-streaming": "BSD-3-Clause",  # declares the text instead of its name
    "mode-streaming": "BSD-3-Clause",  # declares "BSD License"; its text has the third clause
    "venusian": "BSD-3-Clause-Modification",  # calls it Repoze; SPDX has the same text
}
"""By package: what its licence file says, where what it declares is not clear."""

_SPDX = get_spdx_licensing()
_LICENCE_FILE = re.compile(r"licen[cs]e|copying", re.IGNORECASE)


class LicenceError(Exception):
    """A licence that cannot be read or may not be shipped; the message says what to do."""


@dataclass(frozen=True, kw_only=True)
class Pin:
    """A line of requirements.txt; `holds_here` says whether it is for this platform and Python."""

    name: str
    version: str
    holds_here: bool = True


@dataclass(frozen=True, kw_only=True)
class Package:
    """A row of the table.

    Attributes:
        licence: An SPDX expression.
        has_text: Whether the wheel holds the licence's text; None where none is installed here.
    """

    name: str
    version: str
    licence: str
    has_text: bool | None


def read_pins(requirements: str) -> Iterator[Pin]:
    """Yield every pin, for whatever platform and Python it is."""
    for line in requirements.replace("\\\n", "").splitlines():
        pinned = line.partition(" --hash")[0].strip()
        if pinned and not pinned.startswith("#"):
            requirement = Requirement(pinned)
            (specifier,) = requirement.specifier
            yield Pin(
                name=requirement.name,
                version=specifier.version,
                holds_here=requirement.marker is None or requirement.marker.evaluate(),
            )


def is_allowed(expression: str, allowed: Set[str] = ALLOWED) -> bool:
    """Say whether an SPDX expression can be met with these licences alone."""
    try:
        parsed = _SPDX.parse(expression, validate=True)
    except (ExpressionError, ExpressionParseError):
        return False
    if parsed is None:
        return False
    met = {
        symbol: _SPDX.TRUE if str(symbol) in allowed else _SPDX.FALSE for symbol in parsed.symbols
    }
    return bool(parsed.subs(met).simplify() == _SPDX.TRUE)


def declared_licence(package: Distribution) -> str:
    """Return the SPDX expression of what a package declares; empty where that is not clear."""
    fields = package.metadata
    for expression in fields.get_all("License-Expression", []):
        return str(expression)
    texts = [text.strip() for text in fields.get_all("License", [])]
    classifiers = [
        line.rpartition(" :: ")[2]
        for line in fields.get_all("Classifier", [])
        if line.startswith("License :: ")
    ]
    for names in (texts, classifiers):
        expressions = [SPDX_OF_NAMES.get(name, name) for name in names]
        if expressions and all(_is_spdx(expression) for expression in expressions):
            return " AND ".join(expressions)
    return ""


def _is_spdx(expression: str) -> bool:
    try:
        return _SPDX.parse(expression, validate=True) is not None
    except (ExpressionError, ExpressionParseError):
        return False


def describe_package(pin: Pin) -> Package:
    """Return a pin's row; of one for another platform, by another pin of the name or by hand.

    Raises:
        LicenceError: it is not installed, its licence cannot be told, or is not allowed.
    """
    installed = installed_package(pin.name)
    if pin.holds_here and (installed is None or installed.version != pin.version):
        raise LicenceError(f"{pin.name} {pin.version} is not installed here: run make setup")
    licence = declared_licence(installed) if installed else ""
    licence = licence or READ_BY_HAND.get(pin.name, "")
    if not licence:
        raise LicenceError(
            f"{pin.name} {pin.version} does not declare clearly what its licence is: read its "
            "licence file and put what it says into READ_BY_HAND"
        )
    if not is_allowed(licence):
        raise LicenceError(
            f"{pin.name} {pin.version} is under {licence}, which is not on the list of what may be "
            "shipped: leave the package out, or put it into ALLOWED_BECAUSE with the reason"
        )
    return Package(
        name=pin.name,
        version=pin.version,
        licence=licence,
        has_text=has_licence_text(installed) if installed else None,
    )


def installed_package(name: str) -> Distribution | None:
    """Return what is installed under a name, if anything is."""
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None


def has_licence_text(package: Distribution) -> bool:
    """Say whether a file of the package is called a licence."""
    return any(_LICENCE_FILE.search(file.name) for file in package.files or [])


def compiled_in(package: Distribution) -> Iterator[tuple[str, str]]:
    """Yield name and licence of all that a wheel's own bill of materials (CycloneDX) names."""
    for file in package.files or []:
        if "sboms" in file.parts and file.suffix == ".json":
            bill = orjson.loads(Path(str(file.locate())).read_bytes())
            for part in bill.get("components", []):
                for entry in part.get("licenses", [{}]):
                    licence = entry.get("license", {})
                    named = licence.get("id") or licence.get("name", "")
                    yield part["name"], entry.get("expression") or named


def brings_libraries(package: Distribution) -> bool:
    """Say whether a wheel carries shared libraries of others, as its repair tool puts them in."""
    return any(file.parts[0].endswith((".libs", ".dylibs")) for file in package.files or [])


def format_table(packages: Iterable[Package]) -> str:
    """Return the table as Markdown."""
    has_text = {True: "yes", False: "no", None: "–"}
    lines = ["| package | version | licence | text in its wheel |", "|---|---|---|---|"]
    lines += [
        f"| {row.name} | {row.version} | {row.licence} | {has_text[row.has_text]} |"
        for row in packages
    ]
    return "\n".join(lines) + "\n"


def split_page(page: str) -> tuple[str, str, str]:
    """Return what stands before the table, the table, and what stands after it."""
    before, _, rest = page.partition(BEGIN + "\n")
    table, _, after = rest.partition(END + "\n")
    return before, table, after


def read_table(page: str) -> list[Package]:
    """Return the rows of the page's table, the inverse of `format_table`."""
    has_text = {"yes": True, "no": False, "–": None}
    rows = [line.strip("| ").split(" | ") for line in split_page(page)[1].splitlines()[2:]]
    return [
        Package(name=name, version=version, licence=licence, has_text=has_text[text])
        for name, version, licence, text in rows
    ]


def main() -> int:
    """Write the table; return the exit status."""
    try:
        packages = [describe_package(pin) for pin in read_pins(REQUIREMENTS.read_text("utf-8"))]
    except LicenceError as error:
        print(f"make licenses: {error}.", file=sys.stderr)
        return 1
    before, _, after = split_page(PAGE.read_text("utf-8"))
    PAGE.write_text(f"{before}{BEGIN}\n{format_table(packages)}{END}\n{after}", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
