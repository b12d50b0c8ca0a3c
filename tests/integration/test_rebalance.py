"""A second worker joins while articles of 300 kB are in hand."""

import contextlib
import itertools
import threading
import time
from pathlib import Path

import psutil
import pytest

from pipeline.models import Outcome
from tests.rebalancing_broker import RebalancingBroker
from tests.worker_process import Workbench, WorkerProcess, article

ARTICLES = 200
ARTICLE_CHARACTERS = 300_000
MEMORY_BOUND_BYTES = 1024**3
"""docs/operations.md: what a worker with default settings needs."""


def make_article(number: int) -> bytes:
    """Return an article of 300 kB.

    Three of its sentences are its own, the others are stock sentences in one order, as wire copy
    repeats: the machine that tests is too small to score 60 MB of sentences never seen before.
    Decoding, splitting, memory and the sizes of all records are those of any 300 kB.
    """
    own = [f"Spending on school number {number} rose by {n} percent last year." for n in range(3)]
    stock = itertools.cycle(
        f"The committee met on day {day} of the session and heard what the members had to say "
        f"about item {day * 7} of the agenda before it rose for the evening."
        for day in range(40)
    )
    sentences = own + list(itertools.islice(stock, ARTICLE_CHARACTERS // 120))
    return article(number, " ".join(sentences)[:ARTICLE_CHARACTERS])


class MemoryWatch:
    """Notes the largest resident memory of processes, the HTML child included, while it runs."""

    def __init__(self) -> None:
        self.largest_bytes = 0
        self._processes: list[psutil.Process] = []
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def add(self, pid: int) -> None:
        """Watch one process more."""
        self._processes.append(psutil.Process(pid))

    def _watch(self) -> None:
        while not self._done.wait(0.2):
            for process in self._processes:
                with contextlib.suppress(psutil.NoSuchProcess):  # it has just ended
                    family = [process, *process.children(recursive=True)]
                    used = sum(one.memory_info().rss for one in family)
                    self.largest_bytes = max(self.largest_bytes, used)

    def __enter__(self) -> "MemoryWatch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_large_articles_during_a_rebalance(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is lost, no worker falls out of the group, and memory stays under its bound."""
    with RebalancingBroker(tmp_path / "broker") as broker:
        bench = Workbench(
            bootstrap_servers=broker.bootstrap_servers,
            state_dir=tmp_path / "one",
            partitions=4,
            is_static_member=False,
        )
        bench.create_topics()
        positions = bench.send([make_article(number) for number in range(ARTICLES)])
        with MemoryWatch() as memory, WorkerProcess(bench) as first:
            memory.add(first.process.pid)
            bench.wait_for_outcomes(positions[:1], check=first.check_alive)
            bench.state_dir = tmp_path / "two"
            with WorkerProcess(bench) as second:
                memory.add(second.process.pid)
                started = time.monotonic()

                def check() -> None:
                    first.check_alive()
                    second.check_alive()

                outcomes = bench.wait_for_outcomes(positions, timeout_seconds=600, check=check)
                seconds = time.monotonic() - started
                log = first.log + second.log
    with capsys.disabled():
        print(
            f"\n{ARTICLES} articles of {ARTICLE_CHARACTERS // 1000} kB over two workers in "
            f"{seconds:.0f} s, largest resident memory {memory.largest_bytes / 1e6:.0f} MB"
        )
    assert {outcomes[position].outcome for position in positions} == {Outcome.CLAIMS}
    assert "session expired" not in log, log
    assert "poll interval" not in log, log
    assert memory.largest_bytes < MEMORY_BOUND_BYTES
    assert second.log.count("Partitions of") >= 1
