"""Ends a worker that has stopped consuming without saying so, and tells how it stands.

A Faust worker can stall for ever in ways its own event loop cannot see (faust-streaming #532,
#640; aiokafka #1037), and then even SIGTERM may hang. The watchdog is a thread beside it all that
asks the broker, over a connection of its own, how far the group is behind. Faust's consumer knows
the lag too, but from what it last fetched: when it no longer fetches, it no longer knows.

Where there is lag and this worker has made no progress for `stall_timeout_seconds`, the watchdog
ends the process, and whoever runs it starts it again; at-least-once makes that harmless. From
three quarters of that time on it calls the worker stalled, which `/livez` passes on.

A broker that cannot be reached is not a stall, and an idle topic is not one.
"""

import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from typing import NoReturn, Protocol

from pipeline.errors import ClaimwireError, ConfigurationError

logger = logging.getLogger(__name__)

STALLED_EXIT_STATUS = 75
"""EX_TEMPFAIL of sysexits.h: try again."""

_RED_SHARE = 0.75
"""Of the stall timeout: red comes before the end, whatever the look takes."""
_LOOKS_PER_TIMEOUT = 8
_LOOK_INTERVAL_MAX_SECONDS = 10.0
"""A look costs about 6 ms of CPU, its four requests and a new connection."""

Partition = tuple[str, int]
"""Topic and number."""


class LagReader(Protocol):
    """Asks the broker, over a connection of its own, how far the group is behind."""

    def read(self) -> Mapping[Partition, tuple[int, int]]:
        """Return (committed, end) offsets by topic and partition; raise BrokerUnavailableError."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """What one look at the broker found."""

    at: float
    """When, by the watchdog's clock, in seconds."""
    is_broker_reachable: bool
    lag: Mapping[Partition, int]
    """Articles not committed, by partition; empty when the broker could not be asked."""
    quiet_seconds: float
    """Since the last progress; 0 when there was some, or nothing to do."""
    is_stalled: bool


class Watchdog:
    """Watches for lag without progress; `note_progress` is the sign of life."""

    def __init__(
        self,
        lag_reader: LagReader,
        *,
        stall_timeout_seconds: float,
        held_partitions: Callable[[], Set[Partition]] = frozenset,
        on_look: Callable[[Look], None] = lambda _: None,
        end_process: Callable[[str], None],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare without starting.

        `held_partitions` says which are this worker's: lag in others is for others to work off,
        unless it holds none. `on_look` is told what each look found, on the watchdog's thread;
        `end_process` is called, once, with the sentence to leave.
        """
        self._lag_reader = lag_reader
        self._stall_timeout_seconds = stall_timeout_seconds
        self._held_partitions = held_partitions
        self._on_look = on_look
        self._end_process = end_process
        self._now = now
        self._progress_at = now()
        self._committed: dict[Partition, int] = {}
        self._look: Look | None = None
        self._refusal: str | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)

    @property
    def last_look(self) -> Look | None:
        """What the last look found; None before the first."""
        return self._look

    @property
    def is_stalled(self) -> bool:
        """Whether there was lag without progress at the last look, and has been none since."""
        look = self._look
        return look is not None and look.is_stalled and self._progress_at <= look.at

    @property
    def is_blind(self) -> bool:
        """Whether looks have stopped coming: the thread that would tell a stall is gone."""
        look = self._look
        return (
            look is not None
            and not self._stop.is_set()
            and self._now() - look.at > self._stall_timeout_seconds + 60
        )

    def note_progress(self) -> None:
        """Say that work was done: a model call ended, or articles were acknowledged."""
        self._progress_at = self._now()

    def start(self) -> None:
        """Begin to watch."""
        self.note_progress()
        self._thread.start()

    def stop(self) -> None:
        """Stop watching; the thread ends by itself and is never waited for."""
        self._stop.set()

    def expect_end_within(self, seconds: float) -> None:
        """End the process if it is still there after so long; Faust's shutdown can hang."""
        self.stop()
        timer = threading.Timer(
            seconds,
            self._end_process,
            [f"Still not stopped after {seconds:.0f} s; ending this process."],
        )
        timer.daemon = True
        timer.start()

    def check(self) -> bool:
        """Look once; return whether the process was found stalled for too long (and ended)."""
        look = self._look_once()
        self._look = look
        self._on_look(look)
        if look.quiet_seconds < self._stall_timeout_seconds:
            return False
        self._end_process(
            f"Stalled: {sum(look.lag.values())} articles wait and none was processed for "
            f"{look.quiet_seconds:.0f} s; ending this process so that it is started again."
        )
        return True

    def _look_once(self) -> Look:
        try:
            offsets = self._lag_reader.read()
        except Exception as error:  # noqa: BLE001 - a watchdog that dies of a surprise watches nothing
            self._tell(error)
            # Nobody makes progress without a broker. The clock starts when it is back.
            self.note_progress()
            return Look(
                at=self._now(),
                is_broker_reachable=False,
                lag={},
                quiet_seconds=0.0,
                is_stalled=False,
            )
        held = self._held_partitions() & offsets.keys()
        ours = {key: offsets[key] for key in held} or offsets
        committed = {key: done for key, (done, _) in ours.items()}
        has_lag = any(end > done for done, end in ours.values())
        if not has_lag or committed != self._committed:
            self.note_progress()
        self._committed = committed
        at = self._now()
        quiet_seconds = at - self._progress_at
        return Look(
            at=at,
            is_broker_reachable=True,
            lag={key: max(0, end - done) for key, (done, end) in ours.items()},
            quiet_seconds=quiet_seconds,
            is_stalled=quiet_seconds >= _RED_SHARE * self._stall_timeout_seconds,
        )

    def _tell(self, error: Exception) -> None:
        """Log what a look raised; a refusal once, a broker that is away not at all: others do."""
        if isinstance(error, ConfigurationError):
            if str(error) != self._refusal:
                logger.warning("No look at the lag, and no stall is seen: %s", error)
            self._refusal = str(error)
        elif not isinstance(error, ClaimwireError):
            logger.warning("Asking for the lag raised %s; asking again.", type(error).__name__)

    def _watch(self) -> None:
        interval_seconds = min(
            self._stall_timeout_seconds / _LOOKS_PER_TIMEOUT, _LOOK_INTERVAL_MAX_SECONDS
        )
        while not self.check():
            if self._stop.wait(interval_seconds):
                return


def end_stalled_process(line: str) -> NoReturn:
    """Leave a line and end at once, without the event loop's help: it may be what hangs."""
    print(line, file=sys.stderr, flush=True)
    os._exit(STALLED_EXIT_STATUS)
