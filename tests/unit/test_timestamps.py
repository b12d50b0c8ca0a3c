"""Dates as producers write them, and as Claimwire writes them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.timestamps import format_rfc3339, format_unix_ms, normalise_date, parse_rfc3339
from tests.wire_strategies import any_text, moments

zones = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("2031-03-04T07:15:00Z", "2031-03-04T07:15:00Z"),
        ("2031-03-04t07:15:00z", "2031-03-04T07:15:00Z"),
        ("2031-03-04T07:15:00+00:00", "2031-03-04T07:15:00Z"),
        ("2031-03-04T07:15:00-00:00", "2031-03-04T07:15:00Z"),
        ("2031-03-04T07:15:00+05:30", "2031-03-04T07:15:00+05:30"),
        ("2031-03-04T07:15:00-0330", "2031-03-04T07:15:00-03:30"),
        ("2031-03-04T07:15:00+02", "2031-03-04T07:15:00+02:00"),
        ("2031-03-04 07:15:00 +02:00", "2031-03-04T07:15:00+02:00"),
        ("2031-03-04T07:15", "2031-03-04T07:15:00Z"),
        ("2031-03-04T07:15:00", "2031-03-04T07:15:00Z"),
        ("2031-03-04T07:15:00.5Z", "2031-03-04T07:15:00.500000Z"),
        ("2031-03-04T07:15:00,123456789Z", "2031-03-04T07:15:00.123456Z"),
        ("2031-03-04T07:15:00." + "9" * 100_000 + "Z", "2031-03-04T07:15:00.999999Z"),
        ("20310304T071500Z", "2031-03-04T07:15:00Z"),
        ("20310304", "2031-03-04"),
        ("2031-03-04", "2031-03-04"),
        (" 2031-03-04\n", "2031-03-04"),
        ("2032-02-29", "2032-02-29"),
    ],
)
def test_a_date_is_kept_as_rfc_3339(sent: str, kept: str) -> None:
    """RFC 3339 and the calendar dates of ISO 8601 come out as RFC 3339."""
    assert normalise_date(sent) == kept


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "yesterday",
        "Tue, 04 Mar 2031 07:15:00 GMT",
        "04/03/2031",
        "2031-3-4",
        "2031-02-29",
        "2031-13-01",
        "0000-01-01",
        "2031-03-04T25:00:00Z",
        "2031-03-04T23:59:60Z",
        "2031-03-04T07:15:00+24:00",
        "2031-03-04T07:15:00Zulu",
        "2031-03-04T",
        "2031-W10-2",
        "2031-063",
        "２０３１-03-04",
        "1930000000",
        "2031-03-04" + "0" * 100_000,
    ],
)
def test_anything_else_is_no_date(text: str) -> None:
    """Words, other orders, days that do not exist, and forms that no feed sends are None."""
    assert normalise_date(text) is None


@given(any_text)
def test_no_text_raises(text: str) -> None:
    """Any text is a date in RFC 3339, which stays what it is, or None."""
    kept = normalise_date(text)
    assert kept is None or normalise_date(kept) == kept


@given(st.datetimes(timezones=zones), st.sampled_from("T "))
def test_every_moment_of_pythons_is_kept_to_the_microsecond(moment: datetime, sep: str) -> None:
    """What a Python producer writes with isoformat is the same moment afterwards."""
    kept = normalise_date(moment.isoformat(sep))
    assert kept is not None
    assert datetime.fromisoformat(kept) == moment


@given(moments)
def test_a_written_time_reads_back(moment: datetime) -> None:
    """`parse_rfc3339` reads what `format_rfc3339` writes, and that is RFC 3339 in UTC."""
    text = format_rfc3339(moment)
    assert text.endswith("Z")
    assert parse_rfc3339(text) == moment
    assert normalise_date(text) == text


def test_a_naive_time_is_refused() -> None:
    """A datetime without zone is never taken for local time, on the way out or in."""
    with pytest.raises(ValueError, match="no time zone"):
        format_rfc3339(datetime(2031, 3, 4, tzinfo=UTC).replace(tzinfo=None))
    with pytest.raises(ValueError, match="no offset"):
        parse_rfc3339("2031-03-04T07:15:00")


def test_kafkas_milliseconds_are_written_in_utc() -> None:
    """To the microsecond, as every other time is."""
    assert format_unix_ms(0) == "1970-01-01T00:00:00Z"
    assert format_unix_ms(1_000_000_000_250) == "2001-09-09T01:46:40.250000Z"
