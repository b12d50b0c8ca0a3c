"""Tailing topics of a real broker."""

import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.article_files import ArticleMessage
from pipeline.broker import EmbeddedBroker
from pipeline.cli import run_command
from pipeline.errors import ConfigurationError
from pipeline.feed import ConfirmedProducer, feed
from pipeline.kafka_security import KafkaCluster
from pipeline.tail import Record, TopicTail
from tests.dashboard_claims import publish_tombstones
from tests.kafka_topics import create_topic, loses_connections


def _feed(cluster: KafkaCluster, topic: str, *values: bytes) -> None:
    articles = [ArticleMessage(name="x", key=value, value=value) for value in values]
    report = feed(articles, cluster=cluster, topic=topic)
    assert report.delivered == len(values)


def test_a_tail_reads_what_is_written_after_it_was_opened(broker: EmbeddedBroker) -> None:
    """Nothing older, and nothing is missed between opening and the first read."""
    cluster = broker.cluster
    topic = create_topic(cluster, partitions=3)
    _feed(cluster, topic, b"old")
    with TopicTail(cluster, [topic]) as tail:
        _feed(cluster, topic, b"1", b"2", b"3", b"4")
        values = {record.value for record in tail.records(limit=4, timeout_seconds=20)}
    assert values == {b"1", b"2", b"3", b"4"}


def test_a_tail_from_the_beginning_reads_all_topics(broker: EmbeddedBroker) -> None:
    """Records know their topic, time, key and headers; order holds within a partition."""
    cluster = broker.cluster
    one, two = create_topic(cluster), create_topic(cluster)
    _feed(cluster, one, b"1", b"2", b"3")
    with ConfirmedProducer(cluster, two) as producer:
        producer.send("x", key=None, value=b"4", headers=[("h", b"a"), ("h", b"b")])
        producer.flush()
    with TopicTail(cluster, [one, two], from_beginning=True) as tail:
        records = list(tail.records(limit=4, timeout_seconds=20))
    assert [r.value for r in records if r.position.topic == one] == [b"1", b"2", b"3"]
    (last,) = [record for record in records if record.position.topic == two]
    assert (last.key, last.headers) == (None, (("h", b"a"), ("h", b"b")))
    assert abs(datetime.now(UTC) - last.timestamp) < timedelta(minutes=5)


def test_a_limit_leaves_the_rest_for_the_next_call(broker: EmbeddedBroker) -> None:
    """Records that were fetched together are not lost when the first call ends."""
    cluster = broker.cluster
    topic = create_topic(cluster)
    _feed(cluster, topic, b"1", b"2", b"3")
    with TopicTail(cluster, [topic], from_beginning=True) as tail:
        first = [record.value for record in tail.records(limit=2, timeout_seconds=20)]
        rest = [record.value for record in tail.records(limit=1, timeout_seconds=20)]
    assert (first, rest) == ([b"1", b"2"], [b"3"])


def test_reading_to_the_end_ends(broker: EmbeddedBroker) -> None:
    """All that is there, an empty topic included, and no waiting for more."""
    cluster = broker.cluster
    topic, empty = create_topic(cluster, partitions=2), create_topic(cluster)
    _feed(cluster, topic, b"1", b"2", b"3")
    with TopicTail(cluster, [topic, empty], from_beginning=True) as tail:
        assert {record.value for record in tail.records_until_end()} == {b"1", b"2", b"3"}
    with TopicTail(cluster, [empty], from_beginning=True) as tail:
        assert list(tail.records_until_end()) == []


def test_what_is_written_meanwhile_is_after_the_end(broker: EmbeddedBroker) -> None:
    """A replay that reads a topic it makes grow must not chase its own tail."""
    cluster = broker.cluster
    topic = create_topic(cluster)
    _feed(cluster, topic, b"1", b"2")
    with TopicTail(cluster, [topic], from_beginning=True) as tail:
        values = []
        for record in tail.records_until_end():
            values.append(record.value)
            _feed(cluster, topic, b"more")
    assert values == [b"1", b"2"]


def test_a_tail_stops_when_told_and_when_time_is_over(broker: EmbeddedBroker) -> None:
    """An idle topic holds nobody up."""
    cluster = broker.cluster
    topic = create_topic(cluster)
    stop = threading.Event()
    with TopicTail(cluster, [topic]) as tail:
        threading.Timer(0.5, stop.set).start()
        started = time.monotonic()
        assert list(tail.records(stop=stop.is_set)) == []
        assert list(tail.records(timeout_seconds=0.5)) == []
        assert 0.9 < time.monotonic() - started < 10


def test_a_missing_topic_is_told(broker: EmbeddedBroker) -> None:
    """The sentence names the topic and how to create it."""
    with pytest.raises(ConfigurationError, match=r"test\.nowhere.*topics create"):
        TopicTail(broker.cluster, ["test.nowhere"])


def test_tail_top_orders_what_is_there_at_its_start(
    broker: EmbeddedBroker, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Claims of all partitions by priority, each once, those of older versions by their score.

    One that was forgotten is left out, and what is written once it reads is not waited for.
    """
    cluster = broker.cluster
    topic = create_topic(cluster, partitions=3)
    monkeypatch.setenv("CLAIMWIRE_BROKER", str(cluster))
    monkeypatch.setenv("CLAIMWIRE_CLAIMS_TOPIC", topic)

    def publish(claim_id: str, **fields: float) -> None:
        value = json.dumps({"claim_id": claim_id, **fields}).encode()
        message = ArticleMessage(name=claim_id, key=claim_id.encode(), value=value)
        assert feed([message], cluster=cluster, topic=topic).delivered == 1

    for number in range(20):
        publish(f"claim-{number}", priority=number / 100, score=1 - number / 100)
    publish("older", score=0.155)
    publish("forgotten", priority=0.9, score=0.9)
    publish_tombstones(cluster, topic, [{"claim_id": "forgotten"}])
    publish("claim-19", priority=0.001, score=0.9)  # detected again, under another table
    records_until_end = TopicTail.records_until_end

    def publish_meanwhile(tail: TopicTail) -> Iterator[Record]:
        for record in records_until_end(tail):
            yield record
            publish("late", priority=1.0)

    monkeypatch.setattr(TopicTail, "records_until_end", publish_meanwhile)
    assert run_command(["tail", "--top", "5", "--json"]) == 0
    claims = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    expected = ["claim-18", "claim-17", "claim-16", "older", "claim-15"]
    assert [claim["claim_id"] for claim in claims] == expected


@loses_connections()
def test_a_broker_that_comes_back_is_read_on(tmp_path: Path) -> None:
    """A tail outlives a restart of the broker, and misses nothing."""
    with EmbeddedBroker(tmp_path) as own:
        cluster = own.cluster
        topic = create_topic(cluster)
        with TopicTail(cluster, [topic]) as tail:
            _feed(cluster, topic, b"before")
            assert [r.value for r in tail.records(limit=1, timeout_seconds=20)] == [b"before"]
            own.stop()
            assert list(tail.records(timeout_seconds=1)) == []
            own.start()
            _feed(cluster, topic, b"after")
            assert [r.value for r in tail.records(limit=1, timeout_seconds=60)] == [b"after"]
