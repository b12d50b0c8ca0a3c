"""Which phrases are told as reasons; the examples stand in tests/data/reasons.yaml."""

import math
import re
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.models import Reason
from pipeline.reasons import MAX_REASONS, Span, find_words, reasons_of
from tests.strategies import hostile_texts, texts

EXAMPLES_PATH = Path(__file__).parents[1] / "data" / "reasons.yaml"
MARK = re.compile(r"\{(-?[0-9]+)\}")
PIECE = re.compile(r"\w+$|\S$")


class Example(NamedTuple):
    why: str
    text: str
    tokens: list[Span]
    weights: list[float]
    reasons: list[str]


def load_examples(source: str) -> list[Example]:
    """Read examples; refuse what a writer may have got wrong."""
    examples = []
    for entry in yaml.safe_load(source):
        leftover = set(entry) ^ {"why", "text", "reasons"}
        if leftover:
            raise ValueError(f"missing or unknown keys {sorted(leftover)} in example {entry}")
        text, tokens, weights = read_marked(entry["text"])
        examples.append(Example(entry["why"], text, tokens, weights, entry["reasons"]))
    names = [one.why for one in examples]
    if len(set(names)) < len(names):
        raise ValueError(
            f"two examples share a name: {sorted({n for n in names if names.count(n) > 1})}"
        )
    return examples


def read_marked(marked: str) -> tuple[str, list[Span], list[float]]:
    """Take the marks out of an example's text; each is the weight of the piece before it."""
    *parts, rest = MARK.split(marked)
    text = ""
    tokens: list[Span] = []
    weights = []
    for part, weight in zip(parts[::2], parts[1::2], strict=True):
        piece = PIECE.search(part)
        if piece is None and text + part:
            raise ValueError(f"nothing stands before the mark {{{weight}}} in {marked!r}")
        text += part
        tokens.append((len(text) - len(piece[0]), len(text)) if piece else (0, 0))
        weights.append(float(weight))
    if set("{}") & set(text + rest):
        raise ValueError(f"a mark is broken in {marked!r}")
    return text + rest, tokens, weights


EXAMPLES = load_examples(EXAMPLES_PATH.read_text(encoding="utf-8"))


@pytest.mark.parametrize("one", EXAMPLES, ids=[one.why for one in EXAMPLES])
def test_tells_the_phrases_the_example_shows(one: Example) -> None:
    """Each example of the data file has the reasons it says, in that order."""
    reasons = reasons_of(one.text, one.tokens, one.weights)
    assert [one.text[reason.start : reason.end] for reason in reasons] == one.reasons


def test_there_are_many_examples() -> None:
    """The data file holds at least 25 examples, so that emptying it cannot pass."""
    assert len(EXAMPLES) >= 25


@pytest.mark.parametrize(
    "source",
    [
        "- {why: a, text: b, resons: []}",
        "- {why: a, text: b}",
        "- {why: a, text: b, reasons: []}\n- {why: a, text: c, reasons: []}",
        "- {why: a, text: 'b {2} c', reasons: []}",
        "- {why: a, text: 'b{2 c', reasons: []}",
    ],
)
def test_refuses_a_broken_example(source: str) -> None:
    """A leftover key, a missing one, a name used twice and a stray mark stop the tests."""
    with pytest.raises(ValueError, match=r"keys|share a name|mark"):
        load_examples(source)


def test_a_weight_is_the_share_of_all_that_speaks_for_it() -> None:
    """Markers and punctuation that speak for it are part of all; what speaks against is not."""
    text, tokens, weights = read_marked("{2}Rents{5} rose{-4}, fines{2} too.{1}")
    assert reasons_of(text, tokens, weights) == (
        Reason(start=0, end=5, weight=0.5),
        Reason(start=12, end=17, weight=0.2),
    )


def test_tokens_may_come_in_any_order() -> None:
    """Pieces are placed by their offsets, not by their turn."""
    text, tokens, weights = read_marked("Un{1}employ{3}ment{1} was a worry{2}.")
    backwards = reasons_of(text, tokens[::-1], weights[::-1])
    assert backwards == reasons_of(text, tokens, weights)


