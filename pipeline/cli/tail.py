"""`claimwire tail`: claims as they come off their topic."""

import heapq
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.display import open_console, read_claim, render_claim
from pipeline.cli.options import BrokerOption, JsonOption, TopOption, load_settings
from pipeline.errors import ConfigurationError
from pipeline.models import SourcePosition
from pipeline.priorities import published_priority

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
    top: TopOption = None,
    broker: BrokerOption = None,
) -> None:
    """Print claims as they come, until Ctrl-C.

    With --top, read the claims there are at the start, print the N of highest priority, end;
    those that were forgotten (`claimwire forget`) are not among them.

    Example: `claimwire tail --from-beginning --no-follow --json > claims.jsonl`

    Example: `claimwire tail --top 20`
    """
    from pipeline.kafka_wiring import kafka_cluster
    from pipeline.tail import TopicTail

    if top is not None and limit is not None:
        raise ConfigurationError("--limit ends early and --top reads all there is: give one.")
    settings = load_settings(broker=broker)
    console = open_console()
    printed = foreign = 0
    with TopicTail(
        kafka_cluster(settings),
        [settings.claims_topic],
        from_beginning=from_beginning or no_follow or top is not None,
    ) as claims:
        if top is not None:
            ranking = Ranking()
            foreign = sum(not ranking.add(record) for record in claims.records_until_end())
            for _, claim in ranking.top(top):
                _show(claim, console, json=json)
        else:
            for record in claims.records_until_end() if no_follow else claims.records():
                if record.is_tombstone:
                    continue
                if print_claim(record, console, json=json):
                    printed += 1
                else:
                    foreign += 1
                if printed == limit:
                    break
    if foreign:
        raise typer.Exit(1)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Ranked:
    """What is kept of a claim until all are read; the parsed document would be far larger."""

    priority: float
    position: SourcePosition
    record: "Record"


class Ranking:
    """The claims of a topic by priority; of one that stands there again, the latest counts.

    A repeated claim (a retry, an edit, a replay under another table) has the same key, so the
    same partition, and the latest is the one that is read last; a tombstone forgets it. Holds the
    whole topic in memory, some 2 kB a claim.
    """

    def __init__(self) -> None:
        """Begin with no claims."""
        self._newest: dict[str, _Ranked] = {}

    def add(self, record: "Record") -> bool:
        """Take in a record; if it is neither claim nor tombstone, say so and return False."""
        if record.is_tombstone:
            self._newest.pop((record.key or b"").decode("utf-8", "replace"), None)
            return True
        claim = _read_or_complain(record)
        if claim is None:
            return False
        claim_id = str(claim.get("claim_id") or record.position)
        self._newest[claim_id] = _Ranked(
            priority=published_priority(claim), position=record.position, record=record
        )
        return True

    def top(self, count: int) -> Iterator[tuple[float, dict[str, object]]]:
        """Yield priorities and documents of the highest, highest first, ties by position."""
        best = heapq.nsmallest(
            count,
            self._newest.values(),
            key=lambda one: (-one.priority, one.position.partition, one.position.offset),
        )
        for one in best:
            claim = read_claim(one.record)
            if claim is not None:
                yield one.priority, claim


def print_claim(record: "Record", console: "Console", *, json: bool) -> bool:
    """Print a record, or say that it is no claim; return whether it was one.

    Of a tombstone nothing is said: it is none of the claims, and nothing is wrong with it.
    """
    if record.is_tombstone:
        return False
    claim = _read_or_complain(record)
    if claim is not None:
        _show(claim, console, json=json)
    return claim is not None


def _read_or_complain(record: "Record") -> dict[str, object] | None:
    claim = read_claim(record)
    if claim is None:
        print(
            f"claimwire: the message at {record.position} is no claim: find out who wrote it.",
            file=sys.stderr,
        )
    return claim


def _show(claim: Mapping[str, object], console: "Console", *, json: bool) -> None:
    import orjson

    if json:
        # Written anew: a foreign document may be spread over lines.
        print(orjson.dumps(claim).decode(), flush=True)
    else:
        console.print(render_claim(claim))
        console.file.flush()
