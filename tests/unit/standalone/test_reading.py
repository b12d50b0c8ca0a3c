"""How sentences read alone; the examples stand in tests/data/standalone.yaml."""

import re
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml
from hypothesis import event, example, given
from hypothesis import strategies as st

from pipeline.models import Sentence
from pipeline.sentences import SentencexSplitter
from pipeline.standalone.reading import standalone_reading
from pipeline.standalone.sentence_subjects import MAX_SENTENCE_LENGTH
from tests.strategies import texts

EXAMPLES_PATH = Path(__file__).parents[2] / "data" / "standalone.yaml"
MARK = "‖"
PIECE = re.compile(r"\w+|[^\w\s]")
PRONOUNS = {"I", "he", "He", "she", "She", "it", "It", "they", "They"}
WORD = re.compile(r"[^\W\d_]+|\d+")


class Example(NamedTuple):
    why: str
    text: str
    reads: str | None
    title: str | None = None
    published_at: str | None = None
    speaker: str | None = None


def load_examples(source: str) -> list[Example]:
    """Read examples; refuse what a writer may have got wrong."""
    examples = []
    for entry in yaml.safe_load(source):
        leftover = (set(entry) - set(Example._fields)) | ({"why", "text", "reads"} - set(entry))
        if leftover:
            raise ValueError(f"missing or unknown keys {sorted(leftover)} in example {entry}")
        one = Example(**entry)
        if strange := words_from_elsewhere(one.reads or "", one):
            raise ValueError(f"words {sorted(strange)} are nowhere in the article of {entry}")
        examples.append(one)
    names = [one.why for one in examples]
    if len(set(names)) < len(names):
        raise ValueError(
            f"two examples share a name: {sorted({n for n in names if names.count(n) > 1})}"
        )
    return examples


def words_from_elsewhere(reading: str, one: Example) -> set[str]:
    """Return the words of a reading that the article's own fields do not hold."""
    fields = " ".join([one.text.replace(MARK, ""), one.title or "", one.published_at or ""])
    return set(WORD.findall(reading.lower())) - set(WORD.findall(fields.lower()))


def split_at_marks(text: str) -> tuple[str, list[Sentence]]:
    """Return the text without its marks, and its sentences."""
    plain, sentences = "", []
    for part in text.split(MARK):
        stripped = part.strip()
        start = len(plain) + part.index(stripped)
        sentences.append(Sentence(text=stripped, start=start, end=start + len(stripped)))
        plain += part
    return plain, sentences


def read(one: Example) -> str | None:
    text, sentences = split_at_marks(one.text)
    return standalone_reading(
        sentences[-1],
        sentences,
        len(sentences) - 1,
        text=text,
        title=one.title,
        published_at=one.published_at,
        speaker_name=one.speaker,
    )


EXAMPLES = load_examples(EXAMPLES_PATH.read_text(encoding="utf-8"))


@pytest.mark.parametrize("one", EXAMPLES, ids=[one.why for one in EXAMPLES])
def test_reads_alone_as_the_example_shows(one: Example) -> None:
    """Each example's last sentence reads alone as it says, or not at all."""
    assert read(one) == one.reads


def test_there_are_many_examples() -> None:
    """The data file holds at least 50 examples, and at least half of them have no reading."""
    assert len(EXAMPLES) >= 50
    assert 2 * sum(one.reads is None for one in EXAMPLES) >= len(EXAMPLES)


@pytest.mark.parametrize(
    "source",
    [
        "- {why: a, text: b, reads: null, read: c}",
        "- {why: a, text: b}",
        "- {why: a, text: It fell., reads: Inflation fell.}",
        "- {why: a, text: b, reads: null}\n- {why: a, text: c, reads: null}",
    ],
)
def test_refuses_a_broken_example(source: str) -> None:
    """A key too many or too few, an invented word, a name used twice stop the tests."""
    with pytest.raises(ValueError, match=r"keys|share a name|nowhere"):
        load_examples(source)


SUBJECTS = """
The ferry|The unions|Inflation|Jane Orr|Mr Hale|Orr|Harbour Bank|NATO|Three officers|The minister
|It|He|She|They|But it|In May, she|“I|A driver|Rail fares
""".replace("\n", "").split("|")
PREDICATES = """
rose by a third|fell in March|said 300 had died|met the unions|was built in 1962|is raining
|closed yesterday|won on Tuesday|grew last year|has doubled this year|left this month
|told Tom Hale|added that it rained|will cut jobs,” said Jane Orr
""".replace("\n", "").split("|")


