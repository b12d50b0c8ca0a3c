"""The sample articles are what their README says."""

import importlib.resources
import re
from collections import Counter

import orjson
import pytest

from pipeline.errors import ArticleError
from pipeline.models import Article
from pipeline.records import decode_article

SAMPLES = importlib.resources.files("pipeline") / "samples"
LINES = (SAMPLES / "articles.jsonl").read_bytes().splitlines()
README = (SAMPLES / "README.md").read_text("utf-8")
SCHEMA_BREAKER = 14
MAIN_STORIES = (*range(1, 11), 16, 17, 18, 20, 21)


def sample(line: int) -> Article:
    return decode_article(LINES[line - 1], body_max_characters=500_000)


def test_the_readme_tells_every_line() -> None:
    """Its table has one row for each line, numbered from 1."""
    rows = re.findall(r"^\| +(\d+) \|", README, flags=re.MULTILINE)
    assert [int(row) for row in rows] == list(range(1, len(LINES) + 1))
    assert f"holds {len(LINES)} articles" in README
    assert len(LINES) >= 15


@pytest.mark.parametrize("line", [n for n in range(1, len(LINES) + 1) if n != SCHEMA_BREAKER])
def test_all_but_one_are_articles(line: int) -> None:
    """Every line but the one that breaks the schema is read."""
    assert sample(line).body


def test_line_14_breaks_the_schema() -> None:
    """It has no body and a list for its title."""
    with pytest.raises(ArticleError, match="/body: required; /title: type") as caught:
        sample(SCHEMA_BREAKER)
    assert caught.value.reason == "wrong_shape"


def rough_sentences(line: int) -> list[str]:
    """Cut at the marks that end sentences, after taking out markup: good enough to count by."""
    page_parts = r"(?s)<(script|style|head|nav|aside|footer).*?</\1>"
    text = re.sub(r"<[^>]+>", " ", re.sub(page_parts, " ", sample(line).body))
    return re.findall(r"[^.!?]+[.!?]+[”\s]", f"{text} ")


@pytest.mark.parametrize("line", MAIN_STORIES)
def test_the_main_stories_are_a_mixture(line: int) -> None:
    """Six to about fifteen sentences each, some with a figure in them and some without."""
    sentences = rough_sentences(line)
    with_figures = sum(bool(re.search(r"\d", sentence)) for sentence in sentences)
    assert 6 <= len(sentences) <= 18
    assert 3 <= with_figures <= len(sentences) - 2


def test_line_1_is_plain_text_with_curly_quotes_and_an_ellipsis() -> None:
    """And so are most others: wire copy has curly marks, never straight ones."""
    assert {"“", "”", "…"} <= set(sample(1).body)
    quoting = [line for line in MAIN_STORIES if "“" in sample(line).body]
    assert len(quoting) > 10
    assert all('"' not in sample(line).body for line in quoting if line not in (8, 10))


def test_line_8_is_an_html_fragment() -> None:
    """Paragraphs, entities, a list and a script, but no page around them."""
    article = sample(8)
    assert article.content_type == "text/html"
    assert all(part in article.body for part in ("<p>", "<li>", "&nbsp;", "&hellip;", "<script>"))
    assert "<html" not in article.body


def test_line_10_is_a_full_html_page() -> None:
    """With what surrounds an article on a page."""
    body = sample(10).body
    assert body.startswith("<!DOCTYPE html>")
    assert all(f"<{tag}" in body for tag in ("html", "head", "nav", "article", "aside", "footer"))


def test_line_11_is_a_live_blog() -> None:
    """A time stands before each entry."""
    assert len(re.findall(r"^\d\d:\d\d$", sample(11).body, flags=re.MULTILINE)) >= 5


def test_line_12_is_long_enough_german() -> None:
    """So long that its language is told from the text and not from the tag."""
    article = sample(12)
    assert article.language == "de"
    assert len(article.body) > 300
    assert "„" in article.body


def test_line_13_is_line_1_again() -> None:
    """Byte for byte, and no other line is a duplicate."""
    repeated = [line for line, times in Counter(LINES).items() if times > 1]
    assert LINES[12] == LINES[0]
    assert repeated == [LINES[0]]


def test_line_15_is_markup_without_text() -> None:
    """Nothing is left of it without its tags."""
    bare = re.sub(r"<[^>]+>|&nbsp;", "", sample(15).body)
    assert not bare.strip()


def test_line_16_has_two_bad_dates() -> None:
    """One of the wrong form and one of the wrong type; no other line has any."""
    assert sample(16).invalid_dates == ("published_at", "updated_at")
    lines = [n for n in range(1, len(LINES) + 1) if n not in (SCHEMA_BREAKER, 16)]
    assert not any(sample(line).invalid_dates for line in lines)


def test_line_17_is_an_edit_of_line_2() -> None:
    """The same article with one sentence changed and one added."""
    before, after = (set(re.split(r"(?<=[.”]) |\n\n", sample(line).body)) for line in (2, 17))
    assert sample(2).identity == sample(17).identity
    assert (len(before - after), len(after - before)) == (1, 2)
    assert sample(17).updated_at is not None


def test_line_18_is_named_by_its_url() -> None:
    """Without tracking parameters, port, fragment or capitals; its date has no time."""
    article = sample(18)
    assert article.id is None
    assert article.identity == "url:https://www.northdesk.example/energy/brask-closes?id=77"
    assert article.published_at == "2031-03-07"


def test_line_19_has_nothing_to_check() -> None:
    """Not a single figure, no name and no quotation."""
    assert not re.search(r"[\d“]", sample(19).body)


def test_line_20_is_named_by_its_body_and_has_bad_characters() -> None:
    """Half an emoji, which strict readers refuse, and a control character."""
    article = sample(20)
    assert article.identity.startswith("body:")
    assert article.body.count("\ufffd") == 1
    assert "\x07" in article.body
    with pytest.raises(orjson.JSONDecodeError):
        orjson.loads(LINES[19])


def test_line_21_has_headings_numbers_and_abbreviations() -> None:
    """What sentence splitters get wrong."""
    body = sample(21).body
    assert re.search(r"^1\. How", body, flags=re.MULTILINE)
    assert all(text in body for text in ("Dr. Paul", "a.m. Tuesday", "approx. 60", "Ms. Tove"))
