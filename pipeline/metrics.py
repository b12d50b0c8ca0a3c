"""Every metric of the worker, declared once. Served at `/metrics`.

`python -m pipeline.metrics` prints docs/metrics.md out of these declarations (`make docs`).
"""

from pipeline.metric_declarations import (
    OTHER,
    UNKNOWN,
    Declarations,
    Label,
    describe_metrics,
)

SOURCES_MAX = 100
"""Sources told apart by name."""
LANGUAGES_MAX = 100
"""More than py3langid knows; its codes are a closed set already."""

DECLARATIONS = Declarations()

_LANGUAGE = Label(
    name="language",
    meaning="ISO 639-1 code, or `unknown`.",
    max_values=LANGUAGES_MAX,
)
_REVISION = Label(
    name="revision",
    meaning="The model's revision: what is compared belongs to one model.",
    max_values=4,
)

# What came in and what became of it.
ARTICLES = DECLARATIONS.labelled_counter(
    "claimwire_articles_total",
    "Articles that came to their end, acknowledged by the broker.",
    unit="articles",
    labels=[
        Label(name="outcome", meaning="claims, no_claims, skipped or dead_lettered.", max_values=8),
        Label(
            name="reason",
            meaning="Why it was skipped or dead-lettered; empty for the others.",
            max_values=64,
        ),
        Label(
            name="source",
            meaning="The article's `source`; `unknown` where it names none or cannot be decoded.",
            max_values=SOURCES_MAX,
        ),
    ],
)
SKIPPED_LANGUAGES = DECLARATIONS.labelled_counter(
    "claimwire_skipped_language_articles_total",
    "Articles passed over because the model does not read their language.",
    unit="articles",
    labels=[_LANGUAGE],
)
INVALID_DATES = DECLARATIONS.labelled_counter(
    "claimwire_invalid_dates_total",
    "Date fields that held something else and were published as null.",
    unit="fields",
    labels=[Label(name="field", meaning="published_at or updated_at.", max_values=8)],
)
SENTENCES = DECLARATIONS.counter(
    "claimwire_sentences_total",
    "Sentences of the articles that came to their end, each scored.",
    unit="sentences",
)
CLAIMS = DECLARATIONS.labelled_counter(
    "claimwire_claims_total",
    "Claims published and acknowledged by the broker.",
    unit="claims",
    labels=[
        Label(
            name="claim_type",
            meaning="The claim's type as the model names it; `unknown` from one that tells none.",
            max_values=32,
        )
    ],
)
SENTENCE_SCORE = DECLARATIONS.histogram(
    "claimwire_sentence_score",
    "Score of each sentence when it was scored, flagged or not.",
    unit="score, 0 to 1",
    buckets=[tenth / 10 for tenth in range(1, 11)],
)
DEAD_LETTER_RATIO = DECLARATIONS.gauge(
    "claimwire_dead_letter_ratio",
    "Share of dead letters among the latest CLAIMWIRE_DEAD_LETTER_WINDOW_ARTICLES articles.",
    unit="ratio, 0 to 1",
)

# How fast.
BATCH_ARTICLES = DECLARATIONS.histogram(
    "claimwire_batch_articles",
    "Articles in a micro-batch.",
    unit="articles",
    buckets=[1, 2, 4, 8, 16, 32, 64, 128],
)
BATCH_FILL = DECLARATIONS.histogram(
    "claimwire_batch_fill_ratio",
    "How full a micro-batch was, of its articles or its bytes, whichever is nearer to the bound; "
    "near 1 all the time, the worker has no time to spare.",
    unit="ratio; above 1: one article over the bound in bytes",
    buckets=[tenth / 10 for tenth in range(1, 11)],
)
BATCH_SECONDS = DECLARATIONS.histogram(
    "claimwire_batch_seconds",
    "A micro-batch from in hand to its last acknowledgement.",
    unit="seconds",
    buckets=[0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30],
)
STAGE_SECONDS = DECLARATIONS.labelled_histogram(
    "claimwire_stage_seconds",
    "What a micro-batch spent in one stage, all its articles together.",
    unit="seconds",
    buckets=[0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30],
    labels=[
        Label(
            name="stage",
            meaning="decode, extract, identify_language, split, classify, produce.",
            max_values=8,
        )
    ],
)
PRODUCE_TO_CLAIM = DECLARATIONS.histogram(
    "claimwire_produce_to_claim_seconds",
    "From the article's message timestamp to the broker's acknowledgement of all its claims; "
    "one observation an article with claims.",
    unit="seconds",
    buckets=[0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200],
)
SEND_RETRIES = DECLARATIONS.counter(
    "claimwire_send_retries_total",
    "Outputs sent again after a failed try.",
    unit="tries",
)

