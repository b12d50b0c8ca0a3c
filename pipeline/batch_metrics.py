"""From what happens to the metrics that say so: the only writer of most of metrics.py."""

from collections.abc import Sequence

from pipeline import metrics
from pipeline.drift import RecentLanguages, RecentScores, Reference, mix_distance
from pipeline.models import Outcome, SkipReason
from pipeline.outputs import Examined
from pipeline.watchdog import Look


def count_article(item: Examined, *, acknowledged_at: float) -> None:
    """Count an article whose outputs the broker acknowledged at this Unix time, in seconds."""
    result = item.result
    source = None if item.article is None else item.article.source
    metrics.ARTICLES.labels(result.outcome, result.reason or "", source).inc()
    metrics.SENTENCES.inc(result.sentence_count)
    for claim in result.claims:
        metrics.CLAIMS.labels(claim.claim_type).inc()
    if result.outcome is Outcome.CLAIMS and item.message.timestamp_seconds is not None:
        # A producer's clock may be ahead of ours.
        waited_seconds = max(0.0, acknowledged_at - item.message.timestamp_seconds)
        metrics.PRODUCE_TO_CLAIM.observe(waited_seconds)
    if result.reason == SkipReason.LANGUAGE:
        metrics.SKIPPED_LANGUAGES.labels(result.language).inc()
    if item.article is not None:
        for field in item.article.invalid_dates:
            metrics.INVALID_DATES.labels(field).inc()


class LagMetrics:
    """What the watchdog's looks say of lag."""

    def __init__(self) -> None:
        """Begin with no partition shown."""
        self._shown: set[str] = set()

    def show(self, look: Look) -> None:
        """Show the lag of each partition; those of which nothing is known any more are dropped."""
        metrics.BROKER_REACHABLE.set(look.is_broker_reachable)
        lag = {str(partition): articles for (_, partition), articles in look.lag.items()}
        for partition in self._shown - lag.keys():
            metrics.LAG.remove(partition)
        for partition, articles in lag.items():
            metrics.LAG.labels(partition).set(articles)
        self._shown = set(lag)


class ModelMetrics:
    """What the model says on the whole, beside the reference it ships with."""

    def __init__(
        self, *, name: str, revision: str, threshold: float, reference: Reference | None
    ) -> None:
        """Show which model it is and, where there is one, its reference."""
        self._revision = revision
        self._reference = reference
        self._scores = RecentScores(threshold=threshold)
        self._languages = RecentLanguages()
        metrics.MODEL_INFO.labels(name, revision, f"{threshold:g}").set(1)
        if reference is not None:
            metrics.REFERENCE_MEAN_SCORE.labels(revision).set(reference.mean_score)
            metrics.REFERENCE_FLAGGED.labels(revision).set(reference.flagged_share(threshold))
            for language, share in reference.languages.items():
                metrics.REFERENCE_LANGUAGE.labels(revision, language).set(share)

    def note_scores(self, scores: Sequence[float]) -> None:
        """Take in the scores of one call of the classifier."""
        for score in scores:
            metrics.SENTENCE_SCORE.observe(score)
        self._scores.add(scores)

    def note_language(self, language: str | None) -> None:
        """Take in an article's language; one that cannot be told says nothing of the mix."""
        if language is not None:
            self._languages.add(language)

    def show(self) -> None:
        """Bring the gauges up to date, once a batch."""
        if self._scores.suffice:
            metrics.RECENT_MEAN_SCORE.labels(self._revision).set(self._scores.mean)
            metrics.RECENT_FLAGGED.labels(self._revision).set(self._scores.flagged_share)
        if self._languages.suffice:
            self._show_languages(self._languages.shares)

    def _show_languages(self, shares: dict[str, float]) -> None:
        for language, share in shares.items():
            metrics.RECENT_LANGUAGE.labels(self._revision, language).set(share)
        if self._reference is not None:
            distance = mix_distance(shares, self._reference.languages)
            metrics.LANGUAGE_DRIFT.labels(self._revision).set(distance)
