"""What two agencies of the United States posted about their work, as text to hear (Markdown)."""

import html
import re
from collections.abc import Iterator
from pathlib import Path

_POST = re.compile(r"---\n(?P<head>.*?)\n---\n(?P<body>.*)", re.DOTALL)
_TITLE = re.compile(r"^title: *(.*)$", re.MULTILINE)
_SHORTEST_PARAGRAPH = 80
"""Characters; what is shorter is a heading, a caption or a link."""
_MARKUP = (
    (re.compile(r"\{\{[<%].*?[>%]\}\}|\{%.*?%\}|<[^>]+>|!\[[^\]]*\]\([^)]*\)", re.DOTALL), ""),
    (re.compile(r"\[([^\]]*)\]\([^)]*\)"), r"\1"),
    (re.compile(r"\{[:.#][^}]*\}|\*\*|_|`"), ""),
)
_NO_PROSE = re.compile(r"[#*+|>&<-]|\d+\.")


def posts(clone: Path) -> Iterator[tuple[str, str, list[str]]]:
    """Yield name, title and paragraphs of each post.

    Raises FileNotFoundError when the folder is no clone of an agency's site.
    """
    paths = sorted(clone.glob("content/**/*.md"))
    if not paths:
        raise FileNotFoundError(f"{clone}/content: no posts; is it a clone of an agency's site?")
    for path in paths:
        post = _POST.match(path.read_text(encoding="utf-8", errors="replace"))
        title = post and _TITLE.search(post["head"])
        if post and title:
            name = f"{clone.name} {path.relative_to(clone)}"
            plain = html.unescape(title[1].strip().strip("\"'"))
            yield name, plain, list(_paragraphs(post["body"]))


def _paragraphs(body: str) -> Iterator[str]:
    for pattern, replacement in _MARKUP:
        body = pattern.sub(replacement, body)
    for paragraph in re.split(r"\n\s*\n", html.unescape(body)):
        text = " ".join(paragraph.split())
        if len(text) >= _SHORTEST_PARAGRAPH and not _NO_PROSE.match(text):
            yield text
