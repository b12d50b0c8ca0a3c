"""Would a cheap first stage pay? `python -m training.first_stage DATA`.

A logistic regression on hashed words and word pairs of the bare sentence answers the surest
negatives, and the transformer reads the rest. Its cut is the highest, on the calibration fold,
that costs the F1 at the shipped threshold no more than 0.002; what it saves and costs on the
choice fold is what is judged by. LOG.md says what came of it.
"""

import argparse
import re
import time
import zlib
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from pipeline.model_folder import shipped_model
from pipeline.transformer import TransformerClassifier
from training.data import read_groundtruth, read_training_data
from training.examples import Example
from training.export import scores_of
from training.metrics import f1_at

BUCKETS = 1 << 18
EPOCHS = 4
ALLOWED_F1 = 0.002

_WORD = re.compile(r"\w+|[^\w\s]")


def features_of(text: str) -> list[int]:
    """Hash words and word pairs, digits folded to 0, into buckets."""
    words = [re.sub(r"\d", "0", word) for word in _WORD.findall(text.lower()[:800])] or ["."]
    grams = [
        *words,
        *(f"{a} {b}" for a, b in pairwise(words)),
        f"#{len(words) // 5}",
    ]
    return [zlib.crc32(gram.encode()) % BUCKETS for gram in grams]


class FirstStage(torch.nn.Module):
    """A weight a bucket; its value is the mean over a sentence's buckets, scaled by a root."""

    def __init__(self) -> None:
        super().__init__()
        self.weights = torch.nn.EmbeddingBag(BUCKETS, 1, mode="sum")
        torch.nn.init.zeros_(self.weights.weight)
        self.bias = torch.nn.Parameter(torch.zeros(1))

    def forward(self, sentences: Sequence[list[int]]) -> torch.Tensor:
        """Return the log-odds of check-worthiness, shape (sentences,)."""
        flat = torch.tensor([bucket for one in sentences for bucket in one])
        lengths = [len(one) for one in sentences]
        starts = torch.tensor(np.cumsum([0, *lengths[:-1]]))
        summed = self.weights(flat, starts).squeeze(1)
        return summed / torch.tensor(lengths).sqrt() + self.bias


def fit(examples: Sequence[Example]) -> FirstStage:
    """Train on news and debates alike."""
    torch.manual_seed(0)
    stage, rows = FirstStage(), [features_of(e.text) for e in examples]
    gold = torch.tensor([float(e.check_worthy) for e in examples])
    optimizer = torch.optim.Adam(stage.parameters(), lr=0.05)
    for _ in range(EPOCHS):
        for part in torch.randperm(len(rows)).split(256):
            value = stage([rows[i] for i in part])
            loss = functional.binary_cross_entropy_with_logits(value, gold[part])
            loss = loss + 1e-5 * stage.weights.weight.square().sum()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return stage.eval()


@torch.no_grad()
def values_of(stage: FirstStage, examples: Sequence[Example]) -> np.ndarray:
    """Return the first stage's log-odds."""
    return stage([features_of(e.text) for e in examples]).numpy()


def highest_cut(
    values: np.ndarray,
    scores: np.ndarray,
    positive: np.ndarray,
    *,
    threshold: float,
    allowed: float,
) -> float:
    """Return the value below which sentences may go unread for no more than `allowed` F1."""
    whole = f1_at(scores, positive, threshold).f1
    cut = -np.inf
    for candidate in np.sort(values):
        kept = np.where(values >= candidate, scores, 0.0)
        if whole - f1_at(kept, positive, threshold).f1 > allowed:
            break
        cut = float(candidate)
    return cut


def main() -> None:
    """Print what the first stage saves and costs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--allowed-f1", type=float, default=ALLOWED_F1, help="on fold 8")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    data = read_training_data(options.data)
    stage = fit([*data.news, *data.claimbuster])
    with shipped_model() as folder:
        classifier = TransformerClassifier(folder, threads=options.threads)
    sets = {
        "calibration fold 8": data.calibration,
        "choice fold 7": data.choice,
        "ClaimBuster groundtruth": read_groundtruth(options.data),
    }
    cut = None
    print("| set | answered by the first stage | F1 without it | with it | cost |")
    print("|---|---|---|---|---|")
    for name, examples in sets.items():
        started = time.perf_counter()
        scores = scores_of(classifier, examples)
        read_seconds = time.perf_counter() - started
        positive = np.array([e.check_worthy for e in examples])
        started = time.perf_counter()
        values = values_of(stage, examples)
        stage_seconds = time.perf_counter() - started
        if cut is None:
            cut = highest_cut(
                values, scores, positive, threshold=classifier.threshold, allowed=options.allowed_f1
            )
        whole = f1_at(scores, positive, classifier.threshold).f1
        kept = f1_at(np.where(values >= cut, scores, 0.0), positive, classifier.threshold).f1
        print(
            f"| {name} | {np.mean(values < cut):.1%} | {whole:.3f} | {kept:.3f} "
            f"| {stage_seconds / read_seconds:.3f} of the transformer's time |"
        )


if __name__ == "__main__":
    main()
