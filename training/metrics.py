"""The figures of the model card, on plain arrays."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, slots=True)
class F1:
    """Precision, recall and F1 of the positive class."""

    precision: float
    recall: float
    f1: float


def f1_at(scores: Floats, positive: Bools, threshold: float) -> F1:
    """Count a score at or over the threshold as flagged, as the pipeline does."""
    flagged = scores >= threshold
    hits = float(np.sum(flagged & positive))
    precision = hits / max(float(flagged.sum()), 1.0)
    recall = hits / max(float(positive.sum()), 1.0)
    f1 = 2 * precision * recall / (precision + recall) if hits else 0.0
    return F1(precision=precision, recall=recall, f1=f1)


def best_threshold(*sets: tuple[Floats, Bools], candidates: int = 181) -> float:
    """Return the threshold of the highest mean F1 over sets of (scores, positive).

    F1 is flat and jagged on a few hundred rows: the same network, quantized twice, moved the
    bare maximum by 0.08. So F1 is averaged over a window of +-0.1 before the maximum is taken.
    """
    grid = np.linspace(0.05, 0.95, candidates)
    f1s = np.mean([[f1_at(*one, t).f1 for t in grid] for one in sets], axis=0)
    window = 2 * round(0.1 / (grid[1] - grid[0])) + 1
    padded = np.pad(f1s, window // 2, mode="edge")
    smooth = np.convolve(padded, np.ones(window) / window, mode="valid")
    return round(float(grid[int(np.argmax(smooth))]), 3)


def bootstrap_f1(
    scores: Floats,
    positive: Bools,
    threshold: float,
    *,
    resamples: int = 2000,
    seed: int = 0,
) -> tuple[float, float]:
    """Return the 95% percentile interval of F1 over resampled rows."""
    generator = np.random.default_rng(seed)
    flagged = scores >= threshold
    rows = generator.integers(0, len(scores), size=(resamples, len(scores)))
    hits = (flagged & positive)[rows].sum(1)
    f1s = 2 * hits / np.maximum(flagged[rows].sum(1) + positive[rows].sum(1), 1)
    low, high = np.quantile(f1s, [0.025, 0.975])
    return float(low), float(high)


def reliability(scores: Floats, positive: Bools, *, bins: int = 15) -> list[tuple[float, float]]:
    """Return (mean score, share positive) of equal-mass bins, in order of score."""
    order = np.argsort(scores, kind="stable")
    return [
        (float(scores[part].mean()), float(positive[part].mean()))
        for part in np.array_split(order, bins)
        if len(part)
    ]


def expected_calibration_error(scores: Floats, positive: Bools, *, bins: int = 15) -> float:
    """Return the mean distance of score and share positive over equal-mass bins."""
    order = np.argsort(scores, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    gaps = [abs(float(scores[p].mean()) - float(positive[p].mean())) * len(p) for p in parts]
    return sum(gaps) / len(scores)


def macro_f1(predicted: NDArray[np.int64], gold: NDArray[np.int64], classes: int) -> float:
    """Return the unweighted mean of F1 over the classes."""
    f1s = []
    for label in range(classes):
        hits = float(np.sum((predicted == label) & (gold == label)))
        both = float(np.sum(predicted == label) + np.sum(gold == label))
        f1s.append(2 * hits / both if both else 0.0)
    return float(np.mean(f1s))


def average_precision(scores: Floats, positive: Bools) -> float:
    """Return the area under precision over recall, by steps."""
    order = np.argsort(-scores, kind="stable")
    hits = positive[order]
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    return float(precision[hits].mean())


def log_loss(scores: Floats, positive: Bools) -> float:
    """Return the mean negative log likelihood of the labels."""
    clipped = np.clip(scores, 1e-7, 1 - 1e-7)
    return -float(np.where(positive, np.log(clipped), np.log(1 - clipped)).mean())
