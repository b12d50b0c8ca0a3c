"""The observers in front of the detector's parts: same claims, and the time told."""

import itertools
from collections.abc import Iterator

import pytest

from pipeline.detection import Detector, detect_claims
from pipeline.errors import ArticleError, ClassifierError, Stage
from pipeline.language import Py3langidLanguageIdentifier
from pipeline.models import Article, ArticleText, SentenceInContext, TextBasis
from pipeline.observed import (
    Interval,
    ObservedClassifier,
    StageClock,
    TimedExtractor,
    observe_detector,
    seconds_by_stage,
)
from pipeline.sentences import SentencexSplitter
from tests.fakes import FakeClassifier

STAGES = {"extract", "identify_language", "split", "classify"}


class PlainExtractor:
    """Takes bodies for text; refuses an empty one."""

    def extract(self, article: Article) -> ArticleText:
        """See TextExtractor."""
        if not article.body:
            raise ArticleError(Stage.EXTRACT, "empty", "No body.")
        return ArticleText(text=article.body, basis=TextBasis.BODY, sha256="0" * 64)


def ticks() -> Iterator[float]:
    """Return a clock that goes on a second whenever it is read."""
    return (float(second) for second in itertools.count())


def make_detector() -> Detector:
    """Return a detector around a fake classifier."""
    return Detector(
        extractor=PlainExtractor(),
        language_identifier=Py3langidLanguageIdentifier(),
        splitter=SentencexSplitter(),
        classifier=FakeClassifier(),
        threshold=0.5,
    )


def articles() -> list[Article]:
    """Return articles with claims, without and with an error."""
    bodies = ["The council met 3 times. It was cold.", "Nothing to see here.", ""]
    return [Article(identity=str(n), body=body) for n, body in enumerate(bodies)]


def articles_of(intervals: list[Interval]) -> dict[str, list[str | None]]:
    """Return which articles three of the stages were spent on."""
    given: dict[str, list[str | None]] = {}
    for interval in intervals:
        if interval.stage != "identify_language":
            identity = None if interval.article is None else interval.article.identity
            given.setdefault(interval.stage, []).append(identity)
    return given


def test_an_observed_detector_finds_the_same() -> None:
    """Results are equal, every score and language is told, every stage has its time."""
    plain = make_detector()
    clock = StageClock()
    scores: list[float] = []
    languages: list[str | None] = []
    observed = observe_detector(plain, clock, on_scores=scores.extend, on_language=languages.append)
    expected = detect_claims(articles(), plain)
    found = detect_claims(articles(), observed)
    assert [result.claims for result in found] == [result.claims for result in expected]
    assert [result.outcome for result in found] == [result.outcome for result in expected]
    assert len(scores) == sum(result.sentence_count for result in found) == 3
    assert len(languages) == 2
    intervals = clock.take()
    seconds = seconds_by_stage(intervals)
    assert seconds.keys() == STAGES
    assert all(value > 0 for value in seconds.values())
    given = articles_of(intervals)
    assert given == {"extract": ["0", "1", "2"], "split": ["0", "1"], "classify": [None]}
    assert observed.classifier.name == plain.classifier.name
    assert observed.classifier.revision == plain.classifier.revision
    assert observed.classifier.threshold == plain.classifier.threshold


def test_a_clock_adds_up_and_begins_anew() -> None:
    """Seconds of a stage add up until they are taken."""
    clock = StageClock(now=ticks().__next__)
    for _ in range(3):
        with clock.time("split"):
            pass
    with clock.time("decode"):
        pass
    assert seconds_by_stage(clock.take()) == {"split": 3.0, "decode": 1.0}
    assert clock.take() == []


def test_what_raises_takes_its_time_too() -> None:
    """An error passes through, and its time is counted."""
    clock = StageClock(now=ticks().__next__)
    with pytest.raises(ArticleError):
        TimedExtractor(PlainExtractor(), clock).extract(Article(identity="i", body=""))
    assert seconds_by_stage(clock.take()) == {"extract": 1.0}


def test_scores_of_a_call_that_raises_are_not_told() -> None:
    """A refused batch is scored again article by article; only then its scores count."""
    told: list[float] = []
    classifier = ObservedClassifier(FakeClassifier(refuses="no"), StageClock(), told.extend)
    with pytest.raises(ClassifierError):
        classifier.classify([SentenceInContext(text="yes"), SentenceInContext(text="no")])
    assert told == []
    classifier.classify([SentenceInContext(text="yes")])
    assert len(told) == 1
