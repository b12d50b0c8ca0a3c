"""Whether a worker is alive and ready, out of the watchdog's last look."""

from dataclasses import dataclass

import pytest

from pipeline.errors import BrokerUnavailableError
from pipeline.health import Consumption, judge_liveness, judge_readiness
from pipeline.watchdog import LagReader, Partition, Watchdog


class FakeLagReader(LagReader):
    """Answers that four articles wait, or not at all."""

    def __init__(self, *, is_there: bool = True) -> None:
        self.is_there = is_there

    def read(self) -> dict[Partition, tuple[int, int]]:
        """See LagReader."""
        if not self.is_there:
            raise BrokerUnavailableError("gone")
        return {("t", 0): (5, 9)}


@dataclass
class FakeConsumption(Consumption):
    """A worker that holds what a test says."""

    held_partitions: frozenset[Partition] | None = frozenset({("t", 0)})
    is_stopping: bool = False


class Bench:
    """A watchdog with a clock to turn."""

    def __init__(self, *, is_broker_there: bool = True) -> None:
        self.seconds = 0.0
        self.watchdog = Watchdog(
            FakeLagReader(is_there=is_broker_there),
            stall_timeout_seconds=10,
            end_process=lambda _: None,
            now=lambda: self.seconds,
        )


def test_before_the_first_look_a_worker_is_live_and_not_ready() -> None:
    """A worker that waits for its broker is to be left alone, and not to be sent anything."""
    watchdog = Bench().watchdog
    assert judge_liveness(watchdog).is_good
    health = judge_readiness(watchdog, FakeConsumption(), model="m 1")
    assert health.problems == ("The broker has not answered yet.",)


def test_lag_without_progress_is_not_live() -> None:
    """Red after three quarters of the timeout, with the lag and the time."""
    bench = Bench()
    bench.watchdog.check()
    assert judge_liveness(bench.watchdog).is_good
    bench.seconds = 8
    bench.watchdog.check()
    health = judge_liveness(bench.watchdog)
    assert not health.is_good
    assert health.facts == {"lag_articles": 4, "seconds_without_progress": 8.0}


def test_a_watchdog_that_no_longer_looks_is_not_live() -> None:
    """Without looks nobody would see a stall."""
    bench = Bench(is_broker_there=False)
    bench.watchdog.check()
    bench.seconds = 71
    assert judge_liveness(bench.watchdog).problems == ("The watchdog no longer looks for stalls.",)


@pytest.mark.parametrize(
    ("consumption", "problems"),
    [
        (FakeConsumption(), 0),
        (FakeConsumption(held_partitions=frozenset()), 0),  # a stand-by: more workers than work
        (FakeConsumption(held_partitions=None), 1),
        (FakeConsumption(is_stopping=True), 1),
        (FakeConsumption(held_partitions=None, is_stopping=True), 2),
    ],
)
def test_ready_with_partitions(consumption: FakeConsumption, problems: int) -> None:
    """Ready is who was given partitions, even none, and is not stopping."""
    bench = Bench()
    bench.watchdog.check()
    health = judge_readiness(bench.watchdog, consumption, model="m 1")
    assert len(health.problems) == problems
    assert health.is_good == (problems == 0)


def test_without_a_broker_live_and_not_ready() -> None:
    """A lost broker is no reason to start a worker again, and one to wait."""
    bench = Bench(is_broker_there=False)
    bench.watchdog.check()
    assert judge_liveness(bench.watchdog).is_good
    health = judge_readiness(bench.watchdog, FakeConsumption(), model="m 1")
    assert health.problems == ("The broker does not answer.",)
    assert health.facts["broker_reachable"] is False
