"""Examples to tensors, cut and tokenized exactly as the pipeline does at run time."""

from collections.abc import Sequence
from pathlib import Path

import torch
from tokenizers import Encoding
from transformers import AutoTokenizer

from pipeline.model_calls import model_input
from pipeline.model_folder import MAX_TOKENS
from pipeline.models import SentenceInContext
from training.examples import Example


class Encoder:
    """Tokenizes examples into padded int64 tensors of shape (batch, length)."""

    def __init__(self, folder: Path) -> None:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        self._padding = {"pad_id": tokenizer.pad_token_id, "pad_token": tokenizer.pad_token}
        self._tokenizer = tokenizer.backend_tokenizer
        self._tokenizer.enable_truncation(MAX_TOKENS)

    def lengths(self, examples: Sequence[Example]) -> list[int]:
        """Return token counts, to sort by."""
        self._tokenizer.no_padding()
        return [len(encoding) for encoding in self._encode(examples)]

    def __call__(self, examples: Sequence[Example]) -> dict[str, torch.Tensor]:
        """Return input_ids, attention_mask and token_type_ids (1 for the context's tokens)."""
        self._tokenizer.enable_padding(**self._padding)
        encodings = self._encode(examples)
        return {
            "input_ids": torch.tensor([e.ids for e in encodings]),
            "attention_mask": torch.tensor([e.attention_mask for e in encodings]),
            "token_type_ids": torch.tensor([segments(e) for e in encodings]),
        }

    def _encode(self, examples: Sequence[Example]) -> list:
        pairs = [
            model_input(SentenceInContext(text=e.text, title=e.title, before=e.before))
            for e in examples
        ]
        return self._tokenizer.encode_batch_fast(
            [(first, second) if second else first for first, second in pairs]
        )


def segments(encoding: Encoding) -> list[int]:
    """Return 0 for the tokens of the sentence, its two markers and padding, 1 for the context's.

    BERT's tokenizer says so itself; MPNet's, which knows no segments, only by its sequence ids.
    """
    if any(encoding.type_ids) or encoding.n_sequences == 1:
        return list(encoding.type_ids)
    own = encoding.sequence_ids.count(0) + 2
    return [int(at >= own and real) for at, real in enumerate(encoding.attention_mask)]
