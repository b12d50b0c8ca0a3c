"""The process that parses HTML: late, crashed, killed from outside, orphaned, and well again."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from pipeline.errors import ArticleError, ConfigurationError, Stage
from pipeline.html_process import HtmlProcess

MISBEHAVE = "tests.html_extractions:misbehave"


@pytest.fixture
def process() -> Iterator[HtmlProcess]:
    process = HtmlProcess(timeout_seconds=20, extract=MISBEHAVE)
    yield process
    process.close()


@pytest.fixture
def hasty_process() -> Iterator[HtmlProcess]:
    process = HtmlProcess(timeout_seconds=1, extract=MISBEHAVE)
    yield process
    process.close()


def child_pids() -> set[int]:
    return {child.pid for child in psutil.Process().children(recursive=True)}


def wait_until_gone(pid: int, *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline, f"process {pid} still runs"
        time.sleep(0.02)


def test_no_process_before_the_first_html() -> None:
    """An extractor that sees no HTML starts no process."""
    before = child_pids()
    HtmlProcess(timeout_seconds=1).close()
    assert child_pids() == before


def test_one_process_serves_many_articles(process: HtmlProcess) -> None:
    """The child is kept from article to article."""
    assert process.extract("<p>pid")[0] == process.extract("<p>pid")[0]


@pytest.mark.parametrize("order", ["sleep", "hold"])
def test_a_slow_body_is_stopped_and_the_next_goes_through(
    hasty_process: HtmlProcess, order: str
) -> None:
    """A parser past its time is killed, even one deaf to signals; the next finds a new one."""
    process = hasty_process
    process.extract("<p>warm")
    start = time.monotonic()
    with pytest.raises(ArticleError) as caught:
        process.extract(f"<p>{order} SECRET")
    assert 1 <= time.monotonic() - start < 10
    assert (caught.value.stage, caught.value.reason) == (Stage.EXTRACT, "html_timeout")
    assert "SECRET" not in caught.value.message
    assert process.extract("<p>Well again.") == ("Well again.", process.extract("<p>x")[1])


def test_a_body_that_is_truly_slow_to_parse_is_stopped() -> None:
    """A tag of 60,000 attributes, 6 s of work for the real parser, costs no more than the limit."""
    process = HtmlProcess(timeout_seconds=1)
    process.extract("<p>warm")
    attributes = " ".join(f"a{number}=b" for number in range(60_000))
    start = time.monotonic()
    try:
        with pytest.raises(ArticleError) as caught:
            process.extract(f"<p {attributes}>x</p>")
        assert caught.value.reason == "html_timeout"
        assert time.monotonic() - start < 6
        assert process.extract("<p>Well again.")[0] == "Well again."
    finally:
        process.close()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux heeds a limit on memory")
def test_a_body_that_takes_gigabytes_to_parse_fails_alone() -> None:
    """50,000 nested lists, gigabytes to the real parser, end the process, not the machine."""
    process = HtmlProcess(timeout_seconds=30)
    try:
        with pytest.raises(ArticleError) as caught:
            process.extract("<ul><li>x " * 50_000)
        assert caught.value.reason == "html_failed"
        assert process.extract("<p>Well again.")[0] == "Well again."
    finally:
        process.close()


@pytest.mark.parametrize(
    "body",
    [
        "<div>" * 100_000,
        "<div>" * 50_000 + "x" + "</div>" * 50_000,
        "<" * 1_000_000,
        "<b>" * 160_000,
        "<p><b><i><a>x</b>" * 20_000,
        "<!--" * 120_000,
        "<![CDATA[" * 50_000,
        "<table><tr><td>x" * 30_000,
        "<svg><g>" * 60_000,
        "&amp;" * 100_000,
        "<p title='" + "x" * 500_000,
    ],
    ids=lambda body: body[:12],
)
@pytest.mark.parametrize("start", ["", "<html><body>"], ids=["fragment", "page"])
def test_hostile_markup_costs_no_crash(patient_process: HtmlProcess, start: str, body: str) -> None:
    """Known ways to overload a parser neither crash it nor take it half a minute."""
    text, _ = patient_process.extract(start + body)
    assert len(text) <= 2 * len(body)


@pytest.fixture(scope="module")
def patient_process() -> Iterator[HtmlProcess]:
    process = HtmlProcess(timeout_seconds=30)
    yield process
    process.close()


@pytest.mark.parametrize("order", ["exit", "crash", "raise"])
def test_a_body_that_ends_the_process_fails_alone(process: HtmlProcess, order: str) -> None:
    """Exit, segmentation fault and exception are this article's failure, and no other's."""
    with pytest.raises(ArticleError) as caught:
        process.extract(f"<p>{order} SECRET")
    assert (caught.value.stage, caught.value.reason) == (Stage.EXTRACT, "html_failed")
    assert "SECRET" not in caught.value.message
    assert process.extract("<p>Well again.")[0] == "Well again."


def test_a_process_killed_from_outside_is_no_article_s_fault(process: HtmlProcess) -> None:
    """When the idle child is killed, the next article goes through a new one."""
    pid = int(process.extract("<p>pid")[0])
    os.kill(pid, signal.SIGKILL)
    assert process.extract("<p>Still here.")[0] == "Still here."
    assert int(process.extract("<p>pid")[0]) != pid


def test_close_ends_the_process_and_may_be_repeated(process: HtmlProcess) -> None:
    """After close no child is left; a later article starts another."""
    pid = int(process.extract("<p>pid")[0])
    process.close()
    process.close()
    assert not psutil.pid_exists(pid)
    assert process.extract("<p>Again.")[0] == "Again."


def test_threads_take_turns(process: HtmlProcess) -> None:
    """Calls from several threads each get the answer to their own body."""
    bodies = [f"<p>Body {number}.</p>" for number in range(100)]
    with ThreadPoolExecutor(8) as executor:
        answers = list(executor.map(process.extract, bodies))
    assert [text for text, _ in answers] == [f"Body {number}." for number in range(100)]


def test_the_thread_that_started_it_may_end(process: HtmlProcess) -> None:
    """The child lives on when the executor thread that met the first HTML is gone."""
    pids: list[str] = []
    thread = threading.Thread(target=lambda: pids.append(process.extract("<p>pid")[0]))
    thread.start()
    thread.join()
    assert process.extract("<p>pid")[0] == pids[0]


def test_large_bodies_pass_both_ways(process: HtmlProcess) -> None:
    """A body far larger than a socket's buffer comes back whole, beyond plane 0 too."""
    text = "Tarn 😀 北京 " * 100_000
    assert process.extract(f"<p>{text}</p>")[0] == text.strip()


