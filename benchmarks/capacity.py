"""What a number of articles a day takes: `python -m benchmarks.capacity`.

Arithmetic on figures that the other benchmarks measured and on assumptions that are the reader's:
`--help` names them. docs/scaling.md holds what it prints, and a test holds the two together.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Annotated

import typer

from benchmarks.capacity_plan import (
    Assumed,
    Measured,
    plan_capacity,
    sentences_per_core_second,
)

LOADS = (10_000, 100_000, 1_000_000, 10_000_000)
"""Articles a day."""

_WORKER_COLUMNS = (
    "articles a day",
    "articles/s",
    "sentences/s",
    "workers",
    "cores",
    "memory, GiB",
    "partitions",
    "core-hours of work a day",
)
_KAFKA_COLUMNS = (
    "articles a day",
    "written, MB/s",
    "written a day, GB",
    "stored, GB",
    "cores: price a month",
    "storage: price a month",
)


def describe(loads: Iterable[int], measured: Measured, assumed: Assumed) -> str:
    """Return inputs and plans as three tables in Markdown."""
    plans = [plan_capacity(load, measured, assumed) for load in loads]
    return "\n\n".join(
        [
            _table(["input", "value", "from"], _inputs(measured, assumed), align="lrl"),
            _table(
                _WORKER_COLUMNS,
                [
                    (
                        f"{p.articles_per_day:,}",
                        _rounded(p.articles_per_second),
                        _rounded(p.sentences_per_second),
                        f"{p.workers}",
                        f"{p.cores}",
                        f"{p.memory_gib:,.0f}",
                        f"{p.partitions}",
                        _rounded(p.core_hours_per_day),
                    )
                    for p in plans
                ],
            ),
            _table(
                _KAFKA_COLUMNS,
                [
                    (
                        f"{p.articles_per_day:,}",
                        _rounded(p.written_mb_per_second),
                        _rounded(p.written_gb_per_day),
                        _rounded(p.stored_gb),
                        _rounded(p.cores_price_per_month),
                        _rounded(p.storage_price_per_month),
                    )
                    for p in plans
                ],
            ),
        ]
    )


def _inputs(measured: Measured, assumed: Assumed) -> list[tuple[str, str, str]]:
    classifier, sizes = "`benchmarks.classifier`", "`benchmarks.record_sizes`"
    yours = "yours to set"
    return [
        ("sentences an article", f"{measured.sentences_per_article:g}", sizes),
        ("claims an article", f"{measured.claims_per_article:g}", sizes),
        ("bytes of an article", f"{measured.article_bytes:,.0f}", sizes),
        ("bytes of a claim", f"{measured.claim_bytes:,.0f}", sizes),
        ("bytes of an outcome", f"{measured.outcome_bytes:,.0f}", sizes),
        ("sentences/s of a thread", f"{measured.sentences_per_second_per_thread:g}", classifier),
        ("CPU: classifier / worker", f"{measured.cpu_ratio:g}", "`benchmarks.throughput`"),
        ("= sentences/s of a core", f"{sentences_per_core_second(measured):.0f}", "the two above"),
        (
            "memory of a worker, GiB",
            f"{measured.memory_gib_per_worker:g}",
            "[operations](operations.md#memory)",
        ),
        ("peak over average", f"{assumed.peak_factor:g}", yours),
        ("cores' utilisation at the peak", f"{assumed.utilisation:g}", yours),
        ("cores a worker", f"{assumed.cores_per_worker}", yours),
        ("workers at least", f"{assumed.workers_min}", yours),
        ("partitions a worker", f"{assumed.partitions_per_worker}", yours),
        ("retention, days", f"{assumed.retention_days:g}", "`CLAIMWIRE_TOPIC_RETENTION_HOURS`"),
        ("replicas", f"{assumed.replicas}", yours),
        ("price of a core-hour", f"{assumed.price_per_core_hour:.2f}", yours),
        ("price of a stored GB-month", f"{assumed.price_per_gb_month:.2f}", yours),
    ]


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, align: str = "r") -> str:
    """Return a Markdown table; `align` is l or r for each column, the last for all that follow."""
    rules = ["---" if side == "l" else "---:" for side in align.ljust(len(columns), align[-1])]
    lines = [columns, rules, *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _rounded(value: float) -> str:
    """Return a number to two digits that count; whole and grouped from ten on."""
    if value == 0:
        return "0"
    places = 1 - math.floor(math.log10(abs(value)))
    return f"{round(value, places):,.{max(places, 0)}f}"


_MEASURED, _ASSUMED = Measured(), Assumed()


def main(
    *,
    articles: Annotated[
        list[int] | None, typer.Option(min=1, help="Articles a day; may be given several times.")
    ] = None,
    sentences_per_article: Annotated[
        float, typer.Option(min=0.1)
    ] = _MEASURED.sentences_per_article,
    claims_per_article: Annotated[float, typer.Option(min=0)] = _MEASURED.claims_per_article,
    article_bytes: Annotated[float, typer.Option(min=1)] = _MEASURED.article_bytes,
    sentences_per_second_per_thread: Annotated[
        float, typer.Option(min=0.1, help="Of the classifier alone.")
    ] = _MEASURED.sentences_per_second_per_thread,
    peak_factor: Annotated[float, typer.Option(min=1)] = _ASSUMED.peak_factor,
    utilisation: Annotated[float, typer.Option(min=0.01, max=1)] = _ASSUMED.utilisation,
    cores_per_worker: Annotated[int, typer.Option(min=1)] = _ASSUMED.cores_per_worker,
    retention_days: Annotated[float, typer.Option(min=0)] = _ASSUMED.retention_days,
    replicas: Annotated[int, typer.Option(min=1)] = _ASSUMED.replicas,
    price_per_core_hour: Annotated[float, typer.Option(min=0)] = _ASSUMED.price_per_core_hour,
    price_per_gb_month: Annotated[float, typer.Option(min=0)] = _ASSUMED.price_per_gb_month,
) -> None:
    """Print what so many articles a day take, as tables in Markdown."""
    measured = replace(
        _MEASURED,
        sentences_per_article=sentences_per_article,
        claims_per_article=claims_per_article,
        article_bytes=article_bytes,
        sentences_per_second_per_thread=sentences_per_second_per_thread,
    )
    assumed = replace(
        _ASSUMED,
        peak_factor=peak_factor,
        utilisation=utilisation,
        cores_per_worker=cores_per_worker,
        retention_days=retention_days,
        replicas=replicas,
        price_per_core_hour=price_per_core_hour,
        price_per_gb_month=price_per_gb_month,
    )
    print(describe(articles or LOADS, measured, assumed))


if __name__ == "__main__":
    typer.run(main)
