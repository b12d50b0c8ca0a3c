"""Remembered scores: as the classifier itself, and not asked twice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.classifier import ClaimClassifier
from pipeline.errors import ClassifierError
from pipeline.models import SentenceInContext
from pipeline.remembered_scores import RememberingClassifier
from tests.classifier_behaviour import ClassifierBehaviour
from tests.fakes import FakeClassifier

short = st.text("ab1\x1f", max_size=3)
inputs = st.builds(SentenceInContext, text=short, title=short, before=short)


class TestRememberingClassifier(ClassifierBehaviour):
    """The suite that binds every classifier."""

    @pytest.fixture
    def classifier(self) -> ClaimClassifier:
        """A memory in front of the fake."""
        return RememberingClassifier(FakeClassifier(), max_sentences=100)


@given(st.lists(st.lists(inputs, max_size=12), max_size=8), st.integers(0, 10))
def test_says_what_its_classifier_says(
    batches: list[list[SentenceInContext]], max_sentences: int
) -> None:
    """Whatever was asked before and however small the memory, answers are the classifier's."""
    remembering = RememberingClassifier(FakeClassifier(), max_sentences=max_sentences)
    for batch in batches:
        assert remembering.classify(batch) == FakeClassifier().classify(batch)
        assert len(remembering._predictions) <= max_sentences


def test_asks_once() -> None:
    """An input is asked for once, in a batch and over batches."""
    fake = FakeClassifier()
    remembering = RememberingClassifier(fake, max_sentences=10)
    one, other = SentenceInContext(text="One."), SentenceInContext(text="Other.")
    remembering.classify([one, one, other])
    remembering.classify([other, one])
    assert fake.calls == [2]


def test_context_makes_another_input() -> None:
    """The same sentence under another title or after another sentence is asked for anew."""
    fake = FakeClassifier()
    remembering = RememberingClassifier(fake, max_sentences=10)
    for title, before in (("", ""), ("a", ""), ("", "a")):
        remembering.classify([SentenceInContext(text="One.", title=title, before=before)])
    assert fake.calls == [1, 1, 1]


def test_a_failure_is_not_remembered() -> None:
    """A batch that fails leaves nothing behind."""
    fake = FakeClassifier(refuses="Bad.")
    remembering = RememberingClassifier(fake, max_sentences=10)
    bad = SentenceInContext(text="Bad.")
    with pytest.raises(ClassifierError):
        remembering.classify([bad])
    fake.refuses = None
    assert len(remembering.classify([bad])) == 1
