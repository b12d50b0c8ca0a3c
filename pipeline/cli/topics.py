"""`claimwire topics`: the four topics of the settings."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.display import open_console
from pipeline.cli.options import BrokerOption, JsonOption, load_settings
from pipeline.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from pipeline.topic_descriptions import TopicDescription
    from pipeline.topic_drift import TopicDrift, TopicPlan

EXIT_DIFFERS = 3
"""A topic is not as it is defined, and this run was to look or to make it so."""
KAFKAS_NEVER = 2**63 - 1
"""The largest of Kafka's numbers, which stands for no bound at all."""
_MILLISECONDS_PER_HOUR = 3_600_000

app = typer.Typer(help="Create and describe Claimwire's topics.", no_args_is_help=True)


@app.command()
def create(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")
    ] = False,
    apply: Annotated[
        bool,
        typer.Option("--apply", help="Alter topics that exist and differ from their definition."),
    ] = False,
    broker: BrokerOption = None,
) -> None:
    """Create the topics that are missing; say how those that exist differ from their definition.

    Partitions, replicas, retention and cleanup policy are CLAIMWIRE_TOPIC_PARTITIONS,
    CLAIMWIRE_TOPIC_REPLICATION_FACTOR, CLAIMWIRE_TOPIC_RETENTION_HOURS,
    CLAIMWIRE_DEAD_LETTER_RETENTION_HOURS and CLAIMWIRE_CLAIMS_CLEANUP_POLICY.

    A topic that exists is left as it is, unless --apply is given: then its settings are altered
    and partitions added. Fewer partitions than there are is refused (status 2), and then nothing
    is done at all. Replicas are never moved here.

    Status 3 says that a topic is not as it is defined: with --dry-run before, with --apply after.

    Example: `claimwire topics create --apply --dry-run`
    """
    from pipeline.kafka_wiring import kafka_cluster
    from pipeline.topic_drift import Remedy, plan_topics
    from pipeline.topics import apply_remedies, create_missing
    from pipeline.topics import describe as describe_topics
    from pipeline.wiring import topic_definitions

    settings = load_settings(broker=broker)
    cluster = kafka_cluster(settings)
    definitions = topic_definitions(settings)
    plan = plan_topics(definitions, describe_topics(cluster, settings.topics))
    _refuse_to_shrink(plan)
    if dry_run:
        created = [definition.name for definition in plan.missing]
    else:
        created = create_missing(cluster, definitions)
        if apply:
            apply_remedies(cluster, plan.drift)
    for name in settings.topics:
        print(f"{name}: {('would be ' * dry_run + 'created') if name in created else 'exists'}")
    if plan.drift:
        open_console().print(_drift_table(plan.drift, dry_run=dry_run, apply=apply))
        _explain(plan, apply=apply)
    left = plan.drift_with(Remedy.REASSIGN, Remedy.LOOK) if apply else plan.drift
    if (dry_run and (plan.missing or plan.drift)) or (apply and left):
        raise typer.Exit(EXIT_DIFFERS)


def _refuse_to_shrink(plan: "TopicPlan") -> None:
    from pipeline.topic_drift import Remedy

    if too_many := plan.drift_with(Remedy.NONE):
        there = ", ".join(f"{one.topic} has {one.found}" for one in too_many)
        least = max(int(one.found or 0) for one in too_many)
        raise ConfigurationError(
            f"Kafka takes no partition away, and {too_many[0].wanted} are wanted: {there}. Set "
            f"CLAIMWIRE_TOPIC_PARTITIONS to {least} or more, or name a new topic; nothing was done."
        )


def _explain(plan: "TopicPlan", *, apply: bool) -> None:
    """Say, a sentence each, what the table leaves open."""
    from pipeline.topic_drift import Remedy

    sentences = []
    if plan.drift_with(Remedy.GROW):
        sentences.append(
            "More partitions send keys elsewhere: records that are there stay where they are, and "
            "the order of an article's records does not hold across the change."
        )
    if plan.drift_with(Remedy.REASSIGN):
        sentences.append(
            "Replicas are for kafka-reassign-partitions.sh to move, or for your platform."
        )
    if plan.drift_with(Remedy.LOOK):
        sentences.append(
            "Kafka does not show these settings to this client: allow it DescribeConfigs."
        )
    if not apply and plan.drift_with(Remedy.ALTER, Remedy.GROW):
        sentences.append("Topics that exist are left as they are without --apply.")
    for sentence in sentences:
        print(f"claimwire: {sentence}", file=sys.stderr)


def _drift_table(drift: "Sequence[TopicDrift]", *, dry_run: bool, apply: bool) -> "Table":
    from rich.table import Table

    from pipeline.topic_drift import Remedy

    altered = ("to alter" if dry_run else "altered") if apply else "left"
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("Topic", overflow="fold")
    for heading in ("Setting", "Wanted", "There", "Change"):
        table.add_column(heading, no_wrap=True)
    for one in drift:
        found = "?" if one.found is None else _format_setting(one.setting, one.found)
        done = altered if one.remedy in {Remedy.ALTER, Remedy.GROW} else "left"
        wanted = _format_setting(one.setting, one.wanted)
        table.add_row(one.topic, one.setting, wanted, found, done)
    return table


def _format_setting(setting: str, value: str) -> str:
    return format_milliseconds(int(value)) if setting.endswith(".ms") else value


@app.command()
def describe(json: JsonOption = False, broker: BrokerOption = None) -> None:
    """Show the topics: partitions, replicas, retention and how many messages they hold.

    Where a topic is compacted, that stands with its retention.
    """
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
                    "cleanup_policy": topic.cleanup_policy,
                    "max_message_bytes": topic.max_message_bytes,
                    "partitions": topic.partitions,
                }
            ).decode()
        )


def _table(descriptions: "list[TopicDescription]") -> "Table":
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("Topic", overflow="fold")
    for heading in ("Partition", "Replicas", "Retention", "First", "End", "Messages"):
        table.add_column(heading, justify="right", no_wrap=True)
    for topic in descriptions:
        if not topic.exists:
            table.add_row(topic.name, "missing")
            continue
        retention = _format_retention(topic)
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


def _format_retention(topic: "TopicDescription") -> str:
    if topic.retention_ms is None:
        return "?"
    age = format_milliseconds(topic.retention_ms)
    policy = topic.cleanup_policy or "delete"
    return {"delete": age, "compact": "compact"}.get(policy, f"{age}, compact")


def format_milliseconds(milliseconds: int) -> str:
    """Return a duration in hours, or that it has no end."""
    if milliseconds < 0 or milliseconds == KAFKAS_NEVER:
        return "for ever"
    return f"{milliseconds / _MILLISECONDS_PER_HOUR:g} h"
