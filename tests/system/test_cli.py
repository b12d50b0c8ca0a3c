"""The `claimwire` command as a user types it: a process, its output and its exit status."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from pipeline.broker import EmbeddedBroker, free_port

COMMAND = str(Path(sys.executable).with_name("claimwire"))
CLAIM = "Unemployment fell to 3.9 percent in March, the statistics office said."
OPINION = "What a lovely day it was!"
ARTICLE = {
    "id": "1",
    "source": "wire",
    "title": "Jobs",
    "url": "https://wire.example/1",
    "body": f"{CLAIM} {OPINION}",
}

Run = Callable[..., CompletedProcess[str]]


def _environment(**variables: str) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("CLAIMWIRE_") and name not in {"COLUMNS", "KAFKA_BOOTSTRAP_SERVERS"}
    }
    return kept | {"CLAIMWIRE_MODEL_THREADS": "1"} | variables


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run the command in an empty folder, without a broker to be found."""

    def run(
        *arguments: str | Path, stdin: str | bytes = b"", **variables: str
    ) -> CompletedProcess[str]:
        content = stdin.encode() if isinstance(stdin, str) else stdin
        ended = subprocess.run(
            [COMMAND, *map(str, arguments)],
            input=content,
            capture_output=True,
            cwd=tmp_path,
            env=_environment(**{"CLAIMWIRE_BROKER": f"127.0.0.1:{free_port()}"} | variables),
            timeout=60,
            check=False,
        )
        return CompletedProcess(
            ended.args, ended.returncode, ended.stdout.decode(), ended.stderr.decode()
        )

    return run


@pytest.fixture
def topics(broker: EmbeddedBroker, tmp_path: Path) -> dict[str, str]:
    """Return settings that name the shared broker and topics of this test's own."""
    prefix = f"cli.{tmp_path.name}"
    names = ("articles", "claims", "outcomes", "dead_letters")
    return {"CLAIMWIRE_BROKER": broker.bootstrap_servers, "CLAIMWIRE_TOPIC_PARTITIONS": "1"} | {
        f"CLAIMWIRE_{name.upper()}_TOPIC": f"{prefix}.{name}" for name in names
    }


def _json_lines(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def _assert_one_sentence(ended: CompletedProcess[str], status: int, *words: str) -> None:
    assert ended.returncode == status, ended
    lines = ended.stderr.splitlines()
    assert len(lines) == 1, ended.stderr
    assert lines[0].startswith("claimwire: ")
    for word in words:
        assert word in lines[0]


# Without anything


def test_help_and_version_answer(run: Run) -> None:
    """Every command is listed and explains itself; the version is the package's."""
    listed = run("--help")
    assert listed.returncode == 0
    commands = ["detect", "classify", "feed", "tail", "topics", "dead-letters", "forget"]
    for command in commands:
        assert command in listed.stdout
        explained = run(command, "--help")
        assert explained.returncode == 0
        assert "Usage" in explained.stdout
    assert run("--version").stdout.startswith("claimwire ")


def test_nothing_heavy_is_imported_for_help() -> None:
    """Help answers at once: neither Kafka, nor Faust, nor the model is loaded for it."""
    program = (
        "import sys; from pipeline.cli import run_command; run_command(['--help']);"
        "heavy = {'kafka', 'faust', 'aiokafka', 'onnxruntime', 'transformers', 'numpy'};"
        "sys.exit(', '.join(sorted(heavy & set(sys.modules))) or 0)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--no-such-option"],
        ["no-such-command"],
        ["detect"],
        ["detect", "--no-such-option", "-"],
        ["feed"],
        ["tail", "--limit", "0"],
        ["tail", "--limit", "many"],
        ["topics", "no-such-command"],
        ["forget"],
        ["forget", "no identity and no address"],
        ["forget", "7", "--source", " "],
        ["dead-letters", "replay"],
        ["dead-letters", "replay", "--all", "--stage", "crash"],
        ["dead-letters", "replay", "--offset", "3"],
        ["dead-letters", "list", "--stage", "no-such-stage"],
    ],
)
def test_bad_use_is_one_sentence_and_status_2(run: Run, arguments: list[str]) -> None:
    """Whatever is wrong with a command line, no traceback and no page of help."""
    _assert_one_sentence(run(*arguments), 2)