def articles() -> st.SearchStrategy[str]:
    """Draw articles most of whose sentences have a subject that the next may refer to."""
    made = st.builds("{} {}.".format, st.sampled_from(SUBJECTS), st.sampled_from(PREDICATES))
    return st.lists(st.one_of(made, made, made, texts()), min_size=1, max_size=6).map(" ".join)


@given(
    articles(),
    st.none() | st.sampled_from(["Inflation falls to 2%", "Ferry"]) | texts(),
    st.none() | st.sampled_from(["2024-05-02", "2024-01-01T00:00:00Z", "soon"]),
    st.none() | st.sampled_from(["Jane Orr", "Nobody Here"]),
)
@example("It \ud800 rose.", None, None, None)
@example("“", "", "", "")
def test_every_word_stands_in_the_article(
    text: str, title: str | None, published_at: str | None, speaker: str | None
) -> None:
    """On any article, no reading holds a word that text, title and date do not, and each keeps
    all of its sentence, in order, but for one pronoun."""
    sentences = SentencexSplitter().split(text)
    for index, sentence in enumerate(sentences):
        reading = standalone_reading(
            sentence,
            sentences,
            index,
            text=text,
            title=title,
            published_at=published_at,
            speaker_name=speaker,
        )
        event("read" if reading is not None else "not read")
        if reading is None:
            continue
        fields = Example("", text, None, title, published_at)
        assert not words_from_elsewhere(reading, fields)
        assert reading != sentence.text
        assert keeps_all_but_a_pronoun(reading, sentence.text)


def keeps_all_but_a_pronoun(reading: str, sentence: str) -> bool:
    """Tell whether a sentence's words are all in its reading, in order, but for one pronoun."""
    pieces = PIECE.findall(sentence)
    for left_out in [None, *(at for at, piece in enumerate(pieces) if piece in PRONOUNS)]:
        ahead = iter(PIECE.findall(reading))
        if all(piece in ahead for at, piece in enumerate(pieces) if at != left_out):
            return True
    return False


HOSTILE = {
    "digits": "7",
    "commas": ",",
    "spaces": " ",
    "unclosed quotes": "“a ",
    "straight quotes": '"',
    "pronouns": "it ",
    "capital pronouns": "It ",
    "names": "Jane Orr ",
    "dates": "last year ",
    "one long word": "x",
    "openers": "In the last ",
    "said": "said ",
}


@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE)
def test_a_sentence_too_long_is_not_read(piece: str) -> None:
    """A sentence of 100,000 characters is passed over unread, and is read for no other."""
    long = "It " + piece * (100_000 // len(piece)) + "."
    text = f"{long} It fell by a third."
    first = Sentence(text=long, start=0, end=len(long))
    second = Sentence(text="It fell by a third.", start=len(long) + 1, end=len(text))
    for index, sentence in enumerate((first, second)):
        reading = standalone_reading(
            sentence,
            [first, second],
            index,
            text=text,
            title=long,
            published_at="2024-05-02",
            speaker_name="Jane Orr",
        )
        assert reading is None


class CountedText(str):
    """A text that counts the characters sliced from it."""

    taken = 0

    def __getitem__(self, key: object) -> str:
        piece = super().__getitem__(key)  # type: ignore[index]
        CountedText.taken += len(piece)
        return piece


def test_what_is_looked_at_does_not_grow_with_the_article() -> None:
    """A sentence's reading looks at the same amount of text in an article 100 times as long."""
    amounts = []
    for copies in (10, 1_000):
        text = CountedText("The ferry closed in May. It carried 12,000 people. " * copies)
        sentences = SentencexSplitter().split(str(text))
        index = len(sentences) - 1
        CountedText.taken = 0
        assert (
            standalone_reading(
                sentences[index], sentences, index, text=text, title=None, published_at=None
            )
            == "The ferry carried 12,000 people."
        )
        amounts.append(CountedText.taken)
    assert max(amounts) <= 6 * MAX_SENTENCE_LENGTH
