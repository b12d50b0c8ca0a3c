"""`claimwire forget`: tombstones for the claims and the outcomes of an article."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.display import inert, open_console
from pipeline.cli.options import BrokerOption, load_settings
from pipeline.cli.topics import KAFKAS_NEVER, format_milliseconds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.table import Table

    from pipeline.topic_descriptions import TopicDescription


def forget(
    article: Annotated[
        str,
        typer.Argument(
            help="`article.identity` as claims carry it, a URL, or with --source an id.",
            show_default=False,
        ),
    ],
    source: Annotated[
        str | None,
        typer.Option(
            "--source",
            metavar="SOURCE",
            help="ARTICLE is the id that this source gave it.",
            show_default=False,
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be written, and write nothing.")
    ] = False,
    broker: BrokerOption = None,
) -> None:
    """Have consumers forget an article: write a tombstone for each of its claims and outcomes.

    A tombstone has the record's key and no value. Consumers that keep claims by their key drop
    the claim; the dashboard does. Where the topic is compacted (CLAIMWIRE_CLAIMS_CLEANUP_POLICY),
    Kafka then deletes the records; where it is not, they stay until their retention ends.

    The article itself and its dead letters stay until theirs ends, and whoever feeds, replays or
    reads the article again brings its claims back.

    Example: `claimwire forget id:harbour-wire/HW-20310412-07 --dry-run`

    Example: `claimwire forget HW-20310412-07 --source harbour-wire`
    """
    from pipeline.forget import forget as forget_article
    from pipeline.kafka_wiring import kafka_cluster
    from pipeline.sought_articles import seek_article
    from pipeline.topics import describe

    settings = load_settings(broker=broker)
    cluster = kafka_cluster(settings)
    report = forget_article(
        cluster,
        seek_article(article, source=source),
        claims_topic=settings.claims_topic,
        outcomes_topic=settings.outcomes_topic,
        dry_run=dry_run,
    )
    if report.was_forgotten:
        print(f"{report.identity} is forgotten already: nothing is left to write.")
    else:
        print(f"{'Would forget' if dry_run else 'Forgot'} {report.identity}.")
    written = {settings.claims_topic: report.claims, settings.outcomes_topic: report.outcomes}
    topics = describe(
        cluster,
        [*written, settings.articles_topic, settings.dead_letters_topic],
    )
    open_console().print(_table(topics, written))
    if report.unkeyed:
        print(
            f"claimwire: {report.unkeyed} of its records have no key, so no tombstone reaches "
            "them: find out who wrote them; they stay until retention ends.",
            file=sys.stderr,
        )
    for refusal in report.refused:
        print(
            f"claimwire: the tombstone of {inert(refusal.name)} was refused: {refusal.reason}",
            file=sys.stderr,
        )
    if report.unkeyed or report.refused:
        raise typer.Exit(1)


def _table(topics: "Sequence[TopicDescription]", written: "Mapping[str, int]") -> "Table":
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("Topic", overflow="fold")
    table.add_column("Tombstones", justify="right", no_wrap=True)
    table.add_column("What it holds of the article goes")
    for topic in topics:
        if topic.exists:
            table.add_row(topic.name, str(written.get(topic.name, "")), _when_it_goes(topic))
    return table


def _when_it_goes(topic: "TopicDescription") -> str:
    retention_ms = topic.retention_ms
    if retention_ms is None:
        return "? (Kafka does not show it)"
    if "compact" in (topic.cleanup_policy or ""):
        lag_ms = int(topic.config.get("max.compaction.lag.ms", KAFKAS_NEVER))
        due = f", due within {format_milliseconds(lag_ms)}" if lag_ms < KAFKAS_NEVER else ""
        return f"at compaction{due}"
    if retention_ms < 0:
        return "never: the topic keeps its records for ever"
    return f"{format_milliseconds(retention_ms)} after it was written"
