"""`claimwire detect` with a fake model: which claims are printed, and in which order."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import pipeline.wiring
from pipeline.cli import run_command
from pipeline.detection import Detector
from tests.fakes import FakeClassifier

ARTICLES = [
    {"id": "1", "title": "One", "source": "wire", "body": "Rents rose 2%. It rained. 7 came."},
    {"id": "2", "title": "Two", "body": "Tolls fell 5%."},
    {"id": "3", "title": "Three", "body": "Nobody came."},
]


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a file of articles, and put the fake classifier in place of the model."""

    @contextmanager
    def open_with_fake(settings: Any) -> Iterator[Detector]:
        with open_detector(settings, load_classifier=lambda *_: FakeClassifier()) as detector:
            yield detector

    open_detector = pipeline.wiring.open_detector
    monkeypatch.setattr(pipeline.wiring, "open_detector", open_with_fake)
    path = tmp_path / "articles.jsonl"
    path.write_text("\n".join(map(json.dumps, ARTICLES)), encoding="utf-8")
    return path


def _claims(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


def test_top_orders_the_claims_of_all_articles(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """--top N prints the N highest, highest first; without a table they go by score."""
    assert run_command(["detect", "--json", str(file)]) == 0
    every = _claims(capsys.readouterr().out)
    assert len(every) == 3
    by_score = sorted(every, key=lambda claim: -claim["score"])
    assert [c["score"] for c in every] != [c["score"] for c in by_score]  # else this shows nothing
    for count in (1, 2, 3, 9):
        assert run_command(["detect", "--json", "--top", str(count), str(file)]) == 0
        printed = _claims(capsys.readouterr().out)
        assert [claim["text"] for claim in printed] == [c["text"] for c in by_score[:count]]


def test_the_table_orders_claims_before_their_scores(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """--priorities FILE weighs them, and a priority that is not the score is shown."""
    table = tmp_path / "mine.toml"
    table.write_text("[topic]\nrents = 0\ntolls = 0\n", encoding="utf-8")
    assert run_command(["detect", "--top", "3", "--priorities", str(table), str(file)]) == 0
    out = capsys.readouterr().out
    lines = [line for line in out.splitlines() if line.startswith(" 0.")]
    assert out.count("priority 0.00") == 2
    assert lines[0].endswith("  7 came.")
    assert [line[7:] for line in lines[1:]] == ["Rents rose 2%.", "Tolls fell 5%."]


def test_the_table_may_come_from_the_environment(
    file: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """CLAIMWIRE_PRIORITIES names it, and the claims printed as JSON carry what it makes."""
    table = tmp_path / "mine.toml"
    table.write_text("[source]\nwire = 0\n", encoding="utf-8")
    monkeypatch.setenv("CLAIMWIRE_PRIORITIES", str(table))
    assert run_command(["detect", "--json", str(file)]) == 0
    claims = _claims(capsys.readouterr().out)
    assert [claim["priority"] for claim in claims[:2]] == [0, 0]
    assert claims[2]["priority"] == claims[2]["score"]
    assert [claim["rank"] for claim in claims] == [1, 2, 1]


def test_a_wrong_table_is_told_in_a_sentence(
    file: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One sentence with file and line, exit status 2, no claim printed."""
    table = tmp_path / "mine.toml"
    table.write_text("[topic]\nrents = -1\n", encoding="utf-8")
    assert run_command(["detect", "--priorities", str(table), str(file)]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert f"{table}, line 2: " in printed.err


def test_top_shows_where_a_claim_comes_from(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Claims of several articles stand in one list: each says its title and source."""
    assert run_command(["detect", "--top", "9", str(file)]) == 0
    shown = capsys.readouterr().out
    assert "One · wire" in shown
    assert "Two" in shown
    assert "Three" not in shown


def test_articles_that_fail_are_told_with_top_too(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The others' claims are printed, and the exit status says that something was wrong."""
    file.write_text(file.read_text("utf-8") + '\n{"id": "4"}\n', encoding="utf-8")
    assert run_command(["detect", "--json", "--top", "9", str(file)]) == 1
    printed = capsys.readouterr()
    assert len(_claims(printed.out)) == 3
    assert "body" in printed.err


@pytest.mark.parametrize("arguments", [["--top", "0"], ["--top", "x"], ["--top", "-1"]])
def test_top_is_a_whole_number_from_1(
    file: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Anything else is bad use, told in a sentence."""
    assert run_command(["detect", *arguments, str(file)]) == 2
    assert "--top" in capsys.readouterr().err


def test_top_has_nothing_to_do_with_texts(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--emit-text prints no claims."""
    assert run_command(["detect", "--emit-text", "--json", "--top", "1", str(file)]) == 2
    assert "--emit-text" in capsys.readouterr().err