# Whether it moves.
LAG = DECLARATIONS.labelled_gauge(
    "claimwire_consumer_lag_articles",
    "Articles of a partition that this worker holds and has not committed; absent while the "
    "broker cannot be asked.",
    unit="articles",
    labels=[
        Label(name="partition", meaning="Number of the articles topic's partition.", max_values=512)
    ],
)
IN_FLIGHT = DECLARATIONS.gauge(
    "claimwire_in_flight_articles",
    "Articles of the micro-batch in hand, not yet acknowledged.",
    unit="articles",
)
LAST_PROGRESS = DECLARATIONS.gauge(
    "claimwire_last_progress_timestamp_seconds",
    "Unix time when the worker last acknowledged articles; of its start before that.",
    unit="seconds",
)
ASSIGNED_PARTITIONS = DECLARATIONS.gauge(
    "claimwire_assigned_partitions",
    "Partitions of the articles topic that this worker holds; 0 during a rebalance.",
    unit="partitions",
)
BROKER_REACHABLE = DECLARATIONS.gauge(
    "claimwire_broker_reachable",
    "Whether the broker answered when it was last asked for the lag.",
    unit="1 or 0",
)

# What the model is, and whether it sees what it was made for.
MODEL_INFO = DECLARATIONS.labelled_gauge(
    "claimwire_model_info",
    "Always 1; its labels say which model scores.",
    unit="1",
    labels=[
        Label(name="name", meaning="The model's name.", max_values=4),
        _REVISION,
        Label(name="threshold", meaning="The score that makes a claim.", max_values=4),
    ],
)
RECENT_MEAN_SCORE = DECLARATIONS.labelled_gauge(
    "claimwire_recent_mean_score",
    "Mean score of the latest 5,000 sentences; absent before 500.",
    unit="score, 0 to 1",
    labels=[_REVISION],
)
REFERENCE_MEAN_SCORE = DECLARATIONS.labelled_gauge(
    "claimwire_reference_mean_score",
    "Mean score of the reference the model ships with; absent without one.",
    unit="score, 0 to 1",
    labels=[_REVISION],
)
RECENT_FLAGGED = DECLARATIONS.labelled_gauge(
    "claimwire_recent_flagged_ratio",
    "Share of the latest 5,000 sentences at or over the threshold; absent before 500.",
    unit="ratio, 0 to 1",
    labels=[_REVISION],
)
REFERENCE_FLAGGED = DECLARATIONS.labelled_gauge(
    "claimwire_reference_flagged_ratio",
    "Share of the reference's sentences at or over this worker's threshold; absent without one.",
    unit="ratio, 0 to 1",
    labels=[_REVISION],
)
RECENT_LANGUAGE = DECLARATIONS.labelled_gauge(
    "claimwire_recent_language_ratio",
    "Share of a language among the latest 1,000 articles whose language could be told; "
    "absent before 100.",
    unit="ratio, 0 to 1",
    labels=[_REVISION, _LANGUAGE],
)
REFERENCE_LANGUAGE = DECLARATIONS.labelled_gauge(
    "claimwire_reference_language_ratio",
    "Share of a language among the reference's articles; absent without one.",
    unit="ratio, 0 to 1",
    labels=[_REVISION, _LANGUAGE],
)
LANGUAGE_DRIFT = DECLARATIONS.labelled_gauge(
    "claimwire_language_drift_ratio",
    "Share of the latest articles that would have to be in another language for the mix to be the "
    "reference's (total variation distance); absent without one.",
    unit="ratio, 0 to 1",
    labels=[_REVISION],
)

_PAGE = f"""\
# Metrics

Every worker serves these at `http://CLAIMWIRE_WEB_HOST:CLAIMWIRE_WEB_PORT/metrics`, in Prometheus'
text format. This page is written by `make docs` out of `pipeline/metrics.py`.

Labels are bounded whatever articles hold: the first values to come keep their names, all others
are counted as `{OTHER}`, and a value that is not there as `{UNKNOWN}`. What a process counts begins
at 0 when it starts; the outcomes topic is what tells for good how each article ended.

Beside these come prometheus-client's own: `process_*` (CPU, memory, open files, start time) and
`python_gc_*`.

## Claimwire's

"""


def _print_page() -> None:
    print(_PAGE + describe_metrics(DECLARATIONS.all), end="")


if __name__ == "__main__":
    _print_page()
