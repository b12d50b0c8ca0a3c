"""What the page shows and how fresh it is: the store, its counters, and a call when they change."""

import asyncio
import secrets
import time
from dataclasses import dataclass

from pipeline.dashboard.held_claim import ForeignRecordError, read_claim
from pipeline.dashboard.store import ClaimStore
from pipeline.dashboard.throughput import Throughput


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedStatus:
    """The counters of one moment; the page shows them."""

    is_broker_reachable: bool
    is_topic_there: bool
    is_caught_up: bool
    """Whether all that the topic held at the start has been read."""
    held: int
    max_claims: int
    received: int
    """Claims read since the start, repeated ones too."""
    foreign: int
    """Records of the topic that are no claims, passed over."""
    per_minute: tuple[int, ...]
    """New claims by minute, the oldest first, the minute that runs last."""


class ClaimFeed:
    """The claims of one dashboard process; used from its event loop only."""

    def __init__(self, store: ClaimStore) -> None:
        """Begin with what the store holds, before the topic was read."""
        self.store = store
        self.run_id = secrets.token_hex(4)
        """Tells this process's cursors from those of one before it."""
        self.is_broker_reachable = False
        self.is_topic_there = False
        self.is_caught_up = False
        self.is_ended = False
        self._received = 0
        self._foreign = 0
        self._throughput = Throughput()
        self._changed = asyncio.Event()

    def add(self, value: bytes | None, *, key: bytes | None, timestamp_ms: int) -> None:
        """Take in a record of the claims topic; one that is no claim is counted only.

        A tombstone drops the claim that its key names, whatever their times: clocks differ.
        A time in the future, which a producer may write, would stay the newest for ever: it
        counts as now. Kafka's -1, no time, counts as the oldest.
        """
        if value is None:
            self.store.forget((key or b"").decode("utf-8", "replace"))
            return
        now_ms = _now_ms()
        recorded_at_ms = min(max(timestamp_ms, 0), now_ms)
        try:
            claim = read_claim(value, recorded_at_ms=recorded_at_ms)
        except ForeignRecordError:
            self._foreign += 1
        else:
            self._received += 1
            if self.store.get(claim.claim_id) is None:
                self._throughput.count(recorded_at_ms, now_ms=now_ms)
            self.store.put(claim)

    def announce(self) -> None:
        """Wake whoever waits for a change."""
        self._changed.set()
        self._changed = asyncio.Event()

    def end(self) -> None:
        """Have whoever follows the feed come to an end: the server stops."""
        self.is_ended = True
        self.announce()

    async def wait_for_change(self, timeout_seconds: float) -> bool:
        """Return True at the next announcement, False when the time is over."""
        changed = self._changed
        try:
            async with asyncio.timeout(timeout_seconds):
                await changed.wait()
        except TimeoutError:
            return False
        return True

    def status(self) -> FeedStatus:
        """Return the counters of now."""
        return FeedStatus(
            is_broker_reachable=self.is_broker_reachable,
            is_topic_there=self.is_topic_there,
            is_caught_up=self.is_caught_up,
            held=len(self.store),
            max_claims=self.store.max_claims,
            received=self._received,
            foreign=self._foreign,
            per_minute=tuple(self._throughput.per_minute(now_ms=_now_ms())),
        )

    def format_cursor(self, cursor: int) -> str:
        """Return a place in this process's changes as clients hold it."""
        return f"{self.run_id}-{cursor}"

    def parse_cursor(self, text: str) -> int | None:
        """Read such a place; None for one of another process, or for no place at all."""
        run_id, _, number = text.partition("-")
        is_ours = run_id == self.run_id and number.isascii() and number.isdigit()
        return int(number[:18]) if is_ours else None


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
