"""Measures whether a flagged sentence's reasons are what carried it: `python -m training.occlusion`.

Occlusion is the yardstick: words are taken out of the sentence, it is scored again, and what the
check-worthy log-odds lose is what those words carried. That costs a model call a word, so the
pipeline does not do it; its reasons come from the forward pass that was made anyway
(pipeline/token_weights.py). This says how far the two agree, on sentences that the model flags:

(a) Spearman's correlation of each word's weight with the loss when it alone is taken out, one a
    sentence, and their mean;
(b) how often the first reason holds the word whose loss is largest, beside how often a stretch of
    as many words anywhere in the sentence would;
(c) what the log-odds lose without the first reason's words, beside a stretch of as many words at
    random, and beside the best such stretch.

The two shares in pipeline/reasons.py were chosen by (c) and by how the phrases read on the choice
fold (`--fold 7`); the figures to report are those of fold 8.
"""

import argparse
import random
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.model_folder import shipped_model
from pipeline.models import Prediction, SentenceInContext
from pipeline.reasons import Span, find_words
from pipeline.transformer import TransformerClassifier
from training.data import CALIBRATION_FOLD, of_folds, read_news
from training.metrics import Floats


@dataclass(frozen=True, kw_only=True, slots=True)
class Agreement:
    """What occlusion says of one sentence's reasons; losses are in log-odds."""

    correlation: float | None
    """Of words' weights and losses; None where one of them does not vary."""
    holds_largest: bool
    """Whether the first reason holds the word with the largest loss."""
    chance_of_largest: float
    """Share of all stretches as long as the first reason that hold that word."""
    loss: float
    """Without the words of the first reason."""
    random_loss: float
    """Without as many words in a row, at a place drawn at random."""
    best_loss: float
    """The largest of any as many words in a row."""
    words: int
    """In the first reason."""


def flagged_sentences(
    classifier: TransformerClassifier, folder: Path, fold: int, count: int
) -> list[tuple[SentenceInContext, Prediction]]:
    """Return sentences of a fold that the model flags, drawn at random, with its predictions."""
    sentences = [
        SentenceInContext(text=example.text.strip(), title=example.title, before=example.before)
        for example in of_folds(read_news(folder), {fold})
    ]
    predictions = classifier.classify(sentences)
    flagged = [
        (sentence, prediction)
        for sentence, prediction in zip(sentences, predictions, strict=True)
        if prediction.score >= classifier.threshold
    ]
    random.Random(0).shuffle(flagged)
    return flagged[:count]


def agreement(
    classifier: TransformerClassifier,
    sentence: SentenceInContext,
    prediction: Prediction,
    generator: random.Random,
) -> Agreement | None:
    """Compare a sentence's reasons with occlusion; None where it is all one reason, or has none."""
    words = find_words(sentence.text)
    if not prediction.reasons:
        return None
    first = prediction.reasons[0]
    inside = [at for at, (start, _) in enumerate(words) if first.start <= start < first.end]
    length = len(inside)
    if length == len(words):
        return None
    places = range(len(words) - length + 1)
    single = losses(classifier, sentence, prediction, [(at, at + 1) for at in range(len(words))])
    stretches = losses(classifier, sentence, prediction, [(at, at + length) for at in places])
    largest = int(single.argmax())
    return Agreement(
        correlation=spearman(word_weights(classifier, sentence, words), single),
        holds_largest=largest in inside,
        chance_of_largest=sum(at <= largest < at + length for at in places) / len(places),
        loss=float(stretches[inside[0]]),
        random_loss=float(stretches[generator.choice(places)]),
        best_loss=float(stretches.max()),
        words=length,
    )


def losses(
    classifier: TransformerClassifier,
    sentence: SentenceInContext,
    prediction: Prediction,
    stretches: Sequence[Span],
) -> Floats:
    """Return what the log-odds lose without each stretch of words (first, one past the last)."""
    words = find_words(sentence.text)
    occluded = [
        replace(
            sentence, text=without(sentence.text, words[first][0], words[past - 1][1])
        )
        for first, past in stretches
    ]
    scores = [p.score for p in classifier.classify(occluded)]
    return log_odds([prediction.score]) - log_odds(scores)


def without(text: str, start: int, end: int) -> str:
    """Take a stretch out of a text, and the space it leaves."""
    return " ".join((text[:start] + " " + text[end:]).split())


def word_weights(
    classifier: TransformerClassifier, sentence: SentenceInContext, words: Sequence[Span]
) -> Floats:
    """Sum the classifier's token weights to words, shape (words,)."""
    tokens = [token for token in classifier.explain(sentence) if token[0] < token[1]]
    return np.array(
        [sum(w for start, end, w in tokens if start < past and first < end) for first, past in words]
    )


def log_odds(scores: Sequence[float]) -> Floats:
    """Return log(p / (1 - p)), shape (scores,)."""
    array = np.clip(np.asarray(scores, dtype=np.float64), 1e-12, 1 - 1e-12)
    return np.log(array) - np.log1p(-array)


def spearman(one: Floats, other: Floats) -> float | None:
    """Return the rank correlation of two rows, equal values ranked by their mean; None if flat."""
    ranks = [_ranks(one), _ranks(other)]
    if any(np.ptp(rank) == 0 for rank in ranks):
        return None
    return float(np.corrcoef(*ranks)[0, 1])


def _ranks(values: Floats) -> Floats:
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[places]
