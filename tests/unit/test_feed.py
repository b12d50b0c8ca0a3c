"""Feeding, as far as it can be tested without a broker."""

import pytest
from kafka.errors import InvalidRecordError, MessageSizeTooLargeError

from pipeline.broker import free_port
from pipeline.errors import BrokerUnavailableError
from pipeline.feed import feed, refusal_reason
from pipeline.kafka_security import plaintext_cluster


def test_feeding_nothing_still_needs_the_broker() -> None:
    """A feed that could deliver nothing says so even when there is nothing to deliver."""
    with pytest.raises(BrokerUnavailableError):
        feed([], cluster=plaintext_cluster(f"127.0.0.1:{free_port()}"), topic="articles")


def test_a_refusal_for_size_names_the_size_and_the_remedy() -> None:
    """The user learns how large the article is and which setting to raise."""
    reason = refusal_reason(MessageSizeTooLargeError(), 2_000_000)
    assert "2,000,000 bytes" in reason
    assert "max.message.bytes" in reason


def test_any_other_refusal_names_the_brokers_error() -> None:
    """A refusal nobody foresaw is told by the name Kafka gives it."""
    assert "InvalidRecordError" in refusal_reason(InvalidRecordError("article text"), 5)
    assert "article text" not in refusal_reason(InvalidRecordError("article text"), 5)
