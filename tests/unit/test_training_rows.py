"""What an epoch shows the network. Needs torch, through the encoding."""

import random

import numpy as np
import pytest

from training.data import TrainingData
from training.examples import Example
from training.recipe import Recipe

pytestmark = pytest.mark.torch


@pytest.fixture(autouse=True)
def _torch() -> None:
    pytest.importorskip("torch")


def example(number: int, **changes: object) -> Example:
    fields = {"text": f"Sentence {number}.", "title": "T", "before": "B.", "worth": 2}
    return Example(**{**fields, "claim_type": 1, "source": "post", "doc": "d", **changes})


@pytest.fixture
def data() -> TrainingData:
    return TrainingData(
        news=[example(i, claim_type=1 if i else 4) for i in range(10)],
        claimbuster=[
            example(i, title="", before="", worth=2 if i % 2 else 0, claim_type=None)
            for i in range(100, 140)
        ],
        written=[],
        passages=[example(200, worth=None, claim_type=None)],
        choice=[],
        calibration=[],
    )


def test_context_is_dropped_at_the_stated_rate() -> None:
    """A fifth loses all context, a tenth the title, a tenth the text before."""
    from training.rows import drop_context

    shown = [drop_context(example(0), 0.2, random_) for random_ in [random.Random(0)] * 4000]
    shares = [
        np.mean([(e.title, e.before) == kept for e in shown])
        for kept in (("", ""), ("", "B."), ("T", ""), ("T", "B."))
    ]
    assert shares == pytest.approx([0.2, 0.1, 0.1, 0.6], abs=0.03)


def test_an_epoch_shows_all_news_and_a_draw_of_claimbuster(data: TrainingData) -> None:
    """All news, a third of the ClaimBuster draw check-worthy, passages only with a teacher."""
    from training.rows import epoch_rows

    rows = epoch_rows(data, Recipe(claimbuster_per_epoch=12), random.Random(0), None)
    drawn = [row for row in rows if row.example.claim_type is None]
    assert len(rows) == 22
    assert sum(row.example.worth == 2 for row in drawn) == 4
    assert all(row.claim_type.sum() == 0 for row in drawn)


def test_balanced_types_weigh_rare_ones_more(data: TrainingData) -> None:
    """With balance 1 every type has the same total weight, and the mean weight stays 1."""
    from training.rows import type_balance

    weights = type_balance(data.news, 1.0)
    assert weights[4] == pytest.approx(9 * weights[1])
    assert np.mean([weights[e.claim_type] for e in data.news]) == pytest.approx(1)


def test_teacher_and_labels_are_mixed(tmp_path, data: TrainingData) -> None:
    """A labelled row's target is part label, part teacher; a passage's is the teacher's."""
    from training.rows import SoftLabels, key, targets

    scored = [data.news[0], data.passages[0]]
    worth, types = np.full((2, 3), 1 / 3, np.float32), np.full((2, 7), 1 / 7, np.float32)
    path = tmp_path / "soft.npz"
    np.savez(path, keys=np.array([key(e) for e in scored]), worth=worth, claim_type=types)
    teacher = SoftLabels(path)
    mixed, _ = targets(data.news[0], Recipe(teacher_share=0.6), teacher)
    assert mixed == pytest.approx([0.2, 0.2, 0.6])
    taught, _ = targets(data.passages[0], Recipe(teacher_share=0.6), teacher)
    assert taught == pytest.approx([1 / 3] * 3)
    own, _ = targets(data.news[1], Recipe(), teacher)
    assert own == pytest.approx([0, 0, 1])
