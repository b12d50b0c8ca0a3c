"""Reading an agency's posts: prose only."""

from pathlib import Path

import pytest

from training.agency_posts import posts

PROSE = (
    "The harbour office counted nine thousand ships last year, a tenth more than in the year before"
)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A site of one post, a page without a head and one without a title."""
    content = tmp_path / "harbour.gov/content"
    (content / "posts").mkdir(parents=True)
    (content / "posts/ships.md").write_text(
        f"""---
date: 2016-01-01
title: "Ships &amp; tides"
---
## A heading that is long enough to be a paragraph, so that only its mark tells that it is none

{{{{< img src="a.jpg" alt="A ship" >}}}}{PROSE}, says [its **report**](https://harbour.gov/a_b).

- {PROSE}, in a list.

Too short.
""",
        encoding="utf-8",
    )
    (content / "bare.md").write_text(PROSE, encoding="utf-8")
    (content / "untitled.md").write_text(f"---\ndate: 1\n---\n{PROSE}", encoding="utf-8")
    return tmp_path / "harbour.gov"


def test_paragraphs_come_without_markup_headings_and_lists(clone: Path) -> None:
    """A link is its words; pages without a title are no posts."""
    assert list(posts(clone)) == [
        ("harbour.gov content/posts/ships.md", "Ships & tides", [f"{PROSE}, says its report."])
    ]


def test_a_folder_that_is_no_clone_is_named(tmp_path: Path) -> None:
    """A missing site is an error and not a smaller corpus."""
    with pytest.raises(FileNotFoundError, match="clone of an agency"):
        list(posts(tmp_path / "nothing"))
