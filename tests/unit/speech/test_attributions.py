"""Whom one sentence puts its claim down to."""

import pytest

from pipeline.speech.attributions import choose_attribution, find_attributions
from pipeline.speech.mentions import MentionKind
from pipeline.speech.quotations import find_quotations
from pipeline.speech.tokens import Tokens, tokenize


def read(text: str) -> Tokens:
    return tokenize(text, 0, len(text), find_quotations(text))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Jo Hale said it rained.", [("Jo Hale", "said")]),
        ("“It rained,” said Jo Hale.", [("Jo Hale", "said")]),
        ("It rained, he said.", [("he", "said")]),
        ("It rained, according to Jo Hale.", [("Jo Hale", "according to")]),
        ("Jo Hale’s claim that it rained is false.", [("Jo Hale", "claim")]),
        ("Jo Hale said farmers believe it rained.", [("Jo Hale", "said"), ("farmers", "believe")]),
        ("It rained, Jo said. Ann denied it.", [("Jo", "said"), ("Ann", "denied")]),
        ("From the agency, “it rained all week.”", [("the agency", "From")]),
        ("The hosts of the show Hale Said It won a prize on Monday.", []),
        ("It is said that it rained.", []),
        ("Jo Hale refused to say whether it rained.", []),
        ("Jo Hale went on to say that it rained.", [("Jo Hale", "say")]),
        ("It rained on what Jo Hale said was her barn.", []),
    ],
)  # fmt: skip
def test_finds_every_attribution(text: str, found: list[tuple[str, str]]) -> None:
    """Each sentence holds these attributions, in order of their cues."""
    attributions = find_attributions(read(text))
    assert [(text[one.mention.start : one.mention.end], one.cue) for one in attributions] == found


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("Jo Hale said farmers believe it rained.", "farmers"),
        ("Jo Hale said it rained, but Ann Moss denied it.", "Jo Hale"),
        ("It rained, farmers say, according to the Tarn Herald.", "farmers"),
        ("According to the Tarn Herald, it rained.", "Tarn Herald"),
    ],
)
def test_chooses_the_one_that_makes_the_claim(text: str, chosen: str) -> None:
    """Speakers go before sources, inner before outer, first before second."""
    attribution = choose_attribution(find_attributions(read(text)))
    assert attribution is not None
    assert text[attribution.mention.start : attribution.mention.end] == chosen


def test_chooses_none_of_none() -> None:
    """A sentence without an attribution has none to choose."""
    assert choose_attribution([]) is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Jo Hale said it rained.", MentionKind.PERSON),
        ("Tarn University said it rained.", MentionKind.ORGANISATION),
        ("NASA said it rained.", MentionKind.ORGANISATION),
        ("A police officer said it rained.", MentionKind.ROLE),
        ("Police officers said it rained.", MentionKind.GROUP),
        ("The ministry said it rained.", MentionKind.BODY),
        ("A new report said it rained.", MentionKind.DOCUMENT),
        ("She said it rained.", MentionKind.PRONOUN),
    ],
)
def test_tells_what_kind_of_speaker_it_is(text: str, kind: MentionKind) -> None:
    """A name, an acronym, a role, a group, a body, a document and a pronoun are told apart."""
    (attribution,) = find_attributions(read(text))
    assert attribution.mention.kind is kind
