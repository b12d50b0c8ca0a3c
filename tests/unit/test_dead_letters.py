"""Dead letters: what they keep, what they say, and when there are too many."""

import hashlib
from datetime import UTC, datetime
from itertools import pairwise

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import dead_letters
from pipeline.dead_letters import (
    DeadLetter,
    DeadLetterShare,
    dead_letter_headers,
    oversize_headers,
    oversize_replacement,
    read_attempts,
    read_dead_letter,
    replay_headers,
)
from pipeline.errors import ArticleError, Stage
from pipeline.headers import Header
from pipeline.json_schemas import DEAD_LETTER_SCHEMA, describe_violations, load_schema
from pipeline.models import SourcePosition
from pipeline.outcomes import ForeignMessageError
from tests.wire_strategies import any_text, headers, moments, positions

NOW = datetime(2031, 3, 4, 7, 15, tzinfo=UTC)
SOURCE = SourcePosition(topic="news.articles", partition=3, offset=48213)
ERROR = ArticleError(Stage.DECODE, "wrong_shape", "/title: type (article.v1.json); mend it.")
errors = st.builds(
    ArticleError, st.sampled_from(Stage), st.text("abc_", min_size=1, max_size=20), any_text
)
hostile_headers = st.lists(
    st.tuples(
        st.sampled_from(
            [dead_letters.TOPIC, dead_letters.ATTEMPTS, dead_letters.REPLACED, "claimwire.x", "own"]
        )
        | st.text(max_size=20),
        st.none() | st.binary(max_size=20),
    ),
    max_size=8,
)


def bury(received: list[Header], error: ArticleError = ERROR) -> list[Header]:
    return dead_letter_headers(error, source=SOURCE, headers=received, failed_at=NOW)


def read(received: list[Header], value: bytes | None = b"x") -> DeadLetter:
    return read_dead_letter(key=b"k", value=value, headers=received)


@given(errors, positions, moments, headers | hostile_headers, st.none() | st.binary(max_size=50))
def test_a_dead_letter_reads_back(
    error: ArticleError,
    source: SourcePosition,
    failed_at: datetime,
    received: list[Header],
    value: bytes | None,
) -> None:
    """What is written into the headers is by the schema and is read out of them again."""
    written = dead_letter_headers(error, source=source, headers=received, failed_at=failed_at)
    letter = read_dead_letter(key=b"k", value=value, headers=written)
    texts = {name: text.decode("utf-8", "replace") for name, text in written if text is not None}
    assert describe_violations(DEAD_LETTER_SCHEMA, {"headers": texts}) == ""
    assert (letter.key, letter.value, letter.source) == (b"k", value, source)
    assert (letter.stage, letter.reason, letter.failed_at) == (
        error.stage,
        error.reason,
        failed_at,
    )
    assert letter.replacement is None


@given(hostile_headers)
def test_the_producers_headers_are_kept_and_older_errors_dropped(received: list[Header]) -> None:
    """The article's own headers stay, in order; each of ours is there exactly once."""
    written = bury(received)
    ours = [name for name, _ in written if name.startswith(("__connect.errors.", "claimwire."))]
    assert sorted(ours) == sorted(load_schema(DEAD_LETTER_SCHEMA)["$defs"]["headers"]["required"])
    own = [h for h in received if not h[0].startswith(("__connect.errors.", "claimwire."))]
    assert list(read(written).headers) == own


def test_the_headers_have_kafka_connects_names() -> None:
    """A tool made for Kafka Connect's dead letter queue finds what it looks for."""
    written = dict(bury([("trace", b"1")]))
    assert written == {
        "trace": b"1",
        "__connect.errors.topic": b"news.articles",
        "__connect.errors.partition": b"3",
        "__connect.errors.offset": b"48213",
        "__connect.errors.stage": b"decode",
        "__connect.errors.exception.class.name": b"pipeline.errors.ArticleError",
        "__connect.errors.exception.message": b"/title: type (article.v1.json); mend it.",
        "claimwire.reason": b"wrong_shape",
        "claimwire.failed_at": b"2031-03-04T07:15:00Z",
        "claimwire.attempts": b"1",
    }


@given(st.text(st.sampled_from("aé…😀\ud800"), min_size=900, max_size=1100))
def test_a_long_message_is_cut_between_code_points(message: str) -> None:
    """At most 1,000 bytes of the message are kept, and they are valid UTF-8."""
    error = ArticleError(Stage.EXTRACT, "too_long", message)
    kept = dict(bury([], error))["__connect.errors.exception.message"]
    assert kept is not None
    assert len(kept) <= 1000
    whole = message.encode("utf-8", "replace")
    assert whole.startswith(kept)
    assert len(whole) - len(kept) == 0 or len(kept) > 996
    kept.decode()


