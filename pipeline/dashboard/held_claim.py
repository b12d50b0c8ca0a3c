"""A claim as the dashboard holds it: its JSON ready to be sent, and what filters ask. Pure."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from pipeline.json_schemas import CLAIM_SCHEMA, schema_validator
from pipeline.priorities import published_priority

DOCUMENT_MAX_BYTES = 262_144
"""A larger record is none the worker writes: an event of the stream holds several claims."""


class ForeignRecordError(Exception):
    """A record of the claims topic is no claim by claim.v1.json; it is counted and passed over."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldClaim:
    """One claim. Text in it is as untrusted as the article it comes from."""

    claim_id: str
    recorded_at_ms: int
    """When the record was written to the topic: milliseconds since 1970, never in the future."""
    document: bytes
    """The claim as JSON on one line, with every field it came with."""
    article: str
    """The article's identity."""
    source: str | None
    language: str | None
    claim_type: str | None
    speaker: str
    """The speaker's name as filters compare it; empty without one."""
    score: float
    priority: float
    """As published; the score where none was."""
    searchable: str
    """Sentence, standalone reading, title and speaker as filters compare them."""

    @property
    def size_bytes(self) -> int:
        """About what it takes in memory: the JSON and the text beside it."""
        return len(self.document) + 4 * len(self.searchable)


def comparable(text: str) -> str:
    """Return the text as filters compare it; static/filters.js does the same."""
    return unicodedata.normalize("NFC", text).lower()


def read_claim(value: bytes, *, recorded_at_ms: int) -> HeldClaim:
    """Read a record of the claims topic; raises ForeignRecordError when it holds no claim.

    The document is written anew: a foreign producer may have spread it over lines, and a line
    break would end an event of the stream.
    """
    if len(value) > DOCUMENT_MAX_BYTES:
        raise ForeignRecordError
    try:
        document = orjson.loads(value)
    except orjson.JSONDecodeError:
        raise ForeignRecordError from None
    if not schema_validator(CLAIM_SCHEMA).is_valid(document):
        raise ForeignRecordError
    article, context = document["article"], document["context"]
    speaker = (document.get("speaker") or {}).get("name") or ""
    return HeldClaim(
        claim_id=document["claim_id"],
        recorded_at_ms=recorded_at_ms,
        document=_encode(document),
        article=article["identity"],
        source=article["source"],
        language=article["language"],
        claim_type=document.get("claim_type"),
        speaker=comparable(speaker),
        score=float(document["score"]),
        priority=published_priority(document),
        searchable=comparable(
            "\n".join(
                (
                    document["text"],
                    context.get("standalone") or "",
                    article["title"] or "",
                    speaker,
                )
            )
        ),
    )


def _encode(document: Mapping[str, Any]) -> bytes:
    try:
        return orjson.dumps(document)
    except orjson.JSONEncodeError:  # a number or a depth that orjson reads and does not write
        raise ForeignRecordError from None
