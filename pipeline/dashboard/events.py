"""The stream of server-sent events: changes of the store as a client follows them.

A client is a cursor and nothing else. The server writes the next event only when the one before
it has left for the network; who reads slowly finds, the next time, that more has changed than the
store's log remembers, and is sent `resync`: load everything anew.
"""

import asyncio
from collections.abc import AsyncIterator

import orjson

from pipeline.dashboard.feed import ClaimFeed
from pipeline.dashboard.held_claim import HeldClaim
from pipeline.dashboard.store import Changes
from pipeline.timestamps import format_unix_ms

CHANGES_PER_EVENT = 50
_GATHER_SECONDS = 0.1
"""Claims that come within so long share an event, so that a flood costs the page few of them."""
_STATUS_SECONDS = 5.0
"""A status at least so often: it moves the counters, and an idle connection shows that it lives."""
_STATUS_PAUSE_SECONDS = 1.0
"""And at most so often."""


async def stream_events(feed: ClaimFeed, cursor: int | None) -> AsyncIterator[bytes]:
    """Yield events until the client has to start anew, or the feed is ended.

    `status`: the counters. `claims`: what to put and what to remove; its id is the cursor that a
    browser sends back when it connects again. `resync`: load everything anew; the last event.
    A `cursor` of None is not one of this process: the client is told to start anew.
    """
    loop = asyncio.get_running_loop()
    status_sent_at = status_due_at = loop.time()
    while not feed.is_ended:
        if loop.time() >= status_due_at:
            yield _event("status", orjson.dumps(feed.status()))
            status_sent_at = loop.time()
            status_due_at = status_sent_at + _STATUS_SECONDS
        if not feed.is_caught_up:
            # The topic is being read: what goes through the store now is mostly gone at the end.
            await asyncio.sleep(_STATUS_PAUSE_SECONDS)
            status_due_at = loop.time()
            continue
        changes = (
            None if cursor is None else feed.store.changes_since(cursor, limit=CHANGES_PER_EVENT)
        )
        if changes is None:
            yield _event("resync", b"{}")
            return
        cursor = changes.cursor
        if changes.put or changes.removed:
            yield _event("claims", _encode_changes(changes), event_id=feed.format_cursor(cursor))
            status_due_at = min(status_due_at, status_sent_at + _STATUS_PAUSE_SECONDS)
        if cursor == feed.store.cursor:
            if await feed.wait_for_change(max(0.0, status_due_at - loop.time())):
                status_due_at = min(status_due_at, status_sent_at + _STATUS_PAUSE_SECONDS)
            if cursor != feed.store.cursor:
                await asyncio.sleep(_GATHER_SECONDS)


def encode_claim(claim: HeldClaim) -> bytes:
    """Return a held claim as the API and the stream send it: the claim, and when it came."""
    recorded_at = orjson.dumps(format_unix_ms(claim.recorded_at_ms))
    return b'{"recorded_at":' + recorded_at + b',"claim":' + claim.document + b"}"


def _encode_changes(changes: Changes) -> bytes:
    put = b",".join(map(encode_claim, changes.put))
    return b'{"put":[' + put + b'],"removed":' + orjson.dumps(changes.removed) + b"}"


def _event(name: str, line: bytes, *, event_id: str | None = None) -> bytes:
    """Return one event; `line` holds no line break, which JSON by orjson never does."""
    head = f"id: {event_id}\n" if event_id else ""
    return f"{head}event: {name}\ndata: ".encode() + line + b"\n\n"
