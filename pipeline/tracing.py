"""Traces of articles for OpenTelemetry, where the extra `otel` is installed and asked for.

One span per article, a child of the span its message names (`traceparent`), with a child for each
stage. What comes of the article, claims and outcome, carries the article's span as its own
`traceparent`, so that a consumer's spans hang below it. Decoding, scoring and publishing are done
for a whole micro-batch: each of its articles shows the whole time of those, for it waited so long.

Stages become spans once the batch is done, of what the stage clock noted: nothing is traced while
articles are worked on.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING

from pipeline.errors import ConfigurationError
from pipeline.headers import trace_headers
from pipeline.models import SourcePosition
from pipeline.observed import Interval
from pipeline.outputs import Examined, Message

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span

_SERVICE_NAME = "claimwire"


class BatchTracer:
    """Traces the articles of micro-batches; this one does not."""

    def begin(self, messages: Sequence[Message]) -> Sequence[Message]:
        """Return the messages of a batch, each with the traceparent that goes on from it."""
        return messages

    def end(self, examined: Sequence[Examined], intervals: Sequence[Interval]) -> None:
        """Say what became of the batch, and what its stages took."""

    def close(self) -> None:
        """Send what was not sent yet."""


class OpenTelemetryTracer(BatchTracer):
    """Makes spans with OpenTelemetry's SDK."""

    def __init__(
        self, provider: "TracerProvider", *, now: Callable[[], float] = time.perf_counter
    ) -> None:
        """Make spans with this provider; `now` is the stage clock's time, in seconds."""
        self._provider = provider
        self._tracer = provider.get_tracer(_SERVICE_NAME)
        self._now = now
        self._spans: dict[SourcePosition, Span] = {}

    def begin(self, messages: Sequence[Message]) -> Sequence[Message]:
        """See BatchTracer."""
        self._spans = {message.source: self._start(message) for message in messages}
        return [
            replace(message, traceparent=_traceparent(self._spans[message.source]))
            for message in messages
        ]

    def end(self, examined: Sequence[Examined], intervals: Sequence[Interval]) -> None:
        """See BatchTracer."""
        # The stage clock and the spans' clock run alike, from different beginnings.
        offset = time.time() - self._now()
        for item in examined:
            span = self._spans.pop(item.message.source)
            self._describe(span, item)
            for interval in intervals:
                if interval.article is None or interval.article is item.article:
                    self._add_stage(span, interval, offset)
            span.end()

    def close(self) -> None:
        """See BatchTracer."""
        self._provider.shutdown()

    def _start(self, message: Message) -> "Span":
        from opentelemetry.trace import SpanKind
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        carrier = {
            name: value.decode("ascii")
            for name, value in trace_headers(message.headers)
            if value is not None
        }
        return self._tracer.start_span(
            "process article",
            context=TraceContextTextMapPropagator().extract(carrier),
            kind=SpanKind.CONSUMER,
            # OpenTelemetry's names for messages.
            attributes={
                "messaging.system": "kafka",
                "messaging.operation.type": "process",
                "messaging.destination.name": message.source.topic,
                "messaging.destination.partition.id": str(message.source.partition),
                "messaging.kafka.offset": message.source.offset,
            },
        )

    def _describe(self, span: "Span", item: Examined) -> None:
        from opentelemetry.trace import StatusCode

        span.set_attribute("claimwire.outcome", item.result.outcome.value)
        span.set_attribute("claimwire.sentences", item.result.sentence_count)
        span.set_attribute("claimwire.claims", len(item.result.claims))
        if item.result.reason is not None:
            span.set_attribute("claimwire.reason", item.result.reason)
        if item.result.error is not None:
            span.set_status(StatusCode.ERROR, item.result.error.reason)

    def _add_stage(self, span: "Span", interval: Interval, offset: float) -> None:
        from opentelemetry.trace import set_span_in_context

        child = self._tracer.start_span(
            interval.stage,
            context=set_span_in_context(span),
            start_time=_nanoseconds(interval.started + offset),
        )
        child.end(_nanoseconds(interval.ended + offset))


def open_tracer(endpoint: str | None) -> BatchTracer:
    """Return a tracer that sends spans to an OTLP/HTTP endpoint; without one, one that does not.

    OpenTelemetry's own environment variables (`OTEL_SERVICE_NAME`, `OTEL_TRACES_SAMPLER` ...) hold.
    Raises ConfigurationError when the extra is not installed.
    """
    if endpoint is None:
        return BatchTracer()
    found = None
    with suppress(ModuleNotFoundError):
        found = find_spec("opentelemetry.exporter.otlp.proto.http")
    if found is None:
        raise ConfigurationError(
            "CLAIMWIRE_OTLP_ENDPOINT asks for traces, and OpenTelemetry is not installed: "
            "install claimwire[otel], or remove the setting."
        )
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import SERVICE_NAME, OTELResourceDetector, Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    resource = Resource.create({SERVICE_NAME: _SERVICE_NAME}).merge(OTELResourceDetector().detect())
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
    return OpenTelemetryTracer(provider)


def _traceparent(span: "Span") -> bytes:
    context = span.get_span_context()
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}".encode()


def _nanoseconds(seconds: float) -> int:
    return int(seconds * 1_000_000_000)
