"""Traces: one span an article, below the one its message names, above its stages and claims."""

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor

import orjson
import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace import StatusCode

from pipeline.batches import BatchProcessor
from pipeline.dead_letters import DeadLetterShare
from pipeline.errors import ConfigurationError
from pipeline.observed import StageClock, observe_detector
from pipeline.outputs import Message
from pipeline.tracing import BatchTracer, OpenTelemetryTracer, open_tracer
from tests.unit.test_batches import TOPICS, FakePublisher, message
from tests.unit.test_observed import make_detector

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT_ID = "00f067aa0ba902b7"
TRACEPARENT = f"00-{TRACE_ID}-{PARENT_ID}-01".encode()
STAGES = ["classify", "decode", "extract", "identify_language", "produce", "split"]


def article(body: str) -> bytes:
    """Return an article's JSON."""
    return orjson.dumps({"body": body})


def process(
    messages: list[Message], provider: TracerProvider | None = None
) -> tuple[list[ReadableSpan], FakePublisher]:
    """Process one micro-batch with tracing; return its spans in order and what was published."""
    exporter = InMemorySpanExporter()
    provider = provider or TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    clock, publisher = StageClock(), FakePublisher()
    detector = observe_detector(
        make_detector(), clock, on_scores=lambda _: None, on_language=lambda _: None
    )
    processor = BatchProcessor(
        detector=detector,
        publisher=publisher,
        topics=TOPICS,
        executor=ThreadPoolExecutor(1),
        body_max_characters=100_000,
        dead_letter_share=DeadLetterShare(max_share=1),
        pipeline_version="1.2.3",
        stage_clock=clock,
        tracer=OpenTelemetryTracer(provider),
    )
    asyncio.run(processor.process(messages))
    provider.shutdown()
    return list(exporter.get_finished_spans()), publisher


def articles_of(spans: list[ReadableSpan]) -> list[ReadableSpan]:
    """Return the spans of articles, by offset."""
    found = [span for span in spans if span.name == "process article"]
    return sorted(found, key=lambda span: span.attributes["messaging.kafka.offset"])


def test_an_article_goes_on_with_its_trace() -> None:
    """The article's span is a child of its message's; claims and outcomes name it as parent."""
    spans, publisher = process(
        [message(1, article("The council met 3 times."), headers=[("traceparent", TRACEPARENT)])]
    )
    (span,) = articles_of(spans)
    assert f"{span.context.trace_id:032x}" == TRACE_ID
    assert f"{span.parent.span_id:016x}" == PARENT_ID
    expected = f"00-{TRACE_ID}-{span.context.span_id:016x}-01".encode()
    for topic in ("claims", "outcomes"):
        (record,) = publisher.of(topic)
        assert [v for name, v in record.headers if name == "traceparent"] == [expected]


def test_stages_are_children_within_the_article() -> None:
    """Each stage of each article is a child of its span and lies within it."""
    spans, _ = process([message(n, article(f"The council met {n} times.")) for n in range(3)])
    articles = articles_of(spans)
    assert len(articles) == 3
    assert len({span.context.trace_id for span in articles}) == 3
    for parent in articles:
        children = [s for s in spans if s.parent and s.parent.span_id == parent.context.span_id]
        assert sorted(child.name for child in children) == STAGES
        for child in children:
            # Two clocks, read one after the other: within a hundredth of a second.
            assert parent.start_time - 10**7 <= child.start_time <= child.end_time
            assert child.end_time <= parent.end_time + 10**7


def test_a_dead_letter_is_an_error_and_keeps_its_headers() -> None:
    """A failed article's span says why, and its dead letter has the headers it came with."""
    headers = [("traceparent", TRACEPARENT), ("mine", b"1")]
    spans, publisher = process([message(1, b"{", headers=headers), message(2, None)])
    failed, skipped = articles_of(spans)
    assert failed.status.status_code is StatusCode.ERROR
    assert failed.attributes["claimwire.reason"] == "not_json"
    assert skipped.status.status_code is StatusCode.UNSET
    assert skipped.attributes["claimwire.outcome"] == "skipped"
    (dead,) = publisher.of("dead")
    assert set(headers) <= set(dead.headers)


@pytest.mark.parametrize("value", [b"nonsense", b"\xff", None, b""])
def test_an_ill_formed_parent_begins_a_trace(value: bytes | None) -> None:
    """What is no traceparent is left out, and the article begins a trace of its own."""
    headers = [("traceparent", value)]
    spans, publisher = process([message(1, article("It met 3 times."), headers=headers)])
    (span,) = articles_of(spans)
    assert span.parent is None
    (claim,) = publisher.of("claims")
    assert f"{span.context.trace_id:032x}".encode() in dict(claim.headers)["traceparent"]


def test_what_is_not_sampled_still_goes_on() -> None:
    """Without spans of ours the trace id goes on, marked as not sampled."""
    spans, publisher = process(
        [message(1, article("It met 3 times."), headers=[("traceparent", TRACEPARENT)])],
        TracerProvider(sampler=ALWAYS_OFF),
    )
    assert spans == []
    (claim,) = publisher.of("claims")
    traceparent = dict(claim.headers)["traceparent"].decode()
    assert traceparent.split("-")[1] == TRACE_ID
    assert traceparent.endswith("-00")


def test_spans_hold_no_text_of_an_article() -> None:
    """A marker in every field of an article is in none of its spans."""
    value = orjson.dumps(dict.fromkeys(("body", "title", "source", "id", "author"), "zq7marker 3"))
    spans, _ = process([message(1, value)])
    assert "zq7marker" not in "".join(span.to_json() for span in spans)


def test_without_an_endpoint_nothing_is_traced() -> None:
    """No setting, no spans, and messages as they came."""
    tracer = open_tracer(None)
    assert type(tracer) is BatchTracer
    batch = [message(1, b"{}")]
    assert tracer.begin(batch) == batch
    tracer.end([], [])
    tracer.close()


def test_asking_without_the_extra_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """An endpoint without OpenTelemetry installed is a mistake of set-up, told with its remedy."""
    for name in list(sys.modules):
        if name.startswith("opentelemetry"):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr("pipeline.tracing.find_spec", lambda _: None)
    with pytest.raises(ConfigurationError, match=r"install claimwire\[otel\]"):
        open_tracer("http://localhost:4318/v1/traces")
