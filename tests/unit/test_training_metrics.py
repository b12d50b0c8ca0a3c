"""The card's figures, against values worked out by hand or by their definition."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.metrics import (
    average_precision,
    best_threshold,
    bootstrap_f1,
    expected_calibration_error,
    f1_at,
    log_loss,
    macro_f1,
    reliability,
)

SCORES = np.array([0.9, 0.8, 0.7, 0.6, 0.2, 0.1])
POSITIVE = np.array([True, True, False, True, False, False])


def test_f1_by_hand() -> None:
    """Three flagged of which two are right, of three positives: all two thirds."""
    found = f1_at(SCORES, POSITIVE, 0.7)
    assert found.precision == pytest.approx(2 / 3)
    assert found.recall == pytest.approx(2 / 3)
    assert found.f1 == pytest.approx(2 / 3)


def test_a_score_on_the_threshold_is_flagged() -> None:
    """The threshold itself counts as flagged, as in the pipeline."""
    assert f1_at(np.array([0.5]), np.array([True]), 0.5).f1 == 1


def test_f1_of_nothing_found_is_zero() -> None:
    """Nothing flagged and nothing positive give 0, not a division by zero."""
    assert f1_at(SCORES, POSITIVE, 0.99).f1 == 0
    assert f1_at(SCORES, np.zeros(6, bool), 0.5).f1 == 0


def test_best_threshold_separates() -> None:
    """Where a gap parts the classes the threshold lies in it."""
    scores = np.array([0.1] * 50 + [0.2] * 50 + [0.7] * 30 + [0.9] * 20)
    assert 0.2 < best_threshold((scores, scores > 0.5)) < 0.7


def test_average_precision_by_hand() -> None:
    """Hits at ranks 1, 2 and 4."""
    assert average_precision(SCORES, POSITIVE) == pytest.approx((1 + 1 + 3 / 4) / 3)


def test_log_loss_by_hand() -> None:
    """A coin's log loss is log 2, and certainty in error stays finite."""
    assert log_loss(np.full(4, 0.5), POSITIVE[:4]) == pytest.approx(np.log(2))
    assert np.isfinite(log_loss(np.array([0.0]), np.array([True])))


def test_macro_f1_counts_classes_alike() -> None:
    """A rare class weighs as much as a frequent one; a class never seen counts 0."""
    gold = np.array([0, 0, 0, 1])
    assert macro_f1(gold, gold, 2) == 1
    assert macro_f1(np.array([0, 0, 0, 0]), gold, 2) == pytest.approx((6 / 7) / 2)


def test_calibration_error_of_a_calibrated_score_is_small() -> None:
    """Labels drawn with the score as probability give an error near 0; shifted ones do not."""
    generator = np.random.default_rng(0)
    scores = generator.random(20_000)
    positive = generator.random(20_000) < scores
    assert expected_calibration_error(scores, positive) < 0.02
    assert expected_calibration_error(scores**3, positive) > 0.15


def test_reliability_has_equal_mass_bins() -> None:
    """Bins come in order of score and their shares stay in 0 to 1."""
    table = reliability(SCORES, POSITIVE, bins=3)
    assert [score for score, _ in table] == pytest.approx([0.15, 0.65, 0.85])
    assert [share for _, share in table] == pytest.approx([0, 0.5, 1])


@given(
    st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=5, max_size=60),
    st.floats(0.05, 0.95),
)
def test_bootstrap_interval_is_ordered(rows: list[tuple[float, bool]], threshold: float) -> None:
    """The interval is ordered and lies in 0 to 1."""
    scores = np.array([score for score, _ in rows])
    positive = np.array([label for _, label in rows])
    low, high = bootstrap_f1(scores, positive, threshold, resamples=200)
    assert 0 <= low <= high <= 1


def test_bootstrap_interval_holds_the_estimate() -> None:
    """On a few hundred rows the interval lies around F1 itself."""
    generator = np.random.default_rng(1)
    scores = generator.random(400)
    positive = generator.random(400) < scores
    low, high = bootstrap_f1(scores, positive, 0.5)
    assert low < f1_at(scores, positive, 0.5).f1 < high
    assert high - low < 0.2
