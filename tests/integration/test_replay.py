"""Dead letters of a real broker, listed and replayed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from pipeline.broker import EmbeddedBroker
from pipeline.dead_letters import (
    dead_letter_headers,
    oversize_headers,
    oversize_replacement,
    read_attempts,
)
from pipeline.errors import ArticleError, ConfigurationError, Stage
from pipeline.feed import ConfirmedProducer
from pipeline.kafka_security import KafkaCluster
from pipeline.models import SourcePosition
from pipeline.replay import (
    ReplayOutcome,
    ReplayResult,
    Selection,
    list_dead_letters,
    replay,
)
from pipeline.tail import Record, TopicTail
from tests.kafka_topics import create_topic

SOURCE = SourcePosition(topic="news.articles", partition=3, offset=99)


@dataclass(frozen=True, kw_only=True)
class DeadLetterBench:
    """A dead-letter topic and an articles topic of a test's own."""

    cluster: KafkaCluster
    articles: str
    dead_letters: str

    def bury(
        self,
        value: bytes,
        *,
        key: bytes | None = b"key",
        stage: Stage = Stage.DECODE,
        attempts: int = 1,
        own_headers: Sequence[tuple[str, bytes]] = (),
        replaced: bool = False,
    ) -> None:
        """Write a dead letter as the worker does."""
        headers = dead_letter_headers(
            ArticleError(stage, "wrong_shape", "/body: required"),
            source=SOURCE,
            headers=[*own_headers, ("claimwire.attempts", str(attempts).encode())],
            failed_at=datetime.now(UTC),
        )
        if replaced:
            value, headers = oversize_replacement(value, SOURCE), oversize_headers(headers)
        self.write(value, key=key, headers=[(n, v or b"") for n, v in headers])

    def write(
        self, value: bytes, *, key: bytes | None, headers: Sequence[tuple[str, bytes]]
    ) -> None:
        """Write anything to the dead-letter topic."""
        with ConfirmedProducer(self.cluster, self.dead_letters) as producer:
            producer.send("x", key=key, value=value, headers=headers)
            producer.flush()

    def replay(
        self, selection: Selection | None = None, *, max_attempts: int = 3, dry_run: bool = False
    ) -> list[ReplayResult]:
        """Replay what is selected, by default everything."""
        return replay(
            self.cluster,
            dead_letters_topic=self.dead_letters,
            articles_topic=self.articles,
            selection=selection or Selection(),
            max_attempts=max_attempts,
            dry_run=dry_run,
        )

    def replayed(self) -> list[Record]:
        """Return what stands in the articles topic."""
        with TopicTail(self.cluster, [self.articles], from_beginning=True) as tail:
            return list(tail.records_until_end())


@pytest.fixture
def letters(broker: EmbeddedBroker) -> DeadLetterBench:
    """Two fresh topics on the shared broker."""
    cluster = broker.cluster
    return DeadLetterBench(
        cluster=cluster, articles=create_topic(cluster), dead_letters=create_topic(cluster)
    )


def test_dead_letters_are_listed_with_what_foreign_hands_wrote(letters: DeadLetterBench) -> None:
    """A message that is no dead letter is listed as such and hides no other."""
    letters.bury(b"one", stage=Stage.EXTRACT, attempts=2)
    letters.write(b"foreign", key=None, headers=[])
    letters.bury(b"x" * 5000, replaced=True)
    first, foreign, large = list_dead_letters(letters.cluster, letters.dead_letters)
    assert first.dead_letter is not None
    assert (first.dead_letter.stage, first.dead_letter.attempts) == ("extract", 2)
    assert (first.dead_letter.source, first.size_bytes) == (SOURCE, 3)
    assert foreign.dead_letter is None
    assert foreign.problem
    assert large.dead_letter is not None
    assert large.dead_letter.replacement is not None
    assert large.dead_letter.replacement.size_bytes == 5000


