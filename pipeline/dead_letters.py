"""What a dead letter holds, how one is read back, and how many of them are too many. Pure.

A dead letter is the article's message as it came: same key, same value, same headers, and beside
them headers that say what happened to it. The `__connect.errors.*` ones are named and meant as
Kafka Connect's dead letter queue has them (KIP-298), so tools made for that read ours; the
`claimwire.*` ones say what Connect has no name for. `schemas/dead_letter.v1.json` describes all.
"""

import hashlib
import re
from collections import deque
from dataclasses import dataclass
from datetime import datetime

import orjson

from pipeline.errors import ArticleError
from pipeline.headers import Header, Headers
from pipeline.json_schemas import (
    DEAD_LETTER_SCHEMA,
    describe_violations,
    schema_validator,
)
from pipeline.models import SourcePosition
from pipeline.outcomes import ForeignMessageError
from pipeline.timestamps import format_rfc3339, parse_rfc3339

MAX_MESSAGE_BYTES = 1000
"""Of `__connect.errors.exception.message`, in UTF-8: the broker counts headers as size too."""

_ERROR_PREFIXES = ("__connect.errors.", "claimwire.")

TOPIC = "__connect.errors.topic"
PARTITION = "__connect.errors.partition"
OFFSET = "__connect.errors.offset"
STAGE = "__connect.errors.stage"
EXCEPTION_CLASS = "__connect.errors.exception.class.name"
EXCEPTION_MESSAGE = "__connect.errors.exception.message"
REASON = "claimwire.reason"
FAILED_AT = "claimwire.failed_at"
ATTEMPTS = "claimwire.attempts"
REPLACED = "claimwire.replaced"

