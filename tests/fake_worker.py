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
        self.stop_fetching: Callable[[], None] = lambda: None

    def classify(self, sentences: Sequence[SentenceInContext]) -> list[Prediction]:
        """Score, unless a sentence orders to end, to hang, to be slow or to fetch no more."""
        for sentence in sentences:
            if "ORDER-EXIT" in sentence.text:
                os._exit(9)
            if "ORDER-RAISE" in sentence.text:
                raise RuntimeError(sentence.text)
            if "ORDER-HANG" in sentence.text:
                time.sleep(3600)
            if "ORDER-STOP-FETCHING" in sentence.text:
                self.stop_fetching()
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
    loaded: list[ObedientClassifier] = []

    def load(_: Settings, on_model_call: Callable[[], None]) -> ClaimClassifier:
        loaded.append(ObedientClassifier(on_model_call))
        return loaded[0]

    try:
        app = create_app(settings, load_classifier=load)
        # As if the consumer had fallen silent: everything lives, and nothing is fetched any more.
        loaded[0].stop_fetching = lambda: app.loop.call_soon_threadsafe(app.consumer.stop_flow)
        run_worker(app, settings)
    except ClaimwireError as error:
        print(f"claimwire: {error}", file=sys.stderr)
        sys.exit(error.exit_status)


if __name__ == "__main__":
    main()
