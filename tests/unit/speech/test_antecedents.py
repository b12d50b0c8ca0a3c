"""Whom a surname, a pronoun and "the spokesman" lead back to."""

import pytest

from pipeline.models import Quoted
from pipeline.sentences import SentencexSplitter
from pipeline.speech.speakers import find_speakers


def last_speaker(text: str) -> str | None:
    sentences = SentencexSplitter().split(text)
    (speaker,) = find_speakers(text, sentences, [len(sentences) - 1])
    assert speaker.quoted is Quoted.REPORTED
    return speaker.name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Hale said so. Jo Hale is a vet. Hale said it rained.", "Jo Hale"),
        ("Zhou Rong is a vet. Mr Zhou said it rained.", "Zhou Rong"),
        ("Jo Hale and Jo Moss met. Jo said it rained.", "Jo"),
        ("Jo Hale met Ann Moss. He said it rained.", "Jo Hale"),
        ("Norfell said no. The mill is Jo Hale’s. Jo Hale left. He said it rained.", "Jo Hale"),
        ("Mr Jo Hale left. Ms Ann Moss left. He said it rained.", "Jo Hale"),
        ("Ms Ann Moss left. He said it rained.", None),
        ("Jo Hale left." + " It rained." * 7 + " He said it was wet.", None),
        ("A farmer said no. She said it rained.", "A farmer"),
        ("Jo Hale, a spokesman, and Ann Moss, a vet, met. The vet said it rained.", "Ann Moss"),
        ("Jo Hale, a vet, met Ann Moss, a vet. The vet said it rained.", "The vet"),
        ("The Tarn Water Board met. The board said it rained.", "Tarn Water Board"),
        ("A study of wells came out. The study says it rained.", "A study"),
    ],
)
def test_leads_back_to_the_name(text: str, name: str | None) -> None:
    """The last sentence's speaker is who was named before, or nobody when that is not sure."""
    assert last_speaker(text) == name
