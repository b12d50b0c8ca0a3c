"""Files of the user's -> messages for the articles topic. Pure reading: no Kafka here.

JSON Lines are passed on as they stand, good or bad: the pipeline is the judge of an article, and
keeps what it refuses in the dead letters. Only what cannot become a message is refused here.
"""

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

import orjson

from pipeline.errors import ArticleError, ConfigurationError
from pipeline.lenient_json import parse_json
from pipeline.records import decode_article

STDIN = "-"
MESSAGE_MAX_BYTES = 32 * 1024 * 1024
"""Longer lines and files are refused unread: they bound memory, and no broker takes them."""
JSON_ARRAY_MAX_BYTES = 256 * 1024 * 1024
"""A JSON file is parsed whole; more than this belongs into JSON Lines, which is streamed."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_NO_LIMIT = sys.maxsize


class FileFormat(StrEnum):
    """What a file holds."""

    JSONL = "jsonl"
    """An article a line."""
    JSON = "json"
    """One article, or an array of them."""
    TEXT = "text"
    """The plain text of one article."""
    HTML = "html"
    """One article as a page or a piece of one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ArticleMessage:
    """One message for the articles topic."""

    name: str
    """Where it came from, for people: `wire.jsonl:12`, `inbox/a.txt`."""
    key: bytes | None
    """The article's identity; None when the pipeline will not be able to read the article."""
    value: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """Something that was not sent, and why."""

    name: str
    reason: str
    """One sentence; says what to do, and holds nothing of the article."""


Readable = ArticleMessage | Refusal


def read_articles(path: str | os.PathLike[str]) -> Iterator[Readable]:
    """Read the articles of a file or a folder, one by one; `-` is JSON Lines on standard input.

    By the end of the name: `.jsonl` and `.ndjson` hold an article a line, `.json` one article or
    an array of them, `.txt` a text, `.html` and `.htm` a page. A folder is read with the folders
    in it, sorted by path, less hidden files. A pipe is JSON Lines.

    Raises ConfigurationError at once when the path cannot be read; what turns out unreadable
    later comes as a Refusal in its place.
    """
    if os.fspath(path) == STDIN:
        return read_stream(sys.stdin.buffer, FileFormat.JSONL, name="stdin")
    path = Path(path)
    if path.is_dir():
        return _read_folder(path)
    check_readable(path)
    if path.is_file() and path.suffix.lower() not in _FORMATS:
        raise ConfigurationError(f"{_clean(str(path))} {_UNKNOWN_KIND}")
    return _read_file(path, article_id=path.name)


def read_stream(
    stream: BinaryIO, file_format: FileFormat, *, name: str, article_id: str | None = None
) -> Iterator[Readable]:
    """Read the articles of an open file; `name` is for people, `article_id` for text and HTML.

    Text and pages are UTF-8; they get the source `file` and no title: a first line may be one,
    but it may as well be a sentence to check.
    """
    name = _clean(name)
    match file_format:
        case FileFormat.JSONL:
            return _read_lines(stream, name)
        case FileFormat.JSON:
            return _read_json(stream, name)
        case FileFormat.TEXT:
            return _read_body(stream, name, article_id or name, "text/plain")
        case FileFormat.HTML:
            return _read_body(stream, name, article_id or name, "text/html")


def format_by_name(path: Path) -> FileFormat | None:
    """Return what the end of the file's name says it holds, or None."""
    return _FORMATS.get(path.suffix.lower())


def check_readable(path: Path) -> None:
    """Raise ConfigurationError unless there is something at the path that may be read."""
    if not path.exists():
        raise ConfigurationError(f"{_clean(str(path))} does not exist: check the path.")
    if not os.access(path, os.R_OK):
        raise ConfigurationError(f"{_clean(str(path))} cannot be read: check its permissions.")


def article_key(value: bytes) -> bytes | None:
    """Return the message key of an article: its identity, or None when it is not an article."""
    try:
        return decode_article(value, body_max_characters=_NO_LIMIT).identity.encode()
    except ArticleError:
        return None


