"""`claimwire dead-letters`: what could not be processed, and another try for it."""

from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.display import Indented, count, inert, inert_row, open_console
from pipeline.cli.options import BrokerOption, JsonOption, load_settings
from pipeline.errors import ConfigurationError, Stage

if TYPE_CHECKING:
    from rich.console import Console

    from pipeline.replay import ListedDeadLetter, ReplayResult

app = typer.Typer(help="List and replay articles that failed.", no_args_is_help=True)

StageOption = Annotated[
    Stage | None,
    typer.Option("--stage", help="Only those that failed at this stage.", show_default=False),
]


@app.command("list")
def list_(stage: StageOption = None, json: JsonOption = False, broker: BrokerOption = None) -> None:
    """Show the dead letters: when, where, at which stage, why, how often tried, how large."""
    from pipeline.kafka_wiring import kafka_cluster
    from pipeline.replay import Selection, list_dead_letters

    settings = load_settings(broker=broker)
    selection = Selection(stage=stage)
    console = open_console()
    total = 0
    for listed in list_dead_letters(kafka_cluster(settings), settings.dead_letters_topic):
        if selection.includes(listed):
            if not json and total == 0:
                _print_headings(console)
            total += 1
            _print_json(listed) if json else _print_row(listed, console)
    if not json:
        print(f"{count(total, 'dead letter')} in {settings.dead_letters_topic}.")


@app.command()
def replay(
    all_: Annotated[bool, typer.Option("--all", help="Replay all of them.")] = False,
    stage: StageOption = None,
    partition: Annotated[
        int | None,
        typer.Option(min=0, help="Only of this partition of the topic.", show_default=False),
    ] = None,
    offset: Annotated[
        int | None,
        typer.Option(min=0, help="Only the one at this offset; needs --partition."),
    ] = None,
    max_attempts: Annotated[
        int, typer.Option(min=1, help="Refuse those that have been tried so often.")
    ] = 3,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")
    ] = False,
    broker: BrokerOption = None,
) -> None:
    """Send dead letters to the articles topic again, once their cause is mended.

    They stay in their topic, too. Of an article that failed several times only the last dead
    letter is replayed.

    Example: `claimwire dead-letters replay --partition 0 --offset 12`
    """
    from pipeline.kafka_wiring import kafka_cluster
    from pipeline.replay import ReplayOutcome, Selection
    from pipeline.replay import replay as replay_dead_letters

    if offset is not None and partition is None:
        raise ConfigurationError("--offset needs --partition: offsets count within a partition.")
    if all_ == (stage is not None or partition is not None):
        raise ConfigurationError("Choose either --all, or some by --stage, --partition, --offset.")
    settings = load_settings(broker=broker)
    results = replay_dead_letters(
        kafka_cluster(settings),
        dead_letters_topic=settings.dead_letters_topic,
        articles_topic=settings.articles_topic,
        selection=Selection(partition=partition, offset=offset, stage=stage),
        max_attempts=max_attempts,
        dry_run=dry_run,
        on_result=_print_result,
    )
    if not results and not all_:
        raise ConfigurationError(
            "No dead letter fits the choice: see `claimwire dead-letters list`."
        )
    counts = Counter(result.outcome for result in results)
    done = ReplayOutcome.WOULD_REPLAY if dry_run else ReplayOutcome.REPLAYED
    print(
        f"{counts[done]} {'would be replayed' if dry_run else 'replayed'} to "
        f"{settings.articles_topic}, {counts[ReplayOutcome.SUPERSEDED]} superseded, "
        f"{counts[ReplayOutcome.REFUSED]} refused."
    )
    if counts[ReplayOutcome.REFUSED]:
        raise typer.Exit(1)


def _print_headings(console: "Console") -> None:
    from rich.text import Text

    line = _columns("When (UTC)", "Position", "Stage", "Tries", "Bytes", "Reason")
    console.print(Text(line, style="bold"), soft_wrap=True)


def _print_row(listed: "ListedDeadLetter", console: "Console") -> None:
    """Print a row, and the message under it."""
    from rich.text import Text

    at = f"{listed.position.partition}/{listed.position.offset}"
    letter = listed.dead_letter
    if letter is None:
        row = _columns("?", at, "?", "?", str(listed.size_bytes), "foreign")
        message = listed.problem or ""
    else:
        size = letter.replacement.size_bytes if letter.replacement else listed.size_bytes
        reason = f"{letter.reason} (only its hash is kept)" if letter.replacement else letter.reason
        when = letter.failed_at.strftime("%Y-%m-%d %H:%M:%S")
        row = _columns(when, at, letter.stage, str(letter.attempts), str(size), reason)
        message = letter.message
    console.print(Text(inert_row(row)), soft_wrap=True)
    console.print(Indented(Text(inert(message), style="dim"), indent=4))


def _columns(when: str, at: str, stage: str, tries: str, size: str, reason: str) -> str:
    return f"{when:<19}  {at:>10}  {stage:<8}  {tries:>5}  {size:>9}  {reason}"


def _print_json(listed: "ListedDeadLetter") -> None:
    import orjson

    letter = listed.dead_letter
    document: dict[str, object] = {
        "position": listed.position,
        "size_bytes": listed.size_bytes,
        "problem": listed.problem,
    }
    if letter is not None:
        document |= {
            "failed_at": letter.failed_at,
            "source": letter.source,
            "key": None if letter.key is None else letter.key.decode("utf-8", "replace"),
            "stage": letter.stage,
            "reason": letter.reason,
            "message": letter.message,
            "exception_class": letter.exception_class,
            "attempts": letter.attempts,
            "replacement": letter.replacement,
        }
    print(orjson.dumps(document).decode())


def _print_result(result: "ReplayResult") -> None:

    where = f" to {result.position}" if result.position else ""
    why = f": {inert(result.reason)}" if result.reason else ""
    outcome = result.outcome.replace("_", " ")
    print(f"{result.listed.position}: {outcome}{where}{why}", flush=True)
