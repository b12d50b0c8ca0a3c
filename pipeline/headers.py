"""Kafka headers of the messages Claimwire writes: CloudEvents, and the trace they belong to.

CloudEvents 1.0, Kafka protocol binding, binary content mode: the event's attributes are headers
named `ce_*`, its media type is `content-type`, and the message's value is the data as it stands.
Headers never hold a value from an article.
"""

import re
from collections.abc import Sequence
from datetime import datetime

from pipeline.timestamps import format_rfc3339

Header = tuple[str, bytes | None]
Headers = Sequence[Header]
"""In order; names may repeat and values be null, for so they come from Kafka."""

CONTENT_TYPE = "content-type"
JSON_CONTENT_TYPE = b"application/json"
TRACEPARENT = "traceparent"

# W3C Trace Context: version (not ff), trace id and parent id (not all zero), flags.
_TRACEPARENT = re.compile(
    rb"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}"
)


def cloudevents_headers(
    *, event_id: str, event_type: str, source: str, subject: str, time: datetime, dataschema: str
) -> list[Header]:
    """Return the headers of one event; the arguments are CloudEvents' attributes.

    `event_id` must be the same for a retry and differ for everything else from the same `source`.
    """
    return [
        ("ce_specversion", b"1.0"),
        ("ce_id", event_id.encode()),
        ("ce_source", source.encode()),
        ("ce_type", event_type.encode()),
        ("ce_subject", subject.encode()),
        ("ce_time", format_rfc3339(time).encode()),
        ("ce_dataschema", dataschema.encode()),
        (CONTENT_TYPE, JSON_CONTENT_TYPE),
    ]


def trace_headers(received: Headers) -> list[Header]:
    """Return the article's `traceparent` when it carried a well-formed one (the last), else none.

    The article's trace simply goes on in what came of it; an ill-formed one is dropped, as the
    W3C recommendation asks.
    """
    for name, value in reversed(received):
        if name == TRACEPARENT and value is not None and _TRACEPARENT.fullmatch(value):
            return [(TRACEPARENT, value)]
    return []
