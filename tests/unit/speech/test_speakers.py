"""Who makes a claim; the examples stand in tests/data/speakers.yaml."""

from pathlib import Path
from typing import NamedTuple

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.models import Quoted, Sentence, Speaker
from pipeline.sentences import SentencexSplitter
from pipeline.speech.speakers import find_speakers
from tests.strategies import texts

EXAMPLES_PATH = Path(__file__).parents[2] / "data" / "speakers.yaml"
OPEN, CLOSE = "⟦", "⟧"


class Example(NamedTuple):
    why: str
    text: str
    asked_start: int
    asked_end: int
    quoted: Quoted
    name: str | None
    cue: str | None


def load_examples(source: str) -> list[Example]:
    """Read examples; refuse what a writer may have got wrong."""
    examples = []
    for entry in yaml.safe_load(source):
        wrong = ({"why", "text", "quoted"} - set(entry)) | (
            set(entry) - {"why", "text", "quoted", "name", "cue"}
        )
        if wrong:
            raise ValueError(f"missing or unknown keys {sorted(wrong)} in example {entry}")
        before, opened, rest = entry["text"].partition(OPEN)
        asked, closed, after = rest.partition(CLOSE)
        if not (opened and closed and asked) or OPEN in after or CLOSE in after:
            raise ValueError(f"not one stretch between {OPEN} and {CLOSE} in example {entry}")
        examples.append(
            Example(
                entry["why"],
                before + asked + after,
                len(before),
                len(before + asked),
                Quoted(entry["quoted"]),
                entry.get("name"),
                entry.get("cue"),
            )
        )
    names = [one.why for one in examples]
    if len(set(names)) < len(names):
        raise ValueError(
            f"two examples share a name: {sorted({n for n in names if names.count(n) > 1})}"
        )
    return examples


EXAMPLES = load_examples(EXAMPLES_PATH.read_text(encoding="utf-8"))


def speakers_of(text: str) -> list[Speaker]:
    """Return the speaker of every sentence of a text."""
    sentences = SentencexSplitter().split(text)
    return find_speakers(text, sentences, range(len(sentences)))


@pytest.mark.parametrize("one", EXAMPLES, ids=[one.why for one in EXAMPLES])
def test_finds_the_speaker_the_example_shows(one: Example) -> None:
    """Each example of the data file gets exactly the speaker it names."""
    sentences = SentencexSplitter().split(one.text)
    asked = [
        index
        for index, sentence in enumerate(sentences)
        if sentence.start < one.asked_end and sentence.end > one.asked_start
    ]
    assert asked
    for speaker in find_speakers(one.text, sentences, asked):
        assert (speaker.quoted, speaker.name, speaker.cue) == (one.quoted, one.name, one.cue)


def test_there_are_many_examples() -> None:
    """The data file holds at least 60 examples, so that emptying it cannot pass."""
    assert len(EXAMPLES) >= 60


@pytest.mark.parametrize(
    "source",
    [
        "- {why: a, text: ⟦b⟧, quoted: outlet, nmae: c}",
        "- {why: a, text: ⟦b⟧}",
        "- {why: a, text: b, quoted: outlet}",
        "- {why: a, text: ⟦b⟧ ⟦c⟧, quoted: outlet}",
        "- {why: a, text: ⟦b⟧, quoted: aloud}",
        "- {why: a, text: ⟦b⟧, quoted: outlet}\n- {why: a, text: ⟦c⟧, quoted: outlet}",
    ],
)
def test_refuses_a_broken_example(source: str) -> None:
    """A leftover key, a missing one, a missing mark, an odd word, a name used twice: an error."""
    with pytest.raises(ValueError, match=r"keys|stretch|share a name|not a valid Quoted"):
        load_examples(source)


PIECES = st.sampled_from(
    [
        "Maria Okafor", "Mr. Okafor", "the WHO", "A study by Tarn University", "he", "She", "it",
        "said", "says", "told reporters", "claims that", "according to", "tweeted:", "’s claim",
        "“", "”", '"', "‘", "’", "'", "''", "``", "(", ")", ",", ".", ". ", ":", " — ", "\n",
        "\n\n",
        "The spokesman", "officials in", "43% of Americans", "and", "who", "not", "never", "to",
        "The water is safe", "the ministry", "by", "of", "’s", "‑", "é", "\u200b", "\ud800",
    ]
)  # fmt: skip


