"""A worker's traces as a collector receives them."""

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.worker_process import FAKE_WORKER, Workbench, WorkerProcess, article

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT_ID = "00f067aa0ba902b7"


class Collector(http.server.ThreadingHTTPServer):
    """Takes spans over OTLP/HTTP and keeps them."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Receive)
        self.requests: list[ExportTraceServiceRequest] = []

    @property
    def endpoint(self) -> str:
        """Where a worker is to send."""
        return f"http://127.0.0.1:{self.server_port}/v1/traces"

    @property
    def spans(self) -> list[Span]:
        """All spans received."""
        return [
            span
            for request in self.requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]


class _Receive(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        assert isinstance(self.server, Collector)
        self.server.requests.append(ExportTraceServiceRequest.FromString(body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


@contextmanager
def running_collector() -> Iterator[Collector]:
    """Run a collector as long as the block lasts."""
    with Collector() as collector:
        thread = threading.Thread(target=collector.serve_forever)
        thread.start()
        try:
            yield collector
        finally:
            collector.shutdown()
            thread.join()


def test_a_collector_gets_the_spans(bench: Workbench) -> None:
    """A stopped worker has sent a span per article; the claim's parent is its article's span."""
    trace = f"00-{TRACE_ID}-{PARENT_ID}-01".encode()
    with running_collector() as collector:
        with WorkerProcess(bench, FAKE_WORKER, OTLP_ENDPOINT=collector.endpoint) as worker:
            positions = bench.send(
                [article(1, "The council met 3 times.")], headers=[("traceparent", trace)]
            )
            bench.wait_for_outcomes(positions, check=worker.check_alive)
            assert worker.stop() == 0, worker.log
        (span,) = [span for span in collector.spans if span.name == "process article"]
        stages = {s.name for s in collector.spans if s.parent_span_id == span.span_id}
        resource = collector.requests[0].resource_spans[0].resource
    assert (span.trace_id.hex(), span.parent_span_id.hex()) == (TRACE_ID, PARENT_ID)
    assert stages == {"decode", "extract", "identify_language", "split", "classify", "produce"}
    names = {a.key: a.value.string_value for a in resource.attributes}
    assert names["service.name"] == "claimwire"
    (record,) = bench.read(bench.claims_topic)
    assert dict(record.headers)["traceparent"] == f"00-{TRACE_ID}-{span.span_id.hex()}-01".encode()


@pytest.mark.slow
def test_a_collector_that_is_not_there_costs_nothing(bench: Workbench) -> None:
    """Without anybody to take its spans a worker works, and stops in time."""
    with WorkerProcess(bench, FAKE_WORKER, OTLP_ENDPOINT="http://127.0.0.1:1/v1/traces") as worker:
        positions = bench.send([article(n, "The council met 3 times.") for n in range(5)])
        bench.wait_for_outcomes(positions, check=worker.check_alive)
        assert worker.stop(timeout_seconds=20) == 0, worker.log
