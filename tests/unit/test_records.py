"""Articles off the wire, whatever the bytes, and claims onto it."""

import json
import time
import traceback
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.errors import ArticleError, Stage
from pipeline.headers import Header
from pipeline.json_schemas import CLAIM_SCHEMA, describe_violations
from pipeline.lenient_json import MAX_NESTING
from pipeline.models import Article, Claim, SourcePosition, TextBasis
from pipeline.records import claim_headers, decode_article, encode_claim
from tests.wire_strategies import (
    any_text,
    article_documents,
    claims,
    clean_text,
    headers,
    json_documents,
    moments,
    positions,
    to_json,
)

MARKER = "Zq7-planted"
NOW = datetime(2031, 3, 4, 7, 15, tzinfo=UTC)
CLAIM = Claim(
    claim_id="0" * 32,
    article=Article(identity="id:wire/7", body="It rose by 4."),
    text="It rose by 4.",
    start=0,
    end=13,
    sentence_index=0,
    text_basis=TextBasis.BODY,
    text_sha256="0" * 64,
    extractor=None,
    language="en",
    sentence_before=None,
    sentence_after=None,
    score=0.9,
    threshold=0.5,
    model_name="m/1",
    model_revision="r 2",
)
TRACE = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def decode(value: bytes, *, body_max_characters: int = 1000) -> Article:
    return decode_article(value, body_max_characters=body_max_characters)


def refusal(value: bytes, **limits: int) -> ArticleError:
    with pytest.raises(ArticleError) as caught:
        decode(value, **limits)
    assert caught.value.stage is Stage.DECODE
    return caught.value


def decode_or_error(value: bytes) -> Article | ArticleError:
    try:
        return decode(value)
    except ArticleError as error:
        return error


def test_an_article_keeps_what_its_producer_sent() -> None:
    """Every field of the schema arrives in the model, and unknown ones are ignored."""
    document = {
        "id": "7",
        "source": "wire",
        "url": "https://news.example/7",
        "title": "Title",
        "body": "Body.",
        "content_type": "text/plain",
        "language": "en",
        "author": "A. Writer",
        "published_at": "2031-03-04T07:15:00+01:00",
        "updated_at": "2031-03-05",
    }
    article = decode(to_json(document | {"section": {"name": "x"}, "body_html": 5}))
    assert article == Article(identity="id:wire/7", **document)


def test_null_fields_are_none() -> None:
    """Null in any field but the body is as good as leaving it out; no date is invalid by it."""
    fields = ("id", "source", "url", "title", "content_type", "language", "author")
    dates = ("published_at", "updated_at")
    document = {"body": "x"} | dict.fromkeys(fields + dates)
    assert decode(to_json(document)) == decode(b'{"body":"x"}')


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"", "not_json"),
        (b"\xef\xbb\xbf", "not_json"),
        (b"   ", "not_json"),
        (b"{", "not_json"),
        (b'{"body":"x"} {}', "not_json"),
        (b'{"body":"x",}', "not_json"),
        (b"{'body':'x'}", "not_json"),
        (b'{"body":"\\x"}', "not_json"),
        (b'{"body":"x","n":NaN}', "not_json"),
        (b'{"body":"x","n":-Infinity}', "not_json"),
        (b'{"body":"x","n":01}', "not_json"),
        (b"<html><body>x</body></html>", "not_json"),
        ('{"body":"x"}'.encode("utf-16-le"), "not_json"),
        ('{"body":"é"}'.encode("latin-1"), "not_utf8"),
        ('{"body":"x"}'.encode("utf-16"), "not_utf8"),
        (b'{"body":"\xc0\xaf"}', "not_utf8"),
        (b"\x1f\x8b\x08\x00", "not_utf8"),
        (b"null", "wrong_shape"),
        (b'"body"', "wrong_shape"),
        (b"[]", "wrong_shape"),
        (b"{}", "wrong_shape"),
        (b'{"Body":"x"}', "wrong_shape"),
        (b'{"body":null}', "wrong_shape"),
        (b'{"body":["x"]}', "wrong_shape"),
        (b'{"body":"x","id":7}', "wrong_shape"),
        (b'{"body":"x","body":7}', "wrong_shape"),
    ],
)
def test_what_is_no_article_is_refused_with_its_reason(value: bytes, reason: str) -> None:
    """Bytes that are not UTF-8, not JSON or not an article are told apart."""
    assert refusal(value).reason == reason


