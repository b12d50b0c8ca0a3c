"""A real Prometheus with the shipped rules beside a real worker: alerts fire, and end again."""

import re
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import urlopen

import orjson
import pytest
import yaml

from pipeline.broker import EmbeddedBroker, free_port
from tests.promql import DEPLOY, load_dashboard, load_rules, queries
from tests.worker_process import Workbench, WorkerProcess, article

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        shutil.which("prometheus") is None, reason="there is no prometheus (Debian: prometheus)"
    ),
]

TIMES_FASTER = 30
"""How much faster than shipped Prometheus runs here: scrapes, windows and `for` alike."""
SHORTEST_MILLISECONDS = 1_000
"""A scrape may take no longer than the time between two, and the machine is busy."""


def make_articles() -> list[bytes]:
    """Return 120 articles that let every metric show, those of drift too: it takes 500 sentences.

    Two are German, two have a date that is none.
    """
    sentences = (
        "Unemployment in Norland fell to {} percent in May, the statistics office said.",
        "The minister thanked all {} who had come.",
        "At least {} people died when the dam above the town gave way on Sunday.",
        "“We will look at item {} again,” she said.",
        "The budget of hospital {} was cut by a third, according to the audit office.",
    )
    german = "Die Arbeitslosigkeit ist nach Angaben der Behörde im Mai gefallen. Das war erwartet."
    return [
        *(
            article(number, " ".join(sentence.format(number) for sentence in sentences))
            for number in range(116)
        ),
        *(article(number, german) for number in (116, 117)),
        *(article(number, sentences[0], published_at="soon") for number in (118, 119)),
    ]


def run_faster(text: str) -> str:
    """Divide each duration of a configuration or rule file; names and prose stay as they are."""

    def divide(found: re.Match[str]) -> str:
        milliseconds = int(found[1]) * {"s": 1_000, "m": 60_000, "h": 3_600_000}[found[2]]
        return f"{max(SHORTEST_MILLISECONDS, milliseconds // TIMES_FASTER)}ms"

    return "".join(
        line if line.lstrip().startswith("#") else re.sub(r"(?<![\w:])(\d+)([smh])\b", divide, line)
        for line in text.splitlines(keepends=True)
    )


class PrometheusProcess:
    """Prometheus on the shipped configuration, run faster, watching one worker."""

    def __init__(self, folder: Path, *, worker_port: str) -> None:
        self._folder = folder
        self._url = f"http://127.0.0.1:{free_port()}"
        for source in (DEPLOY / "prometheus").glob("**/*.yml"):
            if source.parent.name != "tests":
                copy = folder / source.relative_to(DEPLOY / "prometheus")
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_text(run_faster(source.read_text("utf-8")), "utf-8")
        (folder / "workers.yml").write_text(
            yaml.safe_dump([{"targets": [f"127.0.0.1:{worker_port}"]}]), "utf-8"
        )

    def __enter__(self) -> "PrometheusProcess":
        with (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [
                    "prometheus",
                    f"--config.file={self._folder / 'prometheus.yml'}",
                    f"--storage.tsdb.path={self._folder / 'data'}",
                    f"--web.listen-address={self._url.removeprefix('http://')}",
                    "--query.lookback-delta=10s",  # as the rest: five minutes run faster
                ],
                stdout=log,
                stderr=log,
            )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()

    def ask(self, path: str, **parameters: str) -> Any:
        """Return the data of an answer of the HTTP API."""
        with urlopen(f"{self._url}/api/v1/{path}?{urlencode(parameters)}", timeout=10) as answer:
            body = orjson.loads(answer.read())
        assert body["status"] == "success", body
        return body["data"]

    def values(self, expression: str) -> list[float]:
        """Return the present values of an expression."""
        return [float(item["value"][1]) for item in self.ask("query", query=expression)["result"]]

    def firing(self) -> dict[str, Mapping[str, str]]:
        """Return the alerts that fire, by name, with their annotations."""
        return {
            alert["labels"]["alertname"]: alert["annotations"]
            for alert in self.ask("alerts")["alerts"]
            if alert["state"] == "firing"
        }

    def wait_until(
        self, what: str, holds: Callable[[], object], *, timeout_seconds: float = 60
    ) -> None:
        """Return once something holds; fail with what is known when the time is over."""
        deadline = time.monotonic() + timeout_seconds
        while True:
            try:
                if holds():
                    return
                known: object = self.ask("alerts")
            except URLError as error:  # not up yet
                known = error
            log = (self._folder / "log").read_text("utf-8")[-2000:]
            assert self._process.poll() is None, log
            assert time.monotonic() < deadline, f"not in time: {what}; {known}; {log}"
            time.sleep(0.2)


@pytest.mark.timeout(300)
def test_alerts_fire_on_a_real_worker_and_resolve(broker: EmbeddedBroker, tmp_path: Path) -> None:
    """Dead letters, then a killed worker, set off their alerts; mended, the alerts end."""
    bench = Workbench(bootstrap_servers=broker.bootstrap_servers, state_dir=tmp_path / "state")
    bench.create_topics()
    worker = WorkerProcess(bench)
    with worker, PrometheusProcess(tmp_path / "prom", worker_port=worker.web_port) as prometheus:
        up = "up{job='claimwire'}"
        prometheus.wait_until("worker up", lambda: prometheus.values(up) == [1])
        good = make_articles()
        bench.wait_for_outcomes(bench.send(good), check=worker.check_alive)
        prometheus.wait_until(
            "articles counted",
            lambda: prometheus.values("worker:claimwire_articles:total") == [120],
        )
        assert "ClaimwireDeadLetterBurst" not in prometheus.firing()

        bench.wait_for_outcomes(bench.send([b"not JSON"] * 60), check=worker.check_alive)
        prometheus.wait_until(
            "dead-letter burst", lambda: "ClaimwireDeadLetterBurst" in prometheus.firing()
        )
        told = prometheus.firing()["ClaimwireDeadLetterBurst"]
        assert re.match(
            r"[\d.]+% of the articles of claimwire were dead-lettered", told["description"]
        )
        check_rules(prometheus)
        check_queries(prometheus)
        prometheus.wait_until(
            "end of the burst", lambda: "ClaimwireDeadLetterBurst" not in prometheus.firing()
        )

        down = {"ClaimwireNoWorker", "ClaimwireWorkerDown"}
        prometheus.wait_until("quiet", lambda: not down & set(prometheus.firing()))
        worker.kill()
        prometheus.wait_until("worker down", lambda: down <= set(prometheus.firing()))
        assert worker.web_port in prometheus.firing()["ClaimwireWorkerDown"]["description"]
        worker.start()
        prometheus.wait_until("worker up again", lambda: not down & set(prometheus.firing()))
        worker.check_alive()


def check_rules(prometheus: PrometheusProcess) -> None:
    """Every shipped rule is loaded and evaluated without an error."""
    rules = [rule for group in prometheus.ask("rules")["groups"] for rule in group["rules"]]
    assert len(rules) == len(load_rules())
    assert [rule for rule in rules if rule["health"] != "ok"] == []


def check_queries(prometheus: PrometheusProcess) -> None:
    """Prometheus answers every query of the dashboard with a value or more."""
    asked = queries(load_dashboard(), rate_interval="10s")
    assert [query for query in asked if not prometheus.values(query[1])] == []