def test_a_wrong_setting_is_one_sentence_and_status_2(run: Run) -> None:
    """The variable is named, its value is not."""
    ended = run("topics", "describe", CLAIMWIRE_THRESHOLD="5.25")
    _assert_one_sentence(ended, 2, "CLAIMWIRE_THRESHOLD")
    assert "5.25" not in ended.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["tail"],
        ["feed", "-"],
        ["topics", "create"],
        ["topics", "describe"],
        ["forget", "id:wire/1"],
        ["dead-letters", "list"],
        ["dead-letters", "replay", "--all"],
    ],
)
def test_a_broker_that_is_not_there_is_one_sentence_and_status_1(
    run: Run, arguments: list[str]
) -> None:
    """Nobody listens: told at once, with the address and what to do."""
    server = f"127.0.0.1:{free_port()}"
    started = time.monotonic()
    _assert_one_sentence(run(*arguments, "--broker", server), 1, server, "--broker")
    assert time.monotonic() - started < 10


def test_debug_shows_the_traceback(run: Run) -> None:
    """Only who asks for it sees one."""
    ended = run("--debug", "topics", "describe")
    assert ended.returncode == 1
    assert "Traceback" in ended.stderr
    assert "BrokerUnavailableError" in ended.stderr


# detect


def test_detect_shows_the_claims_of_a_text(run: Run, tmp_path: Path) -> None:
    """The check-worthy sentence is in the table with its place, the other is not."""
    (tmp_path / "a.txt").write_text(f"{CLAIM} {OPINION}")
    ended = run("detect", "a.txt")
    assert ended.returncode == 0
    assert "1 claim in 2 sentences" in ended.stdout
    (row,) = [line for line in ended.stdout.splitlines() if CLAIM in line]
    assert row.split()[1:3] == ["0", str(len(CLAIM))]
    assert OPINION not in ended.stdout


def test_detect_prints_claims_whose_offsets_hold_in_the_emitted_text(
    run: Run, tmp_path: Path
) -> None:
    """What `--emit-text` writes, sliced at start and end, is the claim."""
    (tmp_path / "a.html").write_text(f"<p>{OPINION}</p><p>{CLAIM.replace('3.9', '<b>3.9</b>')}</p>")
    claims = _json_lines(run("detect", "--json", "a.html").stdout)
    emitted = run("detect", "--emit-text", "a.html")
    assert emitted.returncode == 0
    (claim,) = [claim for claim in claims if "Unemployment" in str(claim["text"])]
    start, end = claim["start"], claim["end"]
    assert isinstance(start, int)
    assert isinstance(end, int)
    assert emitted.stdout[start:end] == claim["text"]
    (document,) = _json_lines(run("detect", "--emit-text", "--json", "a.html").stdout)
    assert document["text"] == emitted.stdout
    assert document["text_sha256"] == claim["text_sha256"]


def test_detect_reads_an_article_from_standard_input(run: Run) -> None:
    """What it holds is seen from it; a claim knows its article."""
    ended = run("detect", "--json", "-", stdin=json.dumps(ARTICLE, indent=2))
    (claim,) = _json_lines(ended.stdout)
    assert claim["text"] == CLAIM
    assert claim["article"]["url"] == ARTICLE["url"]  # type: ignore[index]


def test_detect_goes_on_after_a_bad_article(run: Run) -> None:
    """Bad lines are named on standard error; the articles around them are processed."""
    lines = [json.dumps(ARTICLE), '{"id": "no body"}', '{"not', json.dumps(ARTICLE)]
    ended = run("detect", "--json", "--format", "jsonl", "-", stdin="\n".join(lines))
    assert ended.returncode == 1
    assert len(_json_lines(ended.stdout)) == 2
    problems = [line for line in ended.stderr.splitlines() if line.startswith("claimwire: ")]
    assert [problem.split(": ")[1] for problem in problems] == ["stdin:2", "stdin:3"]


def test_detect_applies_the_threshold_that_is_given(run: Run) -> None:
    """At 0 every sentence is a claim; beyond 1 there is no threshold."""
    everything = run("detect", "--json", "--threshold", "0", "-", stdin=f"{CLAIM} {OPINION}")
    assert len(_json_lines(everything.stdout)) == 2
    _assert_one_sentence(run("detect", "--threshold", "2", "-"), 2, "THRESHOLD")


