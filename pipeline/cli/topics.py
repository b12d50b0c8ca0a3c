"""`claimwire topics`: the four topics of the settings."""

from typing import TYPE_CHECKING

import typer

from pipeline.cli.display import open_console
from pipeline.cli.options import BrokerOption, JsonOption, load_settings

if TYPE_CHECKING:
    from rich.table import Table

    from pipeline.topics import TopicDescription

app = typer.Typer(help="Create and describe Claimwire's topics.", no_args_is_help=True)


@app.command()
def create(broker: BrokerOption = None) -> None:
    """Create the topics that are missing; those that exist are left as they are.

    Partitions, replicas and retention are CLAIMWIRE_TOPIC_PARTITIONS,
    CLAIMWIRE_TOPIC_REPLICATION_FACTOR and CLAIMWIRE_TOPIC_RETENTION_HOURS.
    """
    from pipeline.kafka_wiring import kafka_cluster
    from pipeline.topics import create_missing, define_topics

    settings = load_settings(broker=broker)
    created = create_missing(
        kafka_cluster(settings),
        define_topics(
            settings.topics,
            partitions=settings.topic_partitions,
            replication_factor=settings.topic_replication_factor,
            retention_hours=settings.topic_retention_hours,
        ),
    )
    for name in settings.topics:
        print(f"{name}: {'created' if name in created else 'exists'}")


@app.command()
def describe(json: JsonOption = False, broker: BrokerOption = None) -> None:
    """Show the topics: partitions, replicas, retention and how many messages they hold."""
    from pipeline.kafka_wiring import kafka_cluster
    from pipeline.topics import describe as describe_topics

    settings = load_settings(broker=broker)
    descriptions = describe_topics(kafka_cluster(settings), settings.topics)
    if json:
        _print_json(descriptions)
    else:
        open_console().print(_table(descriptions))
    if not all(description.exists for description in descriptions):
        raise typer.Exit(1)


def _print_json(descriptions: "list[TopicDescription]") -> None:
    import orjson

    for topic in descriptions:
        print(
            orjson.dumps(
                {
                    "name": topic.name,
                    "exists": topic.exists,
                    "messages": topic.messages,
                    "retention_ms": topic.retention_ms,
                    "max_message_bytes": topic.max_message_bytes,
                    "partitions": topic.partitions,
                }
            ).decode()
        )


def _table(descriptions: "list[TopicDescription]") -> "Table":
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("Topic", overflow="fold")
    for heading in ("Partition", "Replicas", "Retention", "First", "End", "Messages"):
        table.add_column(heading, justify="right", no_wrap=True)
    for topic in descriptions:
        if not topic.exists:
            table.add_row(topic.name, "missing")
            continue
        retention = _format_retention(topic.retention_ms)
        table.add_row(topic.name, "all", "", retention, "", "", str(topic.messages), style="bold")
        for partition in topic.partitions:
            in_sync, replicas = len(partition.in_sync_replicas), len(partition.replicas)
            table.add_row(
                "",
                str(partition.partition),
                f"{in_sync}/{replicas}",
                "",
                str(partition.first_offset),
                str(partition.end_offset),
                str(partition.end_offset - partition.first_offset),
            )
    return table


def _format_retention(milliseconds: int | None) -> str:
    if milliseconds is None:
        return "?"
    if milliseconds < 0:
        return "for ever"
    return f"{milliseconds / 3_600_000:g} h"
