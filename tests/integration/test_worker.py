"""The worker as a process among failures: crashes, hangs, floods, brokers that come and go."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import orjson
import pytest

from pipeline.broker import EmbeddedBroker, free_port
from pipeline.dead_letters import read_dead_letter
from pipeline.errors import DeadLetterLimitExceededError
from pipeline.lag import KafkaLagReader
from pipeline.models import Outcome
from pipeline.watchdog import STALLED_EXIT_STATUS
from tests.worker_process import FAKE_WORKER, Workbench, WorkerProcess, article

PLAIN = "The council met 3 times."


def run_until_it_stays(worker: WorkerProcess, bench: Workbench, positions: list) -> int:
    """Start the worker again whenever it ends, until all outcomes are there; return the starts."""
    starts = 0
    deadline = time.monotonic() + 120
    while True:
        worker.start()
        starts += 1
        while worker.process.poll() is None:
            if {outcome.source for outcome in bench.outcomes()} >= set(positions):
                worker.stop()
                return starts
            assert time.monotonic() < deadline, worker.log[-3000:]
            time.sleep(0.2)


def test_an_article_that_ends_the_process_is_buried(bench: Workbench) -> None:
    """The article that ends the process goes to the dead letters; its neighbours come through."""
    values = [article(number, PLAIN) for number in range(10)]
    values[4] = article(4, "This is an ORDER-EXIT to obey.")
    positions = bench.send(values)
    worker = WorkerProcess(bench, FAKE_WORKER)
    starts = run_until_it_stays(worker, bench, positions)
    latest = {outcome.source: outcome for outcome in bench.outcomes()}
    ends = [latest[position].outcome for position in positions]
    expected = [Outcome.CLAIMS] * 10
    expected[4] = Outcome.DEAD_LETTERED
    assert ends == expected
    assert latest[positions[4]].stage == "crash"
    # The first start, three restarts at the same offset (the last takes them singly), and one more.
    assert starts == 5
    (record,) = bench.read(bench.dead_letters_topic)
    letter = read_dead_letter(key=record.key, value=record.value, headers=record.headers)
    assert (letter.source, letter.stage, letter.value) == (positions[4], "crash", values[4])


def test_an_unforeseen_error_costs_one_article(bench: Workbench) -> None:
    """An exception of ours on one article dead-letters that one, without its text in the log."""
    values = [article(number, PLAIN) for number in range(10)]
    values[7] = article(7, "This is an ORDER-RAISE zq7marker.")
    positions = bench.send(values)
    with WorkerProcess(bench, FAKE_WORKER) as worker:
        outcomes = bench.wait_for_outcomes(positions, check=worker.check_alive)
    assert [outcomes[p].outcome is Outcome.DEAD_LETTERED for p in positions].index(True) == 7
    assert sum(outcomes[p].outcome is Outcome.CLAIMS for p in positions) == 9
    assert "zq7marker" not in worker.log


def test_a_flood_of_dead_letters_stops_the_worker(bench: Workbench) -> None:
    """Above the share of dead letters the worker stops with one sentence and its own status."""
    bench.send([b"not json"] * 40)
    with WorkerProcess(
        bench, FAKE_WORKER, DEAD_LETTER_WINDOW_ARTICLES="20", BATCH_MAX_ARTICLES="4"
    ) as worker:
        status = worker.process.wait(60)
    assert status == DeadLetterLimitExceededError.exit_status, worker.log
    assert "Traceback" not in worker.log
    assert (
        worker.log.strip()
        .splitlines()[-1]
        .startswith("claimwire: More than 50% of the last 20 articles were dead-lettered")
    )
    assert 11 <= len(bench.read(bench.dead_letters_topic)) <= 16


def test_a_hanging_model_call_is_ended_by_the_watchdog(bench: Workbench) -> None:
    """Lag without progress ends the process with the watchdog's status and one sentence."""
    bench.send([article(1, "This is an ORDER-HANG.")])
    with WorkerProcess(bench, FAKE_WORKER, STALL_TIMEOUT_SECONDS="4") as worker:
        status = worker.process.wait(60)
    assert status == STALLED_EXIT_STATUS, worker.log
    assert "claimwire: Stalled: 1 articles wait" in worker.log


def test_an_idle_worker_is_not_ended(bench: Workbench) -> None:
    """Without lag the watchdog lets a quiet worker live, for twice its timeout."""
    with WorkerProcess(bench, FAKE_WORKER, STALL_TIMEOUT_SECONDS="5") as worker:
        positions = bench.send([article(1, PLAIN)])
        bench.wait_for_outcomes(positions, check=worker.check_alive)
        with pytest.raises(subprocess.TimeoutExpired):
            worker.process.wait(10)


def test_a_stopped_worker_has_committed(bench: Workbench) -> None:
    """SIGTERM ends the worker cleanly, offsets committed: the next one repeats nothing."""
    with WorkerProcess(bench, FAKE_WORKER) as worker:
        positions = bench.send([article(number, PLAIN) for number in range(50)])
        bench.wait_for_outcomes(positions, check=worker.check_alive)
        assert worker.stop() == 0, worker.log
    with WorkerProcess(bench, FAKE_WORKER) as worker:
        more = bench.send([article(50, PLAIN)])
        bench.wait_for_outcomes(more, check=worker.check_alive)
    assert len(bench.outcomes()) == 51
    reader = KafkaLagReader(bench.cluster, group_id=bench.name, topic=bench.articles_topic)
    assert sum(end for _, end in reader.read().values()) == 51


