"""The watchdog: lag without progress ends the process, nothing else does."""

from collections.abc import Mapping

import pytest

from pipeline.errors import BrokerUnavailableError
from pipeline.watchdog import LagReader, Watchdog

Offsets = Mapping[tuple[str, int], tuple[int, int]]


class FakeLagReader(LagReader):
    """Answers with what a test says, or is unavailable."""

    def __init__(self, offsets: Offsets | None) -> None:
        self.offsets = offsets

    def read(self) -> Offsets:
        """Return the offsets, or raise as an absent broker does."""
        if self.offsets is None:
            raise BrokerUnavailableError("gone")
        return self.offsets


class Bench:
    """A watchdog with a clock to turn and a list of the sentences it would end with."""

    def __init__(self, offsets: Offsets | None) -> None:
        self.reader = FakeLagReader(offsets)
        self.seconds = 0.0
        self.sentences: list[str] = []
        self.watchdog = Watchdog(
            self.reader,
            stall_timeout_seconds=10,
            end_process=self.sentences.append,
            now=lambda: self.seconds,
        )


def test_lag_without_progress_ends_the_process() -> None:
    """With lag, and offsets that do not move, the process is ended once time is over."""
    bench = Bench({("t", 0): (5, 9), ("t", 1): (3, 3)})
    bench.seconds = 11
    assert not bench.watchdog.check()  # the first look knows no earlier offsets
    bench.seconds = 22
    assert bench.watchdog.check()
    assert bench.sentences == [
        "Stalled: 4 articles wait and none was processed for 11 s; "
        "ending this process so that it is started again."
    ]


@pytest.mark.parametrize("offsets", [{}, {("t", 0): (9, 9)}, None])
def test_idle_or_without_broker_is_no_stall(offsets: Offsets | None) -> None:
    """No lag, no topic and no broker are no reasons to end."""
    bench = Bench(offsets)
    for second in range(0, 100, 11):
        bench.seconds = second
        assert not bench.watchdog.check()


def test_progress_counts_from_the_last_sign_of_life() -> None:
    """A sign of life puts the end off by the whole timeout."""
    bench = Bench({("t", 0): (5, 9)})
    for second in range(0, 100, 9):
        bench.seconds = second
        bench.watchdog.note_progress()
        assert not bench.watchdog.check()


def test_offsets_that_move_are_progress() -> None:
    """A group whose committed offsets move is not stalled, whoever moves them."""
    bench = Bench({("t", 0): (0, 100)})
    for step in range(1, 9):
        bench.seconds = step * 11
        bench.reader.offsets = {("t", 0): (step, 100)}
        assert not bench.watchdog.check()


def test_a_broker_that_is_back_gets_the_whole_time() -> None:
    """The clock starts anew when the broker answers again."""
    bench = Bench(None)
    bench.seconds = 50
    assert not bench.watchdog.check()
    bench.reader.offsets = {("t", 0): (5, 9)}
    bench.seconds = 59
    assert not bench.watchdog.check()
