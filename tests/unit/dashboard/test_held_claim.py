"""Reading records of the claims topic: claims, and whatever else somebody puts there."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.dashboard.held_claim import ForeignRecordError, comparable, read_claim
from tests.dashboard_claims import make_claim

FOREIGN = [
    b"",
    b"not json",
    b"\xff\xfe",
    b"[]",
    b"null",
    b'"text"',
    b"{}",
    b"[" * 100_000,
    orjson.dumps({**make_claim(1), "claim_id": "<script>alert(1)</script>"}),
    orjson.dumps({**make_claim(1), "claim_id": "A" * 32}),
    orjson.dumps({**make_claim(1), "article": None}),
    orjson.dumps({**make_claim(1), "score": 1.5}),
    orjson.dumps({**make_claim(1), "score": "high"}),
    orjson.dumps({**make_claim(1), "start": -1}),
    orjson.dumps({**make_claim(1), "reasons": "all of it"}),
    orjson.dumps({**make_claim(1), "text": ["a"]}),
    orjson.dumps({**make_claim(1), "text": "x" * 300_000}),
]


@pytest.mark.parametrize("value", FOREIGN)
def test_what_is_no_claim_is_foreign(value: bytes) -> None:
    """One error for all of it, and no other."""
    with pytest.raises(ForeignRecordError):
        read_claim(value, recorded_at_ms=0)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_claim_or_foreign(value: bytes) -> None:
    """Nothing else comes out, whatever goes in."""
    with pytest.raises(ForeignRecordError):
        read_claim(value, recorded_at_ms=0)


def test_a_claim_keeps_every_field() -> None:
    """The ones this version does not know, too: fields are only ever added."""
    claim = make_claim(3) | {"added_later": {"deep": [1, None]}}
    held = read_claim(orjson.dumps(claim), recorded_at_ms=7)
    assert orjson.loads(held.document) == claim
    assert (held.claim_id, held.recorded_at_ms) == (claim["claim_id"], 7)


def test_the_document_is_one_line() -> None:
    """However the producer wrote it: a line break would end an event of the stream."""
    claim = make_claim(3, text="One\nline\r\nor\u2028more")
    held = read_claim(orjson.dumps(claim, option=orjson.OPT_INDENT_2), recorded_at_ms=0)
    assert not {b"\n", b"\r"} & {held.document[at : at + 1] for at in range(len(held.document))}
    assert orjson.loads(held.document) == claim


def test_claims_of_older_versions_are_read() -> None:
    """Without speaker, type, reasons and priority; the score stands for the priority."""
    claim = make_claim(1)
    for name in ("speaker", "claim_type", "claim_type_score", "quantities", "reasons", "priority"):
        del claim[name]
    held = read_claim(orjson.dumps(claim), recorded_at_ms=0)
    assert (held.speaker, held.claim_type, held.priority) == ("", None, claim["score"])


def test_what_is_searched_is_text_title_speaker_and_standalone() -> None:
    """In small letters and composed, so that both ways of writing an accent are found."""
    claim = make_claim(
        0,
        text="Café prices ROSE.",
        context={"standalone": "In Tarn they rose."},
        article={"title": "Crème"},
        speaker={"name": "Zoë"},
    )
    held = read_claim(orjson.dumps(claim), recorded_at_ms=0)
    for part in ("cafe\u0301 prices rose", "in tarn they", "cre\u0300me", "ZOË"):
        assert comparable(part) in held.searchable
    assert held.speaker == "zoë"
