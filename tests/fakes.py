"""Stand-ins for the parts that are slow or far away; each subclasses the real protocol."""

import hashlib
from collections.abc import Sequence

from pipeline.classifier import ClaimClassifier
from pipeline.errors import ClassifierError
from pipeline.models import Prediction, SentenceInContext


class FakeClassifier(ClaimClassifier):
    """Calls every sentence with a digit check-worthy, with a score that the text alone decides.

    `calls` keeps the size of each batch; `refuses`, when set, names a text that raises.
    """

    def __init__(self, *, refuses: str | None = None) -> None:
        self.calls: list[int] = []
        self.refuses = refuses

    @property
    def name(self) -> str:
        return "fake"

    @property
    def revision(self) -> str:
        return "0"

    @property
    def threshold(self) -> float:
        return 0.5

    def classify(self, sentences: Sequence[SentenceInContext]) -> list[Prediction]:
        self.calls.append(len(sentences))
        if any(sentence.text == self.refuses for sentence in sentences):
            raise ClassifierError("The fake classifier was told to refuse this batch.")
        return [self._predict(sentence.text) for sentence in sentences]

    @staticmethod
    def _predict(text: str) -> Prediction:
        digest = hashlib.sha256(text.encode("utf-8", "replace")).digest()
        half = digest[0] / 512
        if any(character.isdigit() for character in text):
            return Prediction(label="check_worthy", score=0.5 + half, claim_type="quantity")
        return Prediction(label="unimportant", score=half, claim_type="event")
