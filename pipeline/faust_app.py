"""Faust's app as Claimwire runs it: it waits for its broker, and stops in bounded time."""

import asyncio
import contextlib
import functools
import logging
import os
import signal
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from types import MappingProxyType

import faust

from pipeline import __version__, metrics
from pipeline.crash_journal import CrashJournal
from pipeline.errors import BrokerUnavailableError, ClaimwireError, ConfigurationError
from pipeline.health import Consumption
from pipeline.kafka_security import KafkaCluster
from pipeline.topic_definitions import TopicDefinition
from pipeline.topics import create_missing, wait_for_broker
from pipeline.watchdog import Partition, Watchdog

# Not this module's name: under that one, Faust's own base class reports its every step.
logger = logging.getLogger("pipeline.worker")

_BROKER_PROBE_SECONDS = 2.0


class ClaimwireApp(faust.App, Consumption):
    """A Faust app that waits for its broker, watches over itself and stops in bounded time."""

    stop_reason: ClaimwireError | None = None
    """Why the worker stopped by its own decision; None when it was told to."""
    description: str = ""
    """What this worker reads, writes and scores with, for the log."""
    described_settings: Mapping[str, str] = MappingProxyType({})
    """The settings as they may be logged."""
    cluster: KafkaCluster
    topics_to_create: Sequence[TopicDefinition] = ()
    """Created at start where they are missing."""
    stop_timeout_seconds: float
    watchdog: Watchdog
    journal: CrashJournal
    resources: ExitStack
    """Closed when the app has stopped."""

    _held_partitions: frozenset[Partition] | None = None

    @property
    def held_partitions(self) -> frozenset[Partition] | None:
        """See Consumption; read from any thread."""
        return self._held_partitions

    @property
    def is_stopping(self) -> bool:
        """See Consumption."""
        return bool(self.should_stop)

    def on_rebalance_start(self) -> None:
        """Hold nothing from here on; on the consumer's thread, before anything is waited for."""
        self._held_partitions = None
        metrics.ASSIGNED_PARTITIONS.set(0)
        super().on_rebalance_start()

    def note_partitions(self, held: Iterable[Partition]) -> None:
        """Say which partitions of the articles topic the rebalance brought; perhaps none."""
        self._held_partitions = frozenset(held)
        metrics.ASSIGNED_PARTITIONS.set(len(self._held_partitions))

    async def on_start(self) -> None:
        """Wait for Kafka and see to the topics before any client of Faust's connects."""
        logger.info(
            "Claimwire %s starts: %s",
            __version__,
            ", ".join(f"{name}={value}" for name, value in self.described_settings.items()),
            extra={"settings": dict(self.described_settings)},
        )
        # Faust's own order has the pages come after the producer, which needs the broker: a worker
        # that waits for its broker could not say so.
        if self.boot_strategy._should_enable_web():
            await self.web.maybe_start()
        try:
            await self._wait_for_broker()
            if not self.should_stop:
                await asyncio.get_running_loop().run_in_executor(None, self._see_to_topics)
        except ConfigurationError as error:
            await self._stop_for(error)
        await super().on_start()
        metrics.LAST_PROGRESS.set_to_current_time()
        self.watchdog.start()

    async def on_started(self) -> None:
        """Say what runs, once everything does."""
        await super().on_started()
        if not self.should_stop:
            logger.info("Ready: %s", self.description)

    async def stop(self) -> None:
        """Stop in bounded time: a shutdown that hangs is ended, and repeats its last batch."""
        logger.info("Stopping: the batch in hand is finished and committed.")
        self.watchdog.expect_end_within(self.stop_timeout_seconds)
        await super().stop()
        if not self.crashed:
            self.journal.close()
        self.resources.close()

    async def _wait_for_broker(self) -> None:
        """Wait for ever, with one line at the first failure, in slices so that a stop is heard."""
        say_once = functools.cache(logger.warning)
        probe = functools.partial(
            wait_for_broker,
            self.cluster,
            timeout_seconds=_BROKER_PROBE_SECONDS,
            on_wait=say_once,
        )
        while not self.should_stop:
            with contextlib.suppress(BrokerUnavailableError):
                await asyncio.get_running_loop().run_in_executor(None, probe)
                return

    async def _stop_for(self, reason: ClaimwireError) -> None:
        """Stop the way an operator would, and return when Faust has heard it."""
        logger.critical("%s", reason)
        self.stop_reason = reason
        os.kill(os.getpid(), signal.SIGTERM)
        await self.wait_until_stopped()

    def _see_to_topics(self) -> None:
        created = create_missing(self.cluster, self.topics_to_create)
        if created:
            logger.info("Created topics: %s.", ", ".join(created))
