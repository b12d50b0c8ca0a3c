"""The benchmark's matching of claimers, and the figures made of it."""

from dataclasses import replace

import pytest

from pipeline.models import Quoted, Speaker
from training.evaluate_speakers import Judged, figures, interval, read_article, word_f1


@pytest.mark.parametrize(
    ("given", "wanted", "f1"),
    [
        ("Jo Hale", "Jo Hale", 1.0),
        ("the Tarn Herald", "Tarn Herald,", 1.0),
        ("Hale", "Jo Hale", 2 / 3),
        ("Jo Jo", "Jo Hale", 0.5),
        ("Jo Hale", "Ann Moss", 0.0),
        ("", "Ann Moss", 0.0),
        ("the", "the", 0.0),
    ],
)
def test_compares_names_as_bags_of_words(given: str, wanted: str, f1: float) -> None:
    """Case, punctuation and articles do not count; order does not; repetition does."""
    assert word_f1(given, wanted) == pytest.approx(f1)


def judged(claimer: str | None, name: str | None, quoted: Quoted) -> Judged:
    return Judged(
        article="a",
        text="It rained.",
        claimer=claimer,
        in_sentence=True,
        speaker=Speaker(quoted=quoted, name=name),
    )


def test_weighs_claimers_and_nobody_by_their_number() -> None:
    """Two claimers, one half found, and two of nobody, one found, give the benchmark's mean."""
    found = figures(
        [
            judged("Jo Hale", "Jo Hale", Quoted.REPORTED),
            judged("Ann Moss", None, Quoted.OUTLET),
            judged(None, None, Quoted.OUTLET),
            judged(None, "Jo Hale", Quoted.REPORTED),
        ]
    )
    assert found["claimer F1 (reported)"] == pytest.approx(0.5)
    assert found["nobody: precision"] == pytest.approx(0.5)
    assert found["nobody: recall"] == pytest.approx(0.5)
    assert found["benchmark F1"] == pytest.approx(0.5)
    assert found["names: precision (mean word F1 of names given)"] == pytest.approx(0.5)
    assert found["share of claims where we name nobody"] == pytest.approx(0.5)


def test_the_interval_holds_the_figure() -> None:
    """Over articles that differ the interval is wider than nothing and holds the figure."""
    claims = [
        replace(
            judged("Jo Hale", "Jo Hale" if number % 3 else None, Quoted.REPORTED),
            article=str(number),
        )
        for number in range(30)
    ]
    low, high = interval(claims, draws=200)
    assert low < figures(claims)["benchmark F1"] < high


def test_speech_without_a_name_is_no_hit() -> None:
    """Direct speech that we can give no name is not "nobody", as the benchmark has it."""
    found = figures([judged(None, None, Quoted.DIRECT)])
    assert found["nobody: recall"] == 0


def test_lays_sentences_out_at_their_offsets() -> None:
    """One character between sentences is a space, more is the end of a paragraph."""
    text, sentences = read_article(
        {
            "sentences": [
                {"start_char": 0, "end_char": 3, "sentence": "One."},
                {"start_char": 5, "end_char": 8, "sentence": "Two."},
                {"start_char": 11, "end_char": 16, "sentence": "Three."},
            ]
        }
    )
    assert text == "One. Two.\n\nThree."
    assert [text[one.start : one.end] for one in sentences] == ["One.", "Two.", "Three."]
