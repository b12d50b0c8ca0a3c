"""The dashboard process on a real broker: claims in, answers and events out."""

import contextlib
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from pipeline.broker import EmbeddedBroker
from pipeline.kafka_client import admin_client
from pipeline.topic_definitions import define_topics
from pipeline.topics import create_missing
from tests.dashboard_claims import make_claim, publish_claims, publish_tombstones, publish_values
from tests.dashboard_process import RunningDashboard, running_dashboard
from tests.kafka_topics import create_topic, loses_connections


class EventReader:
    """Reads the event stream of a running dashboard, as `EventSource` does."""

    def __init__(self, response: httpx.Response) -> None:
        self._lines = response.iter_lines()
        self.last_id: str | None = None

    def next(self, *names: str) -> dict[str, Any]:
        """Return the next event of one of these names: {"event": name, **data}."""
        name = ""
        for line in self._lines:
            field, _, value = line.partition(": ")
            if field == "id":
                self.last_id = value
            elif field == "event":
                name = value
            elif field == "data" and name in names:
                return {"event": name, **orjson.loads(value)}
        raise AssertionError(f"The stream ended before {names}.")


@contextlib.contextmanager
def _events(dashboard: RunningDashboard, after: str) -> Iterator[EventReader]:
    with httpx.stream(
        "GET", f"{dashboard.url}api/events", headers={"last-event-id": after}, timeout=30
    ) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        yield EventReader(response)


def test_claims_of_all_partitions_are_answered_and_streamed(
    broker: EmbeddedBroker, tmp_path: Path
) -> None:
    """Those from before the start, and those that come; a claim_id that comes again replaces."""
    cluster = broker.cluster
    topic = create_topic(cluster, partitions=3)
    before = [make_claim(number) for number in range(30)]
    publish_claims(cluster, topic, before)
    with running_dashboard(str(cluster), topic, tmp_path / "log") as dashboard:
        dashboard.wait_until(lambda: dashboard.status()["is_caught_up"])
        answer = dashboard.get("api/claims").json()
        assert answer["matched"] == 30
        ids = {one["claim"]["claim_id"] for one in answer["claims"]}
        assert ids == {claim["claim_id"] for claim in before}
        # Sorted: of records of one millisecond in several partitions, none is the newer.
        found = sorted(dashboard.texts(q="unemployment aldermoor", claim_type="quantity"))
        texts_before = sorted(claim["text"] for claim in before)
        assert found == [one for one in texts_before if "Unemployment in Aldermoor" in one]
        with _events(dashboard, answer["cursor"]) as events:
            publish_claims(cluster, topic, [make_claim(40), make_claim(3, text="Mended.")])
            texts: set[str] = set()
            while len(texts) < 2:
                put = events.next("claims")["put"]
                texts |= {one["claim"]["text"] for one in put}
            assert texts == {make_claim(40)["text"], "Mended."}
            cursor = events.last_id
        publish_claims(cluster, topic, [make_claim(41)])
        assert cursor is not None
        with _events(dashboard, cursor) as events:  # what came while nobody listened
            (put,) = events.next("claims")["put"]
            assert put["claim"] == make_claim(41)
        assert dashboard.get("api/claims").json()["held"] == 32
        with _events(dashboard, "of-another-process") as events:
            events.next("resync")
        with admin_client(cluster) as admin:
            groups = [group["group_id"] for group in admin.list_groups()]
        assert not [group for group in groups if "dashboard" in group]


