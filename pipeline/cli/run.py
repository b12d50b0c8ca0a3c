"""`claimwire run`: broker, worker, dashboard, inbox and a tail of the claims, until Ctrl-C."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from pipeline.cli.display import open_console
from pipeline.cli.options import BrokerOption, LogFormatOption, load_settings
from pipeline.cli.tail import print_claim
from pipeline.errors import ConfigurationError

if TYPE_CHECKING:
    from pipeline.inbox import Inbox
    from pipeline.kafka_security import KafkaCluster
    from pipeline.settings import Settings

_DEFAULT_BROKER_PORT = 9092
_INBOX_PAUSE_SECONDS = 0.5


def run(
    inbox: Annotated[
        Path | None,
        typer.Option(help="Publish every file put into this folder, then move it aside."),
    ] = None,
    samples: Annotated[
        bool | None,
        typer.Option(
            help="Publish the sample articles first. By default only on an empty embedded broker."
        ),
    ] = None,
    broker: BrokerOption = None,
    log_format: LogFormatOption = None,
) -> None:
    """Run everything on this machine and print claims as they come, until Ctrl-C.

    Without --broker (or CLAIMWIRE_BROKER) an embedded development broker is started.
    """
    from pipeline.inbox import Inbox
    from pipeline.local_stack import run_local_dashboard, run_local_stack
    from pipeline.tail import TopicTail
    from pipeline.wiring import load_priorities, topic_definitions

    settings = load_settings(broker=broker, log_format=log_format)
    load_priorities(settings.priorities)  # the worker reads it; a bad table is told here at once
    cluster = named_cluster(settings)
    say = Console(stderr=True, highlight=False, markup=False).print
    out = open_console()
    watched = Inbox(inbox) if inbox is not None else None
    with (
        _stop_on_signals() as stopping,
        run_local_stack(
            cluster=cluster,
            broker_port=_DEFAULT_BROKER_PORT,
            definitions=topic_definitions(settings),
            group_id=settings.group_id,
            state_dir=settings.state_dir.resolve(),
            web_port=settings.web_port,
            stop_timeout_seconds=settings.stop_timeout_seconds,
            log_format=settings.log_format,
            say=say,
        ) as stack,
        run_local_dashboard(
            stack,
            host=settings.dashboard_host,
            port=settings.dashboard_port,
            stop_timeout_seconds=settings.stop_timeout_seconds,
            log_format=settings.log_format,
            say=say,
        ) as dashboard,
        TopicTail(stack.cluster, [settings.claims_topic]) as tail,
    ):
        say(f"Kafka    {stack.cluster}" + (" (embedded)" * stack.is_embedded))
        say(f"Topics   {settings.articles_topic} -> {settings.claims_topic}")
        if dashboard is not None:
            say(f"Claims   {dashboard.url}")
        say(f"Metrics  {stack.metrics_url}")
        say(f"Log      {stack.worker_log_path}")
        if watched is not None:
            say(f"Inbox    {watched.folder} (files are moved to done/ or refused/)")
        say("Ctrl-C stops everything.\n")
        done = threading.Event()
        feeder = threading.Thread(
            target=_feed,
            args=(settings, stack.cluster, samples, stack.is_embedded, watched),
            kwargs={"say": say, "done": done},
            name="feeder",
        )
        feeder.start()
        try:
            for record in tail.records(
                stop=lambda: stopping.is_set() or stack.supervisor.given_up.is_set()
            ):
                print_claim(record, out, json=False)
        finally:
            done.set()
            feeder.join()
            say("Stopping ...")
    if stack.supervisor.given_up.is_set():
        raise typer.Exit(1)


@contextmanager
def _stop_on_signals() -> Iterator[threading.Event]:
    """Turn Ctrl-C, SIGTERM and a closed terminal into an event, so that parts stop in order."""
    stopping = threading.Event()
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, lambda *_: stopping.set()) for number in numbers}
    try:
        yield stopping
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def named_cluster(settings: "Settings") -> "KafkaCluster | None":
    """Return the cluster the user named; None where a broker is to be started.

    Raises ConfigurationError where that broker would not do: it knows neither TLS nor logins.
    """
    from pipeline.kafka_wiring import kafka_cluster

    if "broker" in settings.model_fields_set:
        return kafka_cluster(settings)
    if settings.security_protocol != "PLAINTEXT":
        raise ConfigurationError(
            "CLAIMWIRE_SECURITY_PROTOCOL is set and no broker is named: name it with --broker, or "
            "unset it, for the embedded broker knows neither TLS nor logins."
        )
    return None


def _feed(
    settings: "Settings",
    cluster: "KafkaCluster",
    samples: bool | None,
    is_embedded: bool,
    watched: "Inbox | None",
    *,
    say: Callable[[str], None],
    done: threading.Event,
) -> None:
    """Publish the samples where wanted, then whatever is put into the inbox."""
    from pipeline.article_files import read_articles
    from pipeline.errors import ClaimwireError
    from pipeline.feed import feed
    from pipeline.inbox import publish_inbox
    from pipeline.samples import sample_articles
    from pipeline.topics import describe

    def publish(path: Path) -> bool:
        report = feed(
            read_articles(path),
            cluster=cluster,
            topic=settings.articles_topic,
        )
        say(f"Published {report.delivered} articles of {path.name}.")
        for refusal in report.refused:
            say(f"Refused {refusal.name}: {refusal.reason}")
        return not report.refused

    try:
        (articles,) = describe(cluster, [settings.articles_topic])
        is_first_run = is_embedded and articles.messages == 0
        if samples or (samples is None and is_first_run):
            with sample_articles() as path:
                publish(path)
    except ClaimwireError as error:
        say(f"claimwire: {error}")
    while watched is not None and not done.wait(_INBOX_PAUSE_SECONDS):
        try:
            publish_inbox(watched, publish)
        except ClaimwireError as error:
            say(f"claimwire: {error}")
