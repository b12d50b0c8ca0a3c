"""What every answer says to the browser, and which Host headers are answered at all."""

import ipaddress
from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECURITY_HEADERS = {
    # Nothing but our own files; no inline script or style; no way to make HTML out of a string.
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # Not no-referrer: browsers then send our own login form with the origin "null".
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
_LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")


class SecurityHeaders:
    """ASGI middleware that adds SECURITY_HEADERS to every answer, errors included."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap the app."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, with the headers."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("cache-control", "no-store")
            await send(message)

        await self._app(scope, receive, send_with_headers)


class HostCheck:
    """ASGI middleware that answers only requests that name one of these hosts.

    A page elsewhere can have its own name point to 127.0.0.1 (DNS rebinding) and would then be
    of one origin with a server that answers to any name.
    """

    def __init__(self, app: ASGIApp, *, hosts: Sequence[str]) -> None:
        """Wrap the app; `hosts` are names and addresses without port or brackets."""
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse with status 421."""
        if scope["type"] == "http" and not self._is_ours(Headers(scope=scope).get("host", "")):
            refusal = PlainTextResponse(
                "This is not a name of the dashboard: open it by the address it printed.\n", 421
            )
            await refusal(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _is_ours(self, header: str) -> bool:
        try:
            return urlsplit(f"//{header}").hostname in self._hosts
        except ValueError:
            return False


def is_loopback(host: str) -> bool:
    """Tell whether only this machine reaches a server that binds to this host."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def allowed_hosts(host: str) -> tuple[str, ...] | None:
    """Return the names that requests may use for a server bound to `host`; None for any.

    Beyond the loopback a token guards the dashboard, and a browser does not send its cookie to
    another name.
    """
    return (*_LOOPBACK_NAMES, host) if is_loopback(host) else None
