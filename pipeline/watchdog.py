"""Ends a worker that has stopped consuming without saying so.

A Faust worker can stall for ever in ways its own event loop cannot see (faust-streaming #532,
#640; aiokafka #1037), and then even SIGTERM may hang. The watchdog is a thread beside it all: when
the group has lag and this worker has made no progress for `stall_timeout_seconds`, it ends the
process, and whoever runs it starts it again. At-least-once makes that harmless.

A broker that cannot be reached is not a stall, and an idle topic is not one.
"""

import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import NoReturn, Protocol

from pipeline.errors import BrokerUnavailableError

logger = logging.getLogger(__name__)

STALLED_EXIT_STATUS = 75
"""EX_TEMPFAIL of sysexits.h: try again."""


class LagReader(Protocol):
    """Asks the broker, over a connection of its own, how far the group is behind."""

    def read(self) -> Mapping[tuple[str, int], tuple[int, int]]:
        """Return (committed, end) offsets by topic and partition; raise BrokerUnavailableError."""
        ...


class Watchdog:
    """Watches for lag without progress; `note_progress` is the sign of life."""

    def __init__(
        self,
        lag_reader: LagReader,
        *,
        stall_timeout_seconds: float,
        end_process: Callable[[str], None] | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare without starting; `end_process` is called, once, with the sentence to leave."""
        self._lag_reader = lag_reader
        self._stall_timeout_seconds = stall_timeout_seconds
        self._end_process = end_process or end_stalled_process
        self._now = now
        self._progress_at = now()
        self._committed: dict[tuple[str, int], int] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)

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
        """Look once; return whether the process was found stalled (and ended)."""
        quiet_seconds = self._now() - self._progress_at
        if quiet_seconds < self._stall_timeout_seconds:
            return False
        try:
            offsets = self._lag_reader.read()
        except BrokerUnavailableError:
            # Nobody makes progress without a broker. The clock starts when it is back.
            self.note_progress()
            return False
        committed = {key: value for key, (value, _) in offsets.items()}
        moved = committed != self._committed
        self._committed = committed
        lag = sum(max(0, end - done) for done, end in offsets.values())
        if lag == 0 or moved:
            self.note_progress()
            return False
        self._end_process(
            f"Stalled: {lag} articles wait and none was processed for {quiet_seconds:.0f} s; "
            "ending this process so that it is started again."
        )
        return True

    def _watch(self) -> None:
        while not self._stop.wait(self._stall_timeout_seconds / 4):
            if self.check():
                return


def end_stalled_process(sentence: str) -> NoReturn:
    """Leave at once, without the event loop's help: it may be what hangs."""
    print(f"claimwire: {sentence}", file=sys.stderr, flush=True)
    os._exit(STALLED_EXIT_STATUS)