def test_a_replay_keeps_key_value_and_own_headers_and_counts(letters: DeadLetterBench) -> None:
    """The articles topic gets the article as it came, with one attempt more and no old error."""
    letters.bury(b"article", key=b"id:a/1", own_headers=[("traceparent", b"t"), ("empty", b"")])
    (result,) = letters.replay()
    assert result.outcome is ReplayOutcome.REPLAYED
    (record,) = letters.replayed()
    assert record.position == result.position
    assert (record.key, record.value) == (b"id:a/1", b"article")
    assert dict(record.headers) == {
        "traceparent": b"t",
        "empty": b"",
        "claimwire.attempts": b"2",
    }
    assert read_attempts(record.headers) == 2


def test_a_key_that_is_null_stays_null(letters: DeadLetterBench) -> None:
    """Bytes that were never an article have no key, before and after."""
    letters.bury(b"not json", key=None)
    letters.replay()
    assert [record.key for record in letters.replayed()] == [None]


def test_enough_is_enough(letters: DeadLetterBench) -> None:
    """What has failed as often as allowed is refused, with how to insist."""
    letters.bury(b"often", attempts=3)
    letters.bury(b"once", attempts=1)
    refused, replayed = letters.replay()
    assert refused.outcome is ReplayOutcome.REFUSED
    assert "--max-attempts" in (refused.reason or "")
    assert replayed.outcome is ReplayOutcome.REPLAYED
    assert letters.replay(max_attempts=4)[0].outcome is ReplayOutcome.REPLAYED


def test_only_the_last_dead_letter_of_an_article_is_replayed(letters: DeadLetterBench) -> None:
    """Failing again must not reset the count, nor a crash's repetition double the replay."""
    letters.bury(b"article", attempts=1)
    letters.bury(b"article", attempts=2)
    letters.bury(b"article", attempts=2)
    letters.bury(b"article", key=b"another", attempts=1)
    assert [result.outcome for result in letters.replay()] == [
        ReplayOutcome.SUPERSEDED,
        ReplayOutcome.REPLAYED,
        ReplayOutcome.SUPERSEDED,
        ReplayOutcome.REPLAYED,
    ]
    assert [read_attempts(record.headers) for record in letters.replayed()] == [3, 2]


def test_what_was_too_large_to_keep_cannot_be_replayed(letters: DeadLetterBench) -> None:
    """The reason says where the original stands; neither it nor a foreign message is sent."""
    letters.bury(b"x" * 5000, replaced=True)
    letters.write(b"foreign", key=None, headers=[])
    large, foreign = letters.replay()
    assert large.outcome is ReplayOutcome.REFUSED
    assert str(SOURCE) in (large.reason or "")
    assert foreign.outcome is ReplayOutcome.REFUSED
    assert letters.replayed() == []


def test_a_choice_by_place_and_stage(letters: DeadLetterBench) -> None:
    """Partition, offset and stage narrow the choice; the others are left alone."""
    letters.bury(b"a", stage=Stage.DECODE)
    letters.bury(b"b", stage=Stage.CRASH)
    letters.bury(b"c", stage=Stage.DECODE)
    assert len(letters.replay(Selection(partition=0, offset=2))) == 1
    assert len(letters.replay(Selection(stage="crash"))) == 1
    assert letters.replay(Selection(partition=1)) == []
    assert [record.value for record in letters.replayed()] == [b"c", b"b"]


def test_a_dry_run_sends_nothing(letters: DeadLetterBench) -> None:
    """It judges as the real run does."""
    letters.bury(b"a")
    letters.bury(b"b", attempts=5)
    assert [result.outcome for result in letters.replay(dry_run=True)] == [
        ReplayOutcome.WOULD_REPLAY,
        ReplayOutcome.REFUSED,
    ]
    assert letters.replayed() == []


def test_a_missing_topic_is_told(letters: DeadLetterBench) -> None:
    """Neither topic is created by accident."""
    with pytest.raises(ConfigurationError, match="does not exist"):
        list(list_dead_letters(letters.cluster, "test.nothing-here"))
    with pytest.raises(ConfigurationError, match="does not exist"):
        replay(
            letters.cluster,
            dead_letters_topic=letters.dead_letters,
            articles_topic="test.nothing-here",
            selection=Selection(),
        )