@pytest.mark.parametrize(
    ("name", "content", "status", "words"),
    [
        ("missing.txt", None, 2, ["missing.txt", "does not exist"]),
        ("binary.txt", b"\x89PNG\r\n\x1a\n\0\0", 1, ["binary.txt", "UTF-8"]),
        ("empty.json", b"", 1, ["empty.json", "empty"]),
        ("broken.json", b"{", 1, ["broken.json", "not JSON"]),
    ],
)
def test_detect_tells_what_is_wrong_with_a_file(
    run: Run, tmp_path: Path, name: str, content: bytes | None, status: int, words: list[str]
) -> None:
    """Missing, binary, empty and broken files: the file, the reason, the status."""
    if content is not None:
        (tmp_path / name).write_bytes(content)
    ended = run("detect", "--emit-text", name)
    _assert_one_sentence(ended, status, *words)


def test_detect_says_what_it_skips(run: Run) -> None:
    """Nothing to read is no error, but it is said."""
    ended = run("detect", "-", stdin="")
    assert ended.returncode == 0
    assert "skipped: empty" in ended.stdout


def test_a_reader_that_leaves_is_no_error_of_ours(tmp_path: Path) -> None:
    """`| head` ends the command without a complaint."""
    (tmp_path / "a.jsonl").write_text(f"{json.dumps(ARTICLE)}\n" * 2000)
    script = f"'{COMMAND}' detect --emit-text --json a.jsonl | head -1; echo ${{PIPESTATUS[0]}}"
    ended = subprocess.run(
        ["bash", "-c", script],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=_environment(),
        timeout=60,
        check=False,
    )
    first, status = ended.stdout.splitlines()
    assert json.loads(first)["text"] == ARTICLE["body"]
    assert (status, ended.stderr) == ("141", "")


# classify


def test_classify_answers_line_by_line_in_order(run: Run) -> None:
    """A score and a verdict for each sentence; context is optional."""
    stdin = [{"text": CLAIM, "title": "Jobs", "before": "The month was good."}, {"text": OPINION}]
    ended = run("classify", stdin="\n".join(map(json.dumps, stdin)))
    assert ended.returncode == 0
    claim, opinion = _json_lines(ended.stdout)
    assert (claim["text"], claim["check_worthy"]) == (CLAIM, True)
    assert (opinion["text"], opinion["check_worthy"]) == (OPINION, False)
    assert isinstance(claim["score"], float)
    assert claim["label"]


def test_classify_goes_on_after_a_bad_line(run: Run) -> None:
    """The line's number is told, the others are scored, and the status says it."""
    stdin = (
        f'{json.dumps({"text": CLAIM})}\nnot json\n\n{{"text": 7}}\n{json.dumps({"text": "A."})}'
    )
    ended = run("classify", stdin=stdin)
    assert ended.returncode == 1
    assert [line["text"] for line in _json_lines(ended.stdout)] == [CLAIM, "A."]
    problems = [line for line in ended.stderr.splitlines() if line.startswith("claimwire: ")]
    assert [problem.split(": ")[1] for problem in problems] == ["line 2", "line 4"]


