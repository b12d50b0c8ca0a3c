"""Feeding a real broker."""

import threading
from pathlib import Path

import orjson
import pytest

from pipeline.article_files import ArticleMessage, Refusal, read_articles
from pipeline.broker import EmbeddedBroker
from pipeline.errors import BrokerUnavailableError, ConfigurationError
from pipeline.feed import IN_FLIGHT_MAX_RECORDS, ConfirmedProducer, feed
from pipeline.kafka_security import KafkaCluster
from pipeline.models import SourcePosition
from pipeline.tail import Record, TopicTail
from pipeline.topics import describe
from tests.kafka_topics import create_topic, loses_connections


def _message(number: int, value: bytes = b"{}") -> ArticleMessage:
    return ArticleMessage(name=str(number), key=b"%d" % number, value=value)


def _read(cluster: KafkaCluster, topic: str) -> list[Record]:
    with TopicTail(cluster, [topic], from_beginning=True) as tail:
        return list(tail.records_until_end())


def test_what_is_fed_stands_in_the_topic_where_the_feeder_says(broker: EmbeddedBroker) -> None:
    """Every position told holds its article, in more than one batch and over all partitions."""
    cluster = broker.cluster
    topic = create_topic(cluster, partitions=3)
    count = 2 * IN_FLIGHT_MAX_RECORDS + 10
    positions: list[SourcePosition] = []
    report = feed(
        (_message(number, b"%d" % number) for number in range(count)),
        cluster=cluster,
        topic=topic,
        on_delivered=positions.append,
    )
    assert (report.delivered, report.refused) == (count, ())
    assert len({position.partition for position in positions}) == 3
    values = {record.position: record.value for record in _read(cluster, topic)}
    assert [values[position] for position in positions] == [b"%d" % n for n in range(count)]


def test_a_refused_article_does_not_stop_its_neighbours(broker: EmbeddedBroker) -> None:
    """Too large for the broker and unreadable: named, counted, and the rest is delivered."""
    cluster = broker.cluster
    topic = create_topic(cluster)
    unreadable = Refusal(name="b.txt", reason="It is not UTF-8 text.")
    told: list[Refusal] = []
    report = feed(
        [_message(1), _message(2, b"x" * 2_000_000), unreadable, _message(3)],
        cluster=cluster,
        topic=topic,
        on_refused=told.append,
    )
    assert report.delivered == 2
    assert {refusal.name for refusal in report.refused} == {"2", "b.txt"}
    assert sorted(told, key=str) == sorted(report.refused, key=str)
    (too_large,) = [refusal for refusal in report.refused if refusal.name == "2"]
    assert "2,000,000 bytes" in too_large.reason
    assert [record.key for record in _read(cluster, topic)] == [b"1", b"3"]


def test_an_article_just_under_the_limit_is_delivered(broker: EmbeddedBroker) -> None:
    """The broker is the judge of size, not a guess of ours."""
    cluster = broker.cluster
    topic = create_topic(cluster)
    report = feed([_message(1, b"x" * 1_040_000)], cluster=cluster, topic=topic)
    assert (report.delivered, report.refused) == (1, ())


def test_a_tombstone_goes_to_the_partition_that_is_named(broker: EmbeddedBroker) -> None:
    """Its key would choose one partition; records of the key may stand in another."""
    cluster = broker.cluster
    topic = create_topic(cluster, partitions=3)
    with ConfirmedProducer(cluster, topic) as producer:
        answers = []
        for partition in (2, 0, 1):
            answers += producer.send("x", key=b"k", value=None, partition=partition)
        answers += producer.flush()
    positions = [answer for answer in answers if isinstance(answer, SourcePosition)]
    assert [position.partition for position in positions] == [2, 0, 1]
    records = _read(cluster, topic)
    assert {(record.key, record.is_tombstone) for record in records} == {(b"k", True)}
    assert {record.position for record in records} == set(positions)


def test_files_are_fed_with_their_articles_keys(broker: EmbeddedBroker, tmp_path: Path) -> None:
    """The key is the article's identity, and null for a line the pipeline will not read."""
    cluster = broker.cluster
    topic = create_topic(cluster)
    path = tmp_path / "a.jsonl"
    article = orjson.dumps({"id": "7", "source": "wire", "body": "Text."})
    path.write_bytes(article + b"\nnot json\n")
    feed(read_articles(path), cluster=cluster, topic=topic)
    assert [(record.key, record.value) for record in _read(cluster, topic)] == [
        (b"id:wire/7", article),
        (None, b"not json"),
    ]


def test_a_missing_topic_is_told_and_not_created(broker: EmbeddedBroker) -> None:
    """A slip of the keyboard must not become a topic with one partition."""
    cluster = broker.cluster
    with pytest.raises(ConfigurationError, match="topics create"):
        feed([_message(1)], cluster=cluster, topic="test.no-such-topic")
    assert not describe(cluster, ["test.no-such-topic"])[0].exists


@loses_connections()
def test_a_broker_that_goes_away_ends_the_feed_in_time(tmp_path: Path) -> None:
    """What was confirmed is told before the error; the rest may be fed again."""
    with EmbeddedBroker(tmp_path) as own:
        cluster = own.cluster
        topic = create_topic(cluster)
        positions: list[SourcePosition] = []

        def articles():
            for number in range(3 * IN_FLIGHT_MAX_RECORDS):
                if number == IN_FLIGHT_MAX_RECORDS + 500:
                    own.stop()
                yield _message(number)

        with pytest.raises(BrokerUnavailableError):
            feed(
                articles(),
                cluster=cluster,
                topic=topic,
                timeout_seconds=3,
                on_delivered=positions.append,
            )
        assert positions


def test_a_feed_that_is_broken_off_leaves_no_thread(broker: EmbeddedBroker) -> None:
    """Ctrl-C comes through as it is, at once, with articles still unanswered."""
    cluster = broker.cluster
    topic = create_topic(cluster)
    threads = set(threading.enumerate())

    def articles():
        yield from (_message(number) for number in range(100))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        feed(articles(), cluster=cluster, topic=topic)
    assert set(threading.enumerate()) <= threads
