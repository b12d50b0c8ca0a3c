"""What a topic's description says."""

import pytest

from pipeline.topic_descriptions import (
    PartitionDescription,
    TopicDescription,
    normalise_cleanup_policy,
)


def test_messages_are_counted_from_the_first_kept_offset() -> None:
    """What retention has deleted is not counted, and a missing topic holds nothing."""
    partitions = tuple(
        PartitionDescription(
            partition=number,
            leader=1,
            replicas=(1,),
            in_sync_replicas=(1,),
            first_offset=first,
            end_offset=end,
        )
        for number, (first, end) in enumerate([(10, 15), (0, 2)])
    )
    assert TopicDescription(name="a", partitions=partitions).messages == 7
    missing = TopicDescription(name="b")
    assert (missing.exists, missing.messages) == (False, 0)


def test_settings_that_the_broker_does_not_show_are_none() -> None:
    """A client may lack the right to see them, which is not the same as a topic without them."""
    hidden = TopicDescription(name="a")
    assert (hidden.retention_ms, hidden.max_message_bytes, hidden.cleanup_policy) == (None,) * 3
    shown = TopicDescription(
        name="a", config={"retention.ms": "-1", "max.message.bytes": "5", "cleanup.policy": "x"}
    )
    assert (shown.retention_ms, shown.max_message_bytes, shown.cleanup_policy) == (-1, 5, "x")


@pytest.mark.parametrize("policy", ["compact,delete", "delete,compact", "delete, compact"])
def test_a_cleanup_policy_has_one_spelling(policy: str) -> None:
    """Kafka takes its parts in any order, and gives them back as they came."""
    assert normalise_cleanup_policy(policy) == "compact,delete"
