"""`claimwire tail`: claims as they come off their topic."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.display import open_console, read_claim, render_claim
from pipeline.cli.options import BrokerOption, JsonOption, load_settings

if TYPE_CHECKING:
    from rich.console import Console

    from pipeline.tail import Record


def tail(
    json: JsonOption = False,
    from_beginning: Annotated[
        bool, typer.Option("--from-beginning", help="Start with the oldest claim kept.")
    ] = False,
    limit: Annotated[
        int | None,
        typer.Option("--limit", min=1, metavar="N", help="End after N claims.", show_default=False),
    ] = None,
    no_follow: Annotated[
        bool, typer.Option("--no-follow", help="End at the newest claim; do not wait for more.")
    ] = False,
    broker: BrokerOption = None,
) -> None:
    """Print claims as they come, until Ctrl-C.

    Example: `claimwire tail --from-beginning --no-follow --json > claims.jsonl`
    """
    from pipeline.tail import TopicTail

    settings = load_settings(broker=broker)
    console = open_console()
    printed = foreign = 0
    with TopicTail(
        settings.bootstrap_servers,
        [settings.claims_topic],
        from_beginning=from_beginning or no_follow,
    ) as claims:
        for record in claims.records_until_end() if no_follow else claims.records():
            if print_claim(record, console, json=json):
                printed += 1
            else:
                foreign += 1
            if printed == limit:
                break
    if foreign:
        raise typer.Exit(1)


def print_claim(record: "Record", console: "Console", *, json: bool) -> bool:
    """Print a record, or say that it is no claim; return whether it was one."""
    import orjson

    claim = read_claim(record)
    if claim is None:
        print(
            f"claimwire: the message at {record.position} is no claim: find out who wrote it.",
            file=sys.stderr,
        )
        return False
    if json:
        # Written anew: a foreign document may be spread over lines.
        print(orjson.dumps(claim).decode(), flush=True)
    else:
        console.print(render_claim(claim))
        console.file.flush()
    return True