def test_a_forgotten_claim_is_dropped_and_the_page_is_told(
    broker: EmbeddedBroker, tmp_path: Path
) -> None:
    """By a tombstone from before the start, and by one that comes while it runs."""
    cluster = broker.cluster
    topic = create_topic(cluster, partitions=3)
    claims = [make_claim(number) for number in range(6)]
    publish_claims(cluster, topic, claims)
    publish_tombstones(cluster, topic, claims[:2])
    with running_dashboard(str(cluster), topic, tmp_path / "log") as dashboard:
        dashboard.wait_until(lambda: dashboard.status()["is_caught_up"])
        assert sorted(dashboard.texts()) == sorted(claim["text"] for claim in claims[2:])
        cursor = dashboard.get("api/claims").json()["cursor"]
        with _events(dashboard, cursor) as events:
            publish_tombstones(cluster, topic, claims[2:3])
            assert events.next("claims")["removed"] == [claims[2]["claim_id"]]
        assert sorted(dashboard.texts()) == sorted(claim["text"] for claim in claims[3:])
        status = dashboard.status()
        assert (status["held"], status["received"], status["foreign"]) == (3, 6, 0)


def test_foreign_records_are_passed_over_and_counted(
    broker: EmbeddedBroker, tmp_path: Path
) -> None:
    """Whatever stands on the topic, the claims behind it are shown."""
    cluster = broker.cluster
    topic = create_topic(cluster)
    foreign = [b"", b"not json", b"\xff\x00", b'{"claim_id": "1"}', b"[[[[", b"x" * 900_000]
    publish_values(cluster, topic, [(b"k", value) for value in foreign])
    publish_claims(cluster, topic, [make_claim(1)])
    with running_dashboard(str(cluster), topic, tmp_path / "log") as dashboard:
        dashboard.wait_until(lambda: dashboard.status()["is_caught_up"])
        assert dashboard.texts() == [make_claim(1)["text"]]
        status = dashboard.status()
        assert (status["foreign"], status["received"]) == (len(foreign), 1)
    log = (tmp_path / "log").read_text()
    assert "not json" not in log
    assert "Unemployment" not in log


def test_of_a_long_topic_only_the_end_is_read_and_held(
    broker: EmbeddedBroker, tmp_path: Path
) -> None:
    """As many as are to be held, the latest; the topic may hold millions."""
    cluster = broker.cluster
    topic = create_topic(cluster)
    publish_claims(cluster, topic, [make_claim(number) for number in range(200)])
    with running_dashboard(
        str(cluster), topic, tmp_path / "log", DASHBOARD_MAX_CLAIMS="20"
    ) as dashboard:
        dashboard.wait_until(lambda: dashboard.status()["is_caught_up"])
        assert dashboard.texts() == [make_claim(number)["text"] for number in range(199, 179, -1)]
        assert dashboard.status()["received"] == 40


@pytest.mark.slow
def test_a_client_that_does_not_read_costs_no_memory(
    broker: EmbeddedBroker, tmp_path: Path
) -> None:
    """The others are served meanwhile; it is told to start anew, having missed too much."""
    cluster = broker.cluster
    topic = create_topic(cluster)
    publish_claims(cluster, topic, [make_claim(0)])
    long = {"context": {"after": "More words of the same. " * 4000}}
    with running_dashboard(
        str(cluster), topic, tmp_path / "log", DASHBOARD_MAX_CLAIMS="50"
    ) as dashboard:
        dashboard.wait_until(lambda: dashboard.status()["is_caught_up"])
        cursor = dashboard.get("api/claims").json()["cursor"]
        host, port = dashboard.url.removeprefix("http://").rstrip("/").split(":")
        with socket.socket() as slow:
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            slow.connect((host, int(port)))
            request = f"GET /api/events HTTP/1.1\r\nHost: {host}\r\nLast-Event-ID: {cursor}\r\n\r\n"
            slow.sendall(request.encode())
            claims = [make_claim(number, **long) for number in range(1, 161)]
            for first in range(0, 160, 20):  # 16 MB: more than the sockets' buffers hold
                publish_claims(cluster, topic, claims[first : first + 20])
                time.sleep(0.15)  # for events to be sent; where none are, the test is weaker
            dashboard.wait_until(lambda: dashboard.status()["received"] == 161)
            assert 0 < dashboard.status()["held"] < 10  # bounded in bytes, too
            slow.settimeout(20)
            received = b""
            while b"event: resync" not in received:
                chunk = slow.recv(1 << 20)
                assert chunk, "The stream ended without resync."
                received = (received + chunk)[-(1 << 21) :]


