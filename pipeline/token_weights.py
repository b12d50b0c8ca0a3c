"""How much each token of a sentence speaks for check-worthiness, from the model's own forward pass.

The model averages the states of the sentence's own tokens and applies a linear head. So the head
may as well be applied to each token first and the results averaged: `token_logits` of the graph,
whose mean over the own tokens plus the head's bias are exactly the logits. What a token adds to the
difference between check-worthy and the strongest other class is its weight; the weights and the
biases' difference add up to that difference.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Span = tuple[int, int]


def token_weights(
    token_logits: NDArray[np.float32], logits: NDArray[np.float32], to: int
) -> NDArray[np.float64]:
    """Return each own token's share of the margin of class `to` over the strongest other class.

    Args:
        token_logits: The head applied to the state of each of the sentence's own tokens, markers
            included, shape (own tokens, classes).
        logits: What the model says of the sentence, shape (classes,).
        to: Index of the class that is explained.

    Returns:
        Shape (own tokens,), in logits: positive where the token speaks for `to`.
    """
    others = np.delete(np.arange(len(logits)), to)
    strongest = others[np.argmax(logits[others])]
    spoken = token_logits.astype(np.float64)
    return np.asarray((spoken[:, to] - spoken[:, strongest]) / len(spoken))


def own_spans(offsets: Sequence[Span], type_ids: Sequence[int]) -> list[Span]:
    """Return where each own token stands in the sentence; a marker stands nowhere, (0, 0)."""
    return [span for span, kind in zip(offsets, type_ids, strict=True) if kind == 0]
