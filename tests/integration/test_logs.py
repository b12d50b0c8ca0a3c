"""What a worker logs of articles: where they stand in Kafka, and nothing of what they say."""

import json
from typing import Any

from tests.worker_process import FAKE_WORKER, REAL_WORKER, Workbench, WorkerProcess, article

MARKER = "zq7marker"
MARKED: list[bytes | None] = [
    article(1, f"The {MARKER} met 3 times.", title=MARKER, author=MARKER),
    article(2, f"This is an ORDER-RAISE {MARKER}."),
    b'{"body": "' + MARKER.encode(),
    b'{"body": 7, "source": "' + MARKER.encode() + b'"}',
    article(3, "The council met 3 times.", published_at=MARKER, language=MARKER),
    article(4, "", url=f"https://{MARKER}.example/"),
    article(5, f"<p>{MARKER} <b>met 3 times.</b>", content_type="text/html"),
    None,
]
DEAD = 3


def read_lines(worker: WorkerProcess) -> list[dict[str, Any]]:
    """Return the log's lines, each of which must be JSON."""
    return [json.loads(line) for line in worker.log.splitlines()]


def test_warnings_name_the_position_and_nothing_of_the_article(bench: Workbench) -> None:
    """Each dead letter is a warning with its position; no line at info holds article text."""
    with WorkerProcess(bench, FAKE_WORKER, LOG_FORMAT="json", LOG_LEVEL="info") as worker:
        positions = bench.send(MARKED)
        outcomes = bench.wait_for_outcomes(positions, check=worker.check_alive)
        worker.stop()
    dead = {str(p) for p in positions if outcomes[p].outcome == "dead_lettered"}
    assert len(dead) == DEAD
    assert MARKER not in worker.log
    lines = read_lines(worker)
    told = [line for line in lines if line["level"] == "WARNING"]
    assert len(told) == DEAD
    assert {line["source_position"] for line in told} == dead
    assert all(line["source_position"] in line["message"] for line in told)
    assert all(line["stage"] in {"decode", "detect"} and line["reason"] for line in told)
    (banner,) = [line for line in lines if "settings" in line]
    assert banner["settings"]["group_id"] == bench.name
    assert banner["settings"]["log_format"] == "json"


def test_one_line_a_batch_at_debug(bench: Workbench) -> None:
    """At debug each micro-batch is one line with its articles, claims and seconds."""
    with WorkerProcess(
        bench, FAKE_WORKER, LOG_FORMAT="json", LOG_LEVEL="debug", BATCH_MAX_ARTICLES="1"
    ) as worker:
        positions = bench.send([article(n, "The council met 3 times.") for n in range(3)])
        bench.wait_for_outcomes(positions, check=worker.check_alive)
        worker.stop()
    lines = [line for line in read_lines(worker) if line["logger"] == "pipeline.batch_log"]
    assert [line["level"] for line in lines] == ["DEBUG"] * 3
    assert {line["source_position"] for line in lines} == {str(p) for p in positions}
    assert [line["claims"] for line in lines] == [1] * 3


def test_the_last_line_is_json_too(bench: Workbench) -> None:
    """A worker that ends for a cause of its own leaves the cause as a line of its log."""
    bench.send([b"not json"] * 4)
    with WorkerProcess(
        bench,
        [*REAL_WORKER, "--log-format", "json"],
        DEAD_LETTER_WINDOW_ARTICLES="4",
        LOG_LEVEL="warning",
    ) as worker:
        assert worker.process.wait(60) == 3, worker.log
    last = read_lines(worker)[-1]
    assert last["level"] == "CRITICAL"
    assert last["message"].startswith("More than 50% of the last 4 articles were dead-lettered")