@loses_connections()
def test_a_broker_that_goes_and_comes_back_is_followed(tmp_path: Path) -> None:
    """The page says so meanwhile, holds what it has, and misses nothing."""
    with EmbeddedBroker(tmp_path / "broker") as own:
        cluster = own.cluster
        topic = create_topic(cluster, partitions=2)
        publish_claims(cluster, topic, [make_claim(1)])
        with running_dashboard(str(cluster), topic, tmp_path / "log") as dashboard:
            dashboard.wait_until(lambda: dashboard.status()["is_caught_up"])
            own.stop()
            dashboard.wait_until(lambda: not dashboard.status()["is_broker_reachable"])
            assert dashboard.get("healthz").json() == {"status": "no_broker"}
            assert dashboard.texts() == [make_claim(1)["text"]]
            own.start()
            publish_claims(cluster, topic, [make_claim(number) for number in range(2, 8)])
            dashboard.wait_until(lambda: dashboard.status()["held"] == 7)
            dashboard.wait_until(lambda: dashboard.get("healthz").status_code == 200)
    log = (tmp_path / "log").read_text()
    assert log.count("does not answer") == 1
    assert log.count("Kafka answers") == 2


@loses_connections()
def test_a_broker_and_a_topic_that_come_later_are_waited_for(tmp_path: Path) -> None:
    """The dashboard may be the first to start; it makes no topic itself."""
    with EmbeddedBroker(tmp_path / "broker") as own:
        own.stop()
        cluster = own.cluster
        with running_dashboard(str(cluster), "late.claims", tmp_path / "log") as dashboard:
            assert dashboard.get("healthz").json() == {"status": "no_broker"}
            own.start()
            dashboard.wait_until(lambda: dashboard.get("healthz").json() == {"status": "no_topic"})
            with admin_client(cluster) as admin:
                assert "late.claims" not in admin.list_topics()
            create_missing(
                cluster,
                define_topics(
                    ["late.claims"], partitions=2, replication_factor=-1, retention_hours=1
                ),
            )
            publish_claims(cluster, "late.claims", [make_claim(1)])
            dashboard.wait_until(lambda: dashboard.texts() == [make_claim(1)["text"]])


def test_streams_do_not_keep_a_dashboard_from_stopping(
    broker: EmbeddedBroker, tmp_path: Path
) -> None:
    """Ctrl-C ends it in a moment, with pages open."""
    cluster = broker.cluster
    topic = create_topic(cluster)
    with running_dashboard(str(cluster), topic, tmp_path / "log") as dashboard:
        dashboard.wait_until(lambda: dashboard.status()["is_caught_up"])
        cursor = dashboard.get("api/claims").json()["cursor"]
        with _events(dashboard, cursor) as events:
            events.next("status")
            started = time.monotonic()
            dashboard.process.terminate()
            assert dashboard.process.wait(20) == 0
            assert time.monotonic() - started < 10


def test_a_token_is_in_no_log(broker: EmbeddedBroker, tmp_path: Path) -> None:
    """Nor is what somebody searched for."""
    cluster = broker.cluster
    topic = create_topic(cluster)
    token = "correct horse battery staple"
    with running_dashboard(
        str(cluster), topic, tmp_path / "log", DASHBOARD_TOKEN=token, LOG_LEVEL="debug"
    ) as dashboard:
        assert dashboard.get("api/claims").status_code == 401
        bearer = {"authorization": f"Bearer {token}"}
        assert dashboard.get("api/claims?q=sought", headers=bearer).status_code == 200
        answer = httpx.post(dashboard.url + "login", data={"token": token})
        assert answer.headers["location"] == "/"
    log = (tmp_path / "log").read_text()
    assert "correct horse" not in log
    assert "sought" not in log