@pytest.mark.parametrize(
    ("document", "named"),
    [
        ([], "/: type "),
        ({}, "/body: required "),
        ({"body": 1}, "/body: type "),
        ({"body": "x", "title": ["x"]}, "/title: type "),
        ({"body": "x", "language": {}}, "/language: type "),
        ({"body": "x", "id": "x" * 1025}, "/id: maxLength "),
        ({"body": "x", "url": "x" * 8193}, "/url: maxLength "),
        ({"body": "x", "title": "x" * 10_001}, "/title: maxLength "),
    ],
)
def test_a_refusal_names_path_and_rule(document: object, named: str) -> None:
    """The message of a wrong shape begins with the schema's path and rule."""
    assert str(refusal(to_json(document))).startswith(named)


def test_several_violations_are_named_at_once() -> None:
    """Whoever mends a producer learns everything wrong with an article in one go."""
    message = str(refusal(b'{"title":1,"id":2}'))
    assert all(part in message for part in ("/body: required", "/title: type", "/id: type"))


def planted(depth: int) -> Any:
    """A marker in keys and values, some levels deep."""
    node: Any = MARKER
    for _ in range(depth):
        node = {MARKER: [node]}
    return node


@pytest.mark.parametrize(
    "value",
    [
        to_json({"body": {MARKER: MARKER}}),
        to_json({"body": planted(3), "title": planted(2), "id": [MARKER], "language": planted(1)}),
        to_json([MARKER]),
        to_json(MARKER),
        to_json({MARKER: MARKER}),
        to_json({"body": "x", "url": MARKER * 1000}),
        to_json({"body": MARKER * 1000}),
        to_json({"body": "x", "x": planted(100)}),
        f'{{"body":"{MARKER}"'.encode(),
        f'{{"{MARKER}":"{MARKER}" {MARKER}}}'.encode(),
        f'{{"body":"\\{MARKER}"}}'.encode(),
        f'{{"body":{MARKER}}}'.encode(),
        MARKER.encode(),
        f'{{"body":"{MARKER} \xff"}}'.encode("latin-1"),
    ],
)
def test_a_refusal_carries_no_value_of_the_article(value: bytes) -> None:
    """A marker planted in values and keys stands in no message, reason, traceback or cause."""
    error = refusal(value)
    assert error.__cause__ is None
    assert error.__context__ is None
    shown = "".join(traceback.format_exception_only(error)) + repr(error) + repr(vars(error))
    assert MARKER not in shown
    assert MARKER[:4] not in shown


@pytest.mark.parametrize("lenient", [False, True], ids=["orjson", "standard json"])
@pytest.mark.parametrize("shape", ["lists", "objects", "mixed"])
@pytest.mark.parametrize(
    ("depth", "accepted"),
    [(1, True), (MAX_NESTING - 1, True), (MAX_NESTING, False), (1024, False), (200_000, False)],
)
def test_nesting(depth: int, accepted: bool, shape: str, lenient: bool) -> None:
    """64 levels, the article itself included, are read; deeper ones are refused, and quickly."""
    opening, closing = {
        "lists": (b"[", b"]"),
        "objects": (b'{"a":', b"}"),
        "mixed": (b'[{"a":', b"}]"),
    }[shape]
    times = depth // 2 if shape == "mixed" else depth
    inner = b"[]" if shape == "mixed" and depth % 2 else b"1"
    nested = opening * times + inner + closing * times
    body = b'"a\tb"' if lenient else b'"ab"'
    started = time.perf_counter()
    if accepted:
        assert decode(b'{"body":' + body + b',"x":' + nested + b"}").identity.startswith("body:")
    else:
        error = refusal(b'{"body":' + body + b',"x":' + nested + b"}")
        assert error.reason == "too_deep"
    # A megabyte takes a few milliseconds; a quadratic reader would take minutes.
    assert time.perf_counter() - started < 5


def test_nesting_that_never_closes_is_refused() -> None:
    """A megabyte of opening brackets is refused without a crash."""
    assert refusal(b"[" * 1_000_000).reason in {"too_deep", "not_json"}
    assert refusal(b'{"a":' * 200_000).reason in {"too_deep", "not_json"}


