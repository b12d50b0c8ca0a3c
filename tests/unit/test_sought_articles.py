"""Which article is meant, and what of it stands in a topic."""

from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ConfigurationError
from pipeline.models import SourcePosition
from pipeline.sought_articles import Holdings, SoughtArticle, articles_at, seek_article
from pipeline.tail import Record

IDENTITY = "id:wire/7"

names = st.sampled_from(["article", "identity", "url", "article_identity", "claim_ids"])
json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-9, 9), st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(names, inner, max_size=4)),
    max_leaves=8,
)


def record(
    key: str | None, value: object = None, *, partition: int = 0, is_tombstone: bool = False
) -> Record:
    """Return a record; a value that is no bytes is written as JSON."""
    content = value if isinstance(value, bytes) else orjson.dumps(value)
    return Record(
        position=SourcePosition(topic="t", partition=partition, offset=0),
        timestamp=datetime(2031, 4, 12, tzinfo=UTC),
        key=None if key is None else key.encode(),
        value=None if is_tombstone else content,
    )


def claim(key: str | None, identity: object = IDENTITY, url: object = None) -> Record:
    """Return a claim of the article."""
    return record(key, {"article": {"identity": identity, "url": url}})


def outcome(*claim_ids: object, key: str = IDENTITY, identity: object = IDENTITY) -> Record:
    """Return an outcome of the article."""
    return record(key, {"article_identity": identity, "claim_ids": claim_ids})


def tombstone(key: str | None, *, partition: int = 0) -> Record:
    """Return a tombstone."""
    return record(key, partition=partition, is_tombstone=True)


def claims(*records: Record) -> Holdings:
    """Return what a claims topic of these records holds of the article."""
    holdings = Holdings({IDENTITY})
    for one in records:
        holdings.add_claim(one)
    return holdings


def outcomes(*records: Record) -> Holdings:
    """Return what an outcomes topic of these records holds of the article."""
    holdings = Holdings({IDENTITY})
    for one in records:
        holdings.add_outcome(one)
    return holdings


@pytest.mark.parametrize(
    "identity", ["id:a/b", "url:https://a.example/?q=1", "body:00ff", "sha256:00ff"]
)
def test_an_identity_is_taken_as_it_is(identity: str) -> None:
    """Claims and outcomes carry it, and it is copied from there."""
    assert seek_article(identity) == SoughtArticle(identity=identity)


def test_an_id_and_its_source_make_an_identity() -> None:
    """As the pipeline makes it, whatever the id looks like."""
    assert seek_article("7", source="wire").identity == "id:wire/7"
    assert seek_article("id:a b", source="The Wire").identity == "id:The%20Wire/id%3Aa%20b"


def test_an_address_is_known_in_every_spelling() -> None:
    """It is the identity of articles without an id, and the address of others."""
    expected = SoughtArticle(identity="url:https://a.example/x", url="https://a.example/x")
    assert seek_article("HTTPS://a.example:443/x?utm_source=mail#top") == expected


@pytest.mark.parametrize(
    ("article", "source"),
    [
        ("7", None),
        ("", None),
        ("id:", None),
        ("id:two words", None),
        ("id:" + "x" * 1024, None),
        ("id:a\x1b[31m", None),
        ("mailto:a@b.example", None),
        ("7", " "),
        (" ", "wire"),
    ],
)
def test_what_names_no_article_is_told(article: str, source: str | None) -> None:
    """In one sentence, which does not repeat what was given."""
    with pytest.raises(ConfigurationError) as caught:
        seek_article(article, source=source)
    assert "\x1b" not in str(caught.value)


def test_articles_are_found_by_the_address_of_their_claims() -> None:
    """In any spelling; claims without an address, and foreign records, are passed over."""
    records = [
        claim("1", "id:wire/1", "http://a.example?fbclid=1"),
        claim("2", "id:wire/2", "http://a.example/"),
        claim("3", "id:wire/3", "http://b.example/"),
        claim("4", "id:wire/4"),
        claim("5", "id:wire/\x1b[31m", "http://a.example/"),
        claim("6", None, "http://a.example/"),
        claim("7", "id:wire/7", ["http://a.example/"]),
        record("8", b"\xff"),
        record("9", {"article": "http://a.example/"}),
        tombstone("1"),
    ]
    assert articles_at("http://a.example/", records) == {"id:wire/1", "id:wire/2"}