def _read_folder(folder: Path) -> Iterator[Readable]:
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(parent, name)
            if not name.startswith(".") and path.is_file():
                yield from _read_file(path, article_id=path.relative_to(folder).as_posix())


def _read_file(path: Path, *, article_id: str) -> Iterator[Readable]:
    name = _clean(str(path))
    file_format = format_by_name(path) or (None if path.is_file() else FileFormat.JSONL)
    if file_format is None:
        yield Refusal(name=name, reason=f"It {_UNKNOWN_KIND}")
        return
    try:
        with path.open("rb") as file:
            yield from read_stream(file, file_format, name=name, article_id=article_id)
    except OSError as error:
        yield Refusal(name=name, reason=f"It cannot be read ({error.strerror}): check the file.")


def _read_lines(file: BinaryIO, name: str) -> Iterator[Readable]:
    number = 0
    while line := file.readline(MESSAGE_MAX_BYTES + 1):
        number += 1
        place = f"{name}:{number}"
        if len(line) > MESSAGE_MAX_BYTES:
            while line and not line.endswith(b"\n"):
                line = file.readline(MESSAGE_MAX_BYTES)
            yield _too_large(place, "Shorten it.")
            continue
        if number == 1:
            line = line.removeprefix(_BYTE_ORDER_MARK)  # belongs to the file, not to the article
        if value := line.strip():
            yield ArticleMessage(name=place, key=article_key(value), value=value)


def _read_json(file: BinaryIO, name: str) -> Iterator[Readable]:
    content = file.read(JSON_ARRAY_MAX_BYTES + 1).removeprefix(_BYTE_ORDER_MARK).strip()
    if len(content) > JSON_ARRAY_MAX_BYTES:
        yield _too_large(name, "Turn it into JSON Lines, one article a line.")
    elif not content:
        yield Refusal(name=name, reason="It is empty: put an article into it.")
    elif content.startswith(b"["):
        yield from _read_array(content, name)
    elif len(content) > MESSAGE_MAX_BYTES:
        yield _too_large(name, "Shorten it.")
    else:
        yield ArticleMessage(name=name, key=article_key(content), value=content)


def _read_array(content: bytes, name: str) -> Iterator[Readable]:
    try:
        document = parse_json(content)
    except ArticleError as error:
        yield Refusal(name=name, reason=error.message)
        return
    assert isinstance(document, list)  # noqa: S101 - it begins with a bracket
    for index, item in enumerate(document):
        value = orjson.dumps(item)
        yield ArticleMessage(name=f"{name}[{index}]", key=article_key(value), value=value)


def _read_body(file: BinaryIO, name: str, article_id: str, content_type: str) -> Iterator[Readable]:
    content = file.read(MESSAGE_MAX_BYTES + 1).removeprefix(_BYTE_ORDER_MARK)
    if len(content) > MESSAGE_MAX_BYTES:
        yield _too_large(name, "Split it into articles.")
        return
    try:
        body = content.decode("utf-8")
    except UnicodeDecodeError:
        body = "\0"
    if "\0" in body:  # a binary file may happen to be UTF-8, but hardly without one of these
        yield Refusal(name=name, reason="It is not UTF-8 text: convert it, as with iconv.")
        return
    value = orjson.dumps(
        {
            "id": article_id.encode("utf-8", "replace").decode(),  # a name need not be UTF-8
            "source": "file",
            "content_type": content_type,
            "body": body,
        }
    )
    yield ArticleMessage(name=name, key=article_key(value), value=value)


def _too_large(name: str, remedy: str) -> Refusal:
    return Refusal(name=name, reason=f"It is too large to be an article. {remedy}")


def _clean(name: str) -> str:
    """Make a file's name safe to print: names may hold anything but a slash."""
    return "".join(c if c.isprintable() else "�" for c in name)


_FORMATS = {
    ".jsonl": FileFormat.JSONL,
    ".ndjson": FileFormat.JSONL,
    ".json": FileFormat.JSON,
    ".txt": FileFormat.TEXT,
    ".html": FileFormat.HTML,
    ".htm": FileFormat.HTML,
}
_UNKNOWN_KIND = f"is not a kind of file read here: use {', '.join(_FORMATS)}."
