"""The order of `claimwire tail --top`."""

from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.cli.display import open_console
from pipeline.cli.tail import Ranking, print_claim, tail
from pipeline.errors import ConfigurationError
from pipeline.models import SourcePosition
from pipeline.tail import Record


def record(
    value: object, *, offset: int = 0, partition: int = 0, key: bytes | None = None
) -> Record:
    """Return a record of the claims topic; a value of None is a tombstone."""
    return Record(
        position=SourcePosition(topic="claims", partition=partition, offset=offset),
        timestamp=datetime(2031, 4, 12, tzinfo=UTC),
        key=key,
        value=value if value is None or isinstance(value, bytes) else orjson.dumps(value),
    )


def ids(ranking: Ranking, count: int) -> list[object]:
    """Return the claim_ids that come first."""
    return [claim["claim_id"] for _, claim in ranking.top(count)]


def test_the_highest_priority_comes_first() -> None:
    """Of claims without one the score counts; nothing else of the document does."""
    ranking = Ranking()
    for offset, claim in enumerate(
        [
            {"claim_id": "a", "priority": 0.2, "score": 0.99},
            {"claim_id": "b", "priority": 0.9, "score": 0.5},
            {"claim_id": "c", "score": 0.7},
            {"claim_id": "d"},
        ]
    ):
        assert ranking.add(record(claim, offset=offset))
    assert ids(ranking, 10) == ["b", "c", "a", "d"]
    assert ids(ranking, 2) == ["b", "c"]
    assert [priority for priority, _ in ranking.top(10)] == [0.9, 0.7, 0.2, 0.0]


def test_equal_priorities_go_by_position() -> None:
    """The order in which partitions happen to be read makes no difference."""
    ranking = Ranking()
    for partition, offset in [(1, 0), (0, 5), (1, 1), (0, 4)]:
        claim = {"claim_id": f"{partition}/{offset}", "priority": 0.5}
        ranking.add(record(claim, partition=partition, offset=offset))
    assert ids(ranking, 4) == ["0/4", "0/5", "1/0", "1/1"]


def test_a_repeated_claim_counts_as_it_stands_there_last() -> None:
    """A replay under a lower weight is not hidden by the higher priority of before."""
    ranking = Ranking()
    ranking.add(record({"claim_id": "a", "priority": 0.9, "text": "before"}, offset=0))
    ranking.add(record({"claim_id": "b", "priority": 0.5}, offset=1))
    ranking.add(record({"claim_id": "a", "priority": 0.1, "text": "after"}, offset=2))
    assert ids(ranking, 5) == ["b", "a"]
    assert [claim.get("text") for _, claim in ranking.top(5)] == [None, "after"]


def test_a_forgotten_claim_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    """Until it is published again; a tombstone is not told, also when nothing has its key."""
    ranking = Ranking()
    for offset, claim_id in enumerate("abc"):
        ranking.add(record({"claim_id": claim_id, "priority": 0.5}, offset=offset))
    for key in (b"b", b"c", b"nothing", b"\xff", None):
        assert ranking.add(record(None, key=key, offset=7))
    ranking.add(record({"claim_id": "c", "priority": 0.5}, offset=8))
    assert ids(ranking, 5) == ["a", "c"]
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("value", [b"", b"{", b"[1]", b"7", b"\xff"])
def test_what_is_no_claim_is_told_and_left_out(
    value: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence names its position; the others are ordered all the same."""
    ranking = Ranking()
    assert not ranking.add(record(value, offset=7))
    assert "claims/0/7 is no claim" in capsys.readouterr().err
    assert ranking.add(record({"claim_id": "a"}))
    assert ids(ranking, 5) == ["a"]


def test_a_tombstone_is_passed_over_without_a_word(capsys: pytest.CaptureFixture[str]) -> None:
    """It is not printed, and not reported as a message that is no claim."""
    assert not print_claim(record(None, key=b"a"), open_console(), json=True)
    assert not print_claim(record(b"{"), open_console(), json=True)
    printed = capsys.readouterr()
    assert (printed.out, printed.err.count("is no claim")) == ("", 1)


def test_claims_without_an_id_are_claims_of_their_own() -> None:
    """Foreign documents do not replace one another."""
    ranking = Ranking()
    for offset in range(3):
        ranking.add(record({"score": 0.5, "claim_id": None}, offset=offset))
    assert len(list(ranking.top(5))) == 3


@given(
    st.lists(st.tuples(st.sampled_from("abcde"), st.floats(0, 1)), max_size=30), st.integers(1, 9)
)
def test_it_is_what_sorting_the_latest_would_give(
    published: list[tuple[str, float]], count: int
) -> None:
    """Over any run of claims and repeats: the latest of each, sorted, cut."""
    ranking = Ranking()
    latest: dict[str, tuple[float, int]] = {}
    for offset, (name, priority) in enumerate(published):
        ranking.add(record({"claim_id": name, "priority": priority}, offset=offset))
        latest[name] = (-priority, offset)
    assert ids(ranking, count) == sorted(latest, key=latest.__getitem__)[:count]


def test_top_and_limit_exclude_each_other() -> None:
    """Before any broker is asked."""
    with pytest.raises(ConfigurationError, match="--limit"):
        tail(top=3, limit=3)
