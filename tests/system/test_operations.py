"""The commands of docs/operations.md, section "Day to day", run as an operator would."""

import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from pipeline.article_files import article_key
from pipeline.broker import FETCH_PAUSE_SECONDS, EmbeddedBroker, free_port
from pipeline.kafka_client import open_producer
from pipeline.models import Outcome
from pipeline.outcomes import decode_outcome
from pipeline.tail import Record, TopicTail
from tests.rebalancing_broker import RebalancingBroker
from tests.worker_process import article

PAGE = Path(__file__).parents[2] / "docs" / "operations.md"
IN_A_GROUP = [
    "Start",
    STOP := "Stop",
    "Scale",
    "Roll",
    "Change the threshold or the model",
    REPLAY := "Replay dead letters",
]
RESET = "Reset offsets"
OUTCOMES = "news.articles.outcomes"
PORTS = ("6066", "6067")
ARTICLES = 24
WORTH_CHECKING = "Unemployment in Norland fell to {n} percent in May, the statistics office said."


def steps() -> dict[str, str]:
    """Return the commands of each step, by its heading, in the order of the page."""
    section = PAGE.read_text("utf-8").partition("\n## Day to day\n")[2].partition("\n## ")[0]
    parts = re.split(r"^### (.+)\n", section, flags=re.MULTILINE)[1:]
    found = {}
    for heading, text in zip(parts[::2], parts[1::2], strict=True):
        (found[heading],) = re.findall(r"```bash\n(.*?)```", text, flags=re.DOTALL)
    return found


class Shell:
    """One shell that does step after step, as an operator's does."""

    def __init__(self, folder: Path, broker: EmbeddedBroker) -> None:
        own = {
            "BROKER": broker.bootstrap_servers,
            "TOPIC_PARTITIONS": "4",
            "TOPIC_REPLICATION_FACTOR": "1",
            "MODEL_THREADS": "1",
            "FETCH_PAUSE_SECONDS": str(FETCH_PAUSE_SECONDS),
        }
        clean = {key: value for key, value in os.environ.items() if "CLAIMWIRE" not in key}
        programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        self._ports = {port: str(free_port()) for port in PORTS}
        self._folder = folder
        self._shell = subprocess.Popen(
            ["bash", "-eu", "-o", "pipefail"],
            cwd=folder,
            env=clean | {"PATH": programs} | {f"CLAIMWIRE_{key}": v for key, v in own.items()},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def do(self, commands: str) -> str:
        """Do a step and return what it printed; fail when a command of it did."""
        for port, free in self._ports.items():
            commands = commands.replace(port, free)
        assert self._shell.stdin is not None
        assert self._shell.stdout is not None
        self._shell.stdin.write(f"{commands}\necho; echo --- done ---\n")
        self._shell.stdin.flush()
        printed = ""
        for line in self._shell.stdout:
            if line == "--- done ---\n":
                return printed
            printed += line
        raise AssertionError(f"{commands}\n{printed}\n{self.log}")

    @property
    def log(self) -> str:
        """What the workers have logged."""
        logs = sorted(self._folder.glob("worker-*.log"))
        return "\n".join(path.read_text("utf-8") for path in logs)

    def __enter__(self) -> "Shell":
        return self

    def __exit__(self, *_: object) -> None:
        """End the workers and the shell."""
        for path in self._folder.glob("worker-*.pid"):
            subprocess.run(["kill", "-KILL", path.read_text().strip()], check=False)
        with self._shell:  # closes the pipes and waits
            self._shell.kill()


def send(broker: EmbeddedBroker, numbers: range, *values: bytes) -> None:
    """Publish articles with a sentence worth checking each, and other values as they are."""
    producer = open_producer(broker.cluster)
    articles = [article(n, WORTH_CHECKING.format(n=n)) for n in numbers]
    try:
        for value in (*articles, *values):
            producer.send("news.articles", value, key=article_key(value)).get(30)
    finally:
        producer.close(timeout=5)


def wait_for(
    broker: EmbeddedBroker, topic: str, is_there: Callable[[list[Record]], bool], shell: Shell
) -> list[Record]:
    """Return a topic's records from its beginning once what is waited for is there."""
    found: list[Record] = []
    with TopicTail(broker.cluster, [topic], from_beginning=True) as tail:
        deadline = time.monotonic() + 60
        while not is_there(found):
            assert time.monotonic() < deadline, (len(found), shell.log[-4000:])
            found += tail.records(timeout_seconds=0.5)
    return found


def ends(records: list[Record]) -> Counter[Outcome]:
    """Count how the articles of these outcome records ended, each article once."""
    outcomes = [decode_outcome(record.value or b"") for record in records]
    return Counter({outcome.source: outcome.outcome for outcome in outcomes}.values())


def scored(records: list[Record]) -> int:
    """Count the articles that these outcome records say were scored."""
    return ends(records)[Outcome.CLAIMS] + ends(records)[Outcome.NO_CLAIMS]


def thresholds(claims: list[Record]) -> set[float]:
    """Return the thresholds that the claims came under."""
    return {orjson.loads(record.value or b"")["threshold"] for record in claims}


def test_every_step_is_tested() -> None:
    """The page has the steps that the tests below do, and no other."""
    assert list(steps()) == [*IN_A_GROUP, RESET]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_workers_are_started_scaled_rolled_and_changed(tmp_path: Path) -> None:
    """Through every step of the page no article is left out, and the new threshold holds."""
    with RebalancingBroker(tmp_path / "broker") as broker, Shell(tmp_path, broker) as shell:
        todo, sent = steps(), 0
        for name in IN_A_GROUP:
            if name == REPLAY:
                send(broker, range(0), b"not JSON")
                wait_for(
                    broker, OUTCOMES, lambda found: Outcome.DEAD_LETTERED in ends(found), shell
                )
            printed = shell.do(todo[name])
            if name == STOP:
                assert "Stopping" in shell.log
                continue
            send(broker, range(sent, sent + ARTICLES))
            sent += ARTICLES
            outcomes = wait_for(
                broker, OUTCOMES, lambda found, sent=sent: scored(found) >= sent, shell
            )
        assert "decode" in printed
        assert scored(outcomes) == sent
        wait_for(broker, "news.claims", lambda found: len(thresholds(found)) == 2, shell)


@pytest.mark.slow
@pytest.mark.timeout(200)
def test_offsets_are_reset(tmp_path: Path) -> None:
    """After a reset to the earliest offset every article is worked on again, with its claim_id."""
    with EmbeddedBroker(tmp_path / "broker") as broker, Shell(tmp_path, broker) as shell:
        shell.do(steps()["Start"])
        shell.do(steps()[STOP])
        shell.do("start 1 6066")
        send(broker, range(ARTICLES))
        once = wait_for(broker, OUTCOMES, lambda found: len(found) >= ARTICLES, shell)
        shell.do(steps()[RESET])
        twice = wait_for(broker, OUTCOMES, lambda found: len(found) >= 2 * ARTICLES, shell)
        assert len(once) == ARTICLES
        ids = Counter(
            claim_id
            for record in twice
            for claim_id in decode_outcome(record.value or b"").claim_ids
        )
        assert set(ids.values()) == {2}
