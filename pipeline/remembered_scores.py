"""Scores sentences once, also over articles: wire copy repeats itself all day.

Agencies' paragraphs, standing sentences and republished articles come again and again. What the
model says of an input depends on nothing but the input, so it is remembered: by a hash of the
whole input (sentence, title, text before), for one model, for the life of the process.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Sequence

from pipeline.classifier import ClaimClassifier
from pipeline.models import Prediction, SentenceInContext

_DIGEST_BYTES = 16
"""Of BLAKE2b. At 10 million sentences a day two inputs share one once in 10^17 years or so."""


class RememberingClassifier(ClaimClassifier):
    """Answers what it has been asked before from memory, and asks its classifier the rest.

    The memory holds the inputs asked for last, about 400 bytes each.
    """

    def __init__(self, classifier: ClaimClassifier, *, max_sentences: int) -> None:
        """Remember up to `max_sentences` predictions of `classifier`."""
        self._classifier = classifier
        self._max_sentences = max_sentences
        self._predictions: OrderedDict[bytes, Prediction] = OrderedDict()

    @property
    def name(self) -> str:
        """The classifier's name."""
        return self._classifier.name

    @property
    def revision(self) -> str:
        """The classifier's revision."""
        return self._classifier.revision

    @property
    def threshold(self) -> float:
        """The classifier's threshold."""
        return self._classifier.threshold

    def classify(self, sentences: Sequence[SentenceInContext]) -> list[Prediction]:
        """Score sentences, in order; raises ClassifierError as the classifier does."""
        keys = [_key(sentence) for sentence in sentences]
        known = {key: found for key in keys if (found := self._recall(key)) is not None}
        unknown = {
            key: sentence for key, sentence in zip(keys, sentences, strict=True) if key not in known
        }
        if unknown:
            scored = self._classifier.classify(list(unknown.values()))
            fresh = dict(zip(unknown, scored, strict=True))
            known |= fresh
            self._remember(fresh)
        return [known[key] for key in keys]

    def _recall(self, key: bytes) -> Prediction | None:
        prediction = self._predictions.get(key)
        if prediction is not None:
            self._predictions.move_to_end(key)
        return prediction

    def _remember(self, predictions: dict[bytes, Prediction]) -> None:
        self._predictions.update(predictions)
        while len(self._predictions) > self._max_sentences:
            self._predictions.popitem(last=False)


def _key(sentence: SentenceInContext) -> bytes:
    """Hash an input; lengths keep (`a`, `bc`) and (`ab`, `c`) apart."""
    parts = (sentence.text, sentence.title, sentence.before)
    material = "\x1f".join([*(str(len(part)) for part in parts), *parts])
    return hashlib.blake2b(
        material.encode("utf-8", "surrogatepass"), digest_size=_DIGEST_BYTES
    ).digest()
