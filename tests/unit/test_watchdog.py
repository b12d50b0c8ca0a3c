"""The watchdog: lag without progress ends the process, nothing else does."""

from collections.abc import Mapping, Set

import pytest

from pipeline.errors import BrokerUnavailableError, ConfigurationError
from pipeline.watchdog import LagReader, Look, Partition, Watchdog

Offsets = Mapping[tuple[str, int], tuple[int, int]]


class FakeLagReader(LagReader):
    """Answers with what a test says, or raises."""

    def __init__(self, offsets: Offsets | None) -> None:
        self.offsets = offsets
        self.error: Exception = BrokerUnavailableError("gone")

    def read(self) -> Offsets:
        """Return the offsets, or raise as an absent broker does."""
        if self.offsets is None:
            raise self.error
        return self.offsets


class Bench:
    """A watchdog with a clock to turn and a list of the sentences it would end with."""

    def __init__(self, offsets: Offsets | None, *, held: Set[Partition] = frozenset()) -> None:
        self.reader = FakeLagReader(offsets)
        self.seconds = 0.0
        self.sentences: list[str] = []
        self.looks: list[Look] = []
        self.watchdog = Watchdog(
            self.reader,
            stall_timeout_seconds=10,
            held_partitions=lambda: held,
            on_look=self.looks.append,
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


def test_red_comes_before_the_end() -> None:
    """From three quarters of the timeout on it is stalled; at the whole of it, ended."""
    bench = Bench({("t", 0): (5, 9)})
    assert not bench.watchdog.check()
    bench.seconds = 7
    assert not bench.watchdog.check()
    assert not bench.watchdog.is_stalled
    bench.seconds = 8
    assert not bench.watchdog.check()
    assert bench.watchdog.is_stalled
    assert not bench.sentences
    bench.seconds = 10
    assert bench.watchdog.check()
    assert len(bench.sentences) == 1


def test_progress_after_a_look_ends_the_stall() -> None:
    """What a look found holds until there is progress, not until the next look."""
    bench = Bench({("t", 0): (5, 9)})
    bench.watchdog.check()
    bench.seconds = 8
    bench.watchdog.check()
    assert bench.watchdog.is_stalled
    bench.seconds = 8.1
    bench.watchdog.note_progress()
    assert not bench.watchdog.is_stalled


def test_others_partitions_are_no_concern_of_a_worker_that_holds_some() -> None:
    """Lag in another's partition ends nobody here, and another's progress saves nobody here."""
    others = Bench({("t", 0): (9, 9), ("t", 1): (0, 100)}, held={("t", 0)})
    wedged = Bench({("t", 0): (5, 9), ("t", 1): (0, 100)}, held={("t", 0)})
    for step in range(12):
        for bench in (others, wedged):
            bench.seconds = step
            assert bench.reader.offsets is not None
            bench.reader.offsets = {**bench.reader.offsets, ("t", 1): (step, 100)}
            bench.watchdog.check()
    assert not others.sentences
    assert wedged.sentences
    assert others.looks[-1].lag == {("t", 0): 0}


@pytest.mark.parametrize(
    "error",
    [BrokerUnavailableError("gone"), ConfigurationError("not allowed"), KeyError("a surprise")],
)
def test_a_broker_that_does_not_answer_is_told(error: Exception) -> None:
    """A look that fails, however, says that the broker cannot be asked, and nothing of lag."""
    bench = Bench(None)
    bench.reader.error = error
    bench.seconds = 100
    assert not bench.watchdog.check()
    assert (bench.looks[-1].is_broker_reachable, bench.looks[-1].lag) == (False, {})
    assert not bench.watchdog.is_stalled


def test_a_refusal_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    """A look that a right or a certificate is missing for says so, once; an absence is quiet."""
    bench = Bench(None)
    for error in (
        BrokerUnavailableError("gone"),
        ConfigurationError("Grant the access."),
        ConfigurationError("Grant the access."),
        ConfigurationError("Renew the certificate."),
    ):
        bench.reader.error = error
        bench.watchdog.check()
    assert [record.message.partition(": ")[2] for record in caplog.records] == [
        "Grant the access.",
        "Renew the certificate.",
    ]


def test_a_watchdog_that_stops_looking_is_blind() -> None:
    """When looks no longer come, a minute beyond the timeout that is told."""
    bench = Bench({("t", 0): (9, 9)})
    bench.seconds = 1000
    assert not bench.watchdog.is_blind  # it has not begun
    bench.watchdog.check()
    bench.seconds = 1069
    assert not bench.watchdog.is_blind
    bench.seconds = 1071
    assert bench.watchdog.is_blind
    bench.watchdog.stop()
    assert not bench.watchdog.is_blind
