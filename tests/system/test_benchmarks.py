"""The benchmarks as a user runs them: that they measure something, not how fast it is."""

import subprocess
import sys
from pathlib import Path

import orjson
import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


def run_quick(module: str, report: Path) -> tuple[str, dict]:
    """Return what a benchmark prints and the JSON it writes."""
    done = subprocess.run(
        [sys.executable, "-m", module, "--quick", "--threads", "1", "--json", str(report)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout, orjson.loads(report.read_bytes())


def test_throughput_compares_equal_work(tmp_path: Path) -> None:
    """Both kinds of article have every figure, and the parts do not cost more than the whole."""
    printed, report = run_quick("benchmarks.throughput", tmp_path / "report.json")
    assert max(map(len, printed.splitlines())) <= 80
    assert "CPU of classifier and details over worker" in printed
    assert "CPU of details over classifier" in printed
    assert report["machine"]["model_threads"] == 1
    assert set(report["figures"]) == {"plain", "html"}
    for figures in report["figures"].values():
        (only,) = figures["rounds"]
        assert sum(only["batches"]) == only["articles"] == 8
        assert 8 * 8 <= only["sentences"] <= 8 * 26  # a page has its heading besides
        assert 0 < only["claims"] < only["sentences"]
        for side in ("worker", "classifier", "classifier_at_once", "details", "flow"):
            assert only[side]["cpu_seconds"] > 0
            assert only[side]["wall_seconds"] > 0
        ratio = only["classifier"]["cpu_seconds"] / only["worker"]["cpu_seconds"]
        assert figures["cpu_ratio"]["median"] == pytest.approx(ratio)
        assert ratio < 1.2, "the worker did less than the classifier: not the same work"


def test_latency_counts_every_article(tmp_path: Path) -> None:
    """At each load percentiles rise, and an article's claims are out before its outcome."""
    printed, report = run_quick("benchmarks.latency", tmp_path / "report.json")
    assert max(map(len, printed.splitlines())) <= 80
    loads = report["figures"]["loads"]
    assert [load["share_of_throughput"] for load in loads] == [0.1, 0.5, 0.8]
    throughput = report["figures"]["throughput_articles_per_second"]["median"]
    for load in loads:
        assert load["articles_per_second"] == pytest.approx(
            throughput * load["share_of_throughput"]
        )
        assert load["articles"] >= 3
        assert load["claims"] > 0
        claim, outcome = load["to_claim_seconds"], load["to_outcome_seconds"]
        assert 0 < claim["p50"] <= claim["p95"] <= claim["p99"] <= claim["max"]
        assert claim["max"] <= outcome["max"]
