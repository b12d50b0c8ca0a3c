"""What the property tests of the wire contracts draw from: articles, claims, JSON, headers."""

import json
from datetime import UTC

from hypothesis import strategies as st

from pipeline.models import (
    Article,
    Claim,
    Quantity,
    Quoted,
    Reason,
    SourcePosition,
    Speaker,
    TextBasis,
)

clean_text = st.text(max_size=60)
"""Any text without lone surrogates: what is left behind `decode_article`."""
any_text = st.text(st.characters(), max_size=60) | st.text(
    st.characters(categories=["Cs", "Cc", "L", "Zs", "So"]), max_size=30
)
"""Any string of Python's, lone surrogates and control characters included."""
moments = st.datetimes(timezones=st.just(UTC))
hex_digests = st.text("0123456789abcdef", min_size=64, max_size=64)
positions = st.builds(
    SourcePosition,
    topic=st.text("abc.-_", min_size=1, max_size=12),
    partition=st.integers(0, 2**31 - 1),
    offset=st.integers(0, 2**63 - 1),
)
headers = st.lists(st.tuples(st.text(max_size=20), st.none() | st.binary(max_size=60)), max_size=6)

json_documents = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | any_text,
    lambda children: (
        st.lists(children, max_size=4) | st.dictionaries(any_text, children, max_size=4)
    ),
    max_leaves=12,
)
article_documents = st.fixed_dictionaries(
    {"body": any_text},
    optional={
        field: st.none() | any_text
        for field in ("id", "url", "source", "title", "content_type", "language", "author")
    }
    | {"published_at": json_documents, "updated_at": json_documents, "unknown": json_documents},
)
"""Documents that are articles by the schema."""

articles = st.builds(
    Article,
    identity=st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1),
    body=clean_text,
    id=st.none() | clean_text,
    url=st.none() | clean_text,
    source=st.none() | clean_text,
    title=st.none() | clean_text,
    published_at=st.none() | st.just("2031-03-04"),
    invalid_dates=st.sampled_from([(), ("published_at",), ("published_at", "updated_at")]),
)
offsets = st.integers(0, 10**6)
speakers = st.builds(
    Speaker,
    quoted=st.sampled_from(Quoted),
    name=st.none() | clean_text,
    start=st.none() | offsets,
    end=st.none() | offsets,
    cue=st.none() | clean_text,
)
quantities = st.builds(
    Quantity,
    start=offsets,
    end=offsets,
    value=st.floats(allow_nan=False, allow_infinity=False),
    unit=st.none() | clean_text,
    percent=st.booleans(),
    currency=st.none() | st.sampled_from(["EUR", "USD"]),
    approximate=st.booleans(),
)
reasons = st.builds(Reason, start=offsets, end=offsets, weight=st.floats(0, 1))
claims = st.builds(
    Claim,
    claim_id=hex_digests.map(lambda digest: digest[:32]),
    article=articles,
    text=clean_text,
    start=st.integers(0, 10**6),
    end=st.integers(0, 10**6),
    sentence_index=st.integers(0, 10**5),
    text_basis=st.sampled_from(TextBasis),
    text_sha256=hex_digests,
    extractor=st.none() | st.just("trafilatura/2.3.1"),
    language=st.none() | st.just("en"),
    sentence_before=st.none() | clean_text,
    sentence_after=st.none() | clean_text,
    score=st.floats(0, 1),
    threshold=st.floats(0, 1),
    model_name=clean_text,
    model_revision=clean_text,
    speaker=st.none() | speakers,
    claim_type=st.none() | clean_text,
    claim_type_score=st.none() | st.floats(0, 1),
    quantities=st.lists(quantities, max_size=3).map(tuple),
    reasons=st.lists(reasons, max_size=4).map(tuple),
    standalone=st.none() | clean_text,
    priority=st.none() | st.floats(0, 1),
    rank=st.none() | st.integers(1, 10**4),
)


def to_json(document: object) -> bytes:
    """Write JSON as anything might: lone surrogates escaped, the rest as it is."""
    text = json.dumps(document, ensure_ascii=False)
    escaped = (f"\\u{ord(c):04x}" if 0xD800 <= ord(c) <= 0xDFFF else c for c in text)
    return "".join(escaped).encode()
