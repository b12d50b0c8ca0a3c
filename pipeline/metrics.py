"""Every metric of the worker: name, kind, unit, labels, meaning. Served at `/metrics`."""

from prometheus_client import Counter, Gauge, Histogram

ARTICLES = Counter(
    "claimwire_articles",
    "Articles that came to their end, by outcome and reason.",
    ["outcome", "reason"],
)
SKIPPED_LANGUAGES = Counter(
    "claimwire_skipped_language_articles",
    "Articles passed over because the model does not read their language.",
    ["language"],
)
INVALID_DATES = Counter(
    "claimwire_invalid_dates",
    "Date fields that held something else and were published as null.",
    ["field"],
)
SENTENCES = Counter("claimwire_sentences", "Sentences scored.")
CLAIMS = Counter("claimwire_claims", "Claims published and acknowledged by the broker.")
SCORES = Histogram(
    "claimwire_claim_score",
    "Score of published claims, 0 to 1.",
    buckets=[tenth / 10 for tenth in range(1, 11)],
)
BATCH_ARTICLES = Histogram(
    "claimwire_batch_articles",
    "Articles in a micro-batch.",
    buckets=[1, 2, 4, 8, 16, 32, 64, 128],
)
BATCH_SECONDS = Histogram(
    "claimwire_batch_seconds",
    "Seconds from a micro-batch in hand to its last acknowledgement, by stage.",
    ["stage"],
    buckets=[0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30],
)
SEND_RETRIES = Counter("claimwire_send_retries", "Outputs sent again after a failed try.")
LAST_PROGRESS = Gauge(
    "claimwire_last_progress_timestamp_seconds",
    "Unix time of the last acknowledged micro-batch.",
)
