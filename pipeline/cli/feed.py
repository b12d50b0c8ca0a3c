"""`claimwire feed`: files of articles to the articles topic."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.display import count, open_console
from pipeline.cli.options import BrokerOption, load_settings

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from pipeline.article_files import Readable
    from pipeline.feed import FeedReport
    from pipeline.kafka_security import KafkaCluster
    from pipeline.models import SourcePosition


def feed(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILES",
            help="Files (.jsonl, .json, .txt, .html), folders of them, or - for JSON Lines.",
            show_default=False,
        ),
    ],
    broker: BrokerOption = None,
) -> None:
    """Send articles to Kafka and report what it confirmed and what it refused.

    Example: `claimwire feed articles.jsonl inbox/`
    """
    from pipeline.article_files import read_articles
    from pipeline.kafka_wiring import kafka_cluster

    settings = load_settings(broker=broker)
    sources = [read_articles(file) for file in files]  # a wrong path is told before any is sent
    report = feed_with_progress(
        sources,
        total_bytes=total_bytes(files),
        cluster=kafka_cluster(settings),
        topic=settings.articles_topic,
    )
    print(
        f"{count(report.delivered, 'article')} delivered to {settings.articles_topic}, "
        f"{len(report.refused)} refused."
    )
    if report.refused:
        raise typer.Exit(1)


def feed_with_progress(
    sources: Iterable[Iterator["Readable"]],
    *,
    total_bytes: int | None,
    cluster: "KafkaCluster",
    topic: str,
    on_delivered: Callable[["SourcePosition"], None] = lambda _: None,
) -> "FeedReport":
    """Send articles behind a progress bar; refusals are printed as they come."""
    from pipeline.article_files import Refusal
    from pipeline.feed import feed as feed_articles

    errors = open_console(sys.stderr)
    with _progress() as progress:
        task = progress.add_task("", total=total_bytes, articles=0)

        def print_refusal(refusal: Refusal) -> None:
            (progress.console if not progress.disable else errors).print(
                f"claimwire: {refusal.name}: {refusal.reason}", soft_wrap=True
            )

        return feed_articles(
            _watch(sources, progress, task),
            cluster=cluster,
            topic=topic,
            on_delivered=on_delivered,
            on_refused=print_refusal,
        )


def _progress() -> "Progress":
    """Return a bar on standard error, in a terminal only."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True, highlight=False, markup=False)
    return Progress(
        TextColumn("feeding"),
        BarColumn(),
        TextColumn("{task.fields[articles]} articles"),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
    )


def _watch(
    sources: Iterable[Iterator["Readable"]], progress: "Progress", task: "TaskID"
) -> Iterator["Readable"]:
    """Move the bar as articles are read; sending is never more than a bounded step behind."""
    from pipeline.article_files import ArticleMessage

    seen = 0
    for source in sources:
        for item in source:
            if isinstance(item, ArticleMessage):
                seen += 1
                progress.update(task, advance=len(item.value) + 1, articles=seen)
            yield item


def total_bytes(files: Iterable[str]) -> int | None:
    """Return the size of all files, or None when a pipe is among them."""
    total = 0
    for file in files:
        path = Path(file)
        if path.is_dir():
            total += sum(
                Path(parent, name).stat().st_size
                for parent, _, names in os.walk(path)
                for name in names
                if Path(parent, name).is_file()
            )
        elif path.is_file():
            total += path.stat().st_size
        else:
            return None
    return total
