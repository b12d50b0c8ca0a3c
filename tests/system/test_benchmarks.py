"""The benchmarks as a user runs them: that they measure something, not how fast it is."""

import subprocess
import sys
from pathlib import Path

import orjson
import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


def run(module: str, report: Path, *options: str) -> tuple[str, dict]:
    """Return what a benchmark prints and the JSON it writes."""
    done = subprocess.run(
        [sys.executable, "-m", module, *options, "--json", str(report)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout, orjson.loads(report.read_bytes())


def test_throughput_compares_equal_work(tmp_path: Path) -> None:
    """Both kinds of article have every figure, and the parts do not cost more than the whole."""
    printed, report = run(
        "benchmarks.throughput", tmp_path / "report.json", "--quick", "--threads", "1"
    )
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
    printed, report = run(
        "benchmarks.latency", tmp_path / "report.json", "--quick", "--threads", "1"
    )
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


def test_scaling_shares_the_work_among_workers(tmp_path: Path) -> None:
    """All articles are counted with one worker and two, evenly or as the hot key allows."""
    printed, report = run("benchmarks.scaling", tmp_path / "report.json", "--quick")
    assert max(map(len, printed.splitlines())) <= 80
    assert "joins an idle group" in printed
    for kind, share_of_two in (("even", 1 / 2), ("hot", 0.6 + 0.4 / 2)):
        figures = report["figures"][kind]
        assert set(figures) == {"1", "2"}
        for workers, of in figures.items():
            for stretch in of["rounds"]:
                assert stretch["workers"] == int(workers)
                assert stretch["articles"] == 48
                assert stretch["sentences"] == 48 * report["sentences_per_article"]
                assert stretch["claims"] == 48 * 6
                assert stretch["wall_seconds"] > 0
                share = 1 if workers == "1" else share_of_two
                assert stretch["largest_share"] == pytest.approx(share, abs=0.1)
        assert figures["1"]["ratio_to_one_worker"]["median"] == 1
        # One worker at most works through a partition: it cannot be quicker than the wait allows.
        for of in figures.values():
            assert 0 < of["busiest_worker_busy"]["greatest"] <= 1
    assert len(report["rebalance_seconds"]["join"]) == 1
    assert len(report["rebalance_seconds"]["leave"]) == 1


def test_record_sizes_count_what_a_worker_sends(tmp_path: Path) -> None:
    """Samples and made-up articles have claims and an outcome each, none of them without bytes."""
    printed, report = run("benchmarks.record_sizes", tmp_path / "report.json", "--articles", "4")
    assert max(map(len, printed.splitlines())) <= 80
    samples, made_up = report["figures"]["samples"], report["figures"]["benchmarks"]
    assert (samples["articles"], samples["dead_letters"]) == (21, 1)
    assert (made_up["articles"], made_up["dead_letters"]) == (4, 0)
    for sizes in (samples, made_up):
        assert 0 < sizes["claims"] < sizes["sentences"]
        assert sizes["claim_bytes"] > 400, "a claim has its sentence and its article with it"
        assert 200 < sizes["outcome_bytes"] < sizes["claim_bytes"]
        assert sizes["article_bytes"] > 200