_REPLACED_OVERSIZE = "oversize"
_ATTEMPTS_FORM = re.compile(rb"[1-9][0-9]{0,5}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Replacement:
    """What stands for an article that was too large to be dead-lettered as it came."""

    sha256: str
    """Hex digest of the original value."""
    size_bytes: int
    """Length of the original value."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DeadLetter:
    """A dead letter as read back from its topic."""

    key: bytes | None
    value: bytes | None
    """The article's message as it came; the replacement's JSON when `replacement` is set."""
    headers: tuple[Header, ...]
    """The headers the article came with, its errors' headers left out."""
    source: SourcePosition
    """Where the article stands, or stood, in the articles topic."""
    stage: str
    reason: str
    exception_class: str
    message: str
    failed_at: datetime
    attempts: int
    """How often the article has been given to a worker, 1 at its first failure."""
    replacement: Replacement | None = None


def dead_letter_headers(
    error: ArticleError, *, source: SourcePosition, headers: Headers, failed_at: datetime
) -> list[Header]:
    """Return the headers of a dead letter: those the message came with, then what happened to it.

    A replayed message carries the count of its attempts; every older error header is dropped.
    """
    return [
        *without_error_headers(headers),
        (TOPIC, source.topic.encode()),
        (PARTITION, str(source.partition).encode()),
        (OFFSET, str(source.offset).encode()),
        (STAGE, error.stage.encode()),
        (EXCEPTION_CLASS, f"{type(error).__module__}.{type(error).__qualname__}".encode()),
        (EXCEPTION_MESSAGE, _cut(error.message, MAX_MESSAGE_BYTES)),
        (REASON, error.reason.encode()),
        (FAILED_AT, format_rfc3339(failed_at).encode()),
        (ATTEMPTS, str(read_attempts(headers)).encode()),
    ]


def without_error_headers(headers: Headers) -> list[Header]:
    """Return the headers that are the producer's own."""
    return [header for header in headers if not header[0].startswith(_ERROR_PREFIXES)]


def read_attempts(headers: Headers) -> int:
    """Return how often this message has been given to a worker, this time included.

    1 without a header, and with one that is no count: anyone may write to the articles topic.
    """
    for name, value in headers:
        if name == ATTEMPTS and value is not None and _ATTEMPTS_FORM.fullmatch(value):
            return int(value)
    return 1


def replay_headers(dead_letter: DeadLetter) -> list[Header]:
    """Return the headers to replay a dead letter with: its own, and one attempt more."""
    return [*dead_letter.headers, (ATTEMPTS, str(dead_letter.attempts + 1).encode())]


def oversize_replacement(value: bytes | None, source: SourcePosition) -> bytes:
    """Return the value to send when the broker refuses the original for its size.

    It lets an operator find the original, in the articles topic while that keeps it, and know it.
    Its headers are `oversize_headers`, its key `identity.shorten_key` of the original's.
    """
    value = value or b""
    return orjson.dumps(
        {
            "sha256": hashlib.sha256(value).hexdigest(),
            "size_bytes": len(value),
            "source": {
                "topic": source.topic,
                "partition": source.partition,
                "offset": source.offset,
            },
        }
    )


def oversize_headers(headers: Headers) -> list[Header]:
    """Return a dead letter's headers less the producer's own, which may be what is too large."""
    kept = [header for header in headers if header[0].startswith(_ERROR_PREFIXES)]
    return [*kept, (REPLACED, _REPLACED_OVERSIZE.encode())]


def read_dead_letter(*, key: bytes | None, value: bytes | None, headers: Headers) -> DeadLetter:
    """Read a message of the dead-letter topic; raises ForeignMessageError on one not ours."""
    texts = {name: text.decode("utf-8", "replace") for name, text in headers if text is not None}
    replaced = texts.get(REPLACED) == _REPLACED_OVERSIZE
    _check({"headers": texts} | ({"replacement": _load(value)} if replaced else {}))
    try:
        failed_at = parse_rfc3339(texts[FAILED_AT])
    except ValueError:
        raise ForeignMessageError(
            f"The header {FAILED_AT} of this dead letter is no RFC 3339 time; "
            "find out who wrote the message."
        ) from None
    return DeadLetter(
        key=key,
        value=value,
        headers=tuple(without_error_headers(headers)),
        source=SourcePosition(
            topic=texts[TOPIC], partition=int(texts[PARTITION]), offset=int(texts[OFFSET])
        ),
        stage=texts[STAGE],
        reason=texts[REASON],
        exception_class=texts[EXCEPTION_CLASS],
        message=texts[EXCEPTION_MESSAGE],
        failed_at=failed_at,
        attempts=int(texts[ATTEMPTS]),
        replacement=_read_replacement(value) if replaced else None,
    )


def _check(document: object) -> None:
    if not schema_validator(DEAD_LETTER_SCHEMA).is_valid(document):
        raise ForeignMessageError(
            "This message is no dead letter of Claimwire's "
            f"({describe_violations(DEAD_LETTER_SCHEMA, document)}, dead_letter.v1.json); "
            "find out who wrote it."
        )


def _load(value: bytes | None) -> object:
    try:
        return orjson.loads(value or b"")
    except orjson.JSONDecodeError:
        return None  # which the schema then refuses


def _read_replacement(value: bytes | None) -> Replacement:
    document = orjson.loads(value or b"")
    return Replacement(sha256=document["sha256"], size_bytes=document["size_bytes"])


def _cut(text: str, max_bytes: int) -> bytes:
    """Cut between code points, so that what is left is UTF-8."""
    return text.encode("utf-8", "replace")[:max_bytes].decode("utf-8", "ignore").encode()


class DeadLetterShare:
    """The share of dead letters among the last articles: a bad deploy must not bury the world.

    It is exceeded only when more than `max_share` of a whole window of articles are dead
    letters, so a window that is not full yet needs as many of them as a full one: three bad
    articles after a start stop nothing.
    """

    def __init__(self, *, max_share: float, window: int = 1000) -> None:
        """Watch the last `window` articles; `max_share` of 1 never stops."""
        self.max_share = max_share
        self.window = window
        self._latest: deque[bool] = deque(maxlen=window)
        self._dead_letters = 0

    def add(self, *, dead_lettered: bool) -> None:
        """Count one article that came to its end."""
        if len(self._latest) == self.window:
            self._dead_letters -= self._latest[0]
        self._latest.append(dead_lettered)
        self._dead_letters += dead_lettered

    @property
    def latest(self) -> float:
        """The share among the latest articles, of a whole window or fewer; 0 before the first."""
        return self._dead_letters / len(self._latest) if self._latest else 0.0

    @property
    def exceeded(self) -> bool:
        """Whether more than `max_share` of a window's articles were dead-lettered lately."""
        return self._dead_letters > self.max_share * self.window
