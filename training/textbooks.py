"""The textbooks of OpenStax, as text to hear: paragraphs of their CNXML, no exercises or tables."""

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

CNXML = "{http://cnx.rice.edu/cnxml}"
_LEFT_OUT = frozenset(
    CNXML + tag
    for tag in "exercise problem solution table figure equation list footnote code media".split()
) | {"{http://www.w3.org/1998/Math/MathML}math"}
_SHORTEST_PARAGRAPH = 80
"""Characters; what is shorter leads up to a formula or a list."""
_CITATION = re.compile(r"\s*\((?:[^()]*\b(?:19|20)\d\d[a-z]?|[^()]*,\s*n\.d\.)\)")
"""`(Siegel, 2008)` and the like, which news never has."""


def modules(clone: Path) -> Iterator[tuple[str, str, list[str]]]:
    """Yield name, title and paragraphs of each section of a book.

    Raises FileNotFoundError when the folder is no clone of one.
    """
    paths = sorted(clone.glob("modules/*/index.cnxml"))
    if not paths:
        raise FileNotFoundError(f"{clone}: no modules; is it a clone of a textbook?")
    for path in paths:
        root = ElementTree.parse(path).getroot()  # noqa: S314  # README.md names its commit
        content = root.find(f"{CNXML}content")
        if content is not None:
            texts = (_CITATION.sub("", text) for text in _paragraphs(content))
            kept = [text for text in texts if len(text) > _SHORTEST_PARAGRAPH]
            yield f"{clone.name} {path.parent.name}", root.findtext(f"{CNXML}title") or "", kept


def _paragraphs(element: ElementTree.Element) -> Iterator[str]:
    if element.tag == f"{CNXML}para":
        yield " ".join(_text_of(element).split())
    elif element.tag not in _LEFT_OUT:
        for child in element:
            yield from _paragraphs(child)


def _text_of(element: ElementTree.Element) -> str:
    parts = [element.text or ""]
    for child in element:
        if child.tag == f"{CNXML}link" and "target-id" in child.attrib and not child.text:
            parts.append("the figure")
        elif child.tag not in _LEFT_OUT:
            parts.append(_text_of(child))
        parts.append(child.tail or "")
    return "".join(parts)
