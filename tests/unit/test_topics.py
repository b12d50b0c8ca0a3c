"""Topics, as far as they can be tested without a broker."""

import time

import pytest

from pipeline.broker import free_port
from pipeline.errors import BrokerUnavailableError
from pipeline.kafka_security import KafkaCluster, plaintext_cluster
from pipeline.topic_drift import Remedy, TopicDrift
from pipeline.topics import apply_remedies, create_missing, describe, wait_for_broker


@pytest.fixture
def nobody() -> KafkaCluster:
    """An address where nothing listens."""
    return plaintext_cluster(f"127.0.0.1:{free_port()}")


def test_nothing_asked_for_needs_no_broker(nobody: KafkaCluster) -> None:
    """No names, no definitions and no drift of ours to mend are an empty answer, not an error."""
    assert describe(nobody, []) == []
    assert create_missing(nobody, []) == []
    apply_remedies(nobody, [])
    for remedy in (Remedy.REASSIGN, Remedy.LOOK, Remedy.NONE):
        drift = TopicDrift(topic="a", setting="b", wanted="1", found="2", remedy=remedy)
        apply_remedies(nobody, [drift])


def test_waiting_for_a_broker_says_one_line_and_gives_up_in_time(nobody: KafkaCluster) -> None:
    """Several tries fail, one line is said, and the error comes when the time is over."""
    lines: list[str] = []
    started = time.monotonic()
    with pytest.raises(BrokerUnavailableError, match=str(nobody)):
        wait_for_broker(nobody, timeout_seconds=1.5, on_wait=lines.append)
    assert 1.4 < time.monotonic() - started < 5
    assert len(lines) == 1
    assert str(nobody) in lines[0]
