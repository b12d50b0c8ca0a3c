"""What `claimwire topics create` says of topics that exist, in a terminal of 80 columns."""

import re
import uuid
from collections.abc import Callable

import pytest

from pipeline.broker import EmbeddedBroker
from pipeline.cli import run_command
from pipeline.kafka_security import KafkaCluster
from pipeline.topic_descriptions import TopicDescription
from pipeline.topics import describe

Create = Callable[..., tuple[int, str, str]]

WANTED = {
    "TOPIC_PARTITIONS": "3",
    "DEAD_LETTER_RETENTION_HOURS": "24",
    "CLAIMS_CLEANUP_POLICY": "compact,delete",
}


class Commands:
    """The command on a broker, with topics of a test's own that have one partition."""

    def __init__(
        self,
        cluster: KafkaCluster,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        self.cluster = cluster
        self.name = f"t{uuid.uuid4().hex[:8]}"
        self._capsys = capsys
        self._monkeypatch = monkeypatch
        self.set(BROKER=str(cluster), TOPIC_PARTITIONS="1")
        for topic in ("articles", "claims", "outcomes", "dead_letters"):
            self.set(**{f"{topic.upper()}_TOPIC": f"{self.name}.{topic}"})
        monkeypatch.setenv("COLUMNS", "80")

    def set(self, **settings: str) -> None:
        """Set settings for the commands that follow."""
        for name, value in settings.items():
            self._monkeypatch.setenv(f"CLAIMWIRE_{name}", value)

    def create(self, *options: str) -> tuple[int, str, str]:
        """Create the topics; return the exit status, what was printed, and what was complained."""
        status = run_command(["topics", "create", *options])
        printed = self._capsys.readouterr()
        assert max(map(len, printed.out.splitlines() or [""])) <= 80
        return status, printed.out, printed.err

    def topic(self, name: str) -> TopicDescription:
        """Describe one of the four topics."""
        return describe(self.cluster, [f"{self.name}.{name}"])[0]


@pytest.fixture
def commands(
    broker: EmbeddedBroker,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Commands:
    """Return the command, its topics created."""
    commands = Commands(broker.cluster, capsys, monkeypatch)
    assert commands.create()[0] == 0
    return commands


def _rows(printed: str) -> list[list[str]]:
    """Return the cells of the table of drift, without its headings."""
    lines = [line for line in printed.splitlines() if not line.endswith(": exists")]
    starts = [heading.start() for heading in re.finditer(r"[A-Z]", lines[0])] if lines else []
    ends = [*starts[1:], None]
    return [
        [line[start:end].strip() for start, end in zip(starts, ends, strict=True)]
        for line in lines[1:]
    ]


def _expected(name: str, done: str) -> list[list[str]]:
    compaction = [
        ["cleanup.policy", "compact,delete", "delete", done],
        ["max.compaction.lag.ms", "24 h", "for ever", done],
    ]
    partitions = ["partitions", "3", "1", done]
    return [
        [f"{name}.articles", *partitions],
        *([f"{name}.claims", *row] for row in [partitions, *compaction]),
        *([f"{name}.outcomes", *row] for row in [partitions, *compaction]),
        *(
            [f"{name}.dead_letters", *row]
            for row in [partitions, ["retention.ms", "24 h", "336 h", done]]
        ),
    ]


def test_topics_that_differ_are_told_and_left_alone(commands: Commands) -> None:
    """Status 0 for a job that sets topics up, 3 for who asks whether anything differs."""
    commands.set(**WANTED)
    status, printed, told = commands.create()
    assert (status, _rows(printed)) == (0, _expected(commands.name, "left"))
    assert "are left as they are without --apply" in told
    assert "More partitions send keys elsewhere" in told
    assert commands.create("--dry-run") == (3, printed, told)
    assert len(commands.topic("articles").partitions) == 1
    assert commands.topic("dead_letters").retention_ms == 336 * 3_600_000


def test_topics_that_differ_are_altered_when_asked(commands: Commands) -> None:
    """Rehearsed first, which alters nothing; altered once; and then there is nothing to do."""
    commands.set(**WANTED)
    status, printed, _ = commands.create("--apply", "--dry-run")
    assert (status, _rows(printed)) == (3, _expected(commands.name, "to alter"))
    assert len(commands.topic("articles").partitions) == 1
    status, printed, told = commands.create("--apply")
    assert (status, _rows(printed)) == (0, _expected(commands.name, "altered"))
    assert "--apply" not in told
    assert len(commands.topic("articles").partitions) == 3
    assert commands.topic("dead_letters").retention_ms == 24 * 3_600_000
    assert commands.topic("claims").cleanup_policy == "compact,delete"
    for options in ((), ("--dry-run",), ("--apply",), ("--apply", "--dry-run")):
        status, printed, told = commands.create(*options)
        assert (status, _rows(printed), told) == (0, [], "")


@pytest.mark.parametrize("options", [(), ("--apply",), ("--dry-run",)])
def test_topics_are_not_made_smaller(commands: Commands, options: tuple[str, ...]) -> None:
    """One sentence with the topics and the setting; nothing is altered and nothing created."""
    commands.set(TOPIC_PARTITIONS="3")
    commands.create("--apply")
    new = f"{commands.name}.new"
    commands.set(TOPIC_PARTITIONS="2", TOPIC_RETENTION_HOURS="1", ARTICLES_TOPIC=new)
    status, printed, told = commands.create(*options)
    assert (status, printed, told.count("\n")) == (2, "", 1)
    assert f"{commands.name}.claims has 3" in told
    assert "CLAIMWIRE_TOPIC_PARTITIONS to 3" in told
    assert not commands.topic("new").exists
    assert commands.topic("claims").retention_ms == 168 * 3_600_000


def test_replicas_are_for_somebody_else_to_move(commands: Commands) -> None:
    """They are told, with what moves them, and the status says that `--apply` left them."""
    commands.set(TOPIC_REPLICATION_FACTOR="3")
    assert commands.create()[0] == 0
    status, printed, told = commands.create("--apply")
    assert status == 3
    assert [row[1:] for row in _rows(printed)] == [["replication factor", "3", "1", "left"]] * 4
    assert told.count("\n") == 1
    assert "kafka-reassign-partitions.sh" in told


def test_settings_that_kafka_does_not_show_are_told(
    commands: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client without that right cannot say that the topics are as defined."""
    monkeypatch.setattr("pipeline.topics._config", lambda admin, name: {})
    status, printed, told = commands.create("--apply")
    assert status == 3
    assert [row[-2:] for row in _rows(printed)] == [["?", "left"]] * 8
    assert "allow it DescribeConfigs" in told
