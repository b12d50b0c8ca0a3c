"""The web application: the page, the API, the stream of events, and the way in."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import orjson
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from pipeline.dashboard.access import (
    SESSION_COOKIE,
    SESSION_SECONDS,
    SIGNED_IN_COOKIE,
    TokenGuard,
)
from pipeline.dashboard.events import encode_claim, stream_events
from pipeline.dashboard.feed import ClaimFeed
from pipeline.dashboard.filters import sort_claims
from pipeline.dashboard.openapi import describe_api
from pipeline.dashboard.queries import BadQueryError, parse_query
from pipeline.dashboard.security import HostCheck, SecurityHeaders, allowed_hosts

STATIC_FOLDER = Path(__file__).with_name("static")
_FORM_MAX_BYTES = 4096
_WRONG_TOKEN_PAUSE_SECONDS = 0.5
_GZIP_LEVEL = 4

Endpoint = Callable[[Request], Awaitable[Response]]


class StaticFilesOfThisVersion(StaticFiles):
    """The page's own files; browsers ask each time whether they are still the same."""

    def file_response(self, *arguments: object, **options: object) -> Response:
        """Return the file, or 304, never to be used without asking."""
        response = super().file_response(*arguments, **options)  # type: ignore[arg-type]
        response.headers["cache-control"] = "no-cache"
        return response


class Dashboard:
    """The endpoints over one feed; without a token everybody who reaches them may use them."""

    def __init__(self, feed: ClaimFeed, *, token: str | None) -> None:
        """Answer from `feed`; to end it ends the streams."""
        self._feed = feed
        self._guard = TokenGuard(token) if token else None
        self._openapi = orjson.dumps(
            describe_api(max_claims=feed.store.max_claims, has_token=token is not None)
        )

    def routes(self) -> list[Route | Mount]:
        """Return every path; only the login, the health and the static files need no token."""
        return [
            Route("/", self._guarded(self._page)),
            Route("/login", self._login_page, methods=["GET"]),
            Route("/login", self._log_in, methods=["POST"]),
            Route("/logout", self._log_out, methods=["POST"]),
            Route("/api/claims", self._guarded(self._claims)),
            Route("/api/events", self._guarded(self._events)),
            Route("/api/status", self._guarded(self._status)),
            Route("/api/openapi.json", self._guarded(self._describe)),
            Route("/healthz", self._health),
            Mount("/static", StaticFilesOfThisVersion(directory=STATIC_FOLDER)),
        ]

    def _guarded(self, endpoint: Endpoint) -> Endpoint:
        async def answer(request: Request) -> Response:
            if self._may_pass(request):
                return await endpoint(request)
            if request.url.path.startswith("/api/"):
                message = "Send the header `Authorization: Bearer TOKEN`."
                return _json({"error": message}, 401, {"www-authenticate": "Bearer"})
            return RedirectResponse("/login", 303)

        return answer

    def _may_pass(self, request: Request) -> bool:
        if self._guard is None:
            return True
        return self._guard.accepts_header(
            request.headers.get("authorization", "")
        ) or self._guard.accepts_session(request.cookies.get(SESSION_COOKIE, ""))

    async def _page(self, request: Request) -> Response:
        return FileResponse(STATIC_FOLDER / "page.html", headers={"cache-control": "no-cache"})

    async def _login_page(self, request: Request) -> Response:
        if self._may_pass(request):
            return RedirectResponse("/", 303)
        page = "login-refused.html" if "refused" in request.query_params else "login.html"
        return FileResponse(STATIC_FOLDER / page, headers={"cache-control": "no-store"})

    async def _log_in(self, request: Request) -> Response:
        form = await _read_form(request)
        if self._guard is None:
            return RedirectResponse("/", 303)
        if not _is_same_origin(request) or not self._guard.accepts_token(form.get("token", "")):
            await asyncio.sleep(_WRONG_TOKEN_PAUSE_SECONDS)
            return RedirectResponse("/login?refused", 303)
        response = RedirectResponse("/", 303)
        for name, value in ((SESSION_COOKIE, self._guard.new_session()), (SIGNED_IN_COOKIE, "1")):
            response.set_cookie(
                name,
                value,
                max_age=SESSION_SECONDS,
                httponly=name == SESSION_COOKIE,
                samesite="strict",
                secure=request.url.scheme == "https",
            )
        return response

    async def _log_out(self, request: Request) -> Response:
        response = RedirectResponse("/login", 303)
        if _is_same_origin(request):
            for name in (SESSION_COOKIE, SIGNED_IN_COOKIE):
                response.delete_cookie(name, samesite="strict")
        return response

    async def _claims(self, request: Request) -> Response:
        store = self._feed.store
        try:
            query = parse_query(request.query_params, max_claims=store.max_claims)
        except BadQueryError as error:
            return _json({"error": str(error)}, 400)
        cursor = self._feed.format_cursor(store.cursor)
        matched = sort_claims(query.claim_filter.select(store.newest_first()), query.order)
        head = orjson.dumps(
            {
                "held": len(store),
                "matched": len(matched),
                "is_caught_up": self._feed.is_caught_up,
                "cursor": cursor,
            }
        )
        claims = b",\n".join(map(encode_claim, matched[: query.limit]))
        body = head[:-1] + b',"claims":[\n' + claims + b"\n]}\n"
        return Response(body, media_type="application/json")

    async def _events(self, request: Request) -> Response:
        after = request.headers.get("last-event-id") or request.query_params.get("after", "")
        events = stream_events(self._feed, self._feed.parse_cursor(after))
        return StreamingResponse(
            events, media_type="text/event-stream", headers={"x-accel-buffering": "no"}
        )

    async def _status(self, request: Request) -> Response:
        return _json(self._feed.status())

    async def _describe(self, request: Request) -> Response:
        return Response(self._openapi, media_type="application/json")

    async def _health(self, request: Request) -> Response:
        if not self._feed.is_broker_reachable:
            return _json({"status": "no_broker"}, 503)
        if not self._feed.is_topic_there:
            return _json({"status": "no_topic"}, 503)
        if not self._feed.is_caught_up:
            return _json({"status": "reading"}, 503)
        return _json({"status": "ok"})


def create_app(
    feed: ClaimFeed,
    *,
    host: str,
    token: str | None,
    follow: Callable[[], Awaitable[None]] | None = None,
) -> Starlette:
    """Return the application for a server bound to `host`.

    `follow` fills the feed: it runs for as long as the application does.
    """

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        following = asyncio.ensure_future(follow()) if follow is not None else None
        yield
        if following is not None:
            following.cancel()
            await asyncio.wait([following])

    hosts = allowed_hosts(host)
    middleware = [Middleware(SecurityHeaders)]
    if hosts is not None:
        middleware.append(Middleware(HostCheck, hosts=hosts))
    middleware.append(Middleware(GZipMiddleware, minimum_size=2048, compresslevel=_GZIP_LEVEL))
    dashboard = Dashboard(feed, token=token)
    return Starlette(routes=dashboard.routes(), middleware=middleware, lifespan=lifespan)


def _json(content: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(content), status, headers, "application/json")


async def _read_form(request: Request) -> dict[str, str]:
    """Return the fields of a small form; of one that is too large, none."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _FORM_MAX_BYTES:
            return {}
    fields = parse_qs(body.decode("ascii", "replace"))
    return {name: values[0] for name, values in fields.items()}


def _is_same_origin(request: Request) -> bool:
    """Tell whether our own page sent this form; a browser says so, and other clients need not."""
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")