def test_faust_itself_runs_the_worker(bench: Workbench) -> None:
    """`faust -A pipeline.worker worker` is the same worker."""
    faust = str(Path(sys.executable).with_name("faust"))
    command = [faust, "-A", "pipeline.worker", "worker", "--web-port", str(free_port())]
    with WorkerProcess(bench, command) as worker:
        positions = bench.send([article(1, "Crime fell by 12 percent last year, police said.")])
        outcomes = bench.wait_for_outcomes(positions, check=worker.check_alive)
    assert outcomes[positions[0]].outcome is Outcome.CLAIMS


def test_a_wrong_setting_is_one_sentence(bench: Workbench) -> None:
    """A setting that cannot be used ends the worker with status 2 and one sentence."""
    with WorkerProcess(bench, THRESHOLD="1.5") as worker:
        assert worker.process.wait(30) == 2
    assert "CLAIMWIRE_THRESHOLD" in worker.log
    assert "Traceback" not in worker.log


def test_a_dead_letter_that_is_too_large_is_replaced(bench: Workbench) -> None:
    """When error headers make a dead letter too large, its hash and size go in its place."""
    value = b"x" * 1_048_300  # the broker takes this, and not the headers on top
    positions = bench.send([value, article(1, PLAIN)])
    with WorkerProcess(bench, FAKE_WORKER) as worker:
        bench.wait_for_outcomes(positions, check=worker.check_alive)
    (record,) = bench.read(bench.dead_letters_topic)
    letter = read_dead_letter(key=record.key, value=record.value, headers=record.headers)
    assert letter.replacement is not None
    assert letter.replacement.size_bytes == len(value)
    assert letter.source == positions[0]


def test_a_claim_the_broker_refuses_costs_its_article_only(bench: Workbench) -> None:
    """A claim too large for the broker dead-letters its article with stage publish."""
    # The middle paragraph's claim holds all three and what a claim has besides: the broker takes
    # the article, and not that claim.
    paragraph = "9" + "\u20ac" * 116_350
    huge = article(1, "\n\n".join([paragraph] * 3))
    huge = article(1, "\n\n".join([paragraph] * 3), title="x" * (1_048_200 - len(huge)))
    positions = bench.send([huge, article(2, PLAIN)])
    with WorkerProcess(bench, FAKE_WORKER) as worker:
        outcomes = bench.wait_for_outcomes(positions, check=worker.check_alive)
    assert outcomes[positions[1]].outcome is Outcome.CLAIMS
    refused = outcomes[positions[0]]
    assert (refused.outcome, refused.stage) == (Outcome.DEAD_LETTERED, "publish")


@pytest.fixture
def own_bench(tmp_path: Path) -> Workbench:
    """Return a workbench on a broker that is not there yet."""
    return Workbench(bootstrap_servers=f"127.0.0.1:{free_port()}", state_dir=tmp_path / "state")


def own_broker(bench: Workbench, tmp_path: Path) -> EmbeddedBroker:
    """Return a broker for the workbench's address."""
    return EmbeddedBroker(tmp_path / "broker", port=int(bench.bootstrap_servers.split(":")[1]))


def test_waits_for_a_broker_that_is_not_there(own_bench: Workbench, tmp_path: Path) -> None:
    """A worker started before its broker waits with one line, then makes topics and works."""
    with WorkerProcess(own_bench, FAKE_WORKER) as worker:
        with pytest.raises(subprocess.TimeoutExpired):
            worker.process.wait(8)
        assert worker.log.count("does not answer") == 1, worker.log
        assert "Traceback" not in worker.log
        with own_broker(own_bench, tmp_path):
            own_bench.create_topics()
            positions = own_bench.send([article(1, PLAIN)])
            own_bench.wait_for_outcomes(positions, check=worker.check_alive)
            assert worker.stop() == 0


def test_survives_a_broker_that_goes_away(own_bench: Workbench, tmp_path: Path) -> None:
    """A broker that goes away in the middle and comes back costs nothing."""
    broker = own_broker(own_bench, tmp_path)
    broker.start()
    own_bench.create_topics()
    with WorkerProcess(own_bench, FAKE_WORKER) as worker:
        first = own_bench.send([article(number, PLAIN) for number in range(20)])
        own_bench.wait_for_outcomes(first, check=worker.check_alive)
        in_hand = own_bench.send([article(100, "ORDER-WAIT 1."), article(101, "ORDER-WAIT 2.")])
        broker.stop()
        time.sleep(3)  # an outage has a length; nothing is waited for here
        broker.start()
        second = own_bench.send([article(200 + number, PLAIN) for number in range(20)])
        outcomes = own_bench.wait_for_outcomes(first + in_hand + second, timeout_seconds=120)
        assert all(outcomes[position].outcome is Outcome.CLAIMS for position in second)
    broker.stop()


def test_ctrl_c_while_waiting_for_the_broker(own_bench: Workbench) -> None:
    """A worker that waits for its broker can be stopped."""
    with WorkerProcess(own_bench, FAKE_WORKER) as worker:
        deadline = time.monotonic() + 30
        while "does not answer" not in worker.log:
            assert time.monotonic() < deadline, worker.log
            time.sleep(0.1)
        worker.process.send_signal(signal.SIGINT)
        worker.process.wait(20)


def test_traceparent_is_passed_through(bench: Workbench) -> None:
    """A claim carries the traceparent of its article's message."""
    trace = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    with WorkerProcess(bench, FAKE_WORKER) as worker:
        positions = bench.send([article(1, PLAIN)], headers=[("traceparent", trace)])
        bench.wait_for_outcomes(positions, check=worker.check_alive)
    (record,) = bench.read(bench.claims_topic)
    headers = dict(record.headers)
    assert headers["traceparent"] == trace
    assert headers["content-type"] == b"application/json"
    assert record.key == orjson.loads(record.value or b"")["claim_id"].encode()
