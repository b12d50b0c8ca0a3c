"""What a stream without a telling name holds: its first line says."""

from collections.abc import Iterator
from typing import BinaryIO

import orjson

from pipeline.article_files import MESSAGE_MAX_BYTES, FileFormat, Readable, read_stream

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def read_guessed(
    stream: BinaryIO, file_format: FileFormat | None = None, *, name: str
) -> Iterator[Readable]:
    """Read the articles of a stream; its first line tells the format, unless that is given."""
    if file_format is not None:
        return read_stream(stream, file_format, name=name)
    first = stream.readline(MESSAGE_MAX_BYTES)
    while first and not first.strip():
        first = stream.readline(MESSAGE_MAX_BYTES)
    rejoined: BinaryIO = _Rejoined(first, stream)  # type: ignore[assignment]
    return read_stream(rejoined, guess_format(first), name=name)


def guess_format(first_line: bytes) -> FileFormat:
    """Return what a stream that begins with this line holds; text, if nothing speaks against it."""
    start = first_line.removeprefix(_BYTE_ORDER_MARK).strip()
    if start.startswith(b"<"):
        return FileFormat.HTML
    if start.startswith(b"["):
        return FileFormat.JSON
    if not start.startswith(b"{"):
        return FileFormat.TEXT
    try:
        orjson.loads(start)
    except orjson.JSONDecodeError:
        return FileFormat.JSON  # an object that goes on in the next line
    return FileFormat.JSONL


class _Rejoined:
    """A stream with its first line put back: pipes cannot seek."""

    def __init__(self, first: bytes, stream: BinaryIO) -> None:
        self._first = first
        self._stream = stream

    def readline(self, size: int = -1) -> bytes:
        first, self._first = self._first, b""
        return first or self._stream.readline(size)

    def read(self, size: int = -1) -> bytes:
        first, self._first = self._first, b""
        return first + self._stream.read(size)
