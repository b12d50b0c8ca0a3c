"""The feed: what it counts, what it announces, and its cursors."""

import asyncio
import time

import orjson

from pipeline.dashboard.feed import ClaimFeed
from pipeline.dashboard.store import ClaimStore
from tests.dashboard_claims import make_claim


def _feed() -> ClaimFeed:
    return ClaimFeed(ClaimStore(max_claims=10, max_bytes=10**9))


def test_claims_and_foreign_records_are_counted_apart() -> None:
    """A repeated claim is received again, held once and no throughput."""
    feed = _feed()
    now_ms = int(time.time() * 1000)
    for _ in range(3):
        feed.add(orjson.dumps(make_claim(1)), key=b"1", timestamp_ms=now_ms)
    feed.add(b"nonsense", key=b"1", timestamp_ms=now_ms)
    feed.add(b"", key=b"1", timestamp_ms=now_ms)
    status = feed.status()
    assert (status.received, status.held, status.foreign, sum(status.per_minute)) == (3, 1, 2, 1)


def test_a_tombstone_drops_the_claim_that_its_key_names() -> None:
    """Also one whose time is earlier; it is no foreign record, and one of nothing held is none."""
    feed = _feed()
    claim, other = make_claim(1), make_claim(2)
    for one in (claim, other):
        feed.add(orjson.dumps(one), key=one["claim_id"].encode(), timestamp_ms=1000)
    for key in (claim["claim_id"].encode(), b"nothing held", b"\xff", None):
        feed.add(None, key=key, timestamp_ms=1)
    assert [one.claim_id for one in feed.store.newest_first()] == [other["claim_id"]]
    status = feed.status()
    assert (status.received, status.held, status.foreign) == (2, 1, 0)
    feed.add(orjson.dumps(claim), key=claim["claim_id"].encode(), timestamp_ms=2000)
    assert feed.status().held == 2


def test_a_time_in_the_future_counts_as_now() -> None:
    """Else one wrong clock would hold the top of the list, and its place in it, for good."""
    feed = _feed()
    feed.add(orjson.dumps(make_claim(1)), key=None, timestamp_ms=2**53)
    feed.add(orjson.dumps(make_claim(2)), key=None, timestamp_ms=-1)
    newest, oldest = feed.store.newest_first()
    assert abs(newest.recorded_at_ms - time.time() * 1000) < 60_000
    assert oldest.recorded_at_ms == 0


def test_cursors_of_another_process_are_none() -> None:
    """Nor is anything else that a client makes up."""
    feed = _feed()
    assert feed.parse_cursor(feed.format_cursor(7)) == 7
    for text in ("", "7", _feed().format_cursor(7), f"{feed.run_id}-", f"{feed.run_id}--1"):
        assert feed.parse_cursor(text) is None
    huge = feed.parse_cursor(f"{feed.run_id}-{'9' * 10_000}")
    assert huge is not None
    assert feed.store.changes_since(huge, limit=5) is None


def test_an_announcement_wakes_everybody_once() -> None:
    """Who waits afterwards waits for the next one."""

    async def wait() -> list[bool]:
        feed = _feed()
        waiting = [asyncio.create_task(feed.wait_for_change(5)) for _ in range(3)]
        await asyncio.sleep(0)
        feed.announce()
        return [await one for one in waiting] + [await feed.wait_for_change(0.01)]

    assert asyncio.run(wait()) == [True, True, True, False]