def test_replaying_counts_attempts() -> None:
    """A letter that is replayed and fails again says so: one attempt more each time."""
    letters = [read(bury([("own", b"1")]))]
    for _ in range(3):
        letters.append(read(bury(replay_headers(letters[-1]))))
    assert [letter.attempts for letter in letters] == [1, 2, 3, 4]
    assert all(before.headers == after.headers for before, after in pairwise(letters))


@pytest.mark.parametrize(
    ("value", "attempts"),
    [
        (b"1", 1),
        (b"7", 7),
        (b"0", 1),
        (b"-3", 1),
        (b"", 1),
        (b"x", 1),
        (b"7 ", 1),
        (b"9" * 400, 1),
        ("٣".encode(), 1),
        (None, 1),
    ],
)
def test_an_attempts_header_that_is_no_count_counts_as_none(
    value: bytes | None, attempts: int
) -> None:
    """Anyone may write to the articles topic; nonsense in the header does no harm."""
    assert read_attempts([("other", b"5"), ("claimwire.attempts", value)]) == attempts


@given(st.none() | st.binary(max_size=200), positions, headers)
def test_an_oversize_letter_is_replaced_by_hash_size_and_position(
    value: bytes | None, source: SourcePosition, received: list[Header]
) -> None:
    """The replacement is by the schema, knows the original, and leaves its headers behind."""
    written = dead_letter_headers(ERROR, source=source, headers=received, failed_at=NOW)
    replacement = oversize_replacement(value, source)
    letter = read_dead_letter(key=None, value=replacement, headers=oversize_headers(written))
    assert letter.replacement is not None
    assert letter.replacement.sha256 == hashlib.sha256(value or b"").hexdigest()
    assert letter.replacement.size_bytes == len(value or b"")
    assert letter.source == source
    assert letter.headers == ()
    document = {
        "headers": {name: text.decode() for name, text in oversize_headers(written) if text},
        "replacement": orjson.loads(replacement),
    }
    assert describe_violations(DEAD_LETTER_SCHEMA, document) == ""


def test_a_letter_that_only_looks_replaced_is_refused() -> None:
    """The mark of a replacement on a value that is none is not believed."""
    for value in (None, b"", b"x", b"{}", b'{"sha256":"x"}'):
        with pytest.raises(ForeignMessageError, match="replacement"):
            read(oversize_headers(bury([])), value)


@pytest.mark.parametrize("name", list(dict(bury([]))))
@pytest.mark.parametrize("value", [None, b"\xff", b"not a number"])
def test_a_foreign_message_is_refused(name: str, value: bytes | None) -> None:
    """Without one of the headers, or with nonsense in a typed one, it is no letter of ours."""
    received = [(n, v) for n, v in bury([]) if n != name]
    typed = name.endswith(("partition", "offset", "attempts", "failed_at"))
    if value is None or typed:
        with pytest.raises(ForeignMessageError, match="find out who wrote"):
            read([*received, (name, value)])
    else:
        assert read([*received, (name, value)]).value == b"x"


@given(st.booleans(), hostile_headers, st.none() | st.binary(max_size=30))
def test_any_message_is_a_dead_letter_or_foreign(
    genuine: bool, added: list[Header], value: bytes | None
) -> None:
    """Reading the topic never meets another error, whoever writes to it or adds headers."""
    received = [*(bury([]) if genuine else []), *added]
    try:
        letter = read(received, value)
    except ForeignMessageError:
        return
    assert genuine
    assert letter.value == value


@given(
    st.lists(st.booleans(), max_size=120),
    st.integers(1, 40),
    st.floats(0, 1, allow_subnormal=False),
)
def test_the_share_is_exceeded_by_the_window_alone(
    ends: list[bool], window: int, max_share: float
) -> None:
    """It counts the last `window` articles, against the share of a whole window."""
    share = DeadLetterShare(max_share=max_share, window=window)
    for count, dead_lettered in enumerate(ends, start=1):
        share.add(dead_lettered=dead_lettered)
        latest = ends[max(0, count - window) : count]
        assert share.exceeded == (sum(latest) > max_share * window)


def test_a_few_bad_articles_after_a_start_stop_nothing() -> None:
    """By default 500 dead letters in a row are borne, the 501st is not; good ones make room."""
    share = DeadLetterShare(max_share=0.5)
    assert not share.exceeded
    for _ in range(500):
        share.add(dead_lettered=True)
    assert not share.exceeded
    share.add(dead_lettered=True)
    assert share.exceeded
    for _ in range(499):
        share.add(dead_lettered=False)
    assert share.exceeded
    share.add(dead_lettered=False)
    assert not share.exceeded


def test_a_share_of_one_never_stops_and_of_nought_stops_at_once() -> None:
    """The two ends of the setting."""
    never, at_once = (DeadLetterShare(max_share=share, window=10) for share in (1, 0))
    for _ in range(50):
        never.add(dead_lettered=True)
    assert not never.exceeded
    at_once.add(dead_lettered=True)
    assert at_once.exceeded
