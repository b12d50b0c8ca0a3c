"""The same work without Kafka, in a process of its own that has loaded everything before.

Reads requests and writes answers, one JSON object a line; `Alone` is the other end. The process
is the worker's twin: same settings, same classifier, just nothing around it.
"""

import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from types import TracebackType
from typing import Any
from unittest import mock

import orjson
import psutil

from benchmarks.cpu_time import cpu_seconds
from pipeline import detection
from pipeline.claims import make_claims
from pipeline.classifier import ClaimClassifier
from pipeline.detection import Detector, detect_claims
from pipeline.models import Prediction, Reason, SentenceInContext
from pipeline.records import decode_article
from pipeline.settings import Settings
from pipeline.transformer import TransformerClassifier
from pipeline.wiring import open_detector


class Way(StrEnum):
    """What is done with the micro-batches of a request."""

    CLASSIFIER = "classifier"
    """The calls of `classify` that `detect_claims` makes, one a micro-batch: the fair twin."""
    CLASSIFIER_AT_ONCE = "classifier_at_once"
    """All sentences in one call, which no stream that must answer soon can make."""
    DETAILS = "details"
    """`make_claims` on the articles as scored: speakers, figures, priorities and all. What the
    classifier itself spends on reasons is added, so it is counted here and in its own cost."""
    FLOW = "flow"
    """`decode_article` and `detect_claims`: all that the worker does but Kafka and Faust."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """What one way of doing the work took."""

    cpu_seconds: float
    wall_seconds: float


class Alone:
    """The process; `with` starts it and ends it."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Prepare a process whose settings are those of `environment`."""
        self._environment = dict(environment)
        self._process: subprocess.Popen[bytes] | None = None

    def do(self, batches: Sequence[Sequence[bytes]], ways: Sequence[Way]) -> dict[Way, Cost]:
        """Do the work on these micro-batches in each way, in the order given."""
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        texts = [[article.decode() for article in batch] for batch in batches]
        process.stdin.write(orjson.dumps({"batches": texts, "ways": ways}) + b"\n")
        process.stdin.flush()
        answer = process.stdout.readline()
        if not answer:
            raise RuntimeError("The process that runs the classifier alone has ended; see above.")
        return {Way(way): Cost(**cost) for way, cost in orjson.loads(answer).items()}

    def __enter__(self) -> "Alone":
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._process is not None:
            with self._process as process:  # closes the pipes, which ends it, and waits
                if kind is not None:
                    process.kill()


class _Recorder(ClaimClassifier):
    """Keeps what it is asked to score, which is what the real one is asked afterwards."""

    name = "recorder"
    revision = "0"
    threshold = 0.5

    def __init__(self) -> None:
        self.calls: list[Sequence[SentenceInContext]] = []

    def classify(self, sentences: Sequence[SentenceInContext]) -> list[Prediction]:
        self.calls.append(sentences)
        return [Prediction(label="none", score=0.0)] * len(sentences)


class _Replayer(_Recorder):
    """Answers with predictions that were made before, in order."""

    def __init__(self, answers: Iterable[list[Prediction]]) -> None:
        super().__init__()
        self._answers = iter(answers)

    def classify(self, sentences: Sequence[SentenceInContext]) -> list[Prediction]:
        return next(self._answers)


def _prepare_details(
    batches: Sequence[Sequence[bytes]],
    calls: Sequence[Sequence[SentenceInContext]],
    detector: Detector,
) -> tuple[list[Callable[[], object]], float]:
    """Return the calls of `make_claims` for these micro-batches, and the seconds of the reasons."""
    seconds_before = _reasons_seconds[0]
    answers = [detector.classifier.classify(sentences) for sentences in calls]
    reasons_seconds = _reasons_seconds[0] - seconds_before
    making: list[Callable[[], object]] = []

    def note(*arguments: Any, **named: Any) -> tuple[()]:
        making.append(partial(make_claims, *arguments, **named))
        return ()

    with mock.patch.object(detection, "make_claims", note):
        _run_flow(batches, replace(detector, classifier=_Replayer(answers)))
    return making, reasons_seconds


_reasons_seconds = [0.0]


def _time_reasons(classifier: ClaimClassifier) -> None:
    """Add up what the shipped classifier spends on reasons, which are made between its calls."""
    if not isinstance(classifier, TransformerClassifier):
        return
    reasons = classifier._reasons

    def timed(*arguments: Any) -> tuple[Reason, ...]:
        started = time.thread_time()
        found = reasons(*arguments)
        _reasons_seconds[0] += time.thread_time() - started
        return found

    classifier._reasons = timed  # type: ignore[method-assign]


def _recorded_calls(
    batches: Sequence[Sequence[bytes]], detector: Detector
) -> list[Sequence[SentenceInContext]]:
    """Return the arguments of each call that `detect_claims` makes for these micro-batches."""
    recorder = _Recorder()
    _run_flow(batches, replace(detector, classifier=recorder))
    return recorder.calls


def _run_flow(batches: Sequence[Sequence[bytes]], detector: Detector) -> None:
    for batch in batches:
        detect_claims(
            [decode_article(value, body_max_characters=10**6) for value in batch], detector
        )


def _measure(
    way: Way,
    batches: Sequence[Sequence[bytes]],
    calls: Sequence[Sequence[SentenceInContext]],
    detector: Detector,
) -> Cost:
    myself = psutil.Process()
    making, reasons_seconds = [], 0.0
    if way is Way.DETAILS:
        making, reasons_seconds = _prepare_details(batches, calls, detector)
    cpu_before, started = cpu_seconds(myself), time.monotonic()
    match way:
        case Way.CLASSIFIER:
            for sentences in calls:
                detector.classifier.classify(sentences)
        case Way.CLASSIFIER_AT_ONCE:
            detector.classifier.classify([one for sentences in calls for one in sentences])
        case Way.DETAILS:
            for make in making:
                make()
        case Way.FLOW:
            _run_flow(batches, detector)
    wall_seconds = time.monotonic() - started
    used = cpu_seconds(myself) - cpu_before
    return Cost(cpu_seconds=used + reasons_seconds, wall_seconds=wall_seconds + reasons_seconds)


def main() -> None:
    """Answer requests until the other end closes."""
    with open_detector(Settings()) as detector:
        _time_reasons(detector.classifier)
        for line in sys.stdin.buffer:
            request = orjson.loads(line)
            batches = [[text.encode() for text in batch] for batch in request["batches"]]
            calls = _recorded_calls(batches, detector)
            costs = {way: _measure(Way(way), batches, calls, detector) for way in request["ways"]}
            sys.stdout.buffer.write(orjson.dumps(costs) + b"\n")
            sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
