"""The real worker around a classifier that computes nothing and waits a stated time a sentence.

The wait stands for a model on cores of its own: however many workers share this machine, none
slows another one's model. `python -m benchmarks.waiting_worker MILLISECONDS` runs one worker.
"""

import sys
import time
from collections.abc import Sequence

from pipeline.app import create_app
from pipeline.classifier import ClaimClassifier
from pipeline.cli.worker import run_worker
from pipeline.errors import ClaimwireError
from pipeline.models import Prediction, SentenceInContext
from pipeline.settings import Settings


class WaitingClassifier(ClaimClassifier):
    """Takes the same time for every sentence, and calls those with a digit check-worthy."""

    name = "waiting"
    revision = "1"
    threshold = 0.5

    def __init__(self, seconds_per_sentence: float) -> None:
        """Wait so long for each sentence."""
        self._seconds_per_sentence = seconds_per_sentence

    def classify(self, sentences: Sequence[SentenceInContext]) -> list[Prediction]:
        """Wait, in the executor's thread as a model would work there; see ClaimClassifier."""
        time.sleep(len(sentences) * self._seconds_per_sentence)
        return [
            Prediction(
                label="check_worthy" if worthy else "not_check_worthy", score=0.9 if worthy else 0.1
            )
            for worthy in (any(c.isdigit() for c in sentence.text) for sentence in sentences)
        ]


def main() -> None:
    """Run the worker; ends as `claimwire worker` does."""
    settings = Settings()
    classifier = WaitingClassifier(float(sys.argv[1]) / 1000)
    try:
        app = create_app(settings, load_classifier=lambda _settings, _on_model_call: classifier)
        run_worker(app, settings)
    except ClaimwireError as error:
        print(f"claimwire: {error}", file=sys.stderr)
        sys.exit(error.exit_status)


if __name__ == "__main__":
    main()
