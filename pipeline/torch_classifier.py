"""Any sequence classifier in safetensors through torch, on CUDA where there is some, else CPU.

Only this module imports torch, which is an extra and nothing that the shipped model needs.
"""

import inspect
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.checkpoint import Checkpoint, import_transformers
from pipeline.errors import ConfigurationError
from pipeline.sequence_classifier import ModelInput, SequenceClassifier


class TorchClassifier(SequenceClassifier):
    """Scores sentences with a safetensors checkpoint, from a folder or the hub.

    Pickled weights are refused and code that comes with a checkpoint is never run: both could
    do anything on this machine. CUDA_VISIBLE_DEVICES chooses the GPU; set empty, the CPU.

    Takes what its base takes; the number of threads holds for torch in the whole process.
    """

    def _load(self, checkpoint: Checkpoint, threads: int) -> None:
        self._torch = _import_torch(checkpoint)
        self._torch.set_num_threads(threads)
        self._device = "cuda" if self._torch.cuda.is_available() else "cpu"
        self._model = _load_model(checkpoint, self._torch, self._device)
        self._accepted = set(inspect.signature(self._model.forward).parameters)
        # Decoders look for a row's last token by it, and refuse batches without it.
        self._model.config.pad_token_id = self._pad_id

    def _logits(self, batch: ModelInput) -> NDArray[np.float32]:
        with self._torch.inference_mode():
            tensors = {
                name: self._torch.from_numpy(values).to(self._device)
                for name, values in batch.items()
                if name in self._accepted
            }
            logits = self._model(**tensors).logits
        return np.asarray(logits.float().cpu().numpy())


def _import_torch(checkpoint: Checkpoint) -> Any:
    """Import torch, or say what to install."""
    try:
        import torch
    except ImportError as error:
        raise ConfigurationError(
            f"The model {checkpoint.source} needs torch, which is not installed: "
            'run `pip install "claimwire[torch]"`, or name a model in ONNX.'
        ) from error
    return torch


def _load_model(checkpoint: Checkpoint, torch: Any, device: str) -> Any:
    """Load the weights, in full precision, ready to score."""
    auto_model = import_transformers().AutoModelForSequenceClassification
    try:
        model, info = auto_model.from_pretrained(
            **checkpoint.origin,
            config=checkpoint.config,
            dtype=torch.float32,
            use_safetensors=True,
            output_loading_info=True,
        )
        model = model.to(device).eval()
    except Exception as error:  # safetensors, torch, transformers and the hub: each its own kinds
        raise ConfigurationError(
            f"{checkpoint.source} holds no safetensors weights that fit its config.json "
            f"({type(error).__name__}); save it anew with save_pretrained."
        ) from error
    if info["missing_keys"]:
        raise ConfigurationError(
            f"{checkpoint.source} is no trained sequence classifier: its weights lack "
            f"{len(info['missing_keys'])} of the model's, among them "
            f"{min(info['missing_keys'])}; name a model fine-tuned for classification."
        )
    return model