def test_output_of_a_parser_goes_nowhere(
    process: HtmlProcess, capfd: pytest.CaptureFixture[str]
) -> None:
    """What a parser prints reaches neither our output nor our errors."""
    process.extract("<p>print SECRET")
    captured = capfd.readouterr()
    assert captured.out + captured.err == ""


def test_the_process_is_lean() -> None:
    """The child imports no model runtime, no Faust, no Kafka client, whatever the parent runs."""
    script = (
        "import sys\n"
        "sys.modules['faust'] = sys.modules['onnxruntime'] = sys\n"
        "from pipeline.html_process import HtmlProcess\n"
        f"process = HtmlProcess(timeout_seconds=30, extract='{MISBEHAVE}')\n"
        "print(process.extract('<p>modules')[0])\n"
        "process.close()\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True, timeout=60
    )
    roots = {name.partition(".")[0] for name in run.stdout.split()}
    assert {"pipeline", "resiliparse", "trafilatura"} <= roots
    assert not roots & {"faust", "kafka", "aiokafka", "onnxruntime", "transformers", "torch"}
    assert not roots & {"sentencex", "pydantic_settings", "typer"}


def test_the_process_is_given_no_secrets(
    process: HtmlProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Settings and passwords in the environment do not reach the process that meets strangers."""
    monkeypatch.setenv("CLAIMWIRE_KAFKA_PASSWORD", "SECRET")
    names = set(process.extract("<p>environment")[0].split())
    assert names <= {"PYTHONPATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LC_CTYPE"}


def test_ctrl_c_is_for_the_parent_alone(process: HtmlProcess) -> None:
    """The child is in no process group that a terminal interrupts, and ignores the signal too."""
    pid = int(process.extract("<p>pid")[0])
    assert os.getpgid(pid) != os.getpgid(0)
    os.kill(pid, signal.SIGINT)
    assert process.extract("<p>pid")[0] == str(pid)


@pytest.mark.parametrize("busy", [False, True], ids=["idle", "busy"])
def test_a_killed_parent_leaves_no_orphan(tmp_path: Path, busy: bool) -> None:
    """After kill -9 of the parent an idle child ends at once, a busy one soon after its limit."""
    announcement = tmp_path / "pid"
    script = (
        "import sys, time\n"
        "from pipeline.html_process import HtmlProcess\n"
        f"process = HtmlProcess(timeout_seconds=2, extract='{MISBEHAVE}')\n"
        f"pid = process.extract('<p>pid')[0]\n"
        f"{'' if busy else '#'}process.extract('<p>announce {announcement}')\n"
        f"open('{announcement}', 'w').write(pid)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script]) as parent:
        deadline = time.monotonic() + 30
        while not (announcement.exists() and announcement.read_text()):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        pid = int(announcement.read_text())
        assert psutil.pid_exists(pid)
        parent.kill()
    wait_until_gone(pid, seconds=10 if busy else 5)


def test_a_process_that_cannot_start_blames_no_article() -> None:
    """A missing extraction function is the installation's fault, and says so."""
    process = HtmlProcess(timeout_seconds=1, extract="tests.html_extractions:absent")
    with pytest.raises(ConfigurationError, match="status 1"):
        process.extract("<p>x")
