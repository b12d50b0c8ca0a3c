"""How many bytes Kafka holds of an article: `python -m benchmarks.record_sizes`.

The shipped samples, and articles of the other benchmarks, go through all that the worker does with
them but Kafka; what it would have sent is measured as Kafka stores it, uncompressed, on one
replica.
"""

import asyncio
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Annotated, Any

import typer
from kafka.record.default_records import DefaultRecordBatchBuilder

from benchmarks.corpus import Corpus
from benchmarks.report import print_table, write_json
from pipeline import __version__
from pipeline.article_files import ArticleMessage, article_key, read_articles
from pipeline.batches import BatchProcessor
from pipeline.dead_letters import DeadLetterShare
from pipeline.models import SourcePosition
from pipeline.outcomes import decode_outcome
from pipeline.outputs import Message, OutgoingRecord, OutputTopics, Publisher
from pipeline.samples import sample_articles
from pipeline.settings import Settings
from pipeline.wiring import open_detector


class CollectingPublisher(Publisher):
    """Keeps what it is given, as a broker that takes everything."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.records: list[OutgoingRecord] = []

    async def publish(self, records: Sequence[OutgoingRecord]) -> list[str | None]:
        """See Publisher."""
        self.records += records
        return [None] * len(records)


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordSizes:
    """Of some articles: how many records of each topic, and how large they are on average."""

    articles: int
    sentences: int
    claims: int
    dead_letters: int
    article_bytes: float
    claim_bytes: float
    """0 where there were none."""
    outcome_bytes: float

    @property
    def sentences_per_article(self) -> float:
        """Sentences over articles, those that were refused or skipped among them."""
        return self.sentences / self.articles

    @property
    def claims_per_article(self) -> float:
        """Claims over articles."""
        return self.claims / self.articles


def measure(articles: Iterable[ArticleMessage], settings: Settings) -> RecordSizes:
    """Process the articles as a worker would, and measure its records."""
    messages = [
        Message(
            source=SourcePosition(topic=settings.articles_topic, partition=0, offset=offset),
            key=article.key,
            value=article.value,
        )
        for offset, article in enumerate(articles)
    ]
    publisher = CollectingPublisher()
    with open_detector(settings) as detector, ThreadPoolExecutor(max_workers=1) as executor:
        processor = BatchProcessor(
            detector=detector,
            publisher=publisher,
            topics=OutputTopics(
                claims=settings.claims_topic,
                outcomes=settings.outcomes_topic,
                dead_letters=settings.dead_letters_topic,
            ),
            executor=executor,
            body_max_characters=settings.body_max_characters,
            dead_letter_share=DeadLetterShare(max_share=1, window=1),
            pipeline_version=__version__,
        )
        asyncio.run(processor.process(messages))
    claims, outcomes, dead_letters = (
        [record for record in publisher.records if record.topic == topic]
        for topic in (settings.claims_topic, settings.outcomes_topic, settings.dead_letters_topic)
    )
    assert len(outcomes) == len(messages)
    return RecordSizes(
        articles=len(messages),
        sentences=sum(decode_outcome(record.value or b"").sentence_count for record in outcomes),
        claims=len(claims),
        dead_letters=len(dead_letters),
        article_bytes=_mean_bytes(messages),
        claim_bytes=_mean_bytes(claims),
        outcome_bytes=_mean_bytes(outcomes),
    )


def _mean_bytes(records: Sequence[Message | OutgoingRecord]) -> float:
    """Return bytes a record, each with its headers and as if alone in its batch: the most."""
    sizes = [
        DefaultRecordBatchBuilder.estimate_size_in_bytes(
            record.key, record.value, list(record.headers)
        )
        for record in records
    ]
    return mean(sizes) if sizes else 0.0


def read_samples() -> list[ArticleMessage]:
    """Return the shipped sample articles, the bad one included."""
    with sample_articles() as path:
        return [item for item in read_articles(path) if isinstance(item, ArticleMessage)]


def make_articles(count: int) -> list[ArticleMessage]:
    """Return articles of the other benchmarks, all of them plain text."""
    return [
        ArticleMessage(name="benchmark", key=article_key(value), value=value)
        for value in Corpus(1).articles(count)
    ]


def main(
    *,
    articles: Annotated[int, typer.Option(min=1, help="Articles of the benchmarks' kind.")] = 96,
    json_path: Annotated[
        Path | None, typer.Option("--json", help="Write the figures to this file.")
    ] = None,
) -> None:
    """Measure the bytes of article, claim and outcome records."""
    settings = Settings()
    sizes = {
        "samples": measure(read_samples(), settings),
        "benchmarks": measure(make_articles(articles), settings),
    }
    print_table(
        "Records as Kafka holds them, uncompressed, on one replica",
        ["", "Samples", "Benchmarks' articles"],
        [
            ("Articles", *(f"{of.articles}" for of in sizes.values())),
            ("Sentences an article", *(f"{of.sentences_per_article:.1f}" for of in sizes.values())),
            ("Claims an article", *(f"{of.claims_per_article:.1f}" for of in sizes.values())),
            ("Bytes an article", *(f"{of.article_bytes:,.0f}" for of in sizes.values())),
            ("Bytes a claim", *(f"{of.claim_bytes:,.0f}" for of in sizes.values())),
            ("Bytes an outcome", *(f"{of.outcome_bytes:,.0f}" for of in sizes.values())),
        ],
    )
    if json_path:
        report: dict[str, Any] = {"benchmark": "record_sizes", "figures": sizes}
        write_json(json_path, report)


if __name__ == "__main__":
    typer.run(main)
