"""Any sequence classifier that somebody exported to ONNX, without torch.

The shipped model, and any in its layout, is transformer.py's.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.checkpoint import Checkpoint
from pipeline.errors import ConfigurationError
from pipeline.model_folder import MODEL_FILE
from pipeline.onnx_session import load_session
from pipeline.sequence_classifier import ModelInput, SequenceClassifier

_INPUTS = {"input_ids", "attention_mask", "token_type_ids"}
_TYPES = {"tensor(int64)": np.int64, "tensor(int32)": np.int32}


class OnnxClassifier(SequenceClassifier):
    """Scores sentences with the `model.onnx` of a folder, on the CPU.

    The graph takes the tokenizer's outputs by their usual names, of any batch size and length,
    and gives `logits`; exporters for transformers (Optimum, for one) write it so.
    """

    def _load(self, checkpoint: Checkpoint, threads: int) -> None:
        path = Path(checkpoint.source) / MODEL_FILE
        self._session = load_session(path, threads=threads, remedy="export it again")
        inputs = {i.name: _TYPES.get(i.type) for i in self._session.get_inputs()}
        outputs = {output.name for output in self._session.get_outputs()}
        if not inputs.keys() <= _INPUTS or None in inputs.values() or "logits" not in outputs:
            raise ConfigurationError(
                f"{path} is no sequence classifier over a tokenizer's output: it takes "
                f"{', '.join(inputs)} and gives {', '.join(outputs)}; export it for "
                "text classification."
            )
        self._types = inputs

    def _logits(self, batch: ModelInput) -> NDArray[np.float32]:
        # A tokenizer may leave out segments that the graph asks for: all are the first then.
        given = {"token_type_ids": np.zeros_like(batch["input_ids"]), **batch}
        feed = {name: given[name].astype(kind) for name, kind in self._types.items()}
        return np.asarray(self._session.run(["logits"], feed)[0])
