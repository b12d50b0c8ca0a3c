"""What reaches the terminal is text and nothing but text."""

import io
import unicodedata

import pytest
from hypothesis import given
from rich.console import Console

from pipeline.cli.display import (
    describe,
    inert,
    inert_lines,
    inert_row,
    mark_reasons,
    open_console,
    render_claim,
)
from tests.strategies import hostile_texts

CLAIM: dict[str, object] = {
    "text": "The council spent 4.2 million pounds on road repairs last year, "
    "which is 11 percent more than in the year before.",
    "score": 0.9731,
    "article": {"title": "Roads cost more", "source": "Harbour Post", "url": "https://h.example/1"},
}


def _show(claim: dict[str, object], *, width: int = 80, colour: bool = False) -> str:
    out = io.StringIO()
    console = Console(
        file=out,
        width=width,
        markup=False,
        force_terminal=colour,
        color_system="truecolor" if colour else None,
    )
    console.print(render_claim(claim))
    return out.getvalue()


def test_a_claim_shows_score_sentence_and_origin() -> None:
    """The score stands first, the sentence beside it, then title, source and address."""
    lines = _show(CLAIM).splitlines()
    assert lines[0].startswith(" 0.97  The council spent")
    assert lines[1].startswith("       ")
    assert lines[2].strip() == "Roads cost more · Harbour Post"
    assert lines[3].strip() == "https://h.example/1"
    assert lines[4:] == [""]


@pytest.mark.parametrize("width", [30, 40, 80, 200])
def test_a_claim_keeps_to_the_width_and_leaves_no_trailing_space(width: int) -> None:
    """No line is wider than the terminal, none ends in spaces."""
    for line in _show(CLAIM, width=width).splitlines():
        assert len(line) <= width
        assert line == line.rstrip()


def test_the_sentence_stays_a_line_when_piped(monkeypatch: pytest.MonkeyPatch) -> None:
    """grep finds a whole sentence: piped output is not wrapped."""
    monkeypatch.delenv("COLUMNS", raising=False)
    out = io.StringIO()
    open_console(out).print(render_claim(CLAIM))
    assert str(CLAIM["text"]) in out.getvalue()
    assert "\x1b" not in out.getvalue()


def test_an_untrusted_claim_is_inert() -> None:
    """Escapes, markup, links, and right-to-left tricks in any field are shown or dropped."""
    evil = "\x1b[31mred\x1b[0m \x1b]8;;http://evil.example\x07link [red]x[/red] \u202etxt\x9b2J"
    shown = _show(
        {"text": evil, "score": 1, "article": {"title": evil, "source": evil, "url": evil}}
    )
    assert "\x1b" not in shown
    assert "\x9b" not in shown
    assert "\u202e" not in shown
    assert "[red]x[/red]" in shown
    assert "red link" in shown
    coloured = _show({"text": evil, "score": 1}, colour=True)
    assert "\x1b[31m" not in coloured
    assert "\x1b]8" not in coloured


@pytest.mark.parametrize(
    "claim",
    [{}, {"text": None, "score": "high", "article": "x"}, {"text": 7, "article": {"url": [1]}}],
)
def test_a_foreign_document_is_shown_as_well_as_it_goes(claim: dict[str, object]) -> None:
    """Anyone may write to the topic: missing and wrong fields do not stop the tail."""
    assert _show(claim).strip()


@given(hostile_texts())
def test_inert_text_holds_no_control_character(text: str) -> None:
    """Whatever comes in: one line, no control or format character but joiners, valid UTF-8."""
    for shown in (inert(text), inert_row(text)):
        shown.encode()
        categories = {unicodedata.category(c) for c in shown if c not in "\u200c\u200d"}
        assert not categories & {"Cc", "Cf", "Cs", "Zl", "Zp"}


@given(hostile_texts())
def test_inert_lines_keep_their_line_breaks(text: str) -> None:
    """Text for reading keeps its lines and tabs, and loses what acts on the terminal."""
    shown = inert_lines(text)
    assert {c for c in shown if unicodedata.category(c) == "Cc"} <= {"\n", "\t"}


def test_inert_leaves_honest_text_alone() -> None:
    """Curly quotes, accents, other scripts, joined emoji and indented rows survive."""
    text = "“Naïve” 北京 – 3.2% \U0001f469\u200d\U0001f4bb"
    assert inert(text) == text
    assert inert_row("  a  b") == "  a  b"
    assert inert_lines("a\n\tb") == "a\n\tb"


def test_no_color_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    """NO_COLOR turns colours off in a terminal."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("NO_COLOR", "1")
    out = Terminal()
    open_console(out).print(render_claim(CLAIM))
    assert "\x1b[36m" not in out.getvalue()
    assert "\x1b[1;36m" not in out.getvalue()


FLAGGED = {
    "text": "The clinic treated 4,120 patients in March, it said.",
    "start": 100,
    "score": 0.91,
    "claim_type": "quantity",
    "speaker": {"quoted": "reported", "name": "The clinic", "cue": "said"},
    "reasons": [{"start": 111, "end": 133, "weight": 0.6}, {"start": 137, "end": 142}],
}


def test_reasons_are_underlined() -> None:
    """The spans that carried the decision are marked in the sentence, and only these."""
    marked = mark_reasons(FLAGGED)
    spans = [marked.plain[span.start : span.end] for span in marked.spans]
    assert spans == ["treated 4,120 patients", "March"]


def test_reasons_are_found_behind_what_is_not_shown() -> None:
    """Characters that are left out, and doubled spaces, do not shift the marks."""
    raw = "A\u202e  clinic \x1b[31mtreated 4,120 patients."
    start = raw.index("treated")
    claim = {"text": raw, "start": 7, "reasons": [{"start": 7 + start, "end": 7 + len(raw) - 1}]}
    marked = mark_reasons(claim)
    assert marked.plain == "A clinic treated 4,120 patients."
    assert [marked.plain[s.start : s.end] for s in marked.spans] == ["treated 4,120 patients"]


@pytest.mark.parametrize(
    "reasons",
    [None, "x", [None], [{}], [{"start": 5}], [{"start": -3, "end": 9}], [{"start": 9, "end": 2}]],
)
def test_foreign_reasons_mark_nothing_or_something_and_do_not_fail(reasons: object) -> None:
    """A foreign document's reasons are passed over where they are no places of the sentence."""
    assert mark_reasons({"text": "Abc", "start": 6, "reasons": reasons}).spans == []


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({}, "quantity · The clinic (reported)"),
        ({"speaker": {"quoted": "direct", "name": "A\x1b[2J"}}, "quantity · A (quoted)"),
        ({"speaker": {"quoted": "direct", "name": None}}, "quantity · quoted, speaker not named"),
        ({"speaker": {"quoted": "outlet"}, "claim_type": "none"}, "the outlet's own voice"),
        ({"speaker": None, "priority": 0.5}, "quantity · priority 0.50"),
        ({"speaker": None, "priority": 0.912}, "quantity"),
        ({"speaker": {}, "claim_type": 3, "priority": "high"}, ""),
    ],
)
def test_a_line_says_kind_speaker_and_priority(changes: dict[str, object], line: str) -> None:
    """Kind, speaker and a priority that differs stand in a line; what is not known does not."""
    assert describe(FLAGGED | changes) == line
