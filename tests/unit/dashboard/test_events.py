"""The stream of events, as a client reads it from the generator."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import orjson
import pytest

from pipeline.dashboard import events
from pipeline.dashboard.events import CHANGES_PER_EVENT, stream_events
from pipeline.dashboard.feed import ClaimFeed
from pipeline.dashboard.store import ClaimStore
from tests.dashboard_claims import make_claim


@dataclass
class Event:
    """One event, as a browser parses it."""

    name: str
    document: Any
    event_id: str | None


def parse(chunk: bytes) -> Event:
    """Read one chunk, which is one whole event."""
    assert chunk.endswith(b"\n\n")
    assert chunk.count(b"\n\n") == 1
    fields = dict(line.split(b": ", 1) for line in chunk[:-2].split(b"\n"))
    event_id = fields.get(b"id")
    return Event(
        fields[b"event"].decode(),
        orjson.loads(fields[b"data"]),
        event_id.decode() if event_id else None,
    )


def _put(feed: ClaimFeed, *numbers: int, text: str | None = None) -> None:
    for number in numbers:
        feed.add(orjson.dumps(make_claim(number, text=text)), key=None, timestamp_ms=number)
    feed.announce()


def _with_stream(
    talk: Callable[[ClaimFeed, AsyncIterator[Event]], Awaitable[None]],
    *,
    max_claims: int = 1000,
    is_caught_up: bool = True,
    cursor: int | None = 0,
) -> None:
    async def run() -> None:
        feed = ClaimFeed(ClaimStore(max_claims=max_claims, max_bytes=10**9))
        feed.is_caught_up = is_caught_up
        stream = stream_events(feed, cursor)

        async def read() -> AsyncIterator[Event]:
            async for chunk in stream:
                yield parse(chunk)

        async with asyncio.timeout(20), contextlib.aclosing(read()) as parsed:
            await talk(feed, parsed)

    asyncio.run(run())


async def _next(stream: AsyncIterator[Event], name: str) -> Event:
    async for event in stream:
        if event.name == name:
            return event
    raise AssertionError(f"The stream ended before {name}.")


def test_changes_come_as_they_are_made() -> None:
    """A status first, then claims; each event's id is where the client goes on."""

    async def talk(feed: ClaimFeed, stream: AsyncIterator[Event]) -> None:
        assert (await anext(stream)).name == "status"
        _put(feed, 1, 2)
        event = await _next(stream, "claims")
        texts = [one["claim"]["text"] for one in event.document["put"]]
        assert texts == [make_claim(1)["text"], make_claim(2)["text"]]
        assert event.document["put"][0]["recorded_at"] == "1970-01-01T00:00:00.001000Z"
        assert event.event_id == feed.format_cursor(feed.store.cursor)
        _put(feed, 1, text="Changed.")
        event = await _next(stream, "claims")
        assert [one["claim"]["text"] for one in event.document["put"]] == ["Changed."]

    _with_stream(talk)


def test_claims_that_make_room_are_told() -> None:
    """The client drops what the store dropped."""

    async def talk(feed: ClaimFeed, stream: AsyncIterator[Event]) -> None:
        _put(feed, 1, 2)
        await _next(stream, "claims")
        _put(feed, 3)
        event = await _next(stream, "claims")
        assert event.document["removed"] == [make_claim(1)["claim_id"]]

    _with_stream(talk, max_claims=2)


def test_a_flood_comes_in_bounded_events() -> None:
    """However much came while the client was slow, an event holds so many changes."""

    async def talk(feed: ClaimFeed, stream: AsyncIterator[Event]) -> None:
        _put(feed, *range(3 * CHANGES_PER_EVENT))
        for _ in range(3):
            assert len((await _next(stream, "claims")).document["put"]) == CHANGES_PER_EVENT

    _with_stream(talk)


def test_a_client_that_is_too_slow_starts_anew() -> None:
    """Its stream ends with `resync`; nothing was queued for it meanwhile."""

    async def talk(feed: ClaimFeed, stream: AsyncIterator[Event]) -> None:
        _put(feed, 1)
        await _next(stream, "claims")  # it now reads nothing for a long while
        _put(feed, *range(100))
        assert (await _next(stream, "resync")).document == {}
        with pytest.raises(StopAsyncIteration):
            await anext(stream)

    _with_stream(talk, max_claims=5)


def test_a_cursor_of_another_process_starts_anew() -> None:
    """As after a restart of the server."""

    async def talk(feed: ClaimFeed, stream: AsyncIterator[Event]) -> None:
        assert [event.name async for event in stream] == ["status", "resync"]

    _with_stream(talk, cursor=None)


def test_while_the_topic_is_read_only_the_counters_move(monkeypatch: pytest.MonkeyPatch) -> None:
    """What goes through the store then is mostly gone at the end of it."""
    monkeypatch.setattr(events, "_STATUS_PAUSE_SECONDS", 0.01)

    async def talk(feed: ClaimFeed, stream: AsyncIterator[Event]) -> None:
        _put(feed, 1)
        for _ in range(3):
            event = await anext(stream)
            assert (event.name, event.document["is_caught_up"]) == ("status", False)
        feed.is_caught_up = True
        await _next(stream, "claims")

    _with_stream(talk, is_caught_up=False)


def test_an_idle_stream_shows_that_it_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    """A status every few seconds, and at once when the broker goes."""
    monkeypatch.setattr(events, "_STATUS_SECONDS", 0.05)
    monkeypatch.setattr(events, "_STATUS_PAUSE_SECONDS", 0.01)

    async def talk(feed: ClaimFeed, stream: AsyncIterator[Event]) -> None:
        assert [(await anext(stream)).name for _ in range(3)] == ["status"] * 3
        feed.is_broker_reachable = True
        feed.announce()
        assert (await anext(stream)).document["is_broker_reachable"] is True

    _with_stream(talk)


def test_a_feed_that_ends_ends_its_streams_at_once() -> None:
    """A server that stops would wait for them else."""

    async def talk(feed: ClaimFeed, stream: AsyncIterator[Event]) -> None:
        await anext(stream)
        asyncio.get_running_loop().call_later(0.1, feed.end)
        async with asyncio.timeout(2):
            assert [event async for event in stream] == []

    _with_stream(talk)
