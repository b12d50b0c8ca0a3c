"""Latency of the real worker under load: `python -m benchmarks.latency`.

Articles arrive at random (a Poisson process) at 10%, 50% and 80% of the throughput measured first,
whether or not the worker keeps up: an open loop. Latency counts from the moment an article was due
to be sent, so that a late feeder counts as latency instead of hiding it.
"""

import random
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import orjson
import typer

from benchmarks.corpus import Corpus
from benchmarks.measured_worker import MeasuredWorker, OutputReader, run_measured_worker
from benchmarks.report import (
    console,
    machine_facts,
    print_machine,
    print_table,
    spread,
    write_json,
)
from pipeline.article_files import article_key
from pipeline.kafka_client import open_producer
from pipeline.settings import Settings

LOADS = ((0.1, 1.5), (0.5, 0.75), (0.8, 0.75))
"""Share of the throughput, and of the seconds a load: few articles come at 10%, so it gets more."""
_QUEUED_SECONDS = 5.0
"""A queue that takes longer to empty after the last article had been growing all along."""
_PERCENTILES = (50, 95, 99)
_THROUGHPUT_ROUNDS = 3
_WARM_UP_ARTICLES = 32
_MIN_ARTICLES = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrival:
    """An article and when it was due to be sent, and was."""

    article_id: str
    due_at: datetime
    late_seconds: float
    """How much later than due the producer was handed it."""
    is_counted: bool
    """False during the warm-up."""


def arrival_times(rate_per_second: float, duration_seconds: float, seed: int) -> list[float]:
    """Return seconds from the start of each arrival of a Poisson process, in order.

    A few more come after the end when there would be next to none.
    """
    random_ = random.Random(seed)
    times: list[float] = []
    now = random_.expovariate(rate_per_second)
    while now < duration_seconds or len(times) < _MIN_ARTICLES:
        times.append(now)
        now += random_.expovariate(rate_per_second)
    return times


def feed(
    worker: MeasuredWorker,
    articles: Sequence[bytes],
    times: Sequence[float],
    *,
    warm_up_seconds: float,
) -> list[Arrival]:
    """Send each article when it is due; return once the broker has them all."""
    ids = [orjson.loads(article)["id"] for article in articles]
    keys = [article_key(article) for article in articles]
    producer = open_producer(worker.bench.cluster)
    arrivals = []
    try:
        started = time.time()
        for article, id_, key, seconds in zip(articles, ids, keys, times, strict=True):
            due = started + seconds
            time.sleep(max(0.0, due - time.time()))
            late_seconds = time.time() - due
            producer.send(worker.bench.articles_topic, article, key=key)
            arrivals.append(
                Arrival(
                    article_id=id_,
                    due_at=datetime.fromtimestamp(due, UTC),
                    late_seconds=late_seconds,
                    is_counted=seconds >= warm_up_seconds,
                )
            )
        producer.flush(timeout=30)
    finally:
        producer.close(timeout=5)
    return arrivals


def measure_load(
    worker: MeasuredWorker,
    corpus: Corpus,
    *,
    articles_per_second: float,
    seconds: float,
    warm_up_seconds: float,
    seed: int,
) -> dict[str, Any]:
    """Return the latencies, in seconds, at one rate of arrival."""
    times = arrival_times(articles_per_second, warm_up_seconds + seconds, seed)
    articles = corpus.articles(len(times))
    with OutputReader(worker) as outputs:
        cpu_before, started = worker.cpu_seconds(), time.monotonic()
        arrivals = feed(worker, articles, times, warm_up_seconds=warm_up_seconds)
        busy = (worker.cpu_seconds() - cpu_before) / (time.monotonic() - started)
        last_sent = time.monotonic()
        outcomes = outputs.await_outcomes(len(articles))
        drained_seconds = time.monotonic() - last_sent
        claims = outputs.claims()
    due = {a.article_id: a.due_at for a in arrivals if a.is_counted}
    to_claim = [
        (claim.timestamp - due[id_]).total_seconds()
        for claim in claims
        if (id_ := orjson.loads(claim.value or b"")["article"]["id"]) in due
    ]
    # The feeder gave every article an id; its identity ends in it.
    to_outcome = [
        (outcome.published_at - due[id_]).total_seconds()
        for outcome in outcomes
        if (id_ := (outcome.record.article_identity or "").rpartition("/")[2]) in due
    ]
    assert len(to_outcome) == len(due)
    return {
        "articles_per_second": articles_per_second,
        "seconds": seconds,
        "articles": len(due),
        "claims": len(to_claim),
        "to_claim_seconds": percentiles(to_claim),
        "to_outcome_seconds": percentiles(to_outcome),
        "feeder_late_p99_seconds": float(np.percentile([a.late_seconds for a in arrivals], 99)),
        "worker_cpu_cores": busy,
        "drained_seconds": drained_seconds,
    }


