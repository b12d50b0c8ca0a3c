"""A real worker on a real broker whose CPU time is read around a stretch of work."""

import itertools
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import attrgetter
from pathlib import Path

import psutil
from kafka import TopicPartition

from benchmarks.cpu_time import cpu_seconds
from pipeline.broker import EmbeddedBroker
from pipeline.kafka_client import open_consumer
from pipeline.models import SourcePosition
from pipeline.outcomes import OutcomeRecord, decode_outcome
from pipeline.settings import Settings
from pipeline.tail import Record, TopicTail
from tests.worker_process import REAL_WORKER, Workbench, WorkerProcess

# The worker commits offsets every half second: the last commit of a stretch belongs to its cost.
_SETTLE_SECONDS = 0.6
# While it is held, a worker sends no heartbeat and would be put out of its group.
_HOLD_MAX_SECONDS = Settings.model_fields["session_timeout_seconds"].default / 2
_TIMEOUT_SECONDS = 180.0
_LOOK_EVERY_SECONDS = 0.1


@dataclass(frozen=True, kw_only=True, slots=True)
class Stretch:
    """What a worker did with some articles that lay ready, and what it cost."""

    cpu_seconds: float
    """Of the worker's process and its HTML child, with the last commit."""
    wall_seconds: float
    """From the moment it was let go to the arrival of the last outcome."""
    batches: list[list[bytes]]
    """The articles as the worker put them together in micro-batches."""
    sentences: int
    claims: int

    @property
    def articles(self) -> int:
        """How many articles it was."""
        return sum(map(len, self.batches))


class MeasuredWorker:
    """A running worker; each stretch of work begins with a filled topic and a warm worker."""

    def __init__(self, bench: Workbench, worker: WorkerProcess) -> None:
        """Measure `worker`, which runs on the topics of `bench`."""
        self.bench = bench
        self._worker = worker

    def work_through(self, articles: Sequence[bytes]) -> Stretch:
        """Hold the worker, fill the topic, let go, and read the worker's CPU time at both ends."""
        with OutputReader(self) as outputs:
            with self._held():
                positions = self.bench.send(articles)
                cpu_before = self.cpu_seconds()
            started = datetime.now(UTC)
            outcomes = outputs.await_outcomes(len(positions))
            time.sleep(_SETTLE_SECONDS)
            cpu_after = self.cpu_seconds()
        ended = max(outcome.published_at for outcome in outcomes)
        return Stretch(
            cpu_seconds=cpu_after - cpu_before,
            wall_seconds=(ended - started).total_seconds(),
            batches=_batches(dict(zip(positions, articles, strict=True)), outcomes),
            sentences=sum(outcome.record.sentence_count for outcome in outcomes),
            claims=sum(len(outcome.record.claim_ids) for outcome in outcomes),
        )

    def cpu_seconds(self) -> float:
        """Return the CPU time that the worker's processes have used so far."""
        return cpu_seconds(psutil.Process(self._worker.process.pid))

    def check_alive(self) -> None:
        """Fail with the end of its log when the worker has ended."""
        self._worker.check_alive()

    @contextmanager
    def _held(self) -> Iterator[None]:
        """Stop the process as a debugger does; it goes on as if the clock had jumped."""
        self._worker.process.send_signal(signal.SIGSTOP)
        held_at = time.monotonic()
        try:
            yield
        finally:
            self._worker.process.send_signal(signal.SIGCONT)
        if time.monotonic() - held_at > _HOLD_MAX_SECONDS:
            raise RuntimeError(
                "Filling the topic took so long that the worker may have left its group: "
                "give fewer articles a round, or a quieter machine."
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class PublishedOutcome:
    """An outcome and when the worker's producer took it: the article's claims are safe by then."""

    record: OutcomeRecord
    published_at: datetime


class OutputReader:
    """Reads what a worker publishes from now on, but only once it has published it all.

    A consumer that waits at the end of a topic keeps the embedded broker, and itself, busy: it
    would take CPU time from the worker while that is measured. Here the ends are looked at a few
    times a second, and the records' own timestamps tell when they were published.
    """

    def __init__(self, worker: MeasuredWorker) -> None:
        """Read the outputs of this worker."""
        self._worker = worker
        self._bench = worker.bench
        self._exit = ExitStack()

    def __enter__(self) -> "OutputReader":
        cluster = self._bench.cluster
        self._outcomes = self._exit.enter_context(TopicTail(cluster, [self._bench.outcomes_topic]))
        self._claims = self._exit.enter_context(TopicTail(cluster, [self._bench.claims_topic]))
        self._ends = self._exit.enter_context(closing(open_consumer(cluster)))
        self._start = self._outcomes_end()
        return self

    def __exit__(self, *_: object) -> None:
        self._exit.close()

    def await_outcomes(self, count: int) -> list[PublishedOutcome]:
        """Return the outcomes of all `count` articles, once they are there."""
        deadline = time.monotonic() + _TIMEOUT_SECONDS
        while (ended := self._outcomes_end() - self._start) < count:
            self._worker.check_alive()
            if time.monotonic() > deadline:
                raise RuntimeError(
                    f"{count - ended} of {count} articles have no outcome after "
                    f"{_TIMEOUT_SECONDS:.0f} s: the worker does not keep up, or hangs."
                )
            time.sleep(_LOOK_EVERY_SECONDS)
        outcomes = [
            PublishedOutcome(
                record=decode_outcome(record.value or b""), published_at=record.timestamp
            )
            for record in self._outcomes.records_until_end()
        ]
        if len({outcome.record.source for outcome in outcomes}) != count or ended != count:
            raise RuntimeError("The worker repeated work: its figures mean nothing.")
        return outcomes

    def claims(self) -> list[Record]:
        """Return the claims published so far."""
        return list(self._claims.records_until_end())

    def _outcomes_end(self) -> int:
        partitions = [
            TopicPartition(self._bench.outcomes_topic, number)
            for number in range(self._bench.partitions)
        ]
        return sum(self._ends.end_offsets(partitions).values())


@contextmanager
def run_measured_worker(
    directory: Path, *, threads: int, command: Sequence[str] = REAL_WORKER
) -> Iterator[MeasuredWorker]:
    """Run broker and worker, with the settings' defaults but for the threads of the model."""
    with EmbeddedBroker(directory / "broker") as broker:
        bench = Workbench(
            bootstrap_servers=broker.bootstrap_servers,
            state_dir=directory / "state",
            partitions=Settings.model_fields["topic_partitions"].default,
            settings={"MODEL_THREADS": str(threads)},
            is_static_member=False,
        )
        bench.create_topics()
        with WorkerProcess(bench, command) as worker:
            yield MeasuredWorker(bench, worker)


def _batches(
    articles: dict[SourcePosition, bytes], outcomes: Sequence[PublishedOutcome]
) -> list[list[bytes]]:
    """Group articles into the worker's micro-batches: these share the time of their outcomes."""
    records = sorted((outcome.record for outcome in outcomes), key=attrgetter("processed_at"))
    return [
        [articles[record.source] for record in batch]
        for _, batch in itertools.groupby(records, key=attrgetter("processed_at"))
    ]
