"""The figures of a sentence; the examples stand in tests/data/quantities.yaml."""

import math
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.figures.counted_nouns import singularise
from pipeline.figures.numeral_tokens import MAX_TOKENS, tokenise
from pipeline.figures.numerals import read_number
from pipeline.figures.quantities import MAX_QUANTITIES, find_quantities
from tests.strategies import texts

EXAMPLES_PATH = Path(__file__).parents[2] / "data" / "quantities.yaml"
FIGURE_KEYS = {"text", "value", "unit", "percent", "currency", "approximate"}


class Example(NamedTuple):
    why: str
    text: str
    figures: list[dict[str, Any]]


def load_examples(source: str) -> list[Example]:
    """Read examples; refuse what a writer may have got wrong."""
    examples = []
    for entry in yaml.safe_load(source):
        leftover = set(entry) ^ {"why", "text", "figures"}
        for figure in entry.get("figures", []):
            leftover |= (set(figure) - FIGURE_KEYS) | ({"text", "value"} - set(figure))
            if figure.get("text", "") not in entry["text"]:
                raise ValueError(f"no such figure in the text of example {entry}")
        if leftover:
            raise ValueError(f"missing or unknown keys {sorted(leftover)} in example {entry}")
        examples.append(Example(**entry))
    names = [one.why for one in examples]
    if len(set(names)) < len(names):
        raise ValueError(
            f"two examples share a name: {sorted({n for n in names if names.count(n) > 1})}"
        )
    return examples


EXAMPLES = load_examples(EXAMPLES_PATH.read_text(encoding="utf-8"))


@pytest.mark.parametrize("one", EXAMPLES, ids=[one.why for one in EXAMPLES])
def test_reads_what_the_example_shows(one: Example) -> None:
    """Each example's figures are read as it says, and no others."""
    found = [
        {
            "text": one.text[quantity.start : quantity.end],
            "value": pytest.approx(quantity.value, rel=1e-9),
            "unit": quantity.unit,
            "percent": quantity.percent,
            "currency": quantity.currency,
            "approximate": quantity.approximate,
        }
        for quantity in find_quantities(one.text)
    ]
    left_out = {"unit": None, "percent": False, "currency": None, "approximate": False}
    assert [left_out | figure for figure in one.figures] == found


def test_there_are_many_examples() -> None:
    """The data file holds at least 80 examples, 40 of them without a figure to find."""
    assert len(EXAMPLES) >= 80
    assert sum(not one.figures for one in EXAMPLES) >= 40


@pytest.mark.parametrize(
    "source",
    [
        "- {why: a, text: b, figures: [], figure: []}",
        "- {why: a, text: b}",
        "- {why: a, text: 5 b, figures: [{text: 5 b}]}",
        "- {why: a, text: 5 b, figures: [{text: 5 b, value: 5, units: b}]}",
        "- {why: a, text: 5 b, figures: [{text: 6 b, value: 5}]}",
        "- {why: a, text: b, figures: []}\n- {why: a, text: c, figures: []}",
    ],
)
def test_refuses_a_broken_example(source: str) -> None:
    """A key too many or too few, a figure not in its text, a name used twice stop the tests."""
    with pytest.raises(ValueError, match=r"keys|share a name|no such figure"):
        load_examples(source)


FIGURE_WORDS = """
1 2 12 20 45 99 747 1,200 1.5 2019 2000 1,5 0 007 10.30 3-1 20-30 5% £3bn $1.2m €20 C$5 10am 5km -5C
3m 5p ½ 2½ one two ten twenty-five hundred thousand million billion trillion dozen half third
quarter thirds a an the and of in out every or so to from between about nearly over more than at
least percent per cent percentage points dollars pounds euros pence miles an hour years old
year-old aged people officers women May March No. Route Jane Orr , ( ) . - – + / : % ° square
"""


def figure_texts() -> st.SearchStrategy[str]:
    """Draw sentences that are nearly all figures and the words that go with them."""
    pieces = st.builds(
        str.__add__,
        st.sampled_from(FIGURE_WORDS.split()),
        st.sampled_from([" ", " ", " ", "", "-"]),
    )
    return st.lists(pieces, max_size=25).map("".join)