def test_claims_stand_until_their_tombstone() -> None:
    """Another article's do not count, and a claim that comes again stands again."""
    held = claims(claim("1"), claim("2"), claim("3"), claim("9", "id:wire/9"), tombstone("2"))
    assert {key for _, key in held.standing} == {b"1", b"3"}
    assert held.tombstones == {b"2"}
    assert held.seen == held.identities == {IDENTITY}
    held.add_claim(claim("2"))
    assert {key for _, key in held.standing} == {b"1", b"2", b"3"}
    assert held.tombstones == set()


def test_a_tombstone_of_another_partition_leaves_a_record_standing() -> None:
    """After partitions were added, a key's records stand in two, and compaction keeps to each."""
    held = claims(claim("1"), tombstone("1", partition=1))
    assert list(held.standing) == [(0, b"1")]


def test_a_record_of_another_article_takes_the_place_of_one_under_the_same_key() -> None:
    """What stands there is its record, and is not to be forgotten."""
    held = claims(claim("1"), claim("1", "id:wire/9"))
    assert held.standing == {}
    assert held.seen == {IDENTITY}


def test_a_record_without_a_key_is_told_apart() -> None:
    """No tombstone reaches it; a null record without a key is nothing at all."""
    held = claims(claim(None), claim(None, "id:wire/9"), tombstone(None))
    assert (held.standing, held.unkeyed, held.tombstones) == ({}, [IDENTITY], set())
    assert held.identities == {IDENTITY}


def test_outcomes_name_the_claims_of_all_versions_of_the_article() -> None:
    """Those an edit has dropped stand on the claims topic, too; a tombstone ends the account."""
    held = outcomes(outcome("a", "b"), outcome("b", "c"))
    (standing,) = held.standing.values()
    assert standing.claim_keys == {b"a", b"b", b"c"}
    held = outcomes(outcome("a"), tombstone(IDENTITY), outcome("d"))
    (standing,) = held.standing.values()
    assert standing.claim_keys == {b"d"}


def test_an_outcome_without_an_identity_is_known_by_its_key() -> None:
    """The message could not be decoded, but came under the article's key."""
    assert outcomes(outcome(identity=None)).identities == {IDENTITY}
    assert outcomes(outcome(identity="id:wire/9")).identities == set()
    assert outcomes(outcome(key="other", identity=None)).identities == set()


def test_claim_ids_that_are_none_are_passed_over() -> None:
    """Anyone may write to the topic."""
    (standing,) = outcomes(outcome("a", 7, None, ["b"], "")).standing.values()
    assert standing.claim_keys == {b"a"}


@pytest.mark.parametrize("value", [b"", b"{", b"\xff", b"[1]", b"null", b'"text"', b"{}"])
def test_foreign_records_stand_for_nothing(value: bytes) -> None:
    """On either topic, also under the article's key."""
    assert claims(record(IDENTITY, value)).identities == set()
    assert outcomes(record(IDENTITY, value)).identities == set()


@given(st.one_of(st.binary(max_size=60), json_values.map(orjson.dumps)), st.binary(max_size=5))
def test_anything_may_stand_on_the_topics(value: bytes, key: bytes) -> None:
    """Whatever a foreign record holds, it is passed over and the article's claim is found."""
    at = SourcePosition(topic="t", partition=0, offset=0)
    now = datetime(2031, 4, 12, tzinfo=UTC)
    foreign = Record(position=at, timestamp=now, key=key, value=value)
    assert articles_at("http://a.example/", [foreign]) == set()
    assert claims(claim("claim-1"), foreign).identities == {IDENTITY}
    assert outcomes(outcome("claim-1"), foreign).identities == {IDENTITY}


keys = st.sampled_from(["1", "2", "3"])
partitions = st.integers(0, 1)
published = st.tuples(keys, partitions, st.sampled_from([IDENTITY, "id:wire/9", None]))


@given(st.lists(published, max_size=30))
def test_what_stands_is_the_latest_record_of_each_key(
    records: list[tuple[str, int, str | None]],
) -> None:
    """Over any run of claims of two articles and tombstones, in each partition by itself."""
    held = claims(
        *(
            tombstone(key, partition=partition)
            if identity is None
            else record(key, {"article": {"identity": identity}}, partition=partition)
            for key, partition, identity in records
        )
    )
    latest = {(partition, key.encode()): identity for key, partition, identity in records}
    assert set(held.standing) == {at for at, identity in latest.items() if identity == IDENTITY}
