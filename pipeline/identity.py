"""What names an article across retries and edits.

Whoever wants the same identities in another language follows the rules below and checks
against `schemas/claim_id.vectors.json`. A change of any rule renames claims, so it is a breaking
change of the wire contract; the vectors fail first, also when an update of w3lib causes it.
"""

import hashlib
import re
from urllib.parse import quote, urlsplit

from w3lib.url import canonicalize_url

MAX_IDENTITY_CHARACTERS = 1024
"""Longer ones are hashed: an identity is a Kafka key and stands in every claim."""

_DEFAULT_PORTS = {"http": 80, "https": 443}
_TRACKING_PARAMETERS = frozenset(
    {"dclid", "fbclid", "gbraid", "gclid", "igshid", "mc_cid", "mc_eid", "msclkid", "ttclid"}
    | {"twclid", "wbraid", "yclid", "_ga", "_gl"}
)
_TRACKING_PREFIX = "utm_"
_PRINTABLE_ASCII = re.compile(r"[!-~]+")


def identify_article(*, source: str | None, id: str | None, url: str | None, body: str) -> str:  # noqa: A002
    """Return the article's identity: printable ASCII without spaces, at most 1,024 characters.

    The first that applies:

    1. `id:SOURCE/ID`, when both are more than white space. Each is taken as it came and
       percent-encoded (UTF-8, all but `A-Z a-z 0-9 - . _ ~`), so the slash parts them.
    2. `url:URL`, when `canonicalise_url` makes something of the URL.
    3. `body:HEX`, the SHA-256 of the body's UTF-8. An edit of such an article is a new article.

    1 or 2 over 1,024 characters become `sha256:HEX`, the SHA-256 of that long identity.
    The strings hold no lone surrogates (`lenient_json` sees to it).
    """
    if source and id and source.strip() and id.strip():
        identity = f"id:{quote(source, safe='')}/{quote(id, safe='')}"
    elif url and (canonical := canonicalise_url(url)):
        identity = f"url:{canonical}"
    else:
        return f"body:{_sha256(body)}"
    if len(identity) > MAX_IDENTITY_CHARACTERS:
        return f"sha256:{_sha256(identity)}"
    return identity


def shorten_key(key: bytes | None) -> bytes | None:
    """Return a message key that is safe to repeat: over 1,024 bytes it becomes `sha256:HEX`.

    Anyone may write to the articles topic; a key of a megabyte must not make our records of it
    too large for the broker.
    """
    if key is None or len(key) <= MAX_IDENTITY_CHARACTERS:
        return key
    return f"sha256:{hashlib.sha256(key).hexdigest()}".encode()


def canonicalise_url(url: str) -> str | None:
    """Return one spelling for all spellings of an address, or None when it is not a web address.

    In this order: white space around it is dropped; `w3lib.url.canonicalize_url` (scheme and
    host in small letters, host in IDNA, percent-encoding made uniform, dot segments resolved,
    query sorted by name and value, `a` written `a=`, fragment dropped, an empty path made `/`);
    user name and password dropped; the scheme's default port dropped; tracking parameters
    dropped (`utm_*`, `fbclid`, `gclid` and the like, by name whatever its case).

    Kept apart on purpose: http and https, `www.` or not, a slash at the end or not: they may be
    different pages. None for any scheme but http and https, for a URL without a host and for
    one that cannot be parsed: "n/a" must not become one article.
    """
    try:
        parts = urlsplit(canonicalize_url(url.strip()))
        host, port = parts.hostname, parts.port
    except ValueError:  # a broken host or port; UnicodeError is a ValueError too
        return None
    if parts.scheme not in _DEFAULT_PORTS or not host:
        return None
    if ":" in host:
        host = f"[{host}]"
    if port is not None and port != _DEFAULT_PORTS[parts.scheme]:
        host = f"{host}:{port}"
    query = "&".join(pair for pair in parts.query.split("&") if not _is_tracking(pair))
    canonical = f"{parts.scheme}://{host}{parts.path or '/'}{'?' + query if query else ''}"
    return canonical if _PRINTABLE_ASCII.fullmatch(canonical) else None


def _is_tracking(pair: str) -> bool:
    name = pair.partition("=")[0].lower()
    return name in _TRACKING_PARAMETERS or name.startswith(_TRACKING_PREFIX)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
