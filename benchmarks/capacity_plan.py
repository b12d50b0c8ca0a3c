"""The arithmetic of capacity.py: from measured figures and assumptions to workers and bytes."""

import math
from dataclasses import dataclass

_SECONDS_PER_DAY = 86_400
_HOURS_PER_MONTH = 720
_BYTES_PER_MB = 1e6
_BYTES_PER_GB = 1e9


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """What the benchmarks measured, on the machine that benchmarks/README.md names."""

    sentences_per_article: float = 16.5
    claims_per_article: float = 6.0
    article_bytes: float = 2464
    claim_bytes: float = 2082
    outcome_bytes: float = 978
    sentences_per_second_per_thread: float = 673 / 2
    """Of the classifier alone, on two threads."""
    cpu_ratio: float = 0.918
    """CPU-seconds of the classifier alone over those of the worker."""
    memory_gib_per_worker: float = 1
    """The bound of docs/operations.md."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Assumed:
    """What is the reader's to say; these are round numbers to begin with."""

    peak_factor: float = 3
    """Articles in the busiest seconds over those of an average second."""
    utilisation: float = 0.7
    """Of a worker's cores at the peak; the rest is for rebalances and catching up."""
    cores_per_worker: int = 2
    workers_min: int = 2
    """So that a lost machine stops nothing."""
    partitions_per_worker: int = 2
    """Room to double the workers: partitions cannot be taken away, and adding some moves keys."""
    retention_days: float = 7
    replicas: int = 3
    price_per_core_hour: float = 0.05
    price_per_gb_month: float = 0.10


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What a number of articles a day takes."""

    articles_per_day: int
    articles_per_second: float
    """At the peak, as all rates here."""
    sentences_per_second: float
    workers: int
    cores: int
    memory_gib: float
    partitions: int
    core_hours_per_day: float
    """Of work; the cores that stand ready for the peak are more."""
    written_mb_per_second: float
    """To all topics, before Kafka copies it to replicas."""
    written_gb_per_day: float
    stored_gb: float
    """On all replicas."""
    cores_price_per_month: float
    storage_price_per_month: float


def plan_capacity(articles_per_day: int, measured: Measured, assumed: Assumed) -> Plan:
    """Return what it takes to work through so many articles a day at the peak without lag."""
    per_second = articles_per_day / _SECONDS_PER_DAY
    peak = per_second * assumed.peak_factor
    peak_sentences = peak * measured.sentences_per_article
    per_core = sentences_per_core_second(measured)
    workers = max(
        assumed.workers_min,
        math.ceil(peak_sentences / (per_core * assumed.utilisation * assumed.cores_per_worker)),
    )
    cores = workers * assumed.cores_per_worker
    written = (
        measured.article_bytes
        + measured.claims_per_article * measured.claim_bytes
        + measured.outcome_bytes
    )
    stored_gb = (
        articles_per_day * written * assumed.retention_days * assumed.replicas / _BYTES_PER_GB
    )
    return Plan(
        articles_per_day=articles_per_day,
        articles_per_second=peak,
        sentences_per_second=peak_sentences,
        workers=workers,
        cores=cores,
        memory_gib=workers * measured.memory_gib_per_worker,
        partitions=workers * assumed.partitions_per_worker,
        core_hours_per_day=articles_per_day * measured.sentences_per_article / per_core / 3600,
        written_mb_per_second=peak * written / _BYTES_PER_MB,
        written_gb_per_day=articles_per_day * written / _BYTES_PER_GB,
        stored_gb=stored_gb,
        cores_price_per_month=cores * _HOURS_PER_MONTH * assumed.price_per_core_hour,
        storage_price_per_month=stored_gb * assumed.price_per_gb_month,
    )


def sentences_per_core_second(measured: Measured) -> float:
    """Return how many sentences the whole worker gets through in a second of one core."""
    return measured.sentences_per_second_per_thread * measured.cpu_ratio
