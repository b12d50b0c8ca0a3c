"""Points in time as text: RFC 3339 out, whatever a producer sent in."""

import re
from datetime import UTC, datetime, timedelta

# Calendar dates of ISO 8601, extended (2024-05-01T10:00:00+02:00) or basic (20240501T100000Z),
# with RFC 3339's freedoms (a space or a small letter for T and Z). Week and ordinal dates are
# left out: no feed sends them, and Python versions differ on them.
_DATE = r"(?P<date>[0-9]{4}(?:-[0-9]{2}-[0-9]{2}|[0-9]{4}))"
_TIME = r"(?P<time>[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?|[0-9]{4}(?:[0-9]{2})?)"
_OFFSET = r"(?P<offset>[Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)"
_ISO_8601 = re.compile(rf"{_DATE}(?:[Tt ]{_TIME}(?: ?{_OFFSET})?)?")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def normalise_date(text: str) -> str | None:
    """Return the date as RFC 3339 text, or None when it is no date.

    A date without a time stays one (`2024-05-01`). A time without an offset is read as UTC,
    because RFC 3339 has no way to leave it open. Fractions are cut at the microsecond.
    """
    found = _ISO_8601.fullmatch(text.strip())
    if found is None:
        return None
    try:
        if found["time"] is None:
            return datetime.fromisoformat(found["date"]).date().isoformat()
        moment = datetime.fromisoformat(
            f"{found['date']}T{found['time']}{(found['offset'] or 'Z').upper()}"
        )
    except ValueError:  # a thirteenth month, a 25th hour, a leap second
        return None
    return _with_z(moment)


def format_rfc3339(moment: datetime) -> str:
    """Return an aware datetime as RFC 3339 text in UTC, to the microsecond.

    Raises ValueError on a naive datetime: it would silently be read as local time.
    """
    if moment.tzinfo is None:
        raise ValueError("This datetime has no time zone; pass datetime.now(UTC).")
    return _with_z(moment.astimezone(UTC))


def format_unix_ms(milliseconds: int) -> str:
    """Return milliseconds since 1970, as Kafka counts time, as RFC 3339 text in UTC."""
    return format_rfc3339(_EPOCH + timedelta(milliseconds=milliseconds))


def parse_rfc3339(text: str) -> datetime:
    """Read back what `format_rfc3339` wrote; raises ValueError on anything without an offset."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("This time has no offset from UTC.")
    return moment


def _with_z(moment: datetime) -> str:
    text = moment.isoformat()
    return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text
