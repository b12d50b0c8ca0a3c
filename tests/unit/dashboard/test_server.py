"""The application without a broker: answers, headers, the token, hostile claims."""

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import orjson
import pytest

from pipeline.dashboard import server
from pipeline.dashboard.access import SESSION_COOKIE
from pipeline.dashboard.feed import ClaimFeed
from pipeline.dashboard.security import SECURITY_HEADERS, allowed_hosts, is_loopback
from pipeline.dashboard.server import STATIC_FOLDER, create_app
from pipeline.dashboard.store import ClaimStore
from tests.dashboard_claims import make_claim

TOKEN = "correct horse battery staple"
HOSTILE_TEXTS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</li><style>*{display:none}</style>",
    "{{7*7}} ${7*7} <%= 7*7 %>",
    "data: forged\n\nevent: claims\ndata: {}\n\n",
    "right\u202eto left\u2066 and \u0000 control \u001b[31m",
    "\u2028line\u2029paragraph",
]

Ask = Callable[..., httpx.Response]


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_WRONG_TOKEN_PAUSE_SECONDS", 0)


def _feed(*claims: dict[str, Any]) -> ClaimFeed:
    feed = ClaimFeed(ClaimStore(max_claims=50, max_bytes=10**9))
    for at, claim in enumerate(claims):
        feed.add(orjson.dumps(claim), key=None, timestamp_ms=at)
    feed.is_broker_reachable = feed.is_topic_there = feed.is_caught_up = True
    return feed


def _asking(feed: ClaimFeed, *, host: str = "127.0.0.1", token: str | None = None) -> Ask:
    def ask(
        path: str, *, method: str = "GET", name: str = "127.0.0.1:6080", **options: Any
    ) -> httpx.Response:
        async def send() -> httpx.Response:
            app = create_app(feed, host=host, token=token)
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url=f"http://{name}") as client:
                return await client.request(method, path, **options)

        return asyncio.run(send())

    return ask


# The API


def test_every_answer_is_as_the_description_says() -> None:
    """The claims, a refusal, the counters and the health, each by its schema."""
    ask = _asking(_feed(*(make_claim(number) for number in range(20))))
    document = ask("/api/openapi.json").json()
    assert document["openapi"] == "3.1.0"
    for path, query, status in [
        ("/api/claims", "?limit=50", 200),
        ("/api/claims", "?q=nothing+fits+this", 200),
        ("/api/claims", "?limit=0", 400),
        ("/api/status", "", 200),
        ("/healthz", "", 200),
    ]:
        answer = ask(path + query)
        assert answer.status_code == status, path
        described = document["paths"][path]["get"]["responses"][str(status)]
        reference = described["content"]["application/json"]["schema"]["$ref"]
        schema = {"$ref": f"#{reference.removeprefix('#')}", "components": document["components"]}
        jsonschema_rs.validator_for(schema).validate(answer.json())


def test_the_description_names_every_path_and_parameter() -> None:
    """And no parameter that is refused, each tried with a value it may have."""
    ask = _asking(_feed(make_claim(1)))
    document = ask("/api/openapi.json").json()
    routes = {"/api/claims", "/api/events", "/api/status", "/healthz"}
    assert set(document["paths"]) == routes
    for parameter in document["paths"]["/api/claims"]["get"]["parameters"]:
        schema = parameter["schema"]
        value = schema.get("enum", [schema.get("maximum", "x")])[0]
        answer = ask("/api/claims", params={parameter["name"]: value})
        assert answer.status_code == 200, parameter["name"]


def test_claims_are_filtered_ordered_and_limited() -> None:
    """`matched` counts all that fit, also those over the limit."""
    claims = [make_claim(number) for number in range(20)]
    ask = _asking(_feed(*claims))
    answer = ask("/api/claims", params={"order": "priority", "claim_type": "causal", "limit": 2})
    body = answer.json()
    causal = sorted(
        (one for one in claims if one["claim_type"] == "causal"), key=lambda one: -one["priority"]
    )
    assert [one["claim"] for one in body["claims"]] == causal[:2]
    assert (body["held"], body["matched"]) == (20, len(causal))
    newest = ask("/api/claims?limit=1").json()["claims"][0]["claim"]
    assert newest == claims[-1]


