"""Times the parts of detection from outside: detection itself stays pure.

Each class here stands in front of a part of the Detector, hands every call on, and says how long
it took. Only the worker puts them there; the offline command runs the parts as they are.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from pipeline.classifier import ClaimClassifier
from pipeline.detection import Detector, LanguageIdentifier, SentenceSplitter, TextExtractor
from pipeline.models import Article, ArticleText, Prediction, Sentence, SentenceInContext

OnScores = Callable[[Sequence[float]], None]
"""Told the scores of each call of the classifier, 0 to 1, on the calling thread."""
OnLanguage = Callable[[str | None], None]
"""Told the language of each article that was looked at, or None where nothing could tell."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Interval:
    """What one stage took, once."""

    stage: str
    started: float
    ended: float
    """Seconds, by the stage clock's own time."""
    article: Article | None
    """The article it was spent on; None where the whole micro-batch was."""


def seconds_by_stage(intervals: Sequence[Interval]) -> dict[str, float]:
    """Add up the seconds of each stage."""
    seconds: defaultdict[str, float] = defaultdict(float)
    for interval in intervals:
        seconds[interval.stage] += interval.ended - interval.started
    return dict(seconds)


class StageClock:
    """Notes when each stage began and ended; one thread at a time."""

    def __init__(self, now: Callable[[], float] = time.perf_counter) -> None:
        """Read the time, in seconds, from `now`."""
        self._now = now
        self._intervals: list[Interval] = []
        self._article: Article | None = None

    @contextmanager
    def time(self, stage: str) -> Iterator[None]:
        """Note what the block takes, also when it raises."""
        started = self._now()
        try:
            yield
        finally:
            self._intervals.append(
                Interval(stage=stage, started=started, ended=self._now(), article=self._article)
            )

    def turn_to(self, article: Article | None) -> None:
        """Say which article what follows is spent on; None: the whole micro-batch."""
        self._article = article

    def take(self) -> list[Interval]:
        """Return what was noted since the last time, and begin anew."""
        intervals, self._intervals = self._intervals, []
        return intervals


class TimedExtractor(TextExtractor):
    """An extractor whose time is taken."""

    def __init__(self, extractor: TextExtractor, clock: StageClock) -> None:
        """Time `extractor` as stage `extract`."""
        self._extractor = extractor
        self._clock = clock

    def extract(self, article: Article) -> ArticleText:
        """See TextExtractor; detection begins with it, so what follows is this article's."""
        self._clock.turn_to(article)
        with self._clock.time("extract"):
            return self._extractor.extract(article)


class ObservedLanguageIdentifier(LanguageIdentifier):
    """A language identifier whose time is taken and whose answers are told on."""

    def __init__(
        self, identifier: LanguageIdentifier, clock: StageClock, on_language: OnLanguage
    ) -> None:
        """Time `identifier` as stage `identify_language`."""
        self._identifier = identifier
        self._clock = clock
        self._on_language = on_language

    def identify(self, text: str, tag: str | None) -> str | None:
        """See LanguageIdentifier."""
        with self._clock.time("identify_language"):
            language = self._identifier.identify(text, tag)
        self._on_language(language)
        return language


class TimedSplitter(SentenceSplitter):
    """A splitter whose time is taken."""

    def __init__(self, splitter: SentenceSplitter, clock: StageClock) -> None:
        """Time `splitter` as stage `split`."""
        self._splitter = splitter
        self._clock = clock

    def split(self, text: str) -> list[Sentence]:
        """See SentenceSplitter."""
        with self._clock.time("split"):
            return self._splitter.split(text)


class ObservedClassifier(ClaimClassifier):
    """A classifier whose time is taken and whose scores are told on."""

    def __init__(self, classifier: ClaimClassifier, clock: StageClock, on_scores: OnScores) -> None:
        """Time `classifier` as stage `classify`."""
        self._classifier = classifier
        self._clock = clock
        self._on_scores = on_scores

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
        """See ClaimClassifier; scores of a call that raises are not told."""
        self._clock.turn_to(None)
        with self._clock.time("classify"):
            predictions = self._classifier.classify(sentences)
        self._on_scores([prediction.score for prediction in predictions])
        return predictions


def observe_detector(
    detector: Detector, clock: StageClock, *, on_scores: OnScores, on_language: OnLanguage
) -> Detector:
    """Return a detector that finds the same claims and is timed."""
    return replace(
        detector,
        extractor=TimedExtractor(detector.extractor, clock),
        language_identifier=ObservedLanguageIdentifier(
            detector.language_identifier, clock, on_language
        ),
        splitter=TimedSplitter(detector.splitter, clock),
        classifier=ObservedClassifier(detector.classifier, clock, on_scores),
    )
