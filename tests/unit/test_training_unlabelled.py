"""Sentences beside the labelled data: how written articles and their labels are read."""

from pathlib import Path

import pytest

from training.examples import TYPE_LABELS
from training.unlabelled import WRITTEN_PASSAGES, read_written_passages

ARTICLES = "Port shuts\nThe port shut on Monday.\nIt will reopen.\n\nRain\nIt rained.\n"


def test_labels_stand_with_their_sentences(tmp_path: Path) -> None:
    """Line by line, the first annotator's label is the example's, the second's stands beside it."""
    (tmp_path / "1a.txt").write_text(ARTICLES, encoding="utf-8")
    (tmp_path / "1a.labels").write_text("2E 1E\n0P\n1E 1Q\n", encoding="utf-8")
    shut, reopen, rain = read_written_passages(tmp_path)
    assert (shut.worth, TYPE_LABELS[shut.claim_type], shut.second[0]) == (2, "event", 1)
    assert (reopen.worth, TYPE_LABELS[reopen.claim_type], reopen.second) == (0, "prediction", None)
    assert (rain.title, rain.before, TYPE_LABELS[rain.second[1]]) == ("Rain", "", "quantity")


def test_a_file_may_have_no_labels(tmp_path: Path) -> None:
    """Without a file of labels the sentences are read all the same, for a teacher to label."""
    (tmp_path / "1a.txt").write_text(ARTICLES, encoding="utf-8")
    assert [example.worth for example in read_written_passages(tmp_path)] == [None] * 3


def test_only_files_of_the_pattern_are_read(tmp_path: Path) -> None:
    """A pattern leaves the other files out."""
    for name in ("1a.txt", "6a.txt"):
        (tmp_path / name).write_text(ARTICLES, encoding="utf-8")
    docs = {example.doc for example in read_written_passages(tmp_path, files="[1-5]?.txt")}
    assert docs == {"written-1a-0", "written-1a-1"}


@pytest.mark.parametrize("labels", ["2E\n0P\n", "2E\n0P\n1E\n1E\n"])
def test_labels_of_another_length_are_refused(tmp_path: Path, labels: str) -> None:
    """Labels that are fewer or more than the sentences name the file and both numbers."""
    (tmp_path / "1a.txt").write_text(ARTICLES, encoding="utf-8")
    (tmp_path / "1a.labels").write_text(labels, encoding="utf-8")
    with pytest.raises(ValueError, match=r"1a\.labels: [24] labels for 3 sentences"):
        read_written_passages(tmp_path)


@pytest.mark.parametrize("label", ["", "2", "3Q", "2q", "Q2", "2E,1E"])
def test_a_label_that_cannot_be_read_is_shown(tmp_path: Path, label: str) -> None:
    """A line without a label, or with one that no annotator gives, is an error that names it."""
    (tmp_path / "1a.txt").write_text(ARTICLES, encoding="utf-8")
    (tmp_path / "1a.labels").write_text(f"2E\n{label}\n1E\n", encoding="utf-8")
    with pytest.raises(ValueError, match=f"'{label}' is no label of written-1a-0: It will reopen"):
        read_written_passages(tmp_path)


def test_every_written_sentence_has_a_label() -> None:
    """The repository's own articles are labelled throughout."""
    unlabelled = [e.doc for e in read_written_passages(WRITTEN_PASSAGES) if e.worth is None]
    assert unlabelled == []