def test_a_refusal_repeats_nothing_of_the_query() -> None:
    """What somebody typed goes into no log and no message."""
    answer = _asking(_feed())("/api/claims", params={"min_score": "secret"})
    assert answer.status_code == 400
    assert "secret" not in answer.text


@pytest.mark.parametrize("text", HOSTILE_TEXTS)
def test_hostile_claims_stay_data(text: str) -> None:
    """They come out as JSON that holds what went in, and as nothing a browser would render."""
    claim = make_claim(1, text=text, article={"title": text, "source": text, "url": text})
    answer = _asking(_feed(claim))("/api/claims")
    assert answer.json()["claims"][0]["claim"] == claim
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("missing", "status"),
    [
        ("is_broker_reachable", "no_broker"),
        ("is_topic_there", "no_topic"),
        ("is_caught_up", "reading"),
    ],
)
def test_the_health_says_what_is_missing(missing: str, status: str) -> None:
    """Green only when the page shows what the topic holds."""
    feed = _feed()
    assert _asking(feed)("/healthz").status_code == 200
    setattr(feed, missing, False)
    answer = _asking(feed)("/healthz")
    assert (answer.status_code, answer.json()) == (503, {"status": status})


# Headers


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/login",
        "/api/claims",
        "/api/claims?x",
        "/static/app.js",
        "/static/no.js",
        "/no",
        "/healthz",
    ],
)
def test_every_answer_carries_the_security_headers(path: str) -> None:
    """Errors and files included."""
    answer = _asking(_feed())(path)
    for name, value in SECURITY_HEADERS.items():
        assert answer.headers[name] == value
    assert answer.headers["cache-control"] in {"no-store", "no-cache"}


def test_the_policy_allows_nothing_inline_and_nobody_else() -> None:
    """No `unsafe-` anything, no wildcard, no other host, no frame."""
    policy = SECURITY_HEADERS["content-security-policy"]
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives["default-src"] == "'none'"
    assert directives["frame-ancestors"] == "'none'"
    assert {directives[name] for name in ("script-src", "style-src", "connect-src")} == {"'self'"}
    assert "unsafe" not in policy
    assert "*" not in policy
    assert ":" not in policy


def test_the_files_need_no_exception_from_the_policy() -> None:
    """No inline script, style or handler, no way from a string to markup, nobody else's files."""
    files = {path: path.read_text("utf-8") for path in STATIC_FOLDER.iterdir()}
    assert {path.suffix for path in files} == {".html", ".js", ".css", ".svg"}
    for path, content in files.items():
        if path.suffix == ".html":
            assert "<script>" not in content
            assert "style=" not in content
            assert re.search(r"\son\w+=", content) is None
        for forbidden in ("innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval("):
            assert forbidden not in content, path
        without_names = content.replace("http://www.w3.org/2000/svg", "")
        assert "http://" not in without_names, path
        assert "https://" not in without_names, path


@pytest.mark.parametrize(
    "name", ["evil.example", "127.0.0.1.evil.example", "evil.example:6080", ""]
)
def test_other_names_are_refused_on_the_loopback(name: str) -> None:
    """DNS rebinding: a page elsewhere whose name points here is not answered."""
    ask = _asking(_feed())
    answer = ask("/api/claims", headers={"host": name})
    assert answer.status_code == 421
    assert "claims" not in answer.text


@pytest.mark.parametrize("name", ["localhost", "LOCALHOST:6080", "127.0.0.1", "[::1]:6080"])
def test_names_of_this_machine_are_answered(name: str) -> None:
    """With and without port, in either case."""
    assert _asking(_feed())("/api/claims", headers={"host": name}).status_code == 200


def test_beyond_the_loopback_any_name_is_answered() -> None:
    """A token guards it there."""
    assert allowed_hosts("0.0.0.0") is None
    for host in ("127.0.0.1", "::1", "localhost", "127.9.9.9"):
        assert is_loopback(host)
    for host in ("0.0.0.0", "::", "10.0.0.1", "desk.example"):
        assert not is_loopback(host)


