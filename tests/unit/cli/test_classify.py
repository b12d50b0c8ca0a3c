"""The lines of `claimwire classify`."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.cli.classify import (
    LINE_MAX_BYTES,
    describe_prediction,
    parse_sentence,
    read_lines,
)
from pipeline.models import Prediction, SentenceInContext


class Chunks(io.BytesIO):
    """A stream that hands out its bytes as a slow pipe does."""

    def __init__(self, chunks: list[bytes]) -> None:
        super().__init__()
        self._chunks = iter(chunks)

    def read1(self, size: int | None = -1, /) -> bytes:
        return next(self._chunks, b"")


@given(st.lists(st.binary(min_size=1, max_size=20)))
def test_lines_do_not_depend_on_how_a_pipe_cuts_them(chunks: list[bytes]) -> None:
    """All lines but blank ones come out, in order and rightly numbered, however they arrive."""
    expected = [
        (number, line.strip())
        for number, line in enumerate(b"".join(chunks).split(b"\n"), start=1)
        if line.strip()
    ]
    assert [line for batch in read_lines(Chunks(chunks)) for line in batch] == expected


def test_a_line_is_answered_before_the_next_is_there() -> None:
    """A slow writer does not wait for a batch to fill."""
    lines = read_lines(Chunks([b"one\n", b"two\n"]))
    assert next(lines) == [(1, b"one")]
    assert next(lines) == [(2, b"two")]


def test_an_endless_line_is_bounded() -> None:
    """Memory stays bounded, the line is refused, and the next one is read."""
    chunks = [b"x" * LINE_MAX_BYTES] * 5 + [b"\n{}\n"]
    lines = [line for batch in read_lines(Chunks(chunks)) for line in batch]
    assert [number for number, _ in lines] == [1, 2]
    assert len(lines[0][1]) <= 2 * LINE_MAX_BYTES + 1
    with pytest.raises(ValueError, match="longer than"):
        parse_sentence(lines[0][1])


def test_title_and_before_are_optional() -> None:
    """A bare text is enough; null means absent; other fields are passed over."""
    assert parse_sentence(b'{"text": "A.", "title": null, "n": 1}') == SentenceInContext(text="A.")
    assert parse_sentence(b'{"text": "A.", "title": "T", "before": "B."}') == SentenceInContext(
        text="A.", title="T", before="B."
    )


@pytest.mark.parametrize(
    "line",
    [
        b"secret",
        b'"secret"',
        b"[1]",
        b"{}",
        b'{"text": ""}',
        b'{"text": " \\n"}',
        b'{"text": 7, "x": "secret"}',
        b'{"text": "secret", "title": 7}',
        b'{"text": "secret", "before": ["x"]}',
        b"\xff\xfe",
        b"[" * 10_000,
    ],
)
def test_a_bad_line_is_told_without_its_content(line: bytes) -> None:
    """Every way to be wrong is one sentence, and nothing of the line stands in it."""
    with pytest.raises(ValueError) as problem:  # noqa: PT011 - the message is checked below
        parse_sentence(line)
    assert str(problem.value)
    assert "secret" not in str(problem.value)


def test_a_prediction_is_told_with_the_threshold_applied() -> None:
    """At the threshold is check-worthy; a claim type is told only where there is one."""
    sentence = SentenceInContext(text="A.")
    plain = Prediction(label="CFS", score=0.5)
    assert describe_prediction(sentence, plain, threshold=0.5) == {
        "text": "A.",
        "score": 0.5,
        "check_worthy": True,
        "label": "CFS",
    }
    typed = Prediction(label="CFS", score=0.4, claim_type="quantity", claim_type_score=0.9)
    told = describe_prediction(sentence, typed, threshold=0.5)
    assert (told["check_worthy"], told["claim_type"]) == (False, "quantity")
