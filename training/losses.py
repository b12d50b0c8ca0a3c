"""What a batch's predictions and states are off by: from the targets, and from the teacher's."""

from collections.abc import Sequence

import numpy as np
import torch
from torch.nn import functional

from training.recipe import Recipe
from training.rows import Row


def loss_of(
    worth: torch.Tensor, claim_type: torch.Tensor, rows: Sequence[Row], recipe: Recipe
) -> torch.Tensor:
    """Weighted mean of both heads' cross entropies; a row without a type teaches none."""
    weights = torch.tensor([row.weight for row in rows])
    losses = functional.cross_entropy(
        worth, torch.tensor(np.stack([row.worth for row in rows])), reduction="none"
    )
    type_losses = functional.cross_entropy(
        claim_type, torch.tensor(np.stack([row.claim_type for row in rows])), reduction="none"
    )
    return ((losses + recipe.type_weight * type_losses) * weights).mean()


def vector_loss(
    projected: torch.Tensor, rows: Sequence[Row], recipe: Recipe
) -> torch.Tensor | float:
    """Mean over all rows of one minus the cosine to the teacher's vectors; 0 where none is."""
    taught = [at for at, row in enumerate(rows) if row.vector is not None]
    if not taught or not recipe.vector_weight:
        return 0.0
    wanted = torch.tensor(np.stack([rows[at].vector for at in taught]).astype(np.float32))
    distances = 1 - functional.cosine_similarity(projected[taught], wanted)
    return recipe.vector_weight * distances.sum() / len(rows)


def token_loss(
    states: torch.Tensor,
    own: torch.Tensor,
    rows: Sequence[Row],
    project: torch.nn.Linear,
    recipe: Recipe,
) -> torch.Tensor | float:
    """Mean squared distance to the teacher's token vectors, over all rows; 0 where none is.

    `states` and `own` are what `ClaimNetwork.read` returns. Teacher and student cut words alike,
    so tokens answer each other one to one; a sentence cut off at the end is passed over.
    """
    if not recipe.token_weight:
        return 0.0
    counts = own.sum(1).tolist()
    taught = [
        at
        for at, row in enumerate(rows)
        if row.tokens is not None and len(row.tokens) == counts[at]
    ]
    if not taught:
        return 0.0
    wanted = torch.tensor(np.concatenate([rows[at].tokens for at in taught]).astype(np.float32))
    distances = (project(states[taught][own[taught]]) - wanted).square().mean()
    return recipe.token_weight * distances * len(taught) / len(rows)
