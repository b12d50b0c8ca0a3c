"""The real worker around a classifier that obeys: for what the real model cannot be made to do."""

import os
import sys
import time
from collections.abc import Callable, Sequence

from pipeline.app import create_app
from pipeline.classifier import ClaimClassifier
from pipeline.cli.worker import run_worker
from pipeline.errors import ClaimwireError
from pipeline.models import Prediction, SentenceInContext
from pipeline.settings import Settings


class ObedientClassifier(ClaimClassifier):
    """Calls sentences with a digit check-worthy, and does what a sentence orders."""

    name = "obedient"
    revision = "1"
    threshold = 0.5

    def __init__(self, on_model_call: Callable[[], None]) -> None:
        self._on_model_call = on_model_call

    def classify(self, sentences: Sequence[SentenceInContext]) -> list[Prediction]:
        """Score, unless a sentence orders to end the process, to hang or to take a second."""
        for sentence in sentences:
            if "ORDER-EXIT" in sentence.text:
                os._exit(9)
            if "ORDER-RAISE" in sentence.text:
                raise RuntimeError(sentence.text)
            if "ORDER-HANG" in sentence.text:
                time.sleep(3600)
            if "ORDER-WAIT" in sentence.text:
                time.sleep(1)
        self._on_model_call()
        return [
            Prediction(
                label="check_worthy" if worthy else "not_check_worthy", score=0.9 if worthy else 0.1
            )
            for worthy in (any(c.isdigit() for c in sentence.text) for sentence in sentences)
        ]


def main() -> None:
    """Run the worker; ends as `claimwire worker` does."""
    settings = Settings()
    try:
        run_worker(
            create_app(
                settings,
                load_classifier=lambda _, on_model_call: ObedientClassifier(on_model_call),
            ),
            settings,
        )
    except ClaimwireError as error:
        print(f"claimwire: {error}", file=sys.stderr)
        sys.exit(error.exit_status)


if __name__ == "__main__":
    main()
