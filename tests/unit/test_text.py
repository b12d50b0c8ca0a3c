"""What counts as HTML, and what is done to characters that are none."""

import hashlib
import unicodedata
from collections.abc import Iterator

import pytest
from hypothesis import given

from pipeline.models import Article, TextBasis
from pipeline.text import BodyExtractor, clean
from tests.strategies import html_bodies, texts


@pytest.fixture(scope="module")
def extractor() -> Iterator[BodyExtractor]:
    extractor = BodyExtractor(html_timeout_seconds=30)
    yield extractor
    extractor.close()


def article(body: str, content_type: str | None = None) -> Article:
    return Article(identity="test", body=body, content_type=content_type)


@pytest.mark.parametrize(
    ("content_type", "body", "basis"),
    [
        ("text/html", "<p>One.</p>", TextBasis.EXTRACTED),
        ("TEXT/HTML; charset=iso-8859-1", "<p>One.</p>", TextBasis.EXTRACTED),
        (" application/xhtml+xml ;x=y", "One &amp; two.", TextBasis.EXTRACTED),
        ("text/plain", "<p>One.</p>", TextBasis.BODY),
        ("text/plain; format=flowed", "<p>One.</p>", TextBasis.BODY),
        ("text/html", "One. Two > one.", TextBasis.BODY),
        ("application/json", "<p>One.</p>", TextBasis.EXTRACTED),
        ("application/json", "One.", TextBasis.BODY),
        ("", "<p>One.</p>", TextBasis.EXTRACTED),
        (None, "<p>One.</p>", TextBasis.EXTRACTED),
        (None, "  \n<P CLASS='x'>One.", TextBasis.EXTRACTED),
        (None, "<!doctype html><title>x</title>One", TextBasis.EXTRACTED),
        (None, "<!-- wire --><b>One</b>", TextBasis.EXTRACTED),
        (None, "One.<br>Two.", TextBasis.EXTRACTED),
        (None, "One <b>two</b>.", TextBasis.EXTRACTED),
        (None, "One.", TextBasis.BODY),
        (None, "Profits at Marks &amp; Orme rose.", TextBasis.BODY),
        (None, "a < b and c > d", TextBasis.BODY),
        (None, "<Reporter> TARN - The bridge <sic> is shut.", TextBasis.BODY),
        (None, "<3 from all of us", TextBasis.BODY),
        (None, "The <b> tag makes text bold.", TextBasis.BODY),
    ],
)
def test_html_is_told_by_type_or_by_its_look(
    extractor: BodyExtractor, content_type: str | None, body: str, basis: TextBasis
) -> None:
    """The media type decides; without one that tells, the body's tags do; no markup, no HTML."""
    assert extractor.extract(article(body, content_type)).basis == basis


def test_plain_text_comes_as_it_is(extractor: BodyExtractor) -> None:
    """A plain body is its own text, has no extractor, and is hashed as UTF-8."""
    body = "  “Naïve,” she said.\n\n\tTarn – 北京 😀\u00a0 "
    text = extractor.extract(article(body))
    assert text.text == body
    assert text.extractor is None
    assert text.sha256 == hashlib.sha256(body.encode()).hexdigest()


def test_html_names_its_extractor(extractor: BodyExtractor) -> None:
    """Text out of HTML says by what, and its hash is of the text, not the body."""
    text = extractor.extract(article("<p>One &amp; two.</p><p>Three."))
    assert text.text == "One & two.\n\nThree."
    assert text.extractor is not None
    assert text.extractor.startswith("resiliparse/")
    assert text.sha256 == hashlib.sha256(text.text.encode()).hexdigest()


@pytest.mark.parametrize(
    "body",
    [
        "",
        " \n\t\r\n \u00a0",
        "\x00\x1f\ufeff",
        "<p> </p>",
        "<div><br>&nbsp;&#10;</div>",
        "<script>alert('One.')</script>",
        "<html><body></body></html>",
        "<!-- One. -->",
        "<p>&#31;&#xFEFF;</p>",
    ],
)
def test_a_body_without_text_gives_none(extractor: BodyExtractor, body: str) -> None:
    """White space, controls and markup alone are no text."""
    assert extractor.extract(article(body)).text.strip() == ""


@pytest.mark.parametrize(
    ("bad", "good"),
    [
        ("a\r\nb", "a \nb"),
        ("a\rb", "a\nb"),
        ("a\x0bb\x0cc\u2028d\u2029e", "a\nb\nc\nd\ne"),
        ("a\x00b\x1bc\x7fd", "a b c d"),
        ("a\nb\tc", "a\nb\tc"),
        ("it\x92s \x93so\x94 \x96 \x85 \x81", "it’s “so” – … \ufffd"),
        ("\ud83d \ude00", "\ufffd \ufffd"),
        ("\ufeffa\ufffe\uffff\ufdd0", " a\ufffd\ufffd\ufffd"),
        ("a\u202eb\u2066c\u2069", "a b c "),
        ("\u200e\u200b\u00ad\u00a0😀", "\u200e\u200b\u00ad\u00a0😀"),
    ],
)
def test_bad_characters_are_replaced_one_for_one(bad: str, good: str) -> None:
    """Each kind of character that is no text has its stand-in; all others are left alone."""
    assert clean(bad) == good


@given(texts())
def test_offsets_in_the_text_hold_in_the_body(body: str) -> None:
    """Cleaned text is as long as the body, proper Unicode, and differs in bad characters only."""
    text = clean(body)
    assert len(text) == len(body)
    text.encode("utf-8")
    assert clean(text) == text
    assert all(character in "\n\t" or unicodedata.category(character) != "Cc" for character in text)
    for before, after in zip(body, text, strict=True):
        if before != after:
            assert unicodedata.category(before) in {"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"}


@given(html_bodies())
def test_any_html_gives_clean_text(extractor: BodyExtractor, body: str) -> None:
    """Whatever the markup, the text that comes back is proper Unicode without bad characters."""
    text = extractor.extract(article(body, "text/html"))
    assert clean(text.text) == text.text
    assert text.sha256 == hashlib.sha256(text.text.encode()).hexdigest()
