"""Where quotations open and close."""

import pytest
from hypothesis import example, given

from pipeline.speech.quotations import Quotation, find_quotations, quotations_in
from tests.strategies import texts


@pytest.mark.parametrize(
    ("text", "quotations"),
    [
        ("No marks at all.", []),
        ("“One,” she said. “Two.”", ["“One,”", "“Two.”"]),
        ('"One," she said. "Two."', ['"One,"', '"Two."']),
        ("‘One,’ she said. ‘Two.’", ["‘One,’", "‘Two.’"]),
        ("'One,' she said. 'Two.'", ["'One,'", "'Two.'"]),
        ("«One» and „two”.", ["«One»", "„two”"]),
        ("``One,'' she said.", ["``One,'"]),
        ("“One,’’ she said.", ["“One,’"]),
        ("It’s the members’ money.", []),
        ("‘It’s the members’ money,’ he said.", ["‘It’s the members’ money,’"]),
        ("In the '90s and '80s.", []),
        ('A 6" pipe and a 9" pipe.', []),
        ("“She said ‘no’ twice.”", ["“She said ‘no’ twice.”"]),
        ("“One. “Two.”", ["“One. “Two.”"]),
        ("“One\nTwo", ["“One"]),
        ("“One.\n“Two.” Three.", ["“One.", "“Two.”"]),
        ("say “one and “two” now", ["“one and ", "“two”"]),
    ],
)
def test_finds_quotations(text: str, quotations: list[str]) -> None:
    """Each text holds these quotations, marks included."""
    assert [text[one.start : one.end] for one in find_quotations(text)] == quotations


def test_a_paragraph_that_opens_with_a_mark_goes_on() -> None:
    """Of three paragraphs of one quotation the first two continue, the last does not."""
    found = find_quotations("“One.\n\n“Two.\n\n“Three.” Four.")
    assert [one.continues for one in found] == [True, True, False]


def test_an_unclosed_quotation_does_not_swallow_the_article() -> None:
    """Without a closing mark and a line end a quotation is cut off."""
    (found,) = find_quotations("“" + "word " * 10_000)
    assert found.end - found.start < 2_000


@given(texts())
@example("“”")
@example("‘")
@example("\n“\n“\n")
def test_quotations_are_ordered_and_apart(text: str) -> None:
    """Quotations hold something, lie in the text, and never overlap."""
    end = 0
    for one in find_quotations(text):
        assert end <= one.start < one.end <= len(text)
        end = one.end


@given(texts())
def test_those_in_a_stretch_share_a_character_with_it(text: str) -> None:
    """The quotations of any stretch are all that overlap it."""
    found = find_quotations(text)
    starts = [one.start for one in found]
    for start in range(0, len(text), 7):
        end = min(len(text), start + 5)
        shared = [one for one in found if one.start < end and one.end > start]
        assert quotations_in(found, starts, start, end) == shared


def test_no_quotations_share_nothing() -> None:
    """A text without quotations has none in any stretch."""
    assert quotations_in([], [], 0, 5) == []
    assert quotations_in([Quotation(start=5, end=9)], [5], 0, 5) == []