def percentiles(seconds: Sequence[float]) -> dict[str, float]:
    """Return p50, p95, p99 and the greatest; nothing of nothing."""
    if not seconds:
        return {}
    return {f"p{p}": float(np.percentile(seconds, p)) for p in _PERCENTILES} | {"max": max(seconds)}


def measure(
    directory: Path,
    *,
    threads: int,
    seconds: float,
    warm_up_seconds: float,
    articles: int,
    warm_up_articles: int,
    seed: int,
) -> dict[str, Any]:
    """Return the throughput, and the latencies at each share of it."""
    corpus = Corpus(seed)
    with run_measured_worker(directory, threads=threads) as worker:
        console.print("Measuring throughput ...")
        worker.work_through(corpus.articles(warm_up_articles))
        throughput = spread(
            articles / worker.work_through(corpus.articles(articles)).wall_seconds
            for _ in range(_THROUGHPUT_ROUNDS)
        )
        console.print(
            f"Throughput {throughput:.1f} articles/s; now about {seconds:.0f} s a load ..."
        )
        loads = [
            {
                "share_of_throughput": share,
                **measure_load(
                    worker,
                    corpus,
                    articles_per_second=share * throughput.median,
                    seconds=seconds * weight,
                    warm_up_seconds=warm_up_seconds,
                    seed=seed + number,
                ),
            }
            for number, (share, weight) in enumerate(LOADS)
        ]
    return {"throughput_articles_per_second": throughput, "loads": loads}


def print_loads(loads: Sequence[dict[str, Any]]) -> None:
    """Print two rows for each load: to the claims, and to the outcome of the article."""
    rows = []
    for load in loads:
        for number, (name, key, count) in enumerate(
            [("claim", "to_claim_seconds", "claims"), ("outcome", "to_outcome_seconds", "articles")]
        ):
            figures = load[key]
            rows.append(
                (
                    f"{load['share_of_throughput']:.0%}" if number == 0 else "",
                    f"{load['articles_per_second']:.2f}" if number == 0 else "",
                    name,
                    str(load[count]),
                    *(
                        f"{figures[name]:.3f}" if figures else "-"
                        for name in (*(f"p{p}" for p in _PERCENTILES), "max")
                    ),
                )
            )
    print_table(
        "Seconds from an article's arrival; Poisson arrivals, open loop",
        ["Load", "Articles/s", "to", "n", "p50", "p95", "p99", "max"],
        rows,
    )
    for load in loads:
        console.print(
            f"At {load['share_of_throughput']:.0%}: worker {load['worker_cpu_cores']:.2f} cores, "
            f"feeder late by {1000 * load['feeder_late_p99_seconds']:.1f} ms (p99), "
            f"queue empty {load['drained_seconds']:.1f} s after the last article."
        )
        if load["drained_seconds"] > _QUEUED_SECONDS:
            console.print(
                "[bold]  The worker did not keep up: these figures measure the queue. Was the "
                "machine as free as while throughput was measured?[/bold]"
            )


def main(
    *,
    threads: Annotated[
        int, typer.Option(min=1, help="Threads of a model call; the cores by default.")
    ] = Settings.model_fields["model_threads"].get_default(call_default_factory=True),
    seconds: Annotated[
        float, typer.Option(min=1, help="Seconds measured at a load, on average.")
    ] = 60.0,
    articles: Annotated[
        int, typer.Option(min=1, help="Articles in each of the rounds that measure throughput.")
    ] = 96,
    seed: Annotated[int, typer.Option(help="Seed of the articles and their arrivals.")] = 1,
    quick: Annotated[bool, typer.Option("--quick", help="Try it out; no figure to quote.")] = False,
    json_path: Annotated[
        Path | None, typer.Option("--json", help="Write the figures to this file.")
    ] = None,
) -> None:
    """Measure p50, p95 and p99 from an article's arrival to its claims at three loads."""
    warm_up_seconds, warm_up_articles = 5.0, _WARM_UP_ARTICLES
    if quick:
        seconds, warm_up_seconds, articles, warm_up_articles = 2.0, 0.0, 16, 8
    machine = machine_facts(threads=threads)
    print_machine(machine)
    with tempfile.TemporaryDirectory(prefix="claimwire-benchmark-") as directory:
        figures = measure(
            Path(directory),
            threads=threads,
            seconds=seconds,
            warm_up_seconds=warm_up_seconds,
            articles=articles,
            warm_up_articles=warm_up_articles,
            seed=seed,
        )
    print_loads(figures["loads"])
    if json_path:
        write_json(
            json_path,
            {
                "benchmark": "latency",
                "machine": machine,
                "seed": seed,
                "warm_up_seconds": warm_up_seconds,
                "figures": figures,
            },
        )


if __name__ == "__main__":
    typer.run(main)
