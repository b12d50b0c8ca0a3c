"""What text comes out of HTML; the examples stand in tests/data/html.yaml."""

from pathlib import Path
from typing import NamedTuple

import pytest
import yaml
from hypothesis import given

from pipeline.html import extract_html
from pipeline.text import clean
from tests.strategies import html_bodies

EXAMPLES_PATH = Path(__file__).parents[1] / "data" / "html.yaml"


class Example(NamedTuple):
    why: str
    html: str
    blocks: list[str]
    extractor: str


def load_examples(source: str) -> list[Example]:
    """Read examples; refuse a key too many or too few, and a name used twice."""
    examples = []
    for entry in yaml.safe_load(source):
        leftover = set(entry) ^ set(Example._fields)
        if leftover:
            raise ValueError(f"missing or unknown keys {sorted(leftover)} in example {entry}")
        examples.append(Example(**entry))
    if len({one.why for one in examples}) < len(examples):
        raise ValueError("two examples share a name")
    return examples


EXAMPLES = load_examples(EXAMPLES_PATH.read_text(encoding="utf-8"))


@pytest.mark.parametrize("one", EXAMPLES, ids=[one.why for one in EXAMPLES])
def test_extracts_as_the_example_shows(one: Example) -> None:
    """Each example of the data file gives exactly its blocks, by the extractor it names."""
    text, extractor = extract_html(one.html)
    assert text.split("\n\n") == (one.blocks or [""])
    name, _, version = extractor.partition("/")
    assert name == one.extractor
    assert version[0].isdigit()


@pytest.mark.parametrize(
    "source",
    [
        "- {why: a, html: b, blocks: [b], extractor: c, blcks: []}",
        "- {why: a, html: b, blocks: [b]}",
        "- {why: a, html: b, blocks: [b], extractor: c}\n" * 2,
    ],
)
def test_refuses_a_broken_example(source: str) -> None:
    """A leftover key, a missing one and a name used twice stop the tests."""
    with pytest.raises(ValueError, match=r"keys|share a name"):
        load_examples(source)


@given(html_bodies())
def test_any_markup_gives_trimmed_blocks(html: str) -> None:
    """Whatever the markup, no exception: blocks without white space around them or tabs inside."""
    text, _ = extract_html(clean(html))
    for block in text.split("\n\n") if text else []:
        assert block
        assert block == " ".join(block.split())


def test_parsers_say_nothing(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """No word of a body, good or bad, page or fragment, reaches a log or a terminal."""
    caplog.set_level(0)
    for body in (
        "<html><body>SECRET",
        "<!DOCTYPE html><html><body><p>SECRET &#0;</p><table><tr><p>SECRET",
        "<p>SECRET",
        "<html>",
        "<body><div>" * 1000,
    ):
        extract_html(body)
    captured = capfd.readouterr()
    assert captured.out + captured.err == ""
    assert "SECRET" not in caplog.text
