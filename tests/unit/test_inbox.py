"""The inbox: complete files, once each, moved aside."""

from pathlib import Path

import pytest

from pipeline.errors import ConfigurationError
from pipeline.inbox import Inbox, publish_inbox


def test_a_file_is_published_once_and_moved(tmp_path: Path) -> None:
    """A file that has come to rest is published once and moved to done."""
    inbox = Inbox(tmp_path / "inbox")
    (inbox.folder / "a.txt").write_text("text")
    published: list[str] = []

    def publish(path: Path) -> bool:
        published.append(path.name)
        return True

    assert publish_inbox(inbox, publish) == []  # seen for the first time: it may still grow
    assert publish_inbox(inbox, publish) == [inbox.folder / "done" / "a.txt"]
    assert publish_inbox(inbox, publish) == []
    assert published == ["a.txt"]


def test_a_growing_file_is_left_alone(tmp_path: Path) -> None:
    """A file that changes between looks is not complete."""
    inbox = Inbox(tmp_path)
    for size in range(1, 5):
        (tmp_path / "a.jsonl").write_text("x" * size)
        assert inbox.complete_files() == []
    assert inbox.complete_files() == [tmp_path / "a.jsonl"]


def test_refused_files_and_names_used_twice_are_kept(tmp_path: Path) -> None:
    """What the broker refuses is kept apart, and no file replaces another."""
    inbox = Inbox(tmp_path)
    for text in ("one", "two"):
        (tmp_path / "a.html").write_text(text)
        inbox.complete_files()
        publish_inbox(inbox, lambda _: False)
    assert sorted(path.read_text() for path in (tmp_path / "refused").iterdir()) == ["one", "two"]


def test_other_files_are_passed_over(tmp_path: Path) -> None:
    """Hidden files, folders and unknown kinds stay where they are."""
    inbox = Inbox(tmp_path)
    for name in (".a.txt", "b.pdf", "c"):
        (tmp_path / name).write_text("x")
    (tmp_path / "d.txt").mkdir()
    assert inbox.complete_files() == inbox.complete_files() == []


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    """An inbox where a file stands is refused with what to do."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(ConfigurationError, match="name a folder of yours"):
        Inbox(tmp_path / "file")