@pytest.mark.parametrize(
    ("value", "body"),
    [
        (b'\xef\xbb\xbf{"body":"x"}', "x"),
        (b'{"body":"a\tb\x00c\x1fd\ne"}', "a\tb\x00c\x1fd\ne"),
        (b'{"body":"a\\u0000b\x7f"}', "a\x00b\x7f"),
        (b'{"body":"a\\ud83db"}', "a\ufffdb"),
        (b'{"body":"a\\ude00\\ud83db"}', "a\ufffd\ufffdb"),
        (b'{"body":"a\\ud83d\\ude00b"}', "a😀b"),
        (b'{"body":"\\ud83d\t\\ud83d\\ude00"}', "\ufffd\t😀"),
        (b'{"body":"a\xed\xa0\xbdb"}', "a\ufffdb"),
        (b'{"body":"a\xed\xa0\xbd\xed\xb8\x80b"}', "a\ufffd\ufffdb"),
        (b'{"body":"first","body":"last"}', "last"),
        (b'{"body":"first\t","body":"last\t"}', "last\t"),
        (b'{"body":"x","n":1e999}', "x"),
        (b'{"body":"x","n":' + b"9" * 10_000 + b"}", "x"),
        (b'{"body":""}', ""),
        (b'{"body":"x","\\ud800":{"\\ud800":["\\ud800"]}}', "x"),
    ],
)
def test_what_loses_nothing_is_read(value: bytes, body: str) -> None:
    """Control characters, lone surrogates, a BOM, repeated keys and vast numbers are read."""
    assert decode(value, body_max_characters=10).body == body


def test_every_string_is_freed_of_surrogates() -> None:
    """One for one, in whichever field they stand, so that nothing behind ever meets one."""
    fields = ("id", "source", "url", "title", "content_type", "language", "author", "body")
    article = decode(to_json(dict.fromkeys(fields, "a\udfff\ud800b")))
    assert {getattr(article, field) for field in fields} == {"a\ufffd\ufffdb"}


def test_the_body_limit_counts_characters() -> None:
    """A body of exactly the limit passes, whatever its bytes; one character more does not."""
    assert len(decode(to_json({"body": "😀" * 50}), body_max_characters=50).body) == 50
    error = refusal(to_json({"body": "x" * 51}), body_max_characters=50)
    assert error.reason == "body_too_long"
    assert str(error).startswith("/body: ")


@pytest.mark.parametrize("date", ["", "yesterday", "2031-13-01", 20310304, 1.5, True, [], {"a": 1}])
def test_a_bad_date_is_null_and_named(date: object) -> None:
    """Neither wrong text nor a wrong type in a date field costs the article."""
    article = decode(to_json({"body": "x", "published_at": date, "updated_at": "2031-03-04"}))
    assert article.published_at is None
    assert article.updated_at == "2031-03-04"
    assert article.invalid_dates == ("published_at",)


@given(st.binary(max_size=400))
def test_any_bytes_are_an_article_or_an_article_error(value: bytes) -> None:
    """Nothing but ArticleError comes out of bytes that are no article."""
    result = decode_or_error(value)
    assert isinstance(result, Article) or result.stage is Stage.DECODE


@given(json_documents | article_documents, st.integers(0, 500), st.binary(max_size=3))
@example({"body": "x"}, 0, b"\xed\xa0\x80")
def test_any_json_also_damaged_is_an_article_or_an_article_error(
    document: object, place: int, damage: bytes
) -> None:
    """So it is with JSON of any shape, and with an article into which stray bytes have come."""
    value = to_json(document)
    for candidate in (value, value[:place] + damage + value[place:], value[:place]):
        result = decode_or_error(candidate)
        assert isinstance(result, Article) or result.stage is Stage.DECODE


@given(article_documents)
def test_any_article_by_the_schema_is_read(document: dict[str, Any]) -> None:
    """An article by the schema is never refused, and its text is free of lone surrogates."""
    article = decode(to_json(document))
    texts = (article.body, article.title or "", article.url or "", article.identity)
    assert len(article.body) == len(json.loads(to_json(document))["body"])
    for text in texts:
        text.encode()


@given(claims, moments, clean_text)
def test_an_encoded_claim_is_by_its_schema(claim: Claim, moment: datetime, version: str) -> None:
    """Whatever a claim holds, its record validates and tells it truly."""
    record = orjson.loads(encode_claim(claim, detected_at=moment, pipeline_version=version))
    assert describe_violations(CLAIM_SCHEMA, record) == ""
    assert record["claim_id"] == claim.claim_id
    assert record["article"] == {
        "identity": claim.article.identity,
        "id": claim.article.id,
        "url": claim.article.url,
        "source": claim.article.source,
        "title": claim.article.title,
        "published_at": claim.article.published_at,
        "language": claim.language,
    }
    assert (record["text"], record["start"], record["end"]) == (claim.text, claim.start, claim.end)
    context = {"before": claim.sentence_before, "after": claim.sentence_after}
    if claim.standalone is not None:
        context["standalone"] = claim.standalone
    assert record["context"] == context
    assert record["score"] == claim.score
    assert record["model"] == {"name": claim.model_name, "revision": claim.model_revision}
    assert datetime.fromisoformat(record["detected_at"]) == moment


