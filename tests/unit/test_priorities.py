"""What a table of weights makes of a claim; the examples stand in tests/data/priorities.yaml."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.priorities import Priorities, published_priority, rank, words_of
from pipeline.priority_table import parse_priorities
from tests.strategies import hostile_texts, texts

EXAMPLES_PATH = Path(__file__).parents[1] / "data" / "priorities.yaml"
NOW = datetime(2031, 4, 12, 12, tzinfo=UTC)
CLAIM_KEYS = {"score", "text", "title", "claim_type", "speaker", "source", "published_at"}

weights = st.one_of(st.floats(0, 1000), st.sampled_from([0.0, 1.0, 5e-324]))
scores = st.one_of(st.floats(0, 1), st.sampled_from([0.0, 1.0, 1 - 2**-53]))


class Example(NamedTuple):
    why: str
    table: str
    claim: dict[str, Any]
    priority: float


def load_examples(source: str) -> list[Example]:
    """Read examples; refuse what a writer may have got wrong."""
    examples = []
    for entry in yaml.safe_load(source):
        leftover = set(entry) ^ set(Example._fields)
        leftover |= set(entry.get("claim", ())) - CLAIM_KEYS
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
def test_weighs_as_the_example_shows(one: Example) -> None:
    """Each example of the data file has the priority it says."""
    priorities = parse_priorities(one.table, name="example")
    priority = priorities.priority(**{"text": "", **one.claim}, now=NOW)
    assert round(priority, 3) == one.priority


def test_there_are_many_examples() -> None:
    """The data file holds at least 25 examples, so that emptying it cannot pass."""
    assert len(EXAMPLES) >= 25


@pytest.mark.parametrize(
    "source",
    [
        "- {why: a, table: '', claim: {score: 1}, priorty: 1}",
        "- {why: a, table: '', claim: {score: 1}}",
        "- {why: a, table: '', claim: {scor: 1}, priority: 1}",
        "- {why: a, table: '', claim: {score: 1}, priority: 1}\n" * 2,
    ],
)
def test_refuses_a_broken_example(source: str) -> None:
    """A leftover key, a missing one and a name used twice stop the tests."""
    with pytest.raises(ValueError, match=r"keys|share a name"):
        load_examples(source)


@st.composite
def tables(draw: st.DrawFn) -> Priorities:
    """Draw a table, its words among those of the texts."""
    phrases = st.dictionaries(
        st.one_of(texts(), st.sampled_from(["the", "ferry said", "1", "s"]))
        .map(words_of)
        .filter(bool),
        weights,
        max_size=5,
    )
    half_lives = st.floats(0, exclude_min=True, allow_infinity=False)
    return Priorities(
        claim_types=draw(st.dictionaries(st.sampled_from(["quantity", "rule"]), weights)),
        topics=draw(phrases),
        speakers=draw(phrases),
        sources=draw(phrases),
        half_life_hours=draw(st.one_of(st.none(), half_lives)),
    )


claims = st.fixed_dictionaries(
    {"text": texts()},
    optional={
        "title": st.one_of(st.none(), texts()),
        "claim_type": st.sampled_from([None, "quantity", "rule", "else"]),
        "speaker": st.one_of(st.none(), texts()),
        "source": st.one_of(st.none(), texts()),
        "published_at": st.one_of(
            st.none(),
            hostile_texts(30),
            st.datetimes(timezones=st.one_of(st.none(), st.timezones())).map(str),
            st.dates().map(str),
            st.sampled_from(["9999-12-31", "0001-01-01T00:00:00+23:59", "9999-12-31T23:00-23:00"]),
        ),
    },
)


@given(tables(), claims, scores)
def test_a_priority_lies_between_0_and_1(
    table: Priorities, claim: dict[str, Any], score: float
) -> None:
    """Whatever the table and the claim, weights that overflow or vanish among them."""
    assert 0 <= table.priority(**claim, score=score, now=NOW) <= 1


@given(tables(), claims, scores, scores)
@example(Priorities(topics={("a",): 1000.0}), {"text": "a"}, 1 - 2**-53, 1.0)
def test_a_higher_score_never_gets_a_lower_priority(
    table: Priorities, claim: dict[str, Any], one: float, other: float
) -> None:
    """Under the same weights priorities keep the order of the scores, rounding included."""
    low, high = sorted([one, other])
    assert table.priority(**claim, score=low, now=NOW) <= table.priority(
        **claim, score=high, now=NOW
    )


@given(claims, scores)
def test_without_a_table_the_priority_is_the_score(claim: dict[str, Any], score: float) -> None:
    """To the last bit: who sets no priorities sees none."""
    assert parse_priorities("", name="empty") == Priorities()
    assert Priorities().priority(**claim, score=score, now=NOW) == score


@given(claims, scores)
def test_weights_of_one_change_nothing(claim: dict[str, Any], score: float) -> None:
    """A table whose every row weighs 1 is as no table."""
    phrases = dict.fromkeys([("the",), ("ferry", "said")], 1.0)
    table = Priorities(
        claim_types={"quantity": 1.0}, topics=phrases, speakers=phrases, sources=phrases
    )
    assert table.priority(**claim, score=score, now=NOW) == score


def test_many_weights_at_once_do_not_overflow() -> None:
    """Two hundred rows of the greatest weight leave a priority, and one of nought still ends it."""
    words = [f"w{number}" for number in range(200)]
    topics = {(word,): 1000.0 for word in words}
    text = " ".join(words)
    assert Priorities(topics=topics).priority(score=0.5, text=text, now=NOW) == pytest.approx(1)
    last = Priorities(topics=topics, claim_types={"rule": 0.0})
    assert last.priority(score=0.5, text=text, claim_type="rule", now=NOW) == 0


@pytest.mark.parametrize("piece", ["interest ", "a", "interest rates ", "’s", "\ud800", "é̀"])
def test_hostile_lengths_are_read(piece: str) -> None:
    """Four hundred thousand characters of one kind are searched like any text."""
    table = Priorities(topics={words_of("interest interest interest rates"): 2.0})
    text = piece * (400_000 // len(piece))
    assert table.priority(score=0.5, text=text, title=text, source=text, now=NOW) == 0.5


@pytest.mark.parametrize(
    ("claim", "priority"),
    [
        ({"priority": 0.25, "score": 0.9}, 0.25),
        ({"priority": 0, "score": 0.9}, 0.0),
        ({"score": 0.9}, 0.9),
        ({"priority": None, "score": 1}, 1.0),
        ({"priority": "0.9", "score": [0.9]}, 0.0),
        ({"priority": True, "score": 7}, 0.0),
        ({"priority": -1, "score": 0.5}, 0.5),
        ({}, 0.0),
    ],
)
def test_a_claim_off_the_topic_has_a_priority(claim: dict[str, object], priority: float) -> None:
    """The one published; in older versions the score; a foreign document comes last."""
    assert published_priority(claim) == priority


def test_ranks_count_from_the_highest() -> None:
    """1 is the highest, and of equal ones the first."""
    assert rank([0.5, 0.9, 0.5, 1.0]) == [3, 2, 4, 1]
    assert rank([]) == []


@given(st.lists(scores))
def test_a_rank_is_a_permutation(priorities: list[float]) -> None:
    """Every rank is given once, and reading by rank reads priorities that fall, ties in order."""
    ranks = rank(priorities)
    assert sorted(ranks) == list(range(1, len(priorities) + 1))
    by_rank = sorted(range(len(priorities)), key=ranks.__getitem__)
    assert by_rank == sorted(range(len(priorities)), key=lambda at: (-priorities[at], at))