def test_classify_answers_before_its_input_ends() -> None:
    """A program that talks to it line by line is not kept waiting."""
    with subprocess.Popen(
        [COMMAND, "classify"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=_environment(),
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for text in ("One.", "Two."):
            print(json.dumps({"text": text}), file=process.stdin, flush=True)
            assert json.loads(process.stdout.readline())["text"] == text
        process.stdin.close()
        assert process.wait(30) == 0


def test_classify_of_nothing_is_nothing(run: Run) -> None:
    """Empty input is no error."""
    ended = run("classify")
    assert (ended.returncode, ended.stdout) == (0, "")


# With a broker


def test_topics_are_created_and_described(run: Run, topics: dict[str, str]) -> None:
    """Described as missing with status 1, created once, then found."""
    assert run("topics", "describe", **topics).returncode == 1
    rehearsed = run("topics", "create", "--dry-run", **topics)
    assert (rehearsed.returncode, rehearsed.stdout.count(": would be created\n")) == (3, 4)
    assert run("topics", "describe", **topics).returncode == 1
    assert run("topics", "create", **topics).stdout.count(": created\n") == 4
    again = run("topics", "create", **topics)
    assert (again.returncode, again.stderr) == (0, "")
    assert again.stdout.count(": exists\n") == len(again.stdout.splitlines()) == 4
    assert run("topics", "create", "--dry-run", **topics).returncode == 0
    described = run("topics", "describe", "--json", **topics)
    assert described.returncode == 0
    assert [topic["messages"] for topic in _json_lines(described.stdout)] == [0, 0, 0, 0]
    assert topics["CLAIMWIRE_CLAIMS_TOPIC"] in run("topics", "describe", **topics).stdout


def test_feed_delivers_and_reports_what_it_refuses(
    run: Run, topics: dict[str, str], tmp_path: Path
) -> None:
    """Files of all kinds and a folder: the good are delivered, the others named, status 1."""
    run("topics", "create", **topics)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text(CLAIM)
    (tmp_path / "in" / "b.html").write_text(f"<p>{CLAIM}</p>")
    (tmp_path / "in" / "c.txt").write_bytes(b"\xff\xfe")
    large = json.dumps({"id": "large", "source": "wire", "body": "x" * 2_000_000})
    (tmp_path / "d.jsonl").write_text(f"{json.dumps(ARTICLE)}\nnot json\n\n{large}\n")
    ended = run("feed", "in", "d.jsonl", **topics)
    assert ended.returncode == 1
    assert "4 articles delivered" in ended.stdout
    assert "2 refused" in ended.stdout
    assert "in/c.txt" in ended.stderr
    assert "d.jsonl:4" in ended.stderr
    described = _json_lines(run("topics", "describe", "--json", **topics).stdout)
    assert described[0]["messages"] == 4


def test_feed_reads_standard_input_and_refuses_a_wrong_path_first(
    run: Run, topics: dict[str, str]
) -> None:
    """With one path wrong nothing is sent; nothing to send is no error."""
    _assert_one_sentence(run("feed", "missing.jsonl", **topics), 2, "missing.jsonl")
    _assert_one_sentence(run("feed", "-", **topics), 2, "topics create")
    run("topics", "create", **topics)
    _assert_one_sentence(run("feed", "-", "missing.jsonl", stdin="{}", **topics), 2)
    assert "0 articles delivered" in run("feed", "-", **topics).stdout
    fed = run("feed", "-", stdin=json.dumps(ARTICLE), **topics)
    assert (fed.returncode, fed.stderr) == (0, "")
    assert "1 article delivered" in fed.stdout


def _put(run: Run, topics: dict[str, str], topic: str, *lines: str) -> None:
    """Write lines to any topic: `feed` does not judge what it sends."""
    others = {name: f"unused.{name}" for name in topics if name.endswith("_TOPIC")}
    settings = topics | others | {"CLAIMWIRE_ARTICLES_TOPIC": topic}
    ended = run("feed", "-", stdin="\n".join(lines), **settings)
    assert ended.returncode == 0, ended


def test_tail_prints_claims_for_people_and_for_programs(run: Run, topics: dict[str, str]) -> None:
    """Blocks or JSON Lines; a limit; and nothing a claim holds acts on the terminal."""
    run("topics", "create", **topics)
    evil = {"text": "\x1b[31mRed\x1b[0m [bold]text", "score": 0.5, "article": {"title": "T"}}
    claim = {"text": CLAIM, "score": 0.9731, "article": {"source": "wire"}}
    _put(run, topics, topics["CLAIMWIRE_CLAIMS_TOPIC"], json.dumps(claim), json.dumps(evil))
    shown = run("tail", "--no-follow", **topics)
    assert shown.returncode == 0
    assert f" 0.97  {CLAIM}\n       wire\n\n" in shown.stdout
    assert "Red [bold]text" in shown.stdout
    assert "\x1b" not in shown.stdout
    limited = run("tail", "--from-beginning", "--limit", "1", "--json", **topics)
    assert _json_lines(limited.stdout) == [claim]


def test_tail_keeps_to_the_width_of_the_terminal(run: Run, topics: dict[str, str]) -> None:
    """In 80 columns no line is longer."""
    run("topics", "create", **topics)
    claim = {"text": "word " * 100, "score": 0.9, "article": {"title": "title " * 40}}
    _put(run, topics, topics["CLAIMWIRE_CLAIMS_TOPIC"], json.dumps(claim))
    shown = run("tail", "--no-follow", COLUMNS="80", **topics)
    assert max(map(len, shown.stdout.splitlines())) <= 80


def test_tail_tells_of_a_message_that_is_no_claim(run: Run, topics: dict[str, str]) -> None:
    """Anyone may write to the topic: it is told, the rest is printed, the status is 1."""
    run("topics", "create", **topics)
    claim = json.dumps({"text": CLAIM, "score": 0.9})
    _put(run, topics, topics["CLAIMWIRE_CLAIMS_TOPIC"], "not json", "[1]", claim)
    ended = run("tail", "--no-follow", "--json", **topics)
    assert ended.returncode == 1
    assert ended.stderr.count("is no claim") == 2
    assert len(_json_lines(ended.stdout)) == 1


def test_tail_ends_quietly_on_ctrl_c(run: Run, topics: dict[str, str]) -> None:
    """Status 130 and not a word."""
    run("topics", "create", **topics)
    claim = json.dumps({"text": CLAIM, "score": 0.9})
    _put(run, topics, topics["CLAIMWIRE_CLAIMS_TOPIC"], claim)
    with subprocess.Popen(
        [COMMAND, "tail", "--from-beginning"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=_environment(**topics),
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert CLAIM in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
        assert process.stderr.read() == ""


def test_dead_letters_are_listed_and_refused_when_foreign(run: Run, topics: dict[str, str]) -> None:
    """An empty topic is no error; what is no dead letter is listed, and not replayed."""
    run("topics", "create", **topics)
    assert "0 dead letters" in run("dead-letters", "list", **topics).stdout
    assert run("dead-letters", "replay", "--all", **topics).returncode == 0
    _put(run, topics, topics["CLAIMWIRE_DEAD_LETTERS_TOPIC"], "foreign")
    listed = run("dead-letters", "list", **topics)
    assert "foreign" in listed.stdout
    assert "1 dead letter in" in listed.stdout
    (document,) = _json_lines(run("dead-letters", "list", "--json", **topics).stdout)
    assert document["problem"]
    replayed = run("dead-letters", "replay", "--all", **topics)
    assert replayed.returncode == 1
    assert "0 replayed" in replayed.stdout
    _assert_one_sentence(
        run("dead-letters", "replay", "--partition", "0", "--offset", "7", **topics), 2, "list"
    )


def test_an_article_is_forgotten(run: Run, topics: dict[str, str]) -> None:
    """Rehearsed, forgotten, found forgotten; `tail` passes over the tombstones."""
    run("topics", "create", **topics)
    _assert_one_sentence(run("forget", "id:wire/1", **topics), 1, "Nothing of this article")
    for number in (1, 2):  # `feed` gives a line the key of the article that it could be
        identity = f"id:wire/{number}"
        claim = {"claim_id": identity, "article": {"identity": identity}}
        line = {"id": str(number), "source": "wire", "body": "x", **claim}
        _put(run, topics, topics["CLAIMWIRE_CLAIMS_TOPIC"], json.dumps(line))
    rehearsed = run("forget", "id:wire/1", "--dry-run", **topics)
    assert (rehearsed.returncode, rehearsed.stderr) == (0, "")
    first, _, *rows = rehearsed.stdout.splitlines()
    assert first == "Would forget id:wire/1."
    assert [" ".join(row.split()[1:]) for row in rows] == [
        "1 168 h after it was written",
        "0 168 h after it was written",
        "168 h after it was written",
        "336 h after it was written",
    ]
    forgotten = run("forget", "1", "--source", "wire", **topics)
    assert (forgotten.returncode, forgotten.stdout.splitlines()[0]) == (0, "Forgot id:wire/1.")
    again = run("forget", "id:wire/1", **topics)
    assert again.returncode == 0
    assert "forgotten already" in again.stdout
    shown = run("tail", "--no-follow", "--json", **topics)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert [claim["claim_id"] for claim in _json_lines(shown.stdout)] == ["id:wire/1", "id:wire/2"]
    best = run("tail", "--top", "9", "--json", **topics)
    assert (best.returncode, best.stderr) == (0, "")
    assert [claim["claim_id"] for claim in _json_lines(best.stdout)] == ["id:wire/2"]
