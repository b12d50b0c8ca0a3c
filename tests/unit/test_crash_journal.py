"""The crash journal: who was in hand when the process ended."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.crash_journal import CrashJournal
from pipeline.models import SourcePosition


def positions(*offsets: int, partition: int = 0) -> list[SourcePosition]:
    """Return positions of one partition."""
    return [SourcePosition(topic="t", partition=partition, offset=offset) for offset in offsets]


def open_journal(folder: Path, restarts_max: int = 3) -> CrashJournal:
    """Return the journal as a fresh process opens it."""
    return CrashJournal(folder, group_id="g/1", restarts_max=restarts_max)


def test_a_batch_is_one_group(tmp_path: Path) -> None:
    """Without a history all articles of a batch are processed together."""
    assert open_journal(tmp_path).split_batch(positions(1, 2, 3)) == [[0, 1, 2]]


def test_suspects_are_taken_singly_after_three_restarts(tmp_path: Path) -> None:
    """Three restarts with the same articles in hand, and they are taken one at a time."""
    for restart in range(3):
        journal = open_journal(tmp_path)
        assert journal.split_batch(positions(5, 6, 7)) == [[0, 1, 2]], restart
        journal.begin(positions(5, 6, 7))
    journal = open_journal(tmp_path)
    assert journal.split_batch(positions(5, 6, 7, 8, 9)) == [[0], [1], [2], [3, 4]]


def test_the_one_in_hand_alone_is_named(tmp_path: Path) -> None:
    """The article in hand alone when the process ended has its attempts counted, no other has."""
    for _ in range(3):
        journal = open_journal(tmp_path)
        journal.begin(positions(5, 6, 7))
    journal = open_journal(tmp_path)
    journal.begin(positions(5))
    journal.finish(positions(5))
    journal.begin(positions(6))  # and here the process ends
    journal = open_journal(tmp_path)
    assert [journal.attempts(one) for one in positions(5, 6, 7)] == [0, 4, 0]
    assert journal.split_batch(positions(5, 6, 7)) == [[0], [1], [2]]


def test_passing_the_suspects_clears_them(tmp_path: Path) -> None:
    """A process that gets past the suspects starts counting anew."""
    for _ in range(2):
        open_journal(tmp_path).begin(positions(5, 6))
    journal = open_journal(tmp_path)
    journal.begin(positions(5, 6))
    journal.finish(positions(5, 6))
    for _ in range(2):
        journal = open_journal(tmp_path)
        assert journal.split_batch(positions(7, 8)) == [[0, 1]]
        journal.begin(positions(7, 8))
    assert open_journal(tmp_path).split_batch(positions(7, 8)) == [[0, 1]]


def test_a_stop_in_good_order_blames_nobody(tmp_path: Path) -> None:
    """Articles in hand at an orderly stop are not counted."""
    for _ in range(5):
        journal = open_journal(tmp_path)
        journal.begin(positions(5))
        journal.close()
    assert open_journal(tmp_path).split_batch(positions(5, 6)) == [[0, 1]]


def test_partitions_are_counted_apart(tmp_path: Path) -> None:
    """Suspects of one partition do not slow another."""
    for _ in range(3):
        open_journal(tmp_path).begin(positions(5))
    journal = open_journal(tmp_path)
    mixed = positions(5) + positions(5, 6, partition=1)
    assert journal.split_batch(mixed) == [[0], [1, 2]]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"other": 1}', b"\xff"])
def test_a_broken_file_is_told_and_forgotten(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """A journal file that cannot be read is logged, and counting starts anew."""
    open_journal(tmp_path).begin(positions(1))
    (file,) = tmp_path.iterdir()
    file.write_bytes(content)
    assert open_journal(tmp_path).split_batch(positions(1, 2)) == [[0, 1]]
    assert "not readable" in caplog.text


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 20)), max_size=30),
    st.integers(0, 5),
)
def test_groups_are_the_batch(
    tmp_path_factory: pytest.TempPathFactory, batch: list[tuple[int, int]], crashes: int
) -> None:
    """Whatever the history, the groups hold every index of the batch once, in order."""
    folder = tmp_path_factory.mktemp("journal")
    for _ in range(crashes):
        open_journal(folder).begin(positions(3, 9))
    spots = [SourcePosition(topic="t", partition=p, offset=o) for p, o in batch]
    groups = open_journal(folder).split_batch(spots)
    assert [index for group in groups for index in group] == list(range(len(batch)))
