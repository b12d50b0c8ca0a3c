"""Who may see the page: a token, given in a header or once in a form. Pure but for the clock.

The form sets a cookie that proves the token was known: an expiry and an HMAC over it with the
token as the key. It holds nothing of the token, needs no memory of sessions, and outlives a
restart; another token makes it void.
"""

import hashlib
import hmac
import time

SESSION_COOKIE = "claimwire_session"
SIGNED_IN_COOKIE = "claimwire_signed_in"
"""Tells the page's script that there is a session to end; it proves nothing."""
SESSION_SECONDS = 7 * 24 * 3600


class TokenGuard:
    """Knows the token and tells who has proved to know it too."""

    def __init__(self, token: str) -> None:
        """Guard with this token, which is not empty."""
        self._token = token.encode()

    def accepts_token(self, given: str) -> bool:
        """Tell whether this is the token, in a time that does not depend on how much is right."""
        return hmac.compare_digest(self._digest(given.encode()), self._digest(self._token))

    def accepts_header(self, authorization: str) -> bool:
        """Tell whether an Authorization header holds the token (`Bearer TOKEN`)."""
        scheme, _, given = authorization.partition(" ")
        return scheme.lower() == "bearer" and self.accepts_token(given.strip())

    def new_session(self) -> str:
        """Return a cookie's value that is good for SESSION_SECONDS."""
        expires = str(int(time.time()) + SESSION_SECONDS)
        return f"{expires}.{self._sign(expires)}"

    def accepts_session(self, cookie: str) -> bool:
        """Tell whether a cookie's value was made by `new_session` under this token, in time."""
        expires, _, signature = cookie.partition(".")
        if not hmac.compare_digest(signature.encode(), self._sign(expires).encode()):
            return False
        return int(expires) > time.time()  # signed by us: it is a number

    def _sign(self, expires: str) -> str:
        return hmac.new(self._token, f"session:{expires}".encode(), hashlib.sha256).hexdigest()

    def _digest(self, given: bytes) -> bytes:
        return hmac.new(self._token, given, hashlib.sha256).digest()
