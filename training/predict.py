"""What a network says of examples, and how good that is."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch

from training.encoding import Encoder
from training.examples import CHECK_WORTHY, Example
from training.metrics import average_precision, best_threshold, f1_at, log_loss
from training.network import ClaimNetwork


@torch.no_grad()
def read(
    network: ClaimNetwork, encoder: Encoder, examples: Sequence[Example], *, size: int = 64
) -> Iterator[tuple[list[int], torch.Tensor, torch.Tensor]]:
    """Yield row numbers and what `ClaimNetwork.read` says of them, rows of like length together."""
    network.eval()
    lengths = encoder.lengths(examples)
    order = sorted(range(len(examples)), key=lengths.__getitem__)
    for start in range(0, len(order), size):
        part = order[start : start + size]
        with torch.autocast("cpu", dtype=torch.bfloat16):
            states, own = network.read(**encoder([examples[i] for i in part]))
        yield part, states, own


@torch.no_grad()
def pool(network: ClaimNetwork, encoder: Encoder, examples: Sequence[Example]) -> np.ndarray:
    """Return fp32 sentence vectors (rows, hidden), in order."""
    vectors = np.zeros((len(examples), network.worth.in_features), np.float32)
    for part, states, own in read(network, encoder, examples):
        vectors[part] = network.pool(states, own).numpy()
    return vectors


@torch.no_grad()
def predict(
    network: ClaimNetwork, encoder: Encoder, examples: Sequence[Example]
) -> tuple[np.ndarray, np.ndarray]:
    """Return fp32 logits (rows, 3) and (rows, 7), in order."""
    worth, types = network.judge(torch.tensor(pool(network, encoder, examples)))
    return worth.numpy(), types.numpy()


def softmax(logits: np.ndarray) -> np.ndarray:
    """Return row-wise probabilities."""
    shifted = np.exp(logits - logits.max(-1, keepdims=True))
    return shifted / shifted.sum(-1, keepdims=True)


def figures(
    network: ClaimNetwork, encoder: Encoder, examples: Sequence[Example]
) -> dict[str, float]:
    """Return average precision and F1 at the set's own best threshold, for choosing models."""
    scores = softmax(predict(network, encoder, examples)[0])[:, CHECK_WORTHY].astype(np.float64)
    positive = np.array([e.check_worthy for e in examples])
    threshold = best_threshold((scores, positive))
    return {
        "ap": round(average_precision(scores, positive), 4),
        "log_loss": round(log_loss(scores, positive), 4),
        "f1": round(f1_at(scores, positive, threshold).f1, 4),
        "threshold": threshold,
    }
