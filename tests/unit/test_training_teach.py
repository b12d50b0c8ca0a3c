"""What a teacher's vectors look like on file. Needs torch, through the module."""

import numpy as np
import pytest

pytestmark = pytest.mark.torch


@pytest.fixture
def teach():
    pytest.importorskip("torch")
    from training import teach

    return teach


@pytest.mark.parametrize("at_a_time", [7, 1000])
def test_every_column_has_mean_0_and_deviation_1(
    at_a_time: int, teach, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Columns of any scale come out alike, in place, whether taken in parts or as a whole."""
    monkeypatch.setattr(teach, "_TOKENS_AT_A_TIME", at_a_time)
    random = np.random.default_rng(0)
    tokens = (random.normal(size=(100, 3)) * [0.1, 1, 30] + [4, 0, -9]).astype(np.float16)
    assert teach.standardized(tokens) is tokens
    np.testing.assert_allclose(tokens.astype(np.float64).mean(0), 0, atol=2e-3)
    np.testing.assert_allclose(tokens.astype(np.float64).std(0), 1, atol=2e-3)


def test_a_column_that_never_changes_becomes_0(teach) -> None:
    """A column of one value gives no division by zero."""
    assert not teach.standardized(np.full((5, 2), 3, np.float16)).any()
