"""The words that put a claim down to somebody."""

import pytest

from pipeline.speech.speech_cues import CUE_VERBS, INVERTING, NOUN_OR_VERB, Form, Sense


@pytest.mark.parametrize(
    ("word", "lemma", "form"),
    [
        ("says", "say", Form.THIRD_PERSON),
        ("denied", "deny", Form.PAST),
        ("denies", "deny", Form.THIRD_PERSON),
        ("stressing", "stress", Form.ING),
        ("stresses", "stress", Form.THIRD_PERSON),
        ("arguing", "argue", Form.ING),
        ("admitted", "admit", Form.PARTICIPLE),
        ("written", "write", Form.PARTICIPLE),
        ("told", "tell", Form.PAST),
    ],
)
def test_knows_the_forms_of_a_verb(word: str, lemma: str, form: Form) -> None:
    """Regular and irregular forms lead back to their verb."""
    assert CUE_VERBS[word].lemma == lemma
    assert form in CUE_VERBS[word].forms


def test_a_verb_may_have_several_senses() -> None:
    """Documents and people may both report; only people think."""
    assert CUE_VERBS["reports"].sense == Sense.SPEECH | Sense.FINDING
    assert CUE_VERBS["thinks"].sense == Sense.THOUGHT


def test_every_inverting_and_doubtful_word_is_a_cue() -> None:
    """No list names a word that is no cue, which would do nothing."""
    lemmas = {verb.lemma for verb in CUE_VERBS.values()}
    assert lemmas >= INVERTING
    assert set(CUE_VERBS) >= NOUN_OR_VERB
