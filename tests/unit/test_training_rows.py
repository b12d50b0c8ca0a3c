"""What an epoch shows the network. Needs torch, through the encoding."""

import dataclasses
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
        text=[],
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


def test_two_annotators_share_a_target() -> None:
    """What each of two annotators says is half of the target, of worth and of type."""
    from training.rows import targets

    worth, types = targets(example(0, worth=2, claim_type=1, second=(1, 1)), Recipe(), None)
    assert worth == pytest.approx([0, 0.5, 0.5])
    assert types == pytest.approx([0, 1, 0, 0, 0, 0, 0])


def test_only_what_can_be_taught_is_shown(data: TrainingData) -> None:
    """Sentences without a label come only where there is a teacher, labelled ones anyway."""
    from training.rows import SoftLabels, epoch_rows

    more = dataclasses.replace(
        data,
        text=[example(300, worth=None, claim_type=None)],
        written=[example(301, worth=None, claim_type=None), example(302)],
    )
    for teacher, wanted in ((None, {302}), (SoftLabels(), {200, 300, 301, 302})):
        rows = epoch_rows(more, Recipe(written_weight=1.0), random.Random(1), teacher)
        shown = {row.example.text for row in rows}
        assert shown & {f"Sentence {n}." for n in (200, 300, 301, 302)} == {
            f"Sentence {n}." for n in wanted
        }


def test_teacher_vectors_come_back_by_sentence(tmp_path, data: TrainingData) -> None:
    """Each sentence gets its own vector and its own tokens' vectors, a foreign one none."""
    from training.rows import SoftLabels, TeacherVectors, write_soft_labels

    scored = [data.news[0], data.news[1], data.passages[0]]
    counts = np.array([3, 1, 2])
    vectors = TeacherVectors(
        sentences=np.arange(12, dtype=np.float16).reshape(3, 4),
        tokens=np.arange(24, dtype=np.float16).reshape(6, 4),
        counts=counts,
    )
    heads = np.full((3, 3), 1 / 3, np.float32), np.full((3, 7), 1 / 7, np.float32)
    write_soft_labels(tmp_path / "soft.npz", scored, *heads, vectors)
    teacher = SoftLabels(tmp_path / "soft.npz")
    found = [teacher.vectors_of(one) for one in scored]
    assert [len(tokens) for _, tokens in found] == list(counts)
    np.testing.assert_array_equal(np.stack([one for one, _ in found]), vectors.sentences)
    np.testing.assert_array_equal(np.concatenate([tokens for _, tokens in found]), vectors.tokens)
    assert teacher.vectors_of(data.news[2]) == (None, None)


def test_a_teachers_columns_weigh_alike() -> None:
    """Every column of the token vectors is brought to mean 0 and deviation 1."""
    from training.teach import standardized

    generator = np.random.default_rng(0)
    tokens = generator.normal([0, 5, -20], [1, 0.1, 9], (60_000, 3)).astype(np.float16)
    columns = standardized(tokens).astype(np.float32)
    assert columns.mean(0) == pytest.approx([0, 0, 0], abs=0.01)
    assert columns.std(0) == pytest.approx([1, 1, 1], abs=0.01)


def test_token_loss_compares_own_tokens_in_order(data: TrainingData) -> None:
    """It is 0 for the teacher's own vectors, grows with a difference, and skips cut sentences."""
    import torch

    from training.losses import token_loss
    from training.rows import Row

    own = torch.tensor([[1, 1, 0], [1, 1, 1], [1, 0, 0]]).bool()
    states = torch.arange(18, dtype=torch.float32).reshape(3, 3, 2)
    kept = [states[row, own[row]].numpy() for row in range(3)]
    rows = [
        Row(data.news[at], 1.0, np.zeros(3), np.zeros(7), None, tokens)
        for at, tokens in enumerate([kept[0], kept[1][:2], None])
    ]
    same = torch.nn.Linear(2, 2).requires_grad_(False)
    torch.nn.init.eye_(same.weight)
    torch.nn.init.zeros_(same.bias)
    recipe = Recipe(token_weight=1.0)
    assert float(token_loss(states, own, rows, same, recipe)) == pytest.approx(0)
    off = float(token_loss(states + 3, own, rows, same, recipe))
    assert off == pytest.approx(9 / 3)  # one row of three has vectors to compare with
    assert token_loss(states, own, rows, same, Recipe()) == 0.0
