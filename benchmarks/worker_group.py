"""Real workers of one consumer group, on a broker that rebalances, added and stopped one by one."""

import signal
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import orjson

from pipeline.article_files import article_key
from pipeline.kafka_client import open_producer
from pipeline.models import SourcePosition
from pipeline.outcomes import decode_outcome
from pipeline.settings import Settings
from pipeline.tail import TopicTail
from tests.worker_process import Workbench, WorkerProcess

# While they are held, workers send no heartbeat and would be put out of their group.
_HOLD_MAX_SECONDS = Settings.model_fields["session_timeout_seconds"].default / 2
# Workers commit every half second, and what a rebalance finds uncommitted is done again.
_SETTLE_SECONDS = 1.5
_TIMEOUT_SECONDS = 300.0
_SEND_BYTES = 512 * 1024
_LOOK_EVERY_SECONDS = 0.05
_READ_EVERY_SECONDS = 0.4
_READ_SECONDS = 0.1

ArticleToSend = tuple[bytes, bytes | None]
"""A message and its key; without a key, articles go to the partitions in turn."""


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupStretch:
    """What a group did with some articles that lay ready."""

    workers: int
    articles: int
    sentences: int
    claims: int
    wall_seconds: float
    """From the moment the workers were let go to the timestamp of the last outcome."""
    largest_share: float
    """Of the sentences, how many lay in the partitions of the worker that had most."""


class DisturbedStretchError(Exception):
    """Workers did more than their articles once each: the stretch's time means nothing."""