@given(claims, moments)
def test_an_encoded_claim_tells_its_details(claim: Claim, moment: datetime) -> None:
    """What is known besides the score stands in the record, and what is not is left out."""
    record = orjson.loads(encode_claim(claim, detected_at=moment, pipeline_version="0"))
    for name in ("claim_type", "claim_type_score", "priority", "rank"):
        value = getattr(claim, name)
        assert record.get(name) == value
        assert (name in record) == (value is not None)
    assert record.get("speaker") == (claim.speaker and asdict(claim.speaker))
    assert record["quantities"] == [asdict(quantity) for quantity in claim.quantities]
    assert record["reasons"] == [asdict(reason) for reason in claim.reasons]


def headers_of(claim: Claim, source: SourcePosition, received: list[Header]) -> dict[str, bytes]:
    found = claim_headers(claim, source=source, detected_at=NOW, article_headers=received)
    assert len(dict(found)) == len(found)
    return {name: value for name, value in found if value is not None}


@given(claims, positions, headers)
def test_a_claims_headers_are_cloudevents(
    claim: Claim, source: SourcePosition, received: list[Header]
) -> None:
    """All of CloudEvents' required attributes are there, as ASCII, whatever the claim holds."""
    found = headers_of(claim, source, received)
    assert found["ce_specversion"] == b"1.0"
    assert found["ce_time"] == b"2031-03-04T07:15:00Z"
    assert found["content-type"] == b"application/json"
    assert found["ce_dataschema"] == b"urn:claimwire:schema:claim.v1"
    assert found["ce_subject"].decode() == claim.claim_id
    for name in ("ce_id", "ce_source", "ce_type"):
        assert found[name].isascii()
        assert found[name].split() == [found[name]]


def test_a_claims_event_source_is_its_topic_and_model() -> None:
    """A URI reference, in which no part can pass for another."""
    source = SourcePosition(topic="news.articles", partition=3, offset=48213)
    found = headers_of(CLAIM, source, [])
    assert found["ce_source"] == b"/claimwire/news.articles/m%2F1/r%202"
    assert found["ce_id"] == b"0" * 32 + b".3.48213"


@given(claims, positions, positions)
def test_a_retry_is_the_same_event_and_an_edit_another(
    claim: Claim, one: SourcePosition, other: SourcePosition
) -> None:
    """ce_source and ce_id are equal exactly when the claim came of the same message."""

    def event(source: SourcePosition) -> tuple[bytes, bytes]:
        found = headers_of(claim, source, [])
        return found["ce_source"], found["ce_id"]

    assert event(one) == event(one)
    assert (event(one) == event(other)) == (one == other)


@pytest.mark.parametrize(
    ("received", "passed_on"),
    [
        ([], None),
        ([("traceparent", TRACE)], TRACE),
        ([("other", b"x"), ("traceparent", TRACE), ("other", None)], TRACE),
        ([("traceparent", b"00-" + b"1" * 32 + b"-" + b"2" * 16 + b"-00"), ("traceparent", TRACE)],
         TRACE),
        ([("traceparent", None)], None),
        ([("traceparent", b"")], None),
        ([("traceparent", TRACE + b"\n")], None),
        ([("traceparent", TRACE.upper())], None),
        ([("traceparent", b"ff" + TRACE[2:])], None),
        ([("traceparent", b"00-" + b"0" * 32 + b"-b7ad6b7169203331-01")], None),
        ([("traceparent", b"00-0af7651916cd43dd8448eb211c80319c-" + b"0" * 16 + b"-01")], None),
        ([("Traceparent", TRACE)], None),
    ],
)  # fmt: skip
def test_a_well_formed_traceparent_is_passed_on(
    received: list[Header], passed_on: bytes | None
) -> None:
    """The article's trace goes on in its claims; what is no trace is dropped."""
    source = SourcePosition(topic="news.articles", partition=0, offset=1)
    assert headers_of(CLAIM, source, received).get("traceparent") == passed_on


@given(any_text)
def test_the_two_readers_agree(text: str) -> None:
    """A body read by the standard library is the one orjson reads, where both can read it."""
    value = to_json({"body": text.encode("utf-8", "replace").decode()})
    forced = value[:-1] + b',"x":"\\ud800"}'
    assert decode(value).body == decode(forced).body
