"""The arithmetic behind the figures on reasons; the figures themselves need the data."""

import random
from collections.abc import Sequence

import numpy as np
import pytest

from pipeline.models import Prediction, Reason, SentenceInContext
from training.occlusion import agreement, spearman, without


class FakeExplainingClassifier:
    """Adds up a fixed worth a word; explains itself rightly, or upside down."""

    def __init__(self, worth: dict[str, float], *, honest: bool = True) -> None:
        self._worth = worth
        self._sign = 1 if honest else -1

    def classify(self, sentences: Sequence[SentenceInContext]) -> list[Prediction]:
        logits = [sum(self._worth[w] for w in sentence.text.split()) for sentence in sentences]
        return [Prediction(label="x", score=float(1 / (1 + np.exp(-logit)))) for logit in logits]

    def explain(self, sentence: SentenceInContext) -> list[tuple[int, int, float]]:
        tokens, end = [(0, 0, 9.0)], 0
        for word in sentence.text.split():
            start = sentence.text.index(word, end)
            end = start + len(word)
            half = self._sign * self._worth[word] / 2
            tokens += [(start, start + 1, half), (start + 1, end, half)]
        return tokens


WORTH = {"taxes": 0.4, "that": 0.1, "rose": 2.0, "sharply": 1.5, "in": 0.2, "May": 0.3}
SENTENCE = SentenceInContext(text=" ".join(WORTH))


def _agreement(classifier: FakeExplainingClassifier, start: int, end: int):
    (prediction,) = classifier.classify([SENTENCE])
    told = Prediction(
        label="x", score=prediction.score, reasons=(Reason(start=start, end=end, weight=0.5),)
    )
    return agreement(classifier, SENTENCE, told, random.Random(0))  # type: ignore[arg-type]


def test_an_honest_explanation_agrees_with_occlusion() -> None:
    """Losses are the words' worth, so that the correlation is 1 and the best stretch is found."""
    at = SENTENCE.text.index("rose")
    found = _agreement(FakeExplainingClassifier(WORTH), at, at + len("rose sharply"))
    assert found.correlation == pytest.approx(1)
    assert found.holds_largest
    assert found.chance_of_largest == pytest.approx(2 / 5)
    assert found.loss == found.best_loss == pytest.approx(3.5)
    assert found.words == 2


def test_a_dishonest_explanation_does_not() -> None:
    """Weights upside down and a reason beside the point show in every figure."""
    found = _agreement(FakeExplainingClassifier(WORTH, honest=False), 0, len("taxes"))
    assert found.correlation == pytest.approx(-1)
    assert not found.holds_largest
    assert found.loss == pytest.approx(0.4)
    assert found.best_loss == pytest.approx(2)


def test_a_sentence_that_is_one_reason_is_left_out() -> None:
    """There is no other stretch as long to compare it with."""
    assert _agreement(FakeExplainingClassifier(WORTH), 0, len(SENTENCE.text)) is None


def test_rank_correlation() -> None:
    """As in Spearman's definition: order alone counts, ties share their mean rank."""
    rising = np.array([1.0, 10.0, 11.0, 400.0])
    assert spearman(rising, np.exp(rising / 100)) == pytest.approx(1)
    assert spearman(rising, -rising) == pytest.approx(-1)
    assert spearman(rising, np.array([1.0, 2.0, 2.0, 3.0])) == pytest.approx(3 / np.sqrt(10))
    assert spearman(rising, np.ones(4)) is None


def test_a_stretch_is_taken_out_with_its_space() -> None:
    """At the beginning, in the middle and at the end."""
    assert without("Taxes rose again.", 0, 5) == "rose again."
    assert without("Taxes rose again.", 6, 10) == "Taxes again."
    assert without("Taxes rose again.", 11, 16) == "Taxes rose ."