@given(st.one_of(figure_texts(), texts()), st.integers(0, 10**6))
@example("", 0)
@example("5", 7)
@example("half", 0)
@example("a third and two and a", 0)
@example("1 \ud800 2", 0)
@example("1 £3bn ", 0)
def test_every_quantity_lies_in_the_sentence(text: str, offset: int) -> None:
    """On any text quantities are in order, apart, inside it, trimmed and finite."""
    end = 0
    for quantity in find_quantities(text, offset=offset):
        start = quantity.start - offset
        assert end <= start < quantity.end - offset <= len(text)
        end = quantity.end - offset
        shown = text[start:end]
        assert shown == shown.strip()
        assert math.isfinite(quantity.value)
        assert not (quantity.unit is not None and (quantity.percent or quantity.currency))
        assert not (quantity.percent and quantity.currency)


@given(st.one_of(figure_texts(), texts()), st.integers(0, 10**6))
def test_the_offset_only_moves_positions(text: str, offset: int) -> None:
    """A sentence further down the article has the same quantities, moved."""
    moved = find_quantities(text, offset=offset)
    assert [(q.start - offset, q.end - offset, q.value, q.unit) for q in moved] == [
        (q.start, q.end, q.value, q.unit) for q in find_quantities(text)
    ]


@given(st.integers(0, 10**9), st.sampled_from(["residents", "homes", "votes"]))
def test_reads_back_any_whole_number(number: int, noun: str) -> None:
    """A number written with commas before a noun is read as itself."""
    (quantity,) = find_quantities(f"They counted {number:,} {noun} there.")
    assert (quantity.value, quantity.unit) == (number, noun.removesuffix("s"))


@given(st.lists(st.sampled_from("one two twenty hundred thousand million billion and".split())))
def test_any_run_of_number_words_is_read_or_passed_over(words: list[str]) -> None:
    """No order of number words makes text2num end the worker."""
    text = " ".join(["They", "saw", *words, "ships"])
    for quantity in find_quantities(text):
        assert quantity.value > 0


HOSTILE = {
    "digits": "7",
    "spaced digits": "7 ",
    "commas": ",",
    "digits and commas": "7,",
    "points": "7.",
    "number words": "million ",
    "joined number words": "two-",
    "halves": "half a ",
    "shares": "one in ",
    "ranges": "5-",
    "ranges in words": "5 to ",
    "pounds": "£",
    "adjectives": "7 very ",
    "one long word": "x",
    "links": "www.",
    "apostrophes": "a'",
    "quarters": "a quarter of ",
    "minus signs": "-",
    "squares": "5 square ",
}


@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE)
def test_work_is_bounded_on_hostile_text(piece: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """On 100,000 characters no more than the first tokens are read, each is asked at most twice
    whether a number begins there, and a number ends a fixed number of tokens on."""
    text = piece * (100_000 // len(piece))
    tokens = tokenise(text)
    assert len(tokens) <= MAX_TOKENS
    asked: list[int] = []

    def counting(all_tokens: list[Any], index: int) -> Any:
        asked.append(index)
        number = read_number(all_tokens, index)
        assert number is None or number.last - index <= 40
        return number

    monkeypatch.setattr("pipeline.figures.quantities.read_number", counting)
    assert len(find_quantities(text)) <= MAX_QUANTITIES
    assert len(asked) <= 2 * len(tokens)  # the upper end of what proves no range is asked again


def test_a_table_is_read_up_to_a_bound() -> None:
    """Of a sentence with a thousand figures the first hundred are given."""
    found = find_quantities("They paid £5, " * 1000)
    assert len(found) == MAX_QUANTITIES
    assert found[0].start == len("They paid ")


def test_a_figure_too_long_to_be_one_is_none() -> None:
    """A run of digits longer than any number in the news has no value, least of all infinity."""
    assert find_quantities(f"It holds {'9' * 400} apples.") == ()


@pytest.mark.parametrize(
    ("plural", "singular"),
    [
        ("people", "person"),
        ("firemen", "fireman"),
        ("policewomen", "policewoman"),
        ("countries", "country"),
        ("boxes", "box"),
        ("houses", "house"),
        ("headaches", "headache"),
        ("heroes", "hero"),
        ("taxis", "taxi"),
        ("MPs", "MP"),
        ("specimens", "specimen"),
        ("regimen", None),
        ("various", None),
        ("crisis", None),
        ("workers’", None),
        ("US", None),
        ("as", None),
        ("s", None),
    ],
)
def test_singularises_plurals_only(plural: str, singular: str | None) -> None:
    """A plural noun gives its singular; a word that only ends like one gives nothing."""
    assert singularise(plural) == singular