class WorkerGroup:
    """Workers that share the partitions of one topic; each stretch begins with a filled topic."""

    def __init__(self, bench: Workbench, command: Sequence[str]) -> None:
        """Run workers by this command on the topics of `bench`, none to begin with."""
        self._bench = bench
        self._command = command
        self._workers: list[WorkerProcess] = []
        self._started = 0
        self._exit = ExitStack()

    def __enter__(self) -> "WorkerGroup":
        # From the beginning: this broker's end offsets are not to be trusted, so the tail is
        # opened while the topic is empty.
        self._outcomes = self._exit.enter_context(
            TopicTail(self._bench.cluster, [self._bench.outcomes_topic], from_beginning=True)
        )
        self._producer = open_producer(self._bench.cluster, linger_ms=5, batch_size=_SEND_BYTES)
        self._exit.callback(self._producer.close, timeout=5)
        return self

    def __exit__(self, *_: object) -> None:
        self._exit.close()

    def add_worker(self) -> float | None:
        """Start one more and return once all hold their partitions.

        Returns the seconds in which a worker that was there before held none; None for the first.
        """
        self._started += 1
        bench = replace(self._bench, state_dir=self._bench.state_dir / f"worker-{self._started}")
        before = list(self._workers)
        worker = self._exit.enter_context(WorkerProcess(bench, self._command))
        self._workers.append(worker)
        return self._await_partitions(before)

    def stop_worker(self) -> float | None:
        """Stop the latest as an operator does; otherwise as `add_worker`."""
        stopped = self._workers.pop().process
        stopped.send_signal(signal.SIGTERM)
        seconds = self._await_partitions(list(self._workers))
        stopped.wait(_TIMEOUT_SECONDS)
        return seconds

    def work_through(self, articles: Sequence[ArticleToSend]) -> GroupStretch:
        """Hold the workers, fill the topic, let go, and wait for the outcome of every article.

        Raises DisturbedStretchError when the stretch has to be done again.
        """
        records = [
            (value, key or article_key(value), None if key else number % self._bench.partitions)
            for number, (value, key) in enumerate(articles)
        ]
        held_partitions = self._partitions()
        held_at = time.monotonic()
        with self._held():
            positions = self._send(records)
            held_seconds = time.monotonic() - held_at
            started = datetime.now(UTC)
        sentences: dict[SourcePosition, int] = {}
        claims = repeated = 0
        ended = started
        deadline = time.monotonic() + _TIMEOUT_SECONDS
        while len(sentences) < len(positions):
            self._check_alive()
            if time.monotonic() > deadline:
                raise RuntimeError(
                    f"{len(positions) - len(sentences)} of {len(positions)} articles have no "
                    f"outcome after {_TIMEOUT_SECONDS:.0f} s: the workers hang."
                )
            time.sleep(_READ_EVERY_SECONDS)  # the timestamps tell when it was, not the reading
            for record in self._outcomes.records(timeout_seconds=_READ_SECONDS):
                outcome = decode_outcome(record.value or b"")
                if outcome.source in sentences or outcome.source not in positions:
                    repeated += 1
                    continue
                sentences[outcome.source] = outcome.sentence_count
                claims += len(outcome.claim_ids)
                ended = max(ended, record.timestamp)
        if held_seconds > _HOLD_MAX_SECONDS:
            raise DisturbedStretchError(f"Filling the topic took {held_seconds:.1f} s.")
        if repeated:
            raise DisturbedStretchError(f"Work on {repeated} articles was repeated meanwhile.")
        if self._partitions() != held_partitions:
            raise DisturbedStretchError("The group rebalanced meanwhile.")
        time.sleep(_SETTLE_SECONDS)
        return GroupStretch(
            workers=len(self._workers),
            articles=len(positions),
            sentences=sum(sentences.values()),
            claims=claims,
            wall_seconds=(ended - started).total_seconds(),
            largest_share=_largest_share(sentences, held_partitions),
        )

    def _send(
        self, records: Sequence[tuple[bytes, bytes | None, int | None]]
    ) -> set[SourcePosition]:
        """Publish values with their keys, each to its partition or to the one of its key."""
        futures = [
            self._producer.send(self._bench.articles_topic, value, key=key, partition=partition)
            for value, key, partition in records
        ]
        answers = [future.get(_TIMEOUT_SECONDS) for future in futures]
        return {
            SourcePosition(
                topic=self._bench.articles_topic, partition=answer.partition, offset=answer.offset
            )
            for answer in answers
        }

    @contextmanager
    def _held(self) -> Iterator[None]:
        """Stop the processes as a debugger does; they go on as if the clock had jumped."""
        for worker in self._workers:
            worker.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            for worker in self._workers:
                worker.process.send_signal(signal.SIGCONT)

    def _await_partitions(self, before: Sequence[WorkerProcess]) -> float | None:
        """Return once the workers share all partitions evenly; see add_worker."""
        idle_since: float | None = None
        deadline = time.monotonic() + _TIMEOUT_SECONDS
        while True:
            self._check_alive()
            if time.monotonic() > deadline:
                raise RuntimeError(
                    f"{len(self._workers)} workers do not share {self._bench.partitions} "
                    f"partitions after {_TIMEOUT_SECONDS:.0f} s: {self._partitions()}."
                )
            if idle_since is None and any(_held_by(worker) is None for worker in before):
                idle_since = time.monotonic()
            held = self._partitions()
            counts = [len(partitions) for partitions in held]
            if (
                len(set().union(*held)) == sum(counts) == self._bench.partitions
                and max(counts) - min(counts) <= 1
            ):
                return time.monotonic() - idle_since if idle_since is not None else None
            time.sleep(_LOOK_EVERY_SECONDS)

    def _partitions(self) -> list[frozenset[int]]:
        """Return which partitions each worker holds; one that holds none has an empty set."""
        return [_held_by(worker) or frozenset() for worker in self._workers]

    def _check_alive(self) -> None:
        for worker in self._workers:
            worker.check_alive()


def _held_by(worker: WorkerProcess) -> frozenset[int] | None:
    """Ask the worker's `/readyz`; None while it holds none yet, or does not answer yet."""
    url = f"http://127.0.0.1:{worker.web_port}/readyz"
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            document = orjson.loads(answer.read())
    except urllib.error.HTTPError as answer:  # not ready: the document says why
        with answer:
            document = orjson.loads(answer.read())
    except OSError:  # nobody listens, or nobody answers in time
        return None
    return None if document["partitions"] is None else frozenset(document["partitions"])


def _largest_share(
    sentences: Mapping[SourcePosition, int], held_partitions: Sequence[frozenset[int]]
) -> float:
    """Return the share of all sentences that lies in the partitions of one worker, at most."""
    shares = [
        sum(count for position, count in sentences.items() if position.partition in partitions)
        for partitions in held_partitions
    ]
    return max(shares) / sum(shares)
