"""`claimwire demo`: articles go in, claims come out, and the sums are shown."""

import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from pipeline.cli.display import open_console
from pipeline.cli.feed import feed_with_progress, total_bytes
from pipeline.cli.options import BrokerOption, load_settings
from pipeline.cli.run import named_cluster
from pipeline.cli.tail import print_claim
from pipeline.errors import ClaimwireError
from pipeline.models import Outcome, SkipReason, SourcePosition

if TYPE_CHECKING:
    from pipeline.feed import FeedReport
    from pipeline.local_stack import LocalStack
    from pipeline.outcomes import OutcomeRecord
    from pipeline.tail import TopicTail

_SILENCE_TIMEOUT_SECONDS = 180.0


class Ledger:
    """Adds up outcomes against what was published: the demo is over when both agree."""

    def __init__(self) -> None:
        """Begin with nothing published and nothing ended."""
        self.published: set[SourcePosition] = set()
        self.outcomes: dict[SourcePosition, OutcomeRecord] = {}
        self._claim_ids_seen: set[str] = set()

    def add_outcome(self, record: "OutcomeRecord") -> None:
        """Count an outcome; a repeated one replaces the earlier."""
        self.outcomes[record.source] = record

    def add_claim(self, claim_id: str) -> bool:
        """Count a claim; return whether it is a new one."""
        is_new = claim_id not in self._claim_ids_seen
        self._claim_ids_seen.add(claim_id)
        return is_new

    @property
    def is_complete(self) -> bool:
        """Whether every published article has its outcome, and every promised claim was seen."""
        return self.published <= self.outcomes.keys() and all(
            self._claim_ids_seen.issuperset(self.outcomes[position].claim_ids)
            for position in self.published
        )

    @property
    def results(self) -> "list[OutcomeRecord]":
        """The outcomes of what was published."""
        return [self.outcomes[position] for position in self.published]


def demo(
    articles: Annotated[
        Path | None,
        typer.Argument(help="JSON Lines, a folder of .json/.txt/.html files, or one file."),
    ] = None,
    broker: BrokerOption = None,
) -> None:
    """Show the pipeline at work on sample articles, or on ARTICLES, and end with a summary.

    Starts an embedded broker unless --broker names one, and the real worker; keeps nothing.
    """
    from pipeline.article_files import read_articles
    from pipeline.local_stack import run_local_stack, wait_for_worker
    from pipeline.samples import sample_articles
    from pipeline.tail import TopicTail
    from pipeline.wiring import load_priorities, topic_definitions

    settings = load_settings(broker=broker)
    load_priorities(settings.priorities)  # the worker reads it; a bad table is told here at once
    cluster = named_cluster(settings)
    say = Console(stderr=True, highlight=False, markup=False).print
    with ExitStack() as stack:
        path = articles if articles is not None else stack.enter_context(sample_articles())
        source = read_articles(path)  # a wrong path is told before anything is started
        state_dir = Path(stack.enter_context(TemporaryDirectory(prefix="claimwire-demo-")))
        say("Starting Kafka and the worker ...")
        local = stack.enter_context(
            run_local_stack(
                cluster=cluster,
                broker_port=None,
                definitions=topic_definitions(settings),
                group_id=settings.group_id,
                state_dir=state_dir,
                web_port=settings.web_port,
                stop_timeout_seconds=settings.stop_timeout_seconds,
                log_format=settings.log_format,
                say=say,
            )
        )
        tail = stack.enter_context(
            TopicTail(local.cluster, [settings.claims_topic, settings.outcomes_topic])
        )
        wait_for_worker(local, settings.group_id)
        started = time.monotonic()
        ledger = Ledger()
        report = feed_with_progress(
            [source],
            total_bytes=total_bytes([str(path)]),
            cluster=local.cluster,
            topic=settings.articles_topic,
            on_delivered=ledger.published.add,
        )
        _follow(tail, local, ledger, claims_topic=settings.claims_topic)
        seconds = time.monotonic() - started
        Console().print(_summary(ledger, report, seconds))
        say("The live command is `make run`; your own files: make demo ARTICLES=path.jsonl")
        say("`make run` also serves the claims as a page for the browser.")


def _follow(tail: "TopicTail", local: "LocalStack", ledger: Ledger, *, claims_topic: str) -> None:
    """Print claims as they come until the ledger is complete."""
    from pipeline.outcomes import decode_outcome

    out = open_console()
    heard = time.monotonic()
    while not ledger.is_complete:
        for record in tail.records(limit=1, timeout_seconds=1.0):
            heard = time.monotonic()
            if record.is_tombstone:  # of somebody else's, on a broker that is not ours
                continue
            if record.position.topic == claims_topic:
                if ledger.add_claim((record.key or b"").decode()):
                    print_claim(record, out, json=False)
            else:
                ledger.add_outcome(decode_outcome(record.value or b""))
        if (
            local.supervisor.given_up.is_set()
            or time.monotonic() - heard > _SILENCE_TIMEOUT_SECONDS
        ):
            missing = len(ledger.published - ledger.outcomes.keys())
            raise ClaimwireError(
                f"{missing} articles have no outcome and the worker is silent: "
                f"its log was\n{local.worker_log_path.read_text('utf-8', 'replace')[-2000:]}"
            )


def _summary(ledger: Ledger, report: "FeedReport", seconds: float) -> Table:
    results = ledger.results
    outcomes = Counter(result.outcome for result in results)
    reasons = Counter(
        f"{result.reason} ({result.language})"
        if result.reason == SkipReason.LANGUAGE
        else result.reason
        for result in results
        if result.outcome is Outcome.SKIPPED
    )
    dead = Counter(result.reason for result in results if result.outcome is Outcome.DEAD_LETTERED)
    sentences = sum(result.sentence_count for result in results)
    claims = {claim_id for result in results for claim_id in result.claim_ids}
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_column(justify="right", style="bold")
    table.add_column()
    table.add_row(str(len(results)), f"articles in, each with its outcome ({seconds:.1f} s)")
    table.add_row(str(sentences), "sentences scored")
    table.add_row(str(len(claims)), f"claims, from {outcomes[Outcome.CLAIMS]} articles")
    table.add_row(str(outcomes[Outcome.NO_CLAIMS]), "articles without a claim")
    table.add_row(str(outcomes[Outcome.SKIPPED]), "skipped" + _breakdown(reasons))
    dead_lettered = outcomes[Outcome.DEAD_LETTERED]
    letters = "dead letter" if dead_lettered == 1 else "dead letters"
    table.add_row(str(dead_lettered), letters + _breakdown(dead))
    if report.refused:
        table.add_row(str(len(report.refused)), "refused by the feeder or the broker")
    table.add_row(f"{len(results) / seconds:.1f}", "articles a second")
    table.add_row(f"{sentences / seconds:.1f}", "sentences a second")
    return table


def _breakdown(counts: "Counter[str | None]") -> str:
    parts = ", ".join(f"{count} {name}" for name, count in counts.most_common())
    return f": {parts}" if parts else ""
