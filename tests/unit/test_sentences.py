"""Where sentences begin and end; the examples stand in tests/data/sentences.yaml."""

import time
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml
from hypothesis import example, given

from pipeline.sentences import SentencexSplitter
from tests.strategies import texts

EXAMPLES_PATH = Path(__file__).parents[1] / "data" / "sentences.yaml"
MARK = "‖"


class Example(NamedTuple):
    why: str
    text: str
    sentences: list[str]


def load_examples(source: str) -> list[Example]:
    """Read examples; refuse what a writer may have got wrong."""
    examples = []
    for entry in yaml.safe_load(source):
        leftover = set(entry) ^ {"why", "text"}
        if leftover:
            raise ValueError(f"missing or unknown keys {sorted(leftover)} in example {entry}")
        parts = entry["text"].split(MARK)
        examples.append(
            Example(
                entry["why"],
                "".join(parts),
                [stripped for part in parts if (stripped := part.strip())],
            )
        )
    names = [one.why for one in examples]
    if len(set(names)) < len(names):
        raise ValueError(
            f"two examples share a name: {sorted({n for n in names if names.count(n) > 1})}"
        )
    return examples


EXAMPLES = load_examples(EXAMPLES_PATH.read_text(encoding="utf-8"))


@pytest.mark.parametrize("one", EXAMPLES, ids=[one.why for one in EXAMPLES])
def test_splits_as_the_example_shows(one: Example) -> None:
    """Each example of the data file is split exactly where it says."""
    assert [sentence.text for sentence in SentencexSplitter().split(one.text)] == one.sentences


def test_there_are_many_examples() -> None:
    """The data file holds at least 60 examples, so that emptying it cannot pass."""
    assert len(EXAMPLES) >= 60


@pytest.mark.parametrize(
    "source",
    [
        "- {why: a, text: b, txet: c}",
        "- {why: a}",
        "- {why: a, text: b}\n- {why: a, text: c}",
    ],
)
def test_refuses_a_broken_example(source: str) -> None:
    """A leftover key, a missing one and a name used twice stop the tests."""
    with pytest.raises(ValueError, match=r"keys|share a name"):
        load_examples(source)


@given(texts())
@example("")
@example("\ud800")
@example("“" * 50 + "a.\n\n" + "”" * 50)
def test_offsets_slice_back_to_the_sentences(text: str) -> None:
    """Sentences are slices of the text, in order, apart, trimmed, not empty, and miss nothing."""
    end = 0
    for sentence in SentencexSplitter().split(text):
        assert text[sentence.start : sentence.end] == sentence.text
        assert sentence.text
        assert sentence.text == sentence.text.strip()
        assert not text[end : sentence.start].strip()
        assert sentence.start >= end
        end = sentence.end
    assert not text[end:].strip()


@pytest.mark.parametrize("space", list("\u00a0\u1680\u2003\u200a\u202f\u205f\u3000\x1f"))
def test_spaces_of_every_kind_are_spaces(space: str) -> None:
    """White space beyond ASCII, at which sentencex alone panics, parts words and sentences."""
    text = f"Prices{space}rose{space}. Wages{space}fell.{space}Rents did not."
    sentences = [sentence.text for sentence in SentencexSplitter().split(text)]
    assert sentences == [f"Prices{space}rose{space}.", f"Wages{space}fell.", "Rents did not."]


@given(texts(), texts())
def test_a_blank_line_parts_texts(first: str, second: str) -> None:
    """What stands before a blank line is split as if nothing came after, and the reverse."""
    split = SentencexSplitter().split
    together = [sentence.text for sentence in split(first + "\n\n" + second)]
    assert together == [sentence.text for sentence in [*split(first), *split(second)]]


@given(texts())
def test_splits_the_same_every_time(text: str) -> None:
    """Two splitters agree on every text: there is no state."""
    assert SentencexSplitter().split(text) == SentencexSplitter().split(text)


def test_a_sentence_of_100_000_characters_stays_one() -> None:
    """Length alone ends no sentence, however many windows it takes to read it."""
    long = "word " * 20_000
    sentences = SentencexSplitter().split(f"Short one. The {long}ends here. Another.")
    assert [len(sentence.text) for sentence in sentences] == [10, 4 + 100_000 + 10, 8]


def test_finds_sentence_ends_at_any_place_in_a_window() -> None:
    """Where a window of the text ends makes no difference to where a sentence does."""
    second = "Dr. Orr stayed until 5 p.m. Friday."
    for length in range(9_900, 10_020):  # the window is 10,000 long
        first = ("x" * 9 + " ") * (length // 10) + "y" * (length % 10) + " they left!"
        sentences = SentencexSplitter().split(f"{first} {second}")
        assert [sentence.text for sentence in sentences] == [first, second]


HOSTILE = {
    "unclosed quotes": "“Ab. ",
    "unclosed straight quotes": '"Ab. ',
    "unclosed brackets": "(Ab. [Cd. {Ef. ",
    "one-letter words": "a. ",
    "initials": "A. ",
    "one word without an end": "x",
    "words without an end": "word ",
    "full stops": ".",
    "ellipses": "… ",
    "list numbers": "1. ",
    "titles": "Mr. ",
    "line ends": "\n",
    "short lines": "x\n",
    "stray closing marks": "Ab. ) ” ) ",
    "wide gaps": "Ab." + " " * 60,
    "stops without a space": "abcd.Abcd",
    "surrogates": "\ud800. A",
    "companies": "Inc. ",
}


def cpu_seconds(text: str) -> float:
    splitter = SentencexSplitter()
    seconds = []
    for _ in range(3):
        start = time.process_time()
        splitter.split(text)
        seconds.append(time.process_time() - start)
    return min(seconds)


@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE)
def test_cost_grows_with_length_not_its_square(piece: str) -> None:
    """Eight times the text costs less than 24 times the CPU; were it quadratic, 64 times."""
    small, large = (piece * (length // len(piece)) for length in (25_000, 200_000))
    base = max(cpu_seconds(small), 0.002)  # below that the clock measures itself
    assert cpu_seconds(large) < 24 * base


def test_ten_thousand_unclosed_quotes_are_split() -> None:
    """Marks that never close hide no sentence."""
    sentences = SentencexSplitter().split("“The dam broke. " * 10_000)
    assert len(sentences) == 10_000
    assert {sentence.text for sentence in sentences} == {"“The dam broke."}