def test_as_many_weights_as_tokens() -> None:
    """A weight too few is an error of ours and is not passed over."""
    with pytest.raises(ValueError, match="zip"):
        reasons_of("Rents rose.", [(0, 5), (6, 10)], [1.0])


@pytest.mark.parametrize("weight", [math.nan, math.inf, -math.inf, 1e308])
def test_weights_that_are_no_use_do_no_harm(weight: float) -> None:
    """What is not finite is passed over; a sum that overflows gives no reasons, not a crash."""
    reasons = reasons_of("Rents rose.", [(0, 5), (6, 10), (6, 10)], [1.0, weight, weight])
    assert reasons in {(Reason(start=0, end=5, weight=1.0),), ()}


@st.composite
def weighed_texts(draw: st.DrawFn) -> tuple[str, list[Span], list[float]]:
    """Draw a text with any spans and weights, right ones among them."""
    text = draw(texts())
    words = st.sampled_from(find_words(text) or [(0, 0)])
    anywhere = st.tuples(st.integers(-3, len(text) + 3), st.integers(-3, len(text) + 3))
    weights = st.one_of(st.floats(-2, 5), st.floats())
    pairs = draw(st.lists(st.tuples(st.one_of(words, anywhere), weights), max_size=60))
    return text, [span for span, _ in pairs], [weight for _, weight in pairs]


@given(weighed_texts())
def test_reasons_are_slices_at_word_boundaries(drawn: tuple[str, list[Span], list[float]]) -> None:
    """Whatever comes in: at most four slices of the text, apart, each from a word to a word."""
    text, tokens, weights = drawn
    reasons = reasons_of(text, tokens, weights)
    words = find_words(text)
    assert len(reasons) <= MAX_REASONS
    for reason in reasons:
        assert reason.start in {start for start, _ in words}
        assert reason.end in {end for _, end in words}
        assert 1 <= sum(reason.start <= start < reason.end for start, _ in words) <= 5
    in_order = sorted(reasons, key=lambda reason: reason.start)
    assert all(a.end <= b.start for a, b in pairwise(in_order))


@given(weighed_texts())
@example(("Ships sank", [(0, 5), (6, 10)], [1e208, 1e-116]))
def test_weights_are_shares(drawn: tuple[str, list[Span], list[float]]) -> None:
    """Each lies over 0 and up to 1, they fall, and together they are no more than the whole."""
    shares = [reason.weight for reason in reasons_of(*drawn)]
    assert all(0 < share <= 1 for share in shares)
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) <= 1 + 1e-9


@given(st.lists(st.floats(0.01, 5), min_size=2, max_size=30))
def test_two_reasons_where_two_words_apart_speak_for_it(weights: list[float]) -> None:
    """Where words that speak for it stand apart, there are two reasons at least."""
    text = ", ".join(f"word{number}" for number in range(len(weights)))
    assert 2 <= len(reasons_of(text, find_words(text), weights)) <= MAX_REASONS


@given(hostile_texts())
def test_words_are_trimmed_and_in_order(text: str) -> None:
    """A word begins with a letter, a figure or a currency and ends with one or a percent sign."""
    end = 0
    for start, stop in find_words(text):
        assert end <= start < stop
        word = text[start:stop]
        assert word == word.strip()
        assert re.match(r"[\w$£€¥\u0300-\u036f]", word)
        assert re.search(r"[\w%‰°\u0300-\u036f]$", word)
        end = stop


@pytest.mark.parametrize("piece", ["“Ab ", "x", "-", "a-", "1.", "$", "the ", "é̀", "\ud800", "% "])
def test_hostile_lengths_are_read(piece: str) -> None:
    """A hundred thousand characters of one kind are read like any text, a token a character."""
    text = piece * (100_000 // len(piece))
    tokens = [(place, place + 1) for place in range(len(text))]
    for reason in reasons_of(text, tokens, [0.5] * len(tokens)):
        assert text[reason.start : reason.end].strip()
