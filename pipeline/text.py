"""Step 4 of the flow: the plain text of an article, that everything after speaks of."""

import hashlib
import re

from pipeline.detection import TextExtractor
from pipeline.html_process import EXTRACT_HTML, HtmlProcess
from pipeline.models import Article, ArticleText, TextBasis

_HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})
_PLAIN_TYPES = frozenset({"text/plain"})

_ELEMENTS = (
    "a|abbr|article|aside|b|blockquote|body|br|caption|center|cite|code|dd|del|div|dl|dt|em|"
    "figcaption|figure|font|footer|h[1-6]|head|header|hr|html|i|iframe|img|ins|li|link|main|mark|"
    "meta|nav|ol|p|pre|q|s|script|section|small|span|strong|style|sub|sup|table|tbody|td|tfoot|"
    "th|thead|time|title|tr|u|ul|video"
)
# A body without a type is HTML when it begins with a tag, or closes or breaks something.
_HTML_START = re.compile(
    rf"\s*<(?:!doctype\s|!--|\?xml\s|(?:{_ELEMENTS})(?:\s[^<>]*)?/?>)", re.IGNORECASE
)
_HTML_INSIDE = re.compile(
    rf"<(?:/(?:{_ELEMENTS})\s*|(?:br|hr|img|p)(?:\s[^<>]*)?/?)>", re.IGNORECASE
)

# Characters that are no text: C0 and C1 controls but line feed and tab, line and paragraph
# separators, bidirectional overrides and isolates, the byte order mark, lone surrogates and
# noncharacters (those of plane 0: with one range beyond it the search takes twelve times as long).
_BAD = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufdd0-\ufdef\ufeff\ufffe\uffff"
    "\ud800-\udfff]"
)
# C1 controls are nearly always Windows-1252 read as Latin-1; HTML's rules mend them the same way.
_WINDOWS_1252 = {chr(byte): bytes([byte]).decode("cp1252", "replace") for byte in range(0x80, 0xA0)}
_LINE_ENDS = dict.fromkeys("\r\v\f\u2028\u2029", "\n")
# C0 controls part words more often than they stand within one. Overrides and isolates could make
# a page or a terminal show a claim other than it reads.
_TO_SPACES = [*map(chr, range(0x20)), "\x7f", *map(chr, range(0x202A, 0x202F)),
              *map(chr, range(0x2066, 0x206A)), "\ufeff"]  # fmt: skip
_REPLACEMENTS = dict.fromkeys(_TO_SPACES, " ") | _WINDOWS_1252 | _LINE_ENDS


class BodyExtractor(TextExtractor):
    """Takes plain text as it comes and HTML through a process of its own; close it after use."""

    def __init__(self, *, html_timeout_seconds: float, extract_html: str = EXTRACT_HTML) -> None:
        """`extract_html` names the function that reads HTML in the child, `module:function`."""
        self._html = HtmlProcess(timeout_seconds=html_timeout_seconds, extract=extract_html)

    def extract(self, article: Article) -> ArticleText:
        """Return the text, free of characters that are none; safe to call from any thread.

        Basis `body`: the body with each such character replaced by one other, so offsets hold in
        both. Basis `extracted`: blocks of the HTML, parted by blank lines. Raises ArticleError
        (stage `extract`) when the HTML is too slow to parse or ends the parser.
        """
        body = clean(article.body)
        if not _is_html(body, article.content_type):
            return _article_text(body, TextBasis.BODY)
        text, extractor = self._html.extract(body)
        return _article_text(clean(text), TextBasis.EXTRACTED, extractor)  # `&#31;` is one too

    def close(self) -> None:
        """End the process that reads HTML; the next HTML body starts another."""
        self._html.close()


def clean(text: str) -> str:
    """Return the text with every character that is none replaced, one for one.

    Line separators of all kinds become line feeds (the carriage return before one a space), other
    controls spaces, C1 controls what Windows-1252 means by them; what was never a character
    becomes U+FFFD.
    """
    text = text.replace("\r\n", " \n")
    return _BAD.sub(lambda match: _REPLACEMENTS.get(match[0], "\ufffd"), text)


def _is_html(body: str, content_type: str | None) -> bool:
    """Go by the media type; look at the body when it has none, or one that tells nothing."""
    if "<" not in body and "&" not in body:
        return False  # as HTML it would only lose its line ends
    media_type = (content_type or "").partition(";")[0].strip().lower()
    if media_type in _PLAIN_TYPES:
        return False
    if media_type in _HTML_TYPES:
        return True
    return bool(_HTML_START.match(body) or _HTML_INSIDE.search(body))


def _article_text(text: str, basis: TextBasis, extractor: str | None = None) -> ArticleText:
    digest = hashlib.sha256(text.encode()).hexdigest()
    return ArticleText(text=text, basis=basis, sha256=digest, extractor=extractor)
