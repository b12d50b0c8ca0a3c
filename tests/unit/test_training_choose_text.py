"""Drawing what a large teacher is asked about. Needs torch, through the encoding."""

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.examples import Example
from training.unlabelled import read_open_text, write_open_text

pytestmark = pytest.mark.torch


@pytest.fixture(autouse=True)
def _torch() -> None:
    pytest.importorskip("torch")


def sentence(number: int) -> Example:
    text = f"Harbour {number} has a quay."
    return Example(text=text, title="T", before="", worth=None, source="open", doc="d")


@given(rows=st.integers(0, 40), count=st.integers(0, 50))
def test_no_row_is_drawn_twice(rows: int, count: int) -> None:
    """As many as were asked for, or all there are."""
    from training.choose_text import drawn

    got = drawn(np.full((rows, 3), 1 / 3), count)
    assert len(got) == len(set(got.tolist())) == min(rows, count)


def test_what_the_small_network_doubts_is_drawn_more_often() -> None:
    """Of as many sure and unsure rows, by far most that are drawn are unsure ones."""
    from training.choose_text import drawn

    sure, unsure = [0.001, 0.001, 0.998], [0.4, 0.3, 0.3]
    got = drawn(np.array([sure, unsure] * 500), 300)
    assert 0.7 < np.mean(got % 2) < 1


def test_what_was_not_scored_is_not_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command writes scored sentences alone, as `training.open_text` would."""
    from training import choose_text
    from training.rows import write_soft_labels

    everything = [sentence(number) for number in range(9)]
    write_open_text(tmp_path / "text.jsonl", everything)
    scored = everything[2:]
    write_soft_labels(
        tmp_path / "scores.npz", scored, np.full((7, 3), 1 / 3), np.full((7, 7), 1 / 7)
    )
    arguments = [str(tmp_path / name) for name in ("text.jsonl", "scores.npz", "out.jsonl")]
    monkeypatch.setattr(sys, "argv", ["choose_text", *arguments, "5"])
    choose_text.main()
    got = read_open_text(tmp_path / "out.jsonl")
    assert len(got) == 5
    assert all(one in scored for one in got)
