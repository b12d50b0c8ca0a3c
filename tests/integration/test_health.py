"""`/livez`, `/readyz` and `/metrics` of a real worker: at start, in a stall, without its broker."""

import contextlib
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from pipeline.broker import EmbeddedBroker, free_port
from pipeline.watchdog import STALLED_EXIT_STATUS
from tests.rebalancing_broker import RebalancingBroker
from tests.worker_process import FAKE_WORKER, Workbench, WorkerProcess, article

PLAIN = "The council met 3 times."
Answer = tuple[int, dict[str, Any]]


def ask(worker: WorkerProcess, page: str) -> Answer | None:
    """Return status and document of a page, or None while nobody listens."""
    url = f"http://127.0.0.1:{worker.web_port}{page}"
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status, orjson.loads(answer.read())
    except urllib.error.HTTPError as answer:
        with answer:
            return answer.code, orjson.loads(answer.read())
    except ConnectionError:
        return None
    except urllib.error.URLError as error:
        if isinstance(error.reason, ConnectionError):
            return None
        raise


def wait_for(
    worker: WorkerProcess,
    page: str,
    is_wanted: Callable[[Answer], bool],
    *,
    timeout_seconds: float = 40,
) -> Answer:
    """Ask until the answer is the wanted one; fail with the last answer and the log."""
    deadline = time.monotonic() + timeout_seconds
    while True:
        answer = ask(worker, page)
        if answer is not None and is_wanted(answer):
            return answer
        worker.check_alive()
        assert time.monotonic() < deadline, f"{answer}\n{worker.log[-3000:]}"
        time.sleep(0.05)


def is_good(answer: Answer) -> bool:
    """Say whether a page answered 200."""
    return answer[0] == 200


def is_bad(answer: Answer) -> bool:
    """Say whether a page answered 503."""
    return answer[0] == 503


def read_metrics(worker: WorkerProcess) -> dict[str, float]:
    """Return every sample of /metrics by its name and labels."""
    url = f"http://127.0.0.1:{worker.web_port}/metrics"
    with urllib.request.urlopen(url, timeout=5) as answer:
        lines = answer.read().decode().splitlines()
    samples = (line.rsplit(" ", 1) for line in lines if line and not line.startswith("#"))
    return {name: float(value) for name, value in samples}


def test_a_stalled_consumer_turns_livez_red_before_it_is_ended(bench: Workbench) -> None:
    """A consumer that takes nothing while articles wait is red within the timeout, then ended."""
    timeout_seconds = 5
    with WorkerProcess(
        bench, FAKE_WORKER, STALL_TIMEOUT_SECONDS=str(timeout_seconds), BATCH_MAX_ARTICLES="1"
    ) as worker:
        wait_for(worker, "/readyz", is_good)
        assert ask(worker, "/livez") == (
            200,
            {"ok": True, "problems": [], "lag_articles": 0, "seconds_without_progress": 0.0},
        )
        bench.send([article(1, "This is an ORDER-HANG.")])
        sent_at = time.monotonic()
        _, document = wait_for(worker, "/livez", is_bad, timeout_seconds=timeout_seconds + 5)
        red_after_seconds = time.monotonic() - sent_at
        assert document["lag_articles"] == 1
        assert "Articles wait" in document["problems"][0]
        assert worker.process.poll() is None
        # From the last look without lag on, which comes up to an eighth of the timeout earlier.
        assert 0.6 * timeout_seconds < red_after_seconds <= timeout_seconds
        samples = read_metrics(worker)
        assert sum(v for k, v in samples.items() if "consumer_lag_articles{" in k) == 1
        assert samples["claimwire_in_flight_articles"] == 1
        assert worker.process.wait(20) == STALLED_EXIT_STATUS