# The token


@pytest.mark.parametrize("path", ["/api/claims", "/api/events", "/api/status", "/api/openapi.json"])
def test_without_the_token_the_api_tells_nothing(path: str) -> None:
    """401, with how to send it."""
    ask = _asking(_feed(make_claim(1)), token=TOKEN)
    for headers in ({}, {"authorization": "Bearer wrong"}, {"cookie": f"{SESSION_COOKIE}=x.y"}):
        answer = ask(path, headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert "aldermoor" not in answer.text.lower()


def test_the_token_opens_the_api() -> None:
    """As a bearer token, and never in a URL."""
    ask = _asking(_feed(make_claim(1)), token=TOKEN)
    assert ask("/api/claims", headers={"authorization": f"Bearer {TOKEN}"}).status_code == 200
    assert ask("/api/claims", params={"token": TOKEN}).status_code == 401
    assert ask("/healthz").status_code == 200


def test_the_page_asks_for_the_token_once() -> None:
    """The form sets a cookie that scripts do not see and other sites do not send."""
    ask = _asking(_feed(), token=TOKEN)
    assert ask("/").headers["location"] == "/login"
    assert "password" in ask("/login").text
    answer = ask("/login", method="POST", data={"token": TOKEN})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie, hint = answer.headers.get_list("set-cookie")
    assert hint.startswith("claimwire_signed_in=1;")
    assert TOKEN not in cookie
    assert "httponly" in cookie.lower()
    assert "samesite=strict" in cookie.lower()
    session = cookie.split(";", maxsplit=1)[0]
    assert ask("/", headers={"cookie": session}).status_code == 200
    assert ask("/api/claims", headers={"cookie": session}).status_code == 200
    assert ask("/login", headers={"cookie": session}).headers["location"] == "/"


def test_over_https_the_cookie_stays_there() -> None:
    """Behind a proxy that ends TLS, too: uvicorn takes the scheme from it."""

    async def log_in() -> str:
        app = create_app(_feed(), host="0.0.0.0", token=TOKEN)
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="https://desk.example"
        ) as client:
            answer = await client.post("/login", data={"token": TOKEN})
            return str(answer.headers["set-cookie"])

    assert asyncio.run(log_in()).lower().count("; secure") == 2


@pytest.mark.parametrize(
    ("data", "headers"),
    [
        ({"token": "wrong"}, {}),
        ({"token": ""}, {}),
        ({}, {}),
        ({"token": TOKEN}, {"origin": "https://evil.example"}),
        ({"token": TOKEN}, {"origin": "null"}),
        ({"token": TOKEN, "padding": "x" * 10_000}, {}),
    ],
)
def test_a_wrong_token_sets_no_cookie(data: dict[str, str], headers: dict[str, str]) -> None:
    """Nor does the right one that another site's form sends."""
    ask = _asking(_feed(), token=TOKEN)
    answer = ask("/login", method="POST", data=data, headers=headers)
    assert answer.headers["location"] == "/login?refused"
    assert "set-cookie" not in answer.headers
    assert "not the token" in ask("/login?refused").text


def test_a_broken_form_is_refused() -> None:
    """Bytes that are no form, and no traceback."""
    ask = _asking(_feed(), token=TOKEN)
    answer = ask("/login", method="POST", content=b"\xff\xfe%zz=&&==" + b"&a=1" * 50)
    assert answer.headers["location"] == "/login?refused"


def test_the_way_out_takes_the_cookie_away() -> None:
    """Only when our own page asks for it."""
    ask = _asking(_feed(), token=TOKEN)
    assert "max-age=0" in ask("/logout", method="POST").headers["set-cookie"].lower()
    elsewhere = ask("/logout", method="POST", headers={"origin": "https://evil.example"})
    assert "set-cookie" not in elsewhere.headers


def test_files_outside_the_folder_are_not_served() -> None:
    """Whatever the path says."""
    ask = _asking(_feed())
    for path in ("/static/../server.py", "/static/%2e%2e/server.py", "/static//etc/passwd"):
        assert ask(path).status_code in {404, 405}
    assert Path(STATIC_FOLDER, "page.html").exists()