def speech_texts() -> st.SearchStrategy[str]:
    """Draw the words that the rules look at, in any order."""
    return st.lists(PIECES, max_size=40).map(" ".join) | st.lists(PIECES, max_size=40).map("".join)


@given(texts() | speech_texts())
@example("")
@example("“”")
@example("said")
@example("said said said")
@example("According to")
@example("’s claim that")
@example("\ud800 said “")
def test_names_are_slices_of_the_text(text: str) -> None:
    """Every name is the text at its offsets, and nobody else's voice has one."""
    for speaker in speakers_of(text):
        if speaker.name is None:
            assert speaker.start is None
            assert speaker.end is None
        else:
            assert speaker.start is not None
            assert speaker.end is not None
            assert 0 <= speaker.start < speaker.end <= len(text)
            assert text[speaker.start : speaker.end] == speaker.name
            assert speaker.quoted is not Quoted.OUTLET
        if speaker.quoted is Quoted.OUTLET:
            assert speaker == Speaker(quoted=Quoted.OUTLET)


@given(speech_texts(), st.data())
def test_each_index_asked_for_gets_its_speaker(text: str, data: st.DataObject) -> None:
    """One Speaker for each index, in the order asked, the same whatever else is asked for."""
    sentences = SentencexSplitter().split(text)
    everyone = find_speakers(text, sentences, range(len(sentences)))
    indexes = data.draw(st.lists(st.sampled_from(range(len(sentences))))) if sentences else []
    assert find_speakers(text, sentences, indexes) == [everyone[index] for index in indexes]


def test_refuses_an_index_beyond_the_sentences() -> None:
    """An index that no sentence has is an IndexError, not somebody else's speaker."""
    with pytest.raises(IndexError):
        find_speakers("One.", [Sentence(text="One.", start=0, end=4)], [1])


HOSTILE = {
    "unclosed quotes": "“" * 10_000,
    "unclosed straight quotes": ' "a' * 10_000,
    "single quotes": " ‘a" * 10_000 + "s’ b" * 10_000,
    "no space": "a" * 100_000,
    "cues": "said " * 20_000,
    "inverted cues": ", said" * 20_000,
    "names": "Okafor " * 15_000 + "said it.",
    "names and commas": "Okafor, " * 15_000 + "said it.",
    "sources": "according to " * 10_000,
    "owners": "’s claim that " * 8_000,
    "brackets": "(" * 50_000 + ")" * 50_000 + " said it.",
    "ands": "and " * 25_000 + "said it.",
    "quantities": "half of " * 12_000 + "them said it.",
    "abbreviations": "A." * 50_000,
    "hyphens": "a-" * 50_000,
    "apostrophes": "a’" * 50_000,
    "commas": "," * 100_000,
    "lines": "“a\n" * 20_000,
    "quotations": "“a” " * 20_000,
    "roles": "spokesman " * 10_000 + "Okafor said it.",
    "people": "Jo Okafor, spokesman, said. " * 3_000,
    "pronouns": "He said she said it said they said. " * 2_000,
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.timeout(60)
def test_hostile_text_ends_promptly(name: str) -> None:
    """A sentence of about 100,000 characters gets its speaker; what is quadratic would time out."""
    text = HOSTILE[name]
    whole = [Sentence(text=text, start=0, end=len(text))]
    assert len(find_speakers(text, whole, [0])) == 1


def test_many_hostile_sentences_end_promptly() -> None:
    """Ten thousand sentences under one quotation mark get ten thousand speakers."""
    text = "“He said. " * 10_000
    sentences = [
        Sentence(text="“He said.", start=10 * index, end=10 * index + 9) for index in range(10_000)
    ]
    assert len(find_speakers(text, sentences, range(10_000))) == 10_000
