"""The port between Claimwire and any model of check-worthiness."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from pipeline.models import Prediction, SentenceInContext


@runtime_checkable
class ClaimClassifier(Protocol):
    """Scores sentences. Implementations subclass this; tests/classifier_behaviour.py binds all."""

    @property
    def name(self) -> str:
        """What the model is called, on every claim it flags."""
        ...

    @property
    def revision(self) -> str:
        """Names these exact weights: any change of the model changes it."""
        ...

    @property
    def threshold(self) -> float:
        """Score at and above which the model's makers call a sentence check-worthy."""
        ...

    def classify(self, sentences: Sequence[SentenceInContext]) -> list[Prediction]:
        """Score a batch of any size, the empty one included; the result keeps its order.

        Raises ClassifierError when a batch cannot be scored; its message holds no article text.
        Blocks the calling thread: the worker calls it in an executor. Safe to call from
        one thread at a time.
        """
        ...
