"""Runs a real worker against a real broker, with topics of its own, and reads what it wrote."""

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from pipeline.article_files import article_key
from pipeline.broker import FETCH_PAUSE_SECONDS, free_port
from pipeline.kafka_client import open_producer
from pipeline.kafka_security import KafkaCluster, plaintext_cluster
from pipeline.models import SourcePosition
from pipeline.outcomes import OutcomeRecord, decode_outcome
from pipeline.tail import Record, TopicTail
from pipeline.topic_definitions import TopicDefinition
from pipeline.topics import create_missing

CLAIMWIRE = (sys.executable, "-m", "pipeline.cli")
REAL_WORKER = (*CLAIMWIRE, "worker")
FAKE_WORKER = (sys.executable, "-m", "tests.fake_worker")
"""The worker with a fake classifier that does what articles tell it to: exit, hang, be slow."""


@dataclass(kw_only=True)
class Workbench:
    """Topics, a consumer group and a state directory that one test has to itself."""

    bootstrap_servers: str
    state_dir: Path
    partitions: int = 3
    name: str = field(default_factory=lambda: f"t{uuid.uuid4().hex[:8]}")
    settings: Mapping[str, str] = field(default_factory=dict)
    is_static_member: bool = True

    def __post_init__(self) -> None:
        self.articles_topic = f"{self.name}.articles"
        self.claims_topic = f"{self.name}.claims"
        self.outcomes_topic = f"{self.name}.outcomes"
        self.dead_letters_topic = f"{self.name}.dead-letter"

    @property
    def cluster(self) -> KafkaCluster:
        """The broker as the test itself reaches it."""
        return plaintext_cluster(self.bootstrap_servers)

    def create_topics(self) -> None:
        """Create the four topics."""
        create_missing(
            self.cluster,
            [
                TopicDefinition(name=name, partitions=self.partitions, replication_factor=1)
                for name in (
                    self.articles_topic,
                    self.claims_topic,
                    self.outcomes_topic,
                    self.dead_letters_topic,
                )
            ],
        )

    def environment(self, **settings: str) -> dict[str, str]:
        """Return the environment of a process that works on these topics."""
        own = {
            "BROKER": self.bootstrap_servers,
            "GROUP_ID": self.name,
            "ARTICLES_TOPIC": self.articles_topic,
            "CLAIMS_TOPIC": self.claims_topic,
            "OUTCOMES_TOPIC": self.outcomes_topic,
            "DEAD_LETTERS_TOPIC": self.dead_letters_topic,
            "STATE_DIR": str(self.state_dir),
            "TOPIC_PARTITIONS": str(self.partitions),
            "TOPIC_REPLICATION_FACTOR": "1",
            "MODEL_THREADS": "1",
            "FETCH_PAUSE_SECONDS": str(FETCH_PAUSE_SECONDS),
            "WEB_PORT": str(free_port()),
            **({"GROUP_INSTANCE_ID": f"{self.name}-1"} if self.is_static_member else {}),
            **self.settings,
            **settings,
        }
        clean = {key: value for key, value in os.environ.items() if "CLAIMWIRE" not in key}
        return clean | {f"CLAIMWIRE_{key}": value for key, value in own.items()}

    def send(
        self,
        values: Iterable[bytes | None],
        *,
        headers: Sequence[tuple[str, bytes]] = (),
    ) -> list[SourcePosition]:
        """Publish messages, confirmed; return their positions in order."""
        producer = open_producer(self.cluster)
        try:
            futures = [
                producer.send(
                    self.articles_topic,
                    value,
                    key=article_key(value) if value is not None else b"tombstone",
                    headers=list(headers),
                )
                for value in values
            ]
            answers = [future.get(30) for future in futures]
        finally:
            producer.close(timeout=5)
        return [
            SourcePosition(
                topic=self.articles_topic, partition=answer.partition, offset=answer.offset
            )
            for answer in answers
        ]

    def read(self, topic: str) -> list[Record]:
        """Return all records of a topic."""
        with TopicTail(self.cluster, [topic], from_beginning=True) as tail:
            return list(tail.records_until_end())

    def outcomes(self) -> list[OutcomeRecord]:
        """Return all outcome records so far, repeated ones included."""
        return [decode_outcome(record.value or b"") for record in self.read(self.outcomes_topic)]

    def claims(self) -> list[dict]:
        """Return all claims so far, repeated ones included."""
        return [orjson.loads(record.value or b"") for record in self.read(self.claims_topic)]

    def wait_for_outcomes(
        self,
        positions: Iterable[SourcePosition],
        *,
        timeout_seconds: float = 90,
        check: Callable[[], None] = lambda: None,
    ) -> dict[SourcePosition, OutcomeRecord]:
        """Return the outcome of each position once all are there; fail after the timeout."""
        missing = set(positions)
        found: dict[SourcePosition, OutcomeRecord] = {}
        with TopicTail(self.cluster, [self.outcomes_topic], from_beginning=True) as tail:
            deadline = time.monotonic() + timeout_seconds
            while missing:
                check()
                assert time.monotonic() < deadline, f"no outcome for {sorted(map(str, missing))}"
                for record in tail.records(timeout_seconds=0.5):
                    outcome = decode_outcome(record.value or b"")
                    found[outcome.source] = outcome
                    missing.discard(outcome.source)
                    if not missing:
                        break
        return found


class WorkerProcess:
    """A worker process; `with` starts it and makes sure that it is gone at the end."""

    def __init__(
        self, bench: Workbench, command: Sequence[str] = REAL_WORKER, **settings: str
    ) -> None:
        self._command = list(command)
        self._environment = bench.environment(**settings)
        bench.state_dir.mkdir(parents=True, exist_ok=True)
        self.log_path = bench.state_dir / "worker.log"
        self.web_port = self._environment["CLAIMWIRE_WEB_PORT"]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process."""
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, env=self._environment, stdout=log, stderr=log
            )

    @property
    def process(self) -> "subprocess.Popen[bytes]":
        """The process last started."""
        assert self._process is not None
        return self._process

    @property
    def log(self) -> str:
        """What all processes started here have printed."""
        return self.log_path.read_text("utf-8", "replace")

    def check_alive(self) -> None:
        """Fail with the log's end when the process has ended."""
        assert self.process.poll() is None, self.log[-4000:]

    def kill(self) -> None:
        """End the process as the kernel does when memory is short."""
        self.process.kill()
        self.process.wait()

    def stop(self, timeout_seconds: float = 30) -> int:
        """Stop the process as an operator does; return its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout_seconds)

    def __enter__(self) -> "WorkerProcess":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()


def article(number: int, body: str, **fields: object) -> bytes:
    """Return an article's JSON, with an identity of its own."""
    return orjson.dumps({"source": "test", "id": str(number), "body": body, **fields})
