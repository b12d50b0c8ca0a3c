"""A pause between fetches that found nothing, for brokers that answer those at once.

Kafka holds a fetch until there are records or `fetch_max_wait_ms` are over. The embedded broker
answers at once, with nothing, and aiokafka asks again without a pause: over a thousand times a
second, a quarter of a core for as long as one partition has nothing new. aiokafka has no setting
for it, so this overrides a method of its fetcher; it is installed for the embedded broker only.
"""

import asyncio
import contextlib
from typing import Any

from aiokafka.consumer import consumer
from aiokafka.consumer.fetcher import Fetcher


class PausingFetcher(Fetcher):  # type: ignore[misc]
    """Takes at least `pause_seconds` over a fetch that brings no records."""

    pause_seconds = 0.0

    async def _proc_fetch_request(self, *arguments: Any) -> bool:
        loop = asyncio.get_running_loop()
        earliest_end = loop.time() + self.pause_seconds
        has_records: bool = await super()._proc_fetch_request(*arguments)
        if not has_records:
            # A fetcher that closes cancels its fetches and expects them to end, not to raise.
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(max(0.0, earliest_end - loop.time()))
        return has_records


def pause_empty_fetches(pause_seconds: float) -> None:
    """Have every consumer of aiokafka's that starts from now on pause; it adds to the latency."""
    PausingFetcher.pause_seconds = pause_seconds
    consumer.Fetcher = PausingFetcher
