"""Which article somebody means, and what of it stands in a topic. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from pipeline.errors import ConfigurationError
from pipeline.identity import MAX_IDENTITY_CHARACTERS, canonicalise_url, identify_article
from pipeline.tail import Record

_IDENTITY = re.compile(r"(id|url|body|sha256):[!-~]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class SoughtArticle:
    """What somebody named: an identity, or an address that other identities may share."""

    identity: str
    url: str | None = None
    """Canonical: an article with an id has another identity, but its claims carry its address."""


def seek_article(article: str, *, source: str | None = None) -> SoughtArticle:
    """Return what is named by an identity as claims carry it, an address, or an id and its source.

    Raises ConfigurationError when it is none of these.
    """
    if source is not None:
        if not (source.strip() and article.strip()):
            raise ConfigurationError("An article's id and its --source are more than white space.")
        return SoughtArticle(
            identity=identify_article(source=source, id=article, url=None, body="")
        )
    if _is_identity(article):
        return SoughtArticle(identity=article)
    if url := canonicalise_url(article):
        identity = identify_article(source=None, id=None, url=article, body="")
        return SoughtArticle(identity=identity, url=url)
    raise ConfigurationError(
        "ARTICLE is no identity and no address: give `article.identity` as claims carry it "
        "(id:SOURCE/ID), its URL, or its id with --source."
    )


def articles_at(url: str, records: Iterable[Record]) -> set[str]:
    """Return the identities of the articles whose claims carry this canonical address."""
    found = set()
    for record in records:
        article = _article_of(_read_object(record))
        identity, address = article.get("identity"), article.get("url")
        if (
            isinstance(identity, str)
            and isinstance(address, str)
            and _is_identity(identity)
            and canonicalise_url(address) == url
        ):
            found.add(identity)
    return found


@dataclass(kw_only=True, slots=True)
class Standing:
    """What stands under a key in a partition: its latest record, when that is a sought one."""

    identity: str
    claim_keys: set[bytes] = field(default_factory=set)
    """Of an outcome: the keys of its claims, and of those of outcomes before it."""


class Holdings:
    """What one topic holds of some articles; foreign records are passed over."""

    def __init__(self, identities: set[str]) -> None:
        """Look for the articles of these identities."""
        self._identities = identities
        self.standing: dict[tuple[int, bytes], Standing] = {}
        """By partition and key."""
        self.tombstones: set[bytes] = set()
        """Keys whose latest record is one, of any article."""
        self.unkeyed: list[str] = []
        """The article of each record that has no key, and so cannot have a tombstone."""
        self.seen: set[str] = set()
        """Articles of which there is a record, a tombstone behind it or not."""

    @property
    def identities(self) -> set[str]:
        """The articles of which something stands."""
        return {one.identity for one in self.standing.values()} | set(self.unkeyed)

    def add_claim(self, record: Record) -> None:
        """Take in a record of the claims topic."""
        self._add(record, _article_of(_read_object(record)).get("identity"), [])

    def add_outcome(self, record: Record) -> None:
        """Take in a record of the outcomes topic.

        The outcome of a message that could not be decoded names no article, but has the key that
        the article's other records have.
        """
        document = _read_object(record)
        identity = document.get("article_identity")
        if identity is None and document and record.key is not None:
            identity = record.key.decode("utf-8", "replace")
        claim_ids = document.get("claim_ids")
        ids = claim_ids if isinstance(claim_ids, list) else []
        keys = [one.encode("utf-8", "replace") for one in ids if isinstance(one, str) and one]
        self._add(record, identity, keys)

    def _add(self, record: Record, identity: object, claim_keys: Sequence[bytes]) -> None:
        is_sought = isinstance(identity, str) and identity in self._identities
        if is_sought:
            self.seen.add(str(identity))
        if record.key is None:
            self.unkeyed += [str(identity)] if is_sought else []
            return
        at = (record.position.partition, record.key)
        if is_sought:
            standing = self.standing.setdefault(at, Standing(identity=str(identity)))
            standing.claim_keys.update(claim_keys)
        else:
            self.standing.pop(at, None)
        if record.value is None:
            self.tombstones.add(record.key)
        else:
            self.tombstones.discard(record.key)


def _is_identity(text: str) -> bool:
    return len(text) <= MAX_IDENTITY_CHARACTERS and _IDENTITY.fullmatch(text) is not None


def _article_of(document: dict[str, Any]) -> dict[str, Any]:
    article = document.get("article")
    return article if isinstance(article, dict) else {}


def _read_object(record: Record) -> dict[str, Any]:
    """Return the JSON object of the record; an empty one for a tombstone or a foreign record."""
    try:
        document = orjson.loads(record.value or b"")
    except orjson.JSONDecodeError:
        return {}
    return document if isinstance(document, dict) else {}