@pytest.mark.slow
def test_a_consumer_that_falls_silent_turns_livez_red(bench: Workbench) -> None:
    """A worker whose consumer fetches no more, and which is idle for all it knows, is red too."""
    with WorkerProcess(bench, FAKE_WORKER, STALL_TIMEOUT_SECONDS="5") as worker:
        wait_for(worker, "/readyz", is_good)
        last = bench.send([article(1, "This is an ORDER-STOP-FETCHING, number 1.")])
        bench.wait_for_outcomes(last, check=worker.check_alive)
        waiting = bench.send([article(n, PLAIN) for n in range(2, 9)])
        sent_at = time.monotonic()
        _, document = wait_for(worker, "/livez", is_bad, timeout_seconds=10)
        assert time.monotonic() - sent_at <= 5
        assert document["lag_articles"] == len(waiting)
        assert read_metrics(worker)["claimwire_in_flight_articles"] == 0
        assert worker.process.wait(20) == STALLED_EXIT_STATUS
    with WorkerProcess(bench, FAKE_WORKER) as again:
        bench.wait_for_outcomes(waiting, check=again.check_alive)


@pytest.mark.slow
def test_slow_work_is_not_a_stall(bench: Workbench) -> None:
    """A worker with lag that makes progress now and then stays green beyond its timeout."""
    with WorkerProcess(
        bench, FAKE_WORKER, STALL_TIMEOUT_SECONDS="4", BATCH_MAX_ARTICLES="1"
    ) as worker:
        wait_for(worker, "/readyz", is_good)
        positions = bench.send([article(n, f"ORDER-WAIT {n}.") for n in range(5)])

        def check() -> None:
            worker.check_alive()
            answer = ask(worker, "/livez")
            assert answer is not None
            assert is_good(answer), answer

        bench.wait_for_outcomes(positions, check=check)


def test_readiness_follows_the_broker(tmp_path: Path) -> None:
    """Not ready before there is a broker, ready with partitions, not ready when it is lost."""
    broker = EmbeddedBroker(tmp_path / "broker", port=free_port())
    bench = Workbench(bootstrap_servers=broker.bootstrap_servers, state_dir=tmp_path / "state")
    with (
        contextlib.ExitStack() as ends_last,
        WorkerProcess(bench, FAKE_WORKER, STALL_TIMEOUT_SECONDS="8") as worker,
    ):
        ends_last.callback(broker.stop)  # a worker stops faster while it has a broker
        _, document = wait_for(worker, "/readyz", is_bad)
        assert document["partitions"] is None
        assert document["broker_reachable"] is None
        assert len(document["problems"]) == 2
        assert document["model"] == "obedient 1"
        wait_for(worker, "/livez", is_good)

        broker.start()
        _, document = wait_for(worker, "/readyz", is_good)
        assert document["partitions"] == [0, 1, 2]
        assert read_metrics(worker)["claimwire_broker_reachable"] == 1

        broker.stop()
        _, document = wait_for(worker, "/readyz", is_bad)
        assert "The broker does not answer." in document["problems"]
        answer = ask(worker, "/livez")
        assert answer is not None
        assert is_good(answer), answer
        samples = read_metrics(worker)
        assert samples["claimwire_broker_reachable"] == 0
        assert not any("consumer_lag_articles{" in name for name in samples)

        broker.start()
        wait_for(worker, "/readyz", is_good)


@pytest.mark.slow
def test_a_rebalance_is_live_and_not_ready(tmp_path: Path) -> None:
    """While a second worker joins, the first is live, not ready, then ready with fewer."""
    with RebalancingBroker(tmp_path / "broker") as broker:
        bench = Workbench(
            bootstrap_servers=broker.bootstrap_servers,
            state_dir=tmp_path / "one",
            partitions=4,
            is_static_member=False,
        )
        bench.create_topics()
        with WorkerProcess(bench, FAKE_WORKER) as first:
            _, document = wait_for(first, "/readyz", is_good)
            assert document["partitions"] == [0, 1, 2, 3]
            # A batch of several seconds is in hand when the other one comes.
            bench.send([article(n, f"ORDER-WAIT {n}.") for n in range(4)])
            bench.state_dir = tmp_path / "two"
            with WorkerProcess(bench, FAKE_WORKER) as second:
                _, document = wait_for(first, "/readyz", is_bad)
                assert document["partitions"] is None
                assert "rebalances" in document["problems"][0]
                answer = ask(first, "/livez")
                assert answer is not None
                assert is_good(answer), answer
                _, document = wait_for(first, "/readyz", is_good)
                _, other = wait_for(second, "/readyz", is_good)
    assert sorted(document["partitions"] + other["partitions"]) == [0, 1, 2, 3]
    assert len(document["partitions"]) == 2
