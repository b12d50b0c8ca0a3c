"""Two workers with names of their own: one is started again, as a rolling update does it."""

import re
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.rebalancing_broker import RebalancingBroker
from tests.worker_process import FAKE_WORKER, Workbench, WorkerProcess, article

SESSION_TIMEOUT_SECONDS = 45
"""As in deploy/kubernetes; this broker lets a worker join after half of it."""
WAIT_SECONDS = 150


def assignments(worker: WorkerProcess) -> list[str]:
    """Return the partitions that each rebalance brought a worker, the first ones first."""
    return re.findall(r"Partitions of \S+: (\S.*)\.$", worker.log, re.MULTILINE)


def wait_until_shared(workers: Sequence[WorkerProcess], counts: Sequence[int]) -> list[str]:
    """Return what each worker was last given, once it was given so often and all is shared out."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        given = [assignments(worker) for worker in workers]
        if all(len(one) >= count for one, count in zip(given, counts, strict=True)):
            last = [one[-1] for one in given]
            if sorted(re.findall(r"\d", "".join(last))) == ["0", "1", "2", "3"]:
                return last
        for worker in workers:
            worker.check_alive()
        assert time.monotonic() < deadline, given
        time.sleep(0.2)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_restart_moves_no_partition(tmp_path: Path) -> None:
    """A worker back under its name has its partitions again, and the other one never stopped."""
    with RebalancingBroker(tmp_path / "broker") as broker:
        settings = {"SESSION_TIMEOUT_SECONDS": str(SESSION_TIMEOUT_SECONDS)}
        benches = [
            Workbench(
                bootstrap_servers=broker.bootstrap_servers,
                state_dir=tmp_path / name,
                name="static",
                partitions=4,
                settings=settings | {"GROUP_INSTANCE_ID": name},
            )
            for name in ("worker-0", "worker-1")
        ]
        benches[0].create_topics()
        with (
            WorkerProcess(benches[0], FAKE_WORKER) as other,
            WorkerProcess(benches[1], FAKE_WORKER) as restarted,
        ):
            workers = (other, restarted)
            held = wait_until_shared(workers, (1, 1))
            count_of_other, count = (len(assignments(worker)) for worker in workers)
            assert restarted.stop() == 0
            positions = benches[0].send(article(number, "It rained.") for number in range(20))
            restarted.start()
            assert wait_until_shared(workers, (count_of_other, count + 1)) == held
            benches[0].wait_for_outcomes(positions, check=other.check_alive)
            assert len(assignments(other)) == count_of_other
