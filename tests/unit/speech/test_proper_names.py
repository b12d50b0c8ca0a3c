"""Names: where they begin and end, and whose they are."""

import pytest
from hypothesis import given

from pipeline.speech.mentions import MentionKind
from pipeline.speech.proper_names import iterate_names, read_name
from pipeline.speech.tokens import Tokens, tokenize
from tests.strategies import texts


def read(text: str) -> Tokens:
    return tokenize(text, 0, len(text), [])


@pytest.mark.parametrize(
    ("phrase", "name", "kind"),
    [
        ("Jo Hale", "Jo Hale", MentionKind.PERSON),
        ("Mr. Hale", "Hale", MentionKind.PERSON),
        ("US President Jo Hale", "Jo Hale", MentionKind.PERSON),
        ("Tarn’s Mayor Jo Hale", "Jo Hale", MentionKind.PERSON),
        ("the lawyer Jo van der Hale", "Jo van der Hale", MentionKind.PERSON),
        ("Jo Hale MP", "Jo Hale", MentionKind.PERSON),
        ("the Ministry of Works", "Ministry of Works", MentionKind.ORGANISATION),
        ("the Growers’ Association", "Growers’ Association", MentionKind.ORGANISATION),
        ("NATO", "NATO", MentionKind.ORGANISATION),
        ("Jo Hale and Ann Moss", "Jo Hale and Ann Moss", MentionKind.GROUP),
        ("the Prime Minister", "Prime Minister", MentionKind.ROLE),
    ],
)
def test_reads_a_name(phrase: str, name: str, kind: MentionKind) -> None:
    """Titles, roles and owners before a name and letters behind it are no part of it."""
    tokens = read("of " + phrase)
    mention = read_name(tokens, 1, len(tokens))
    assert mention is not None
    assert (("of " + phrase)[mention.start : mention.end], mention.kind) == (name, kind)


@pytest.mark.parametrize("phrase", ["last Tuesday", "Minister", "no capital"])
def test_reads_no_name(phrase: str) -> None:
    """A day, a bare title and small letters name nobody."""
    tokens = read("of " + phrase)
    assert read_name(tokens, 1, len(tokens)) is None


def test_lists_the_names_of_a_sentence() -> None:
    """Names come in order; a capital that only opens the sentence brings none."""
    text = "But Jo Hale left Tarn Harbour for the Bank of England on Monday."
    assert [text[name.start : name.end] for name in iterate_names(read(text))] == [
        "Jo Hale",
        "Tarn Harbour",
        "Bank of England",
    ]


@given(texts())
def test_names_are_slices_in_order(text: str) -> None:
    """The names of any text lie in it, hold something and do not overlap."""
    end = 0
    for name in iterate_names(read(text)):
        assert end <= name.start < name.end <= len(text)
        end = name.end
