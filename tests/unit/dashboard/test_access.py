"""The token and the cookie that stands for it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.dashboard import access
from pipeline.dashboard.access import SESSION_SECONDS, TokenGuard

TOKEN = "correct horse battery"


@given(st.text(max_size=40))
def test_only_the_token_is_the_token(given_token: str) -> None:
    """Neither a part of it, nor more than it."""
    assert TokenGuard(TOKEN).accepts_token(given_token) == (given_token == TOKEN)


@pytest.mark.parametrize(
    ("header", "is_accepted"),
    [
        (f"Bearer {TOKEN}", True),
        (f"bearer {TOKEN}", True),
        (f"Basic {TOKEN}", False),
        (TOKEN, False),
        ("Bearer ", False),
        ("", False),
    ],
)
def test_the_header_is_a_bearer_token(header: str, is_accepted: bool) -> None:
    """No other scheme, and not nothing."""
    assert TokenGuard(TOKEN).accepts_header(header) is is_accepted


def test_a_session_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is good for its time, under this token, and holds nothing of the token."""
    guard = TokenGuard(TOKEN)
    monkeypatch.setattr(access.time, "time", lambda: 1000.0)
    session = guard.new_session()
    assert TOKEN not in session
    assert guard.accepts_session(session)
    assert not TokenGuard("another token altogether").accepts_session(session)
    monkeypatch.setattr(access.time, "time", lambda: 1000.0 + SESSION_SECONDS)
    assert not guard.accepts_session(session)


@given(st.text(max_size=100))
def test_no_made_up_session_is_accepted(cookie: str) -> None:
    """Whatever is sent, and no error either."""
    assert not TokenGuard(TOKEN).accepts_session(cookie)


def test_a_session_cannot_be_prolonged() -> None:
    """The expiry is signed."""
    guard = TokenGuard(TOKEN)
    expires, _, signature = guard.new_session().partition(".")
    assert not guard.accepts_session(f"{int(expires) + 1}.{signature}")
