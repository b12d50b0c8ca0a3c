"""The flow: articles in, claims out. Start reading here.

`detect_claims` is the whole of Claimwire less Kafka. It is pure: what it needs of the outside
(an extractor, a language identifier, a splitter, a classifier) is handed in, so the worker, the
`detect` command, the benchmarks and the tests all run this same function.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import Protocol

from pipeline.claims import FlaggingModel, ReadArticle, make_claims
from pipeline.classifier import ClaimClassifier
from pipeline.errors import ArticleError, ClassifierError, Stage
from pipeline.models import (
    Article,
    ArticleResult,
    ArticleText,
    Outcome,
    Prediction,
    Sentence,
    SentenceInContext,
    SkipReason,
)
from pipeline.priorities import Priorities


class TextExtractor(Protocol):
    """Turns an article's body into plain text."""

    def extract(self, article: Article) -> ArticleText:
        """Return the text, empty when the body holds none; raise ArticleError when it cannot."""
        ...


class LanguageIdentifier(Protocol):
    """Says which language a text is in."""

    def identify(self, text: str, tag: str | None) -> str | None:
        """Return an ISO 639-1 code, or None when the text is too short to tell and has no tag."""
        ...


class SentenceSplitter(Protocol):
    """Finds the sentences of a plain text."""

    def split(self, text: str) -> list[Sentence]:
        """Return the sentences in reading order, not overlapping; white space between is free."""
        ...


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class Detector:
    """The parts `detect_claims` needs, and the two choices that shape its answer."""

    extractor: TextExtractor
    language_identifier: LanguageIdentifier
    splitter: SentenceSplitter
    classifier: ClaimClassifier
    threshold: float
    """Sentences scored at or over it become claims; 0 to 1."""
    languages: frozenset[str] = frozenset({"en"})
    """ISO 639-1 codes the classifier reads; other articles are skipped and counted."""
    priorities: Priorities = field(default_factory=Priorities)
    """The user's table; the empty one makes a claim's score its priority."""
    clock: Callable[[], datetime] = _utc_now
    """What an article's age is counted to, for the priorities; an aware time."""


def detect_claims(articles: Sequence[Article], detector: Detector) -> list[ArticleResult]:
    """Find the claims of a micro-batch of articles; one result each, in order.

    Sentences of all articles are scored together, so a batch of short articles costs one model
    call. An article that fails gets a result with its error; its neighbours are not touched.
    """
    read = [_read(article, detector) for article in articles]
    predictions = _score([item for item in read if isinstance(item, ReadArticle)], detector)
    scored = iter(predictions)
    return [
        item if isinstance(item, ArticleResult) else _result(item, next(scored), detector)
        for item in read
    ]


def _read(article: Article, detector: Detector) -> ReadArticle | ArticleResult:
    """Take an article to its sentences, or to the result that needs no model."""
    try:
        text = detector.extractor.extract(article)
    except ArticleError as error:
        return failed(error)
    if not text.text.strip():
        return skipped(SkipReason.EMPTY)
    language = detector.language_identifier.identify(text.text, article.language)
    if language is not None and language not in detector.languages:
        return skipped(SkipReason.LANGUAGE, language=language)
    sentences = tuple(detector.splitter.split(text.text))
    return ReadArticle(article=article, text=text, language=language, sentences=sentences)


def _score(
    read: Sequence[ReadArticle], detector: Detector
) -> list[list[Prediction] | ArticleError]:
    """Score all sentences in one call; if that fails, article by article to find the culprit."""
    inputs = [in_context(item.article.title, item.sentences) for item in read]
    together = [sentence for batch in inputs for sentence in batch]
    try:
        predictions = iter(_classify(together, detector.classifier))
        return [list(islice(predictions, len(batch))) for batch in inputs]
    except ClassifierError:
        return [_score_alone(batch, detector.classifier) for batch in inputs]


def _classify(
    sentences: Sequence[SentenceInContext], classifier: ClaimClassifier
) -> list[Prediction]:
    """Score, and hold the classifier to one prediction a sentence: else claims would shift."""
    predictions = classifier.classify(sentences)
    if len(predictions) != len(sentences):
        raise ClassifierError(
            f"{classifier.name} returned {len(predictions)} predictions for "
            f"{len(sentences)} sentences; mend the classifier."
        )
    return predictions


def _score_alone(
    batch: Sequence[SentenceInContext], classifier: ClaimClassifier
) -> list[Prediction] | ArticleError:
    try:
        return _classify(batch, classifier)
    except ClassifierError as error:
        return ArticleError(
            Stage.CLASSIFY,
            "classifier_failed",
            f"The classifier failed on this article alone ({error}); "
            "replay it once the model is mended.",
        )


def in_context(title: str | None, sentences: Sequence[Sentence]) -> list[SentenceInContext]:
    """Give each sentence the title and the sentence before it: what the model is trained with."""
    befores = ["", *(sentence.text for sentence in sentences[:-1])] if sentences else []
    return [
        SentenceInContext(text=sentence.text, title=title or "", before=before)
        for sentence, before in zip(sentences, befores, strict=True)
    ]


def _result(
    item: ReadArticle, predictions: list[Prediction] | ArticleError, detector: Detector
) -> ArticleResult:
    if isinstance(predictions, ArticleError):
        return failed(predictions)
    classifier = detector.classifier
    claims = make_claims(
        item,
        predictions,
        FlaggingModel(
            name=classifier.name, revision=classifier.revision, threshold=detector.threshold
        ),
        priorities=detector.priorities,
        now=detector.clock(),
    )
    return ArticleResult(
        outcome=Outcome.CLAIMS if claims else Outcome.NO_CLAIMS,
        language=item.language,
        sentence_count=len(item.sentences),
        claims=claims,
    )


def skipped(reason: SkipReason, *, language: str | None = None) -> ArticleResult:
    """Say that an article was passed over on purpose."""
    return ArticleResult(outcome=Outcome.SKIPPED, reason=reason, language=language)


def failed(error: ArticleError) -> ArticleResult:
    """Say that an article goes to the dead letters."""
    return ArticleResult(outcome=Outcome.DEAD_LETTERED, reason=error.reason, error=error)
